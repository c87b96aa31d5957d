"""Questions put together from loose words around a place and one word of the skill, so that no fixed phrase is needed."""

# ruff: noqa: E501 - tables of phrases read best one idea a line

from __future__ import annotations

from random import Random

from dev.builtin_model.grammar import expand
from dev.builtin_model.smalltalk import FILLER_EN

KEYS = {
    (
        "weather",
        "en",
    ): "weather,rain,sunshine,snow,temperature,wind,umbrella,coat,jacket,scarf,hot,cold,warm,chilly,freezing,humid,sky,clouds,storm,fog,degrees,heat,sun,drizzle,raincoat,gloves,boots,breeze,muggy,pouring,shorts,climate right now,thermometer,outside,cool,icy,frost,wet,conditions,forecast".split(
        ","
    ),
    (
        "time",
        "en",
    ): "time,clock,hour,o'clock,local time,current time,time zone,day of the week,date today,watch,late,early,midnight,noon,what time,hour and minute,business hours now,morning yet,evening already,weekday,sunrise yet,awake".split(
        ","
    ),
}
OPENINGS_EN = (
    "what's the <k> [like |]", "how's the <k> ", "is there any <k> ", "how much <k> is there ", "tell me about the <k> ", "I wonder about the <k> ", "any <k> ", "is it <k> ", "[would|will|should|could|do|might] [I|we|you|they|people] [need|want|see|get|expect|have] [a |the |some |any |]<k> ", "what [sort|kind] of <k> [is there|do they have|can I expect] ", "the <k> ", "<k> ", "[curious|asking|checking] about <k> ", "what does the <k> [look|seem|feel|read|show|say] [like |]",
    "how [bad|good|strong|nice|high|low] is the <k> ", "give me [the |some |a |]<k> [info |report |update |details |]", "let's [see|check|look at] the <k> ", "I [need|want|have] to [know|check|find out|see] the <k> ", "my [boss|wife|friend|dad|kid] wants the <k> ", "[what|how] about <k> ", "is the <k> [good|bad|fine|nice|okay|out|up|down|on] ", "has the <k> [started|stopped|changed|come|gone] ", "<w> <w> <k> ", "<w> <k> <w> ", "<w> <w> <w> <k> ", "<k> <w> ",
)  # fmt: skip
PREPOSITIONS = (
    "in",
    "in",
    "in",
    "in",
    "at",
    "for",
    "over",
    "around",
    "near",
    "across",
    "over in",
    "down in",
    "up in",
    "out in",
    "outside",
    "about",
    "of",
    "from",
    "within",
    "on",
    "here in",
    "there in",
    "back in",
    "anywhere near",
    "in and around",
)
ENDINGS_EN = (
    "",
    "",
    "",
    "",
    " now",
    " today",
    " right now",
    " these days",
    " at this hour",
    " at the minute",
    " this moment",
    " just now",
    " as we speak",
    " for me",
    " by any chance",
    " or not",
    " if you can",
    " mate",
    " for my trip",
    " this instant",
    " thanks",
    " at this point",
    " already",
    " yet",
    " so far",
    " <w>",
    " <w> <w>",
    ", my friend is there",
    ", I live there",
    ", we fly there soon",
)
PRE_ZH = (
    "瞧一眼 瞧瞧 瞅一下 给瞅一眼 给我看下 替我查查 帮瞧瞧 帮咱看看 劳烦查下 烦请查询 请教一下 请教下 敢问 打听下 咨询一下 想请你查 我想查 我要查 我要看 我想看看 想看下 有劳查一下 快查查 快看看 赶紧查下 给个 给我报一下 播报 速查 来一份 来个 求 求查 求问 跪求 你看下 你看看 你说 你猜 你查下 你帮我瞧瞧 你能看看 你能不能说说 能否告知 能否查到 可否查询 可不可以查下 方便查一下 顺手查下 "
    "麻烦报一下 麻烦告知 麻烦你瞧一下 烦您看一下 请你说一下 请告诉我 请帮我看看 请帮忙查 请查 请汇报 请说明 请报告 关于 对于 至于 就说 话说 想必 估计 不知道 不晓得 也不知 我关心 我在意 我好奇 我就想问 我只想知道 老板问 我妈问 同事问 朋友想知道 客户在问 小朋友问 听听 了解一下 了解下 确认一下 核实下 核对一下 现在查 再帮我查 先查 先看 顺便问 顺带问下 突然想问 今儿个 今日 眼下 如今 此时此刻 这时候 这个点 这阵子 今早 今晚 今夜 中午 傍晚 一会儿 等下"
).split()
POST = {
    ("weather", "zh"): (
        "天气 天气咧 天气哈 天气怎样了 天气啥情况 天气啥样儿 天气到底咋样 天气好不好呀 天气行不行 天气给力吗 天气变了没 天气怎么个情况 的天气详情 的天气概况 的天气数据 天气报一下 天气说说 天气给我 天气看看 天气发我 冷不 热不 冷不冷呀 热不热哈 冷得很吗 热坏了吧 冻人吗 冻手吗 晒人吗 晒不晒 闷热吗 凉不凉 凉爽吗 暖不暖 干不干 潮不潮 湿不湿 有多潮 阴不阴 晴不晴 晴朗吗 放晴了没 转阴了吗 下雨没 下雨没有 下没下雨 下着雨吗 雨停了吗 雨大吗 雨下得大不大 在下小雨吗 飘雪没 下雪没有 雪厚吗 "
        "结冰了吗 有冰雹吗 打雷没 打雷了吗 起雾没 雾大不大 有没有霾 刮大风没 风力如何 风速怎样 风几级 风怎么样 有没有风 有台风吗 有太阳没 太阳大吗 温度 气温 体感如何 温度咋样 温度几何 温度高吗 气温高不高 气温低不低 气温几度 气温是几度 有几度 零下几度 零下了吗 到零下没 多少摄氏度 湿度 湿度高吗 湿度怎样 得穿几件 穿啥好 穿啥 穿毛衣行吗 穿裙子冷吗 穿多点吗 穿棉袄吗 要不要打伞 打不打伞 用带雨衣吗 带不带伞 能出去玩吗 能不能出门 适合钓鱼吗 适合骑车吗 适合野餐吗 适合露营吗 适合洗车吗 能晾衣服吗 能打球不 能看星星吗 好晒衣服吗 外面怎样 外面啥样 室外几度 窗外啥天"
    ).split(),
    ("time", "zh"): (
        "几点 几点咧 几点哈 几点钟了呢 几点几分 几时了 啥时间 啥时候了 啥时辰 是啥点儿 什么钟点 什么时辰 什么点了 的时钟 的钟点 的时刻 的时间点 的准确时间 的北京时间差 时间几何 时间怎样 时间报一下 时间说说 时间发我 时间是 到几点了 到点了吗 过零点了吗 过中午没 天亮没 天亮了吗 天黑没 黑了没有 日落了吗 日出了吗 是清晨吗 是凌晨吗 是半夜吗 是中午吗 是傍晚吗 是下午还是晚上 是白天吗 是夜里吗 半夜了吧 还早吗 晚不晚 开门了吗几点 下班没几点 起床没几点 睡没睡几点 该睡觉了吧几点 周几 周几了 礼拜几了 星期几呢 星期几了 几号了 几号呢 几月几日 什么日子 日期 今天几号 今儿几号 是周末吗 哪个时区 什么时区 时区 几点报给我 现在的钟几点 的表几点了 现在多晚了 手表该拨到几点"
    ).split(),
}
LINKS_ZH = "的 那边 那里 那儿 那头 这边 这里 这儿 当地 本地 地区 一带 周边 附近 外头 外面 户外 室外 城里 市区 市里 郊区 山上 海边 机场 现在 目前 此刻 眼下 当下 这会 这会儿 这时候 今天 今儿 今日 今早 今晚 刚刚 正在 到底 究竟 大概 具体 实时 最新 还 都 又 是 是不是 会不会 有没有 能不能 需要 应该".split()
TAIL_ZH = (
    "",
    "",
    "",
    "",
    "",
    "呀",
    "啊",
    "呢",
    "嘛",
    "哈",
    "哦",
    "来着",
    "吧",
    "呗",
    "，急",
    "，谢了",
    "，我好准备",
    "，我想出门",
    "，我要出发了",
    "，我马上到",
    "，在线等",
    "，我家人在那",
    "，多谢多谢",
)
WORDS_EN = [
    *FILLER_EN,
    "sister",
    "office",
    "meeting",
    "kindly",
    "honestly",
    "trip",
    "travel",
    "picnic",
    "morning",
    "window",
    "really",
    "guys",
    "actually",
    "currently",
    "exactly",
    "looking",
    "going",
    "thinking",
    "doing",
    "planning",
    "wear",
    "carry",
    "pack",
    "bring",
    "feel",
    "appear",
    "present",
    "report",
    "reading",
    "measure",
    "minute",
    "moment",
]


