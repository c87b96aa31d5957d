"""Names of places: lists of real ones, and made-up ones over both scripts' whole range. Knows nothing of dialogues."""

# ruff: noqa: E501 - tables of phrases read best one idea a line

from __future__ import annotations

from functools import cache
from random import Random

CHINESE = (
    "北京 上海 广州 深圳 天津 重庆 成都 杭州 南京 武汉 西安 苏州 郑州 长沙 沈阳 青岛 宁波 东莞 佛山 合肥 昆明 福州 厦门 济南 "
    "哈尔滨 长春 大连 石家庄 太原 南宁 贵阳 南昌 海口 兰州 西宁 银川 乌鲁木齐 拉萨 呼和浩特 香港 澳门 台北 高雄 台中 无锡 常州 "
    "徐州 南通 扬州 镇江 泰州 盐城 淮安 连云港 宿迁 温州 嘉兴 湖州 绍兴 金华 衢州 台州 丽水 芜湖 蚌埠 淮南 马鞍山 安庆 黄山 "
    "泉州 漳州 莆田 三明 龙岩 南平 赣州 九江 上饶 景德镇 烟台 潍坊 威海 淄博 临沂 济宁 泰安 日照 洛阳 开封 南阳 安阳 新乡 "
    "宜昌 襄阳 荆州 黄冈 十堰 株洲 湘潭 衡阳 岳阳 常德 张家界 珠海 汕头 中山 惠州 江门 湛江 茂名 肇庆 梅州 桂林 柳州 北海 "
    "三亚 绵阳 德阳 乐山 宜宾 泸州 南充 遵义 大理 丽江 曲靖 玉溪 宝鸡 咸阳 延安 汉中 天水 嘉峪关 敦煌 吐鲁番 喀什 伊犁 包头 "
    "鄂尔多斯 呼伦贝尔 大同 运城 唐山 保定 秦皇岛 邯郸 承德 张家口 廊坊 鞍山 抚顺 丹东 锦州 营口 吉林 延边 齐齐哈尔 牡丹江 大庆 "
    "佳木斯 漠河 雄安 浦东 朝阳区 海淀区 天河区 南山区 昆山 义乌 慈溪 江阴 张家港 都江堰 九寨沟 香格里拉 平遥 凤凰 阳朔 婺源 "
    "东京 大阪 京都 横滨 名古屋 札幌 福冈 首尔 釜山 平壤 曼谷 清迈 普吉岛 新加坡 吉隆坡 槟城 雅加达 巴厘岛 马尼拉 河内 "
    "胡志明市 金边 仰光 新德里 孟买 班加罗尔 加尔各答 达卡 科伦坡 加德满都 伊斯兰堡 卡拉奇 德黑兰 巴格达 迪拜 阿布扎比 多哈 "
    "利雅得 耶路撒冷 特拉维夫 安卡拉 伊斯坦布尔 开罗 卡萨布兰卡 内罗毕 开普敦 约翰内斯堡 拉各斯 伦敦 曼彻斯特 爱丁堡 利物浦 "
    "都柏林 巴黎 里昂 马赛 尼斯 布鲁塞尔 阿姆斯特丹 鹿特丹 柏林 慕尼黑 法兰克福 汉堡 科隆 苏黎世 日内瓦 维也纳 布拉格 华沙 "
    "布达佩斯 罗马 米兰 佛罗伦萨 威尼斯 那不勒斯 马德里 巴塞罗那 塞维利亚 里斯本 雅典 哥本哈根 斯德哥尔摩 奥斯陆 赫尔辛基 "
    "雷克雅未克 莫斯科 圣彼得堡 海参崴 基辅 纽约 洛杉矶 芝加哥 休斯顿 西雅图 波士顿 华盛顿 费城 迈阿密 拉斯维加斯 丹佛 亚特兰大 "
    "底特律 夏威夷 多伦多 温哥华 蒙特利尔 渥太华 卡尔加里 墨西哥城 哈瓦那 巴拿马城 波哥大 利马 圣地亚哥 里约热内卢 圣保罗 "
    "巴西利亚 悉尼 墨尔本 布里斯班 珀斯 堪培拉 奥克兰 惠灵顿 斐济 关岛"
).split()

