"""Names of places: lists of real ones, and made-up ones over both scripts' whole range. Knows nothing of dialogues."""

# ruff: noqa: E501 - tables of phrases read best one idea a line

from __future__ import annotations

import re
from functools import cache
from random import Random

from dev.builtin_model import held_out
from dev.builtin_model.phrases import read

ZONES = (
    "Asia/Shanghai,Asia/Tokyo,Asia/Seoul,Asia/Kolkata,Asia/Dubai,Asia/Singapore,Asia/Hong_Kong,Asia/Bangkok,Asia/Jakarta,Asia/Tehran,"
    "Europe/London,Europe/Paris,Europe/Berlin,Europe/Madrid,Europe/Rome,Europe/Moscow,Europe/Istanbul,Europe/Zurich,America/New_York,"
    "America/Chicago,America/Denver,America/Los_Angeles,America/Toronto,America/Vancouver,America/Sao_Paulo,America/Mexico_City,"
    "America/Argentina/Buenos_Aires,Africa/Cairo,Africa/Lagos,Africa/Nairobi,Australia/Sydney,Australia/Perth,Pacific/Auckland,"
    "Pacific/Honolulu,Atlantic/Reykjavik,UTC,GMT,EST,CET,Etc/GMT+8,Etc/UTC,PST,IST,JST,UTC+8,GMT-3"
).split(",")