def question(rng: Random, language: str, skill: str, place: str) -> str:
    """A question for the place that no list of phrases holds."""
    if language == "zh":
        before = rng.choice(PRE_ZH) if rng.random() < 0.55 else ""
        if before and rng.random() < 0.15:
            before += rng.choice(("，", " ", "："))
        links = "".join(rng.choice(LINKS_ZH) for _ in range(rng.choice((0, 0, 0, 1, 1, 2))))
        return (
            before
            + place
            + links
            + rng.choice(POST[skill, language])
            + rng.choice(TAIL_ZH)
            + rng.choice(("", "", "？", "？", "。", "?", "！"))
        )
    opening = expand(rng.choice(OPENINGS_EN), rng, k=rng.choice(KEYS[skill, language]))
    text = opening + rng.choice(PREPOSITIONS) + " <c>" + rng.choice(ENDINGS_EN)
    if rng.random() < 0.1:
        text = rng.choice(("<c>: ", "<c>, ", "<c> - ", "<c>? ")) + opening.strip()
    while "<w>" in text:
        text = text.replace("<w>", rng.choice(WORDS_EN), 1)
    if rng.random() < 0.6:
        text = text[0].upper() + text[1:] if not text.startswith("<c>") else text
    return text.replace("<c>", place) + rng.choice(("?", "?", "?", "", "", ".", "!", " ?"))