ENGLISH = (
    "Beijing,Shanghai,Guangzhou,Shenzhen,Chengdu,Hangzhou,Nanjing,Wuhan,Xi'an,Suzhou,Chongqing,Tianjin,Hong Kong,Macau,Taipei,Harbin,Kunming,"
    "Qingdao,Xiamen,Lhasa,Urumqi,Tokyo,Osaka,Kyoto,Yokohama,Nagoya,Sapporo,Fukuoka,Seoul,Busan,Bangkok,Chiang Mai,Phuket,Singapore,"
    "Kuala Lumpur,Penang,Jakarta,Bali,Manila,Cebu,Hanoi,Ho Chi Minh City,Da Nang,Phnom Penh,Yangon,New Delhi,Delhi,Mumbai,Bangalore,Chennai,"
    "Kolkata,Hyderabad,Dhaka,Colombo,Kathmandu,Islamabad,Karachi,Lahore,Kabul,Tehran,Baghdad,Dubai,Abu Dhabi,Doha,Riyadh,Jeddah,Muscat,"
    "Jerusalem,Tel Aviv,Beirut,Amman,Damascus,Ankara,Istanbul,Izmir,Cairo,Alexandria,Casablanca,Marrakesh,Tunis,Algiers,Tripoli,Nairobi,"
    "Kampala,Kigali,Addis Ababa,Cape Town,Johannesburg,Durban,Lagos,Abuja,Accra,Dakar,London,Manchester,Birmingham,Liverpool,Leeds,"
    "Glasgow,Edinburgh,Cardiff,Belfast,Dublin,Cork,Galway,Paris,Lyon,Marseille,Nice,Toulouse,Bordeaux,Strasbourg,Lille,Brussels,Antwerp,"
    "Bruges,Amsterdam,Rotterdam,The Hague,Utrecht,Berlin,Munich,Frankfurt,Hamburg,Cologne,Stuttgart,Leipzig,Dresden,Düsseldorf,Zurich,"
    "Zürich,Geneva,Basel,Bern,Vienna,Salzburg,Prague,Brno,Warsaw,Kraków,Gdańsk,Budapest,Bucharest,Sofia,Belgrade,Zagreb,Ljubljana,Sarajevo,"
    "Rome,Milan,Florence,Venice,Naples,Turin,Palermo,Madrid,Barcelona,Seville,Valencia,Bilbao,Málaga,Lisbon,Porto,Athens,Thessaloniki,"
    "Copenhagen,Stockholm,Gothenburg,Malmö,Oslo,Bergen,Helsinki,Tallinn,Riga,Vilnius,Moscow,Saint Petersburg,Kyiv,Odesa,Lviv,Minsk,New York,"
    "New York City,NYC,Los Angeles,LA,Chicago,Houston,Phoenix,Philadelphia,San Antonio,San Diego,Dallas,San Jose,Austin,Seattle,Portland,"
    "Denver,Boston,Washington,Washington DC,Nashville,Detroit,Las Vegas,Memphis,Baltimore,Milwaukee,Albuquerque,Sacramento,Kansas City,"
    "Atlanta,Miami,Orlando,Tampa,New Orleans,Minneapolis,St. Louis,Pittsburgh,Cincinnati,Cleveland,Honolulu,Anchorage,Salt Lake City,"
    "Toronto,Vancouver,Montreal,Montréal,Ottawa,Calgary,Edmonton,Winnipeg,Quebec City,Québec,Halifax,Victoria,Mexico City,Guadalajara,"
    "Cancún,Tijuana,Havana,Kingston,Panama City,San José,Bogotá,Bogota,Medellín,Cartagena,Quito,Lima,Cusco,La Paz,Santiago,Valparaíso,Buenos Aires,"
    "Córdoba,Montevideo,Asunción,Rio de Janeiro,São Paulo,Sao Paulo,Salvador,Recife,Sydney,Melbourne,Brisbane,Perth,Adelaide,Canberra,Hobart,"
    "Auckland,Wellington,Christchurch,Queenstown,Suva,Reykjavik,Reykjavík,Nuuk,Stratford-upon-Avon,Baden-Baden,Aix-en-Provence,Winston-Salem,"
    "Japan,France,Germany,Brazil,Hawaii,Texas,Florida,California,Cambridge,Oxford,York,Bath,Brighton"
).split(",")