TRANSLITERATION = (
    "阿埃艾安奥巴班贝本比彼波博布达戴丹德登迪蒂丁杜多顿厄恩法凡菲费芬弗福富盖冈戈格根古哈海汉赫亨霍基吉加贾杰金卡坎康考科克肯库奎"
    "拉莱兰朗劳勒雷里利列林隆卢鲁伦罗洛马玛迈曼梅门蒙米明莫墨穆纳南内尼宁纽诺帕潘佩彭皮普奇钱乔切萨塞桑森沙山圣施什史斯苏索塔泰坦"
    "汤特滕提廷图托瓦万威韦维温文沃乌西希夏谢辛休雅亚延扬耶伊因英尤约扎詹珍芝朱佐兹"
    "累浦腓但得的斐佳嘉代底度腊赖瑞锡士敦蓬朋柏宾滨槟瓜关圭贵桂郭果哥葛厄鄂娜妮莎蒂黛玲琳珀珊莲萝茜芙芭苔莓荷蕾薇"
    "打大道都多杰捷津金京君卡开凯科可口夸宽昆来郎劳老里力立良林灵岭留龙隆路鲁绿伦略满毛美门孟迷米密苗敏名模木目"
)
PLACE_SUFFIX = "市 县 区 镇 省 州 岛 村 港 湾 新区 城 堡 自治州".split()
FIRST_WORDS = (
    "San,Santa,Saint,St.,New,Port,Fort,Los,Las,El,La,Le,Al,North,South,East,West,Lake,Mount,Cape,Grand,Little,Upper,Lower,Old,Bad,"
    "Puerto,Santo,São,Nova,Villa,Bandar,Kota,Ho,Da,Nha,Khao,Tel,Abu,Dar,Ban,Rio,Monte,Castle,King's,Queen's,Great,Isle of,Bay,Glen,Ciudad"
).split(",")
LAST_WORDS = (
    "City,Town,Beach,Bay,Falls,Springs,Hills,Valley,Island,Heights,Park,Creek,Rock,Lake,County,Harbour,Grove,Bridge,Mills,Junction,Point,Ridge"
).split(",")
COUNTRIES = (
    "USA,US,UK,England,Scotland,Wales,Ireland,Northern Ireland,Canada,Australia,New Zealand,Germany,France,Spain,Italy,Portugal,Poland,Austria,"
    "Switzerland,Belgium,Netherlands,Sweden,Norway,Denmark,Finland,Greece,Turkey,Russia,Ukraine,Romania,Bulgaria,Croatia,Serbia,Hungary,"
    "Czech Republic,Slovakia,China,Japan,South Korea,Korea,India,Pakistan,Bangladesh,Nepal,Sri Lanka,Thailand,Vietnam,Malaysia,Indonesia,"
    "Philippines,Iran,Iraq,Israel,Jordan,Egypt,Morocco,Algeria,Tunisia,Nigeria,Ghana,Kenya,Ethiopia,Tanzania,Uganda,South Africa,Mexico,Cuba,"
    "Colombia,Peru,Chile,Argentina,Brazil,Ecuador,Bolivia,Alabama,Alaska,Arizona,California,Colorado,Florida,Georgia,Illinois,Indiana,Iowa,"
    "Kansas,Kentucky,Maine,Michigan,Minnesota,Missouri,Montana,Nevada,New Jersey,New Mexico,New York,North Carolina,Ohio,Oklahoma,Oregon,"
    "Pennsylvania,Tennessee,Texas,Utah,Vermont,Virginia,Washington,Wisconsin,CA,TX,FL,NY,MA,WA,OR,IL,ON,BC,QC,NSW,Ontario,Quebec,Queensland,"
    "Alberta,British Columbia,Manitoba,New Brunswick,Newfoundland,Nova Scotia,Saskatchewan,Yukon,Arkansas,Connecticut,Delaware,Hawaii,Idaho,"
    "Louisiana,Maryland,Massachusetts,Mississippi,Nebraska,New Hampshire,North Dakota,South Dakota,Rhode Island,South Carolina,West Virginia,"
    "Wyoming,Puerto Rico,Victoria,Tasmania,New South Wales,Western Australia,South Australia,Northern Territory,Otago,Waikato,Bavaria,Saxony,"
    "Hesse,Brandenburg,Thuringia,Brittany,Normandy,Provence,Alsace,Burgundy,Tuscany,Umbria,Sicily,Sardinia,Lombardy,Veneto,Piedmont,Puglia,"
    "Andalusia,Catalonia,Galicia,Algarve,Tyrol,Carinthia,Cornwall,Devon,Kent,Essex,Sussex,Norfolk,Suffolk,Yorkshire,Lancashire,Cumbria,Dorset,"
    "County Cork,County Mayo,County Kerry,Gujarat,Kerala,Punjab,Rajasthan,Karnataka,Tamil Nadu,Maharashtra,Assam,Bihar,Odisha,West Bengal,"
    "Guangdong,Sichuan,Yunnan,Hunan,Hubei,Henan,Hebei,Shandong,Jiangsu,Zhejiang,Fujian,Hokkaido,Okinawa,Java,Sumatra,Borneo,Bali,Luzon,"
    "Mindanao,Jalisco,Oaxaca,Sonora,Yucatan,Bahia,Parana,Minas Gerais,Patagonia,Mendoza,Anatolia,Crimea,Siberia,Lapland,Skåne,Gauteng,Natal"
).split(",")
REGIONS = (
    "河北 山西 辽宁 吉林 黑龙江 江苏 浙江 安徽 福建 江西 山东 河南 湖北 湖南 广东 海南 四川 贵州 云南 陕西 甘肃 青海 台湾 内蒙古 广西 西藏 宁夏 "
    "新疆 江苏省 四川省 云南省 大理州 恩施州 苏州 赣州市 美国 英国 法国 德国 日本 韩国 加拿大 澳大利亚 俄罗斯 意大利 西班牙 印度 巴西 墨西哥 加州 德州 "
    "河北省 山西省 辽宁省 黑龙江省 浙江省 安徽省 福建省 江西省 山东省 河南省 湖北省 湖南省 广东省 海南省 贵州省 陕西省 甘肃省 青海省 台湾省 广西壮族自治区 "
    "内蒙古自治区 新疆维吾尔自治区 北京市 上海市 重庆市 阿坝州 甘孜州 凉山州 延边州 泰国 越南 马来西亚 印尼 菲律宾 土耳其 埃及 南非 肯尼亚 阿根廷 智利 "
    "新西兰 荷兰 瑞士 瑞典 挪威 芬兰 丹麦 希腊 波兰 捷克 葡萄牙 爱尔兰 苏格兰 威尔士 佛罗里达州 华盛顿州 安大略省 魁北克省 北海道 关西 西西里岛"
).split()
LINKS = " de | de | de la | de los | del | di | du | da | do | la | el | es | e | y | of | am | an der | van | von | upon | sur | - |-|-|-on-|-upon-|-sur-|-en-|-au-|-de-|'".split(
    "|"
)
SIMPLIFIED, TRADITIONAL = (
    "尔亚罗兰达马维纳门宁诺萨顿费冈贝乔钱圣苏图万韦温乌约泽阳东广庄乡镇县区岛湾龙凤义兴华丰荣庆丽盐汉济泸渭泾张刘赵孙吴郑杨许吕严齐鲁辽长沈"
    "抚锦营铁岭绥双鹤驻鲜鄂陕赣闽粤滨绵乐资宾贵顺铜临汾晋运鸡鸭桥溪园铺钟楼纽伦莱劳卢鲁贾盖谢图坛灵珑兹历涛恩热带赛汤腾银陇坝垦莲芦苹兖"
    "弥滦溆潍缅码砀纪绍续肃苍蓝袭颍饶骆鸠屿峡庐扬无时样产业亩亿仑仓会众优传伤儿党冯净减凯刚创剑办务动劲励",
    "爾亞羅蘭達馬維納門寧諾薩頓費岡貝喬錢聖蘇圖萬韋溫烏約澤陽東廣莊鄉鎮縣區島灣龍鳳義興華豐榮慶麗鹽漢濟瀘渭涇張劉趙孫吳鄭楊許呂嚴齊魯遼長瀋"
    "撫錦營鐵嶺綏雙鶴駐鮮鄂陝贛閩粵濱綿樂資賓貴順銅臨汾晉運雞鴨橋溪園鋪鐘樓紐倫萊勞盧魯賈蓋謝圖壇靈瓏茲歷濤恩熱帶賽湯騰銀隴壩墾蓮蘆蘋兗"
    "彌灤漵濰緬碼碭紀紹續肅蒼藍襲潁饒駱鳩嶼峽廬揚無時樣產業畝億崙倉會眾優傳傷兒黨馮淨減凱剛創劍辦務動勁勵",
)
IN_TRADITIONAL = str.maketrans(SIMPLIFIED, TRADITIONAL)
ACCENTED = "áàâäãåāăąæćčçďđéèêëēęěíìîïīıłñńňóòôöõøōőœřśšşșßťțúùûüūůűýÿžźżðþğ"
CONSONANTS = (
    "b c d f g h j k l m n p q r s t v w x y z bl br ch ck cl cr dr dz fl fr gh gl gr kh kl kn kr ll mb mp nd ng nj nk ns nt ph pl pr qu "
    "rd rk rl rn rr rt sc sch sh sk sl sm sn sp ss st str sw th tl tr ts tw tz vl vr wh wr zh zl ts gb kp mw ny"
).split()
VOWELS = "a e i o u y aa ae ai ao au ea ee ei eo eu ia ie io iu oa oe oi oo ou ua ue ui uo ei eau oua aya ".split()
OTHER_SCRIPTS = (
    (0x0410, 0x044F),
    (0x03B1, 0x03C9),
    (0x3041, 0x3093),
    (0x30A1, 0x30F6),
    (0xAC00, 0xD7A3),
    (0x0621, 0x064A),
    (0x0E01, 0x0E2E),
    (0x05D0, 0x05EA),
)