ZONES = (
    "Asia/Shanghai,Asia/Tokyo,Asia/Seoul,Asia/Kolkata,Asia/Dubai,Asia/Singapore,Asia/Hong_Kong,Asia/Bangkok,Asia/Jakarta,Asia/Tehran,"
    "Europe/London,Europe/Paris,Europe/Berlin,Europe/Madrid,Europe/Rome,Europe/Moscow,Europe/Istanbul,Europe/Zurich,America/New_York,"
    "America/Chicago,America/Denver,America/Los_Angeles,America/Toronto,America/Vancouver,America/Sao_Paulo,America/Mexico_City,"
    "America/Argentina/Buenos_Aires,Africa/Cairo,Africa/Lagos,Africa/Nairobi,Australia/Sydney,Australia/Perth,Pacific/Auckland,"
    "Pacific/Honolulu,Atlantic/Reykjavik,UTC,GMT,EST,CET,Etc/GMT+8,Etc/UTC,PST,IST,JST,UTC+8,GMT-3"
).split(",")

# Kept for the evaluation: training never sees them.
HELD_OUT_CHINESE = (
    "乌兰浩特 景洪 凯里 黔江 攀枝花 葫芦岛 双鸭山 石河子 阿勒泰 楚雄 怀化 娄底 菏泽 驻马店 信阳 鹤岗 白山 普洱 儋州 文昌 "
    "塔什干 阿斯塔纳 乌兰巴托 瓦加杜古 塔那那利佛 布宜诺斯艾利斯 蒙得维的亚 亚的斯亚贝巴 达累斯萨拉姆 哥德堡 萨尔茨堡 旧金山 "
    "新奥尔良 明尼阿波利斯 俄克拉荷马城 哈利法克斯 基督城 万象 斯里巴加湾市 第比利斯 埃里温 巴库 萨格勒布 卢布尔雅那 维尔纽斯 "
    "塔林 里加 安塔利亚 阿雷格里港 巴伦西亚"
).split()
HELD_OUT_ENGLISH = (
    "Ouagadougou,Antananarivo,San Francisco,Ulaanbaatar,Tashkent,Bishkek,Tegucigalpa,Port-au-Prince,Port Moresby,Nouakchott,Dar es Salaam,"
    "Bandar Seri Begawan,Yamoussoukro,Paramaribo,Reims,Wrocław,Łódź,Ålesund,Tromsø,Gijón,Szczecin,Győr,Chișinău,Stoke-on-Trent,"
    "King's Lynn,L'Aquila,N'Djamena,St. John's,Fort Worth,Oklahoma City,Baton Rouge,Des Moines,Colorado Springs,Corpus Christi,Boise,"
    "Spokane,Fargo,Saskatoon,Moncton,Whitehorse,Puerto Vallarta,Oaxaca,Iquitos,Punta Arenas,Ushuaia,Mar del Plata,Belo Horizonte,"
    "Thiruvananthapuram,Visakhapatnam,Jaipur,Zhuhai,Changsha,Jiuquan,Kagoshima,Nha Trang,Vientiane,Wollongong,Dunedin,Alice Springs"
).split(",")