@cache
def places(language: str) -> tuple[str, ...]:
    """The real places of the list in this language, without those that the evaluation asks about."""
    return tuple(
        name for line in read(language, "places") for name in line.split(",") if name.lower() not in held_out.names()
    )


def person(rng: Random, language: str) -> str:
    """A person's first name."""
    return rng.choice(rng.choice(read(language, "people")).split(","))


@cache
def hanzi_of_phrases() -> str:
    """The Chinese characters of everything that people say about the weather, as often as they occur there."""
    return "".join(re.findall("[一-鿿]", "".join(read("zh", "weather") + read("zh", "time") + read("zh", "before"))))


@cache
def common_hanzi() -> str:
    """The 3,755 common characters of GB 2312, level 1."""
    codes = (bytes((high, low)) for high in range(0xB0, 0xD8) for low in range(0xA1, 0xFF))
    return "".join(code.decode("gb2312", errors="ignore") for code in codes)


def made_up_chinese(rng: Random) -> str:
    """A name of 2 to 8 Chinese characters; one in ten from the whole block of 20,992."""
    kind = rng.random()
    if kind < 0.45:
        name = "".join(rng.choices(TRANSLITERATION, k=rng.randint(2, 7)))
    elif kind < 0.9:
        name = "".join(rng.choices(common_hanzi(), k=rng.choice((2, 2, 2, 3, 3, 4, 5))))
    else:
        name = "".join(chr(rng.randint(0x4E00, 0x9FFF)) for _ in range(rng.randint(2, 4)))
    if rng.random() < 0.3:  # a word of the sentence inside of the name: 石河子, 的里雅斯特, 驻马店
        spot = rng.randint(0, len(name))
        name = name[:spot] + rng.choice(hanzi_of_phrases()) + name[spot:]
    if rng.random() < 0.2:
        name += rng.choice(PLACE_SUFFIX)
    return name


def made_up_word(rng: Random) -> str:
    """A capitalised word of 3 to 14 letters, from syllables or from letters at random, so that every letter pair occurs."""
    if rng.random() < 0.35:
        word = "".join(rng.choices("abcdefghijklmnopqrstuvwxyz", k=rng.randint(3, 11)))
    else:
        syllables = [rng.choice(CONSONANTS) + rng.choice(VOWELS) for _ in range(rng.randint(1, 5))]
        word = (rng.choice(VOWELS) if rng.random() < 0.25 else "") + "".join(syllables)
        if rng.random() < 0.55:
            word += rng.choice(CONSONANTS)
        word = word[:15]
    if rng.random() < 0.12:
        position = rng.randrange(len(word))
        word = word[:position] + rng.choice(ACCENTED) + word[position + 1 :]
    return word[0].upper() + word[1:]


def mixed_word(rng: Random) -> str:
    """A real word of the list with its head or tail changed: common letter groups in new company."""
    base = rng.choice(places("en")).split(" ")[0].strip(".")
    cut = rng.randint(1, max(1, len(base) - 1))
    return (
        base[:cut] + made_up_word(rng).lower()[:6] if rng.random() < 0.5 else made_up_word(rng)[:5] + base[cut:].lower()
    )


def made_up_english(rng: Random) -> str:
    """A name in Latin letters: one to four words, hyphens, apostrophes, accents."""
    word = made_up_word(rng) if rng.random() < 0.7 else mixed_word(rng)
    kind = rng.random()
    if kind < 0.5:
        return word
    if kind < 0.65:
        return f"{rng.choice(FIRST_WORDS)} {word}"
    if kind < 0.73:
        return f"{word} {rng.choice(LAST_WORDS)}"
    if kind < 0.83:
        return f"{word} {made_up_word(rng)}" + (f" {made_up_word(rng)}" if rng.random() < 0.25 else "")
    if kind < 0.86:
        return f"{rng.choice('LNMDO')}'{word}"
    if kind < 0.88:
        return f"{rng.choice(('St.', 'St', 'King', 'Queen', 'Saint', word))} {made_up_word(rng)}'s"
    if kind < 0.9:
        return f"{word}{rng.choice((' ', ' ', '-'))}{word}"
    return word + rng.choice(LINKS) + made_up_word(rng)


def other_script(rng: Random) -> str:
    """A name in Cyrillic, Greek, kana, Hangul, Arabic, Thai or Hebrew letters."""
    first, last = rng.choice(OTHER_SCRIPTS)
    return "".join(chr(rng.randint(first, last)) for _ in range(rng.randint(2, 8)))


def chinese(rng: Random, *, has_region: bool = False) -> str:
    """A place's name in Chinese characters, three in four real, now and then behind its province or country."""
    if rng.random() < 0.75:
        name = rng.choice(places("zh")) + ("市" if rng.random() < 0.05 else "")
        return rng.choice(REGIONS) + name if has_region and rng.random() < 0.08 else name
    return made_up_chinese(rng)


def english(rng: Random, *, has_country: bool = False) -> str:
    """A place's name in Latin letters, two in three real, now and then typed without capitals, or with its country."""
    name = rng.choice(places("en")) if rng.random() < 0.66 else made_up_english(rng)
    kind = rng.random()
    if kind < 0.13:
        return name.lower()
    if kind < 0.15:
        return name.upper()
    return f"{name}, {rng.choice(COUNTRIES)}" if has_country and kind < 0.2 and "," not in name else name


def place(rng: Random, language: str, *, is_alone: bool = True) -> str:
    """A place as somebody who writes `language` ("zh" or "en") would name it: now and then in the other script.

    `is_alone` is for a question with one place, which may have its region with it: "Cork, Ireland", "江苏如皋".
    """
    kind = rng.random()
    if kind < 0.012:
        return other_script(rng)
    is_other = kind < 0.13
    if (language == "zh") != is_other:
        return chinese(rng, has_region=is_alone)
    return english(rng, has_country=is_alone and language == "en")