TRANSLITERATION = (
    "阿埃艾安奥巴班贝本比彼波博布达戴丹德登迪蒂丁杜多顿厄恩法凡菲费芬弗福富盖冈戈格根古哈海汉赫亨霍基吉加贾杰金卡坎康考科克肯库奎"
    "拉莱兰朗劳勒雷里利列林隆卢鲁伦罗洛马玛迈曼梅门蒙米明莫墨穆纳南内尼宁纽诺帕潘佩彭皮普奇钱乔切萨塞桑森沙山圣施什史斯苏索塔泰坦"
    "汤特滕提廷图托瓦万威韦维温文沃乌西希夏谢辛休雅亚延扬耶伊因英尤约扎詹珍芝朱佐兹"
)
PLACE_SUFFIX = "市 县 区 镇 省 州 岛 村 港 湾 新区 城 堡 自治州".split()
FIRST_WORDS = (
    "San,Santa,Saint,St.,New,Port,Fort,Los,Las,El,La,Le,Al,North,South,East,West,Lake,Mount,Cape,Grand,Little,Upper,Lower,Old,Bad,"
    "Puerto,Santo,São,Nova,Villa,Bandar,Kota,Ho,Da,Nha,Khao,Tel,Abu,Dar,Ban,Rio,Monte,Castle,King's,Queen's,Great,Isle of,Bay,Glen,Ciudad"
).split(",")
LAST_WORDS = (
    "City,Town,Beach,Bay,Falls,Springs,Hills,Valley,Island,Heights,Park,Creek,Rock,Lake,County,Harbour,Grove,Bridge,Mills,Junction,Point,Ridge"
).split(",")
LINKS = " de | del | da | do | la | es | of | am | upon | sur | - |-|-|-on-|-upon-|-sur-|-en-|-au-|-de-|'".split("|")
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
def common_hanzi() -> str:
    """The 3,755 common characters of GB 2312, level 1."""
    codes = (bytes((high, low)) for high in range(0xB0, 0xD8) for low in range(0xA1, 0xFF))
    return "".join(code.decode("gb2312", errors="ignore") for code in codes)


def made_up_chinese(rng: Random) -> str:
    """A name of 2 to 7 Chinese characters; one in eight from the whole block of 20,992."""
    kind = rng.random()
    if kind < 0.3:
        name = "".join(rng.choices(TRANSLITERATION, k=rng.randint(2, 7)))
    elif kind < 0.88:
        name = "".join(rng.choices(common_hanzi(), k=rng.choice((2, 2, 2, 3, 3, 4, 5))))
    else:
        name = "".join(chr(rng.randint(0x4E00, 0x9FFF)) for _ in range(rng.randint(2, 4)))
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
    base = rng.choice(ENGLISH).split(" ")[0].strip(".")
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
    if kind < 0.75:
        return f"{word} {rng.choice(LAST_WORDS)}"
    if kind < 0.87:
        return f"{word} {made_up_word(rng)}" + (f" {made_up_word(rng)}" if rng.random() < 0.25 else "")
    if kind < 0.9:
        return f"{rng.choice('LNMDO')}'{word}"
    return word + rng.choice(LINKS) + made_up_word(rng)


def other_script(rng: Random) -> str:
    """A name in Cyrillic, Greek, kana, Hangul, Arabic, Thai or Hebrew letters."""
    first, last = rng.choice(OTHER_SCRIPTS)
    return "".join(chr(rng.randint(first, last)) for _ in range(rng.randint(2, 8)))


def chinese(rng: Random) -> str:
    """A place's name in Chinese characters, one in two real."""
    if rng.random() < 0.5:
        return rng.choice(CHINESE) + ("市" if rng.random() < 0.06 else "")
    return made_up_chinese(rng)


def english(rng: Random) -> str:
    """A place's name in Latin letters, two in five real, now and then typed without capitals."""
    name = rng.choice(ENGLISH) if rng.random() < 0.4 else made_up_english(rng)
    kind = rng.random()
    if kind < 0.14:
        return name.lower()
    if kind < 0.16:
        return name.upper()
    if kind < 0.2:
        return f"{name}, {rng.choice(ENGLISH) if rng.random() < 0.6 else made_up_word(rng)}"
    return name


def place(rng: Random, language: str) -> str:
    """A place as somebody who writes `language` ("zh" or "en") would name it: now and then in the other script."""
    kind = rng.random()
    if kind < 0.012:
        return other_script(rng)
    is_other = kind < 0.13
    return chinese(rng) if (language == "zh") != is_other else english(rng)
