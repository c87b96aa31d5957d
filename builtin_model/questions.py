"""Phrases that people ask in: weather, time, what is missing, what comes next. Knows neither results nor answers.

<c> stands for one place, <l> for several; <x> in a clause before the question for the place that it names.
"""

# ruff: noqa: E501 - tables of phrases read best one idea a line

from __future__ import annotations

from random import Random

from builtin_model.grammar import expand

END_ZH = "[？|？|?||||。|！|～|呀？|呢|啊|吗？]"
END_EN = "[?|?|?|?|||.|!| ?|??]"
NOW_ZH = "[今天|现在|目前|当前|此刻|这会儿|今儿|眼下|||||]"
NOW_EN = "[ right now| now| today| currently| at the moment| at present| this morning| tonight|||||]"
ASK_ZH = "[请问|请问一下|请问下|请帮我查一下|帮我查一下|帮我查|查一下|查查|查下|查询|看看|看一下|帮忙看下|麻烦查一下|麻烦您看一下|告诉我|我想知道|想知道|想问一下|想问问|想了解|问一下|问下|你知道|劳驾问下|打听一下|能告诉我|能不能查一下|可以帮我看看|能帮我查查|说说|说一下|报一下|给我看看|搜一下|获取|||||||||||]"
OPEN_ZH = "[你好，|您好，|嗨，|hi，|Hi, |小清，|清谈，|在吗？|哎，|那个，|喂，|早上好，|晚上好！|好的，|对了，|嗯，|打扰一下，|不好意思，|||||||||||||||||||||]"
CLOSE_ZH = "[谢谢|，谢谢|，谢谢！|，多谢|，辛苦了|，拜托了|，急|，在线等|谢啦||||||||||||||||||||||||||]"
ASK_EN = "[please |please tell me |tell me |could you tell me |can you tell me |can you check |check |could you please check |I'd like to know |I want to know |do you know |do you happen to know |would you mind checking |show me |give me |let me know |i need to know |look up |find out |any idea |pls check |wanna know |quick question: |||||||]"
OPEN_EN = "[Hi, |Hi! |Hello, |Hello! |Hey, |hey |hey there, |Good morning, |Good evening. |Excuse me, |Sorry, |Ok, |So, |By the way, |btw |Qingtan, |Thanks. |Great! |Alright, |um, |||||||||||||||||||||]"
CLOSE_EN = "[, please| please|, thanks| thanks|, thank you| thx| pls|, cheers|. Thank you!||||||||||||||||||||||||]"

WEATHER_ZH = (
    f"{ASK_ZH}<c>[的|]{NOW_ZH}[的|]天气[怎么样|怎样|如何|咋样|好吗|好不好|情况|状况|是什么样的|是怎样的|怎么样啊|好不|啥样|]",
    f"{ASK_ZH}{NOW_ZH}<c>[的|那边|那边的|那里|那儿|]天气[怎么样|如何|咋样|怎样|好吗|情况|情况如何|]",
    "<c>天气",
    "天气<c>",
    "<c> 天气",
    "天气 <c>",
    "<c>的天气",
    "<c>天气怎么样",
    "<c>天气如何",
    "<c>今天天气怎么样",
    "<c>今天天气",
    "查<c>天气",
    "<c>天气预报",
    f"{ASK_ZH}{NOW_ZH}<c>{NOW_ZH}[冷|热|晒|潮|闷|干|凉快|暖和|冷不冷|热不热|冷吗|热吗|凉快吗|暖和吗|闷不闷|潮湿吗|干燥吗|舒服吗]",
    f"{ASK_ZH}<c>{NOW_ZH}[多少度|几度|气温多少|气温是多少|温度多少|温度是多少|有多热|有多冷|多热|多冷|的气温|的温度|气温|温度|的温度是多少|气温怎么样|什么温度|几度了]",
    f"{ASK_ZH}<c>{NOW_ZH}[下雨吗|下雨了吗|有雨吗|下不下雨|下雪吗|下雪了吗|有雪吗|刮风吗|风大吗|风大不大|有雾吗|有没有雾|有太阳吗|晴天吗|是晴天吗|阴天吗|是不是在下雨|会下雨吗|在下雪吗|出太阳了吗|有霾吗]",
    f"{ASK_ZH}<c>{NOW_ZH}[湿度多少|湿度是多少|的湿度|湿度大吗|风速多少|风速是多少|风力多大|的风速|几级风|风有多大]",
    f"{NOW_ZH}[在|去|到]<c>[要带伞吗|需要带伞吗|用不用带伞|穿什么|该穿什么|穿什么衣服合适|要穿外套吗|需要穿羽绒服吗|适合出门吗|适合跑步吗|适合户外吗|能晒被子吗|穿短袖行吗]",
    f"<c>[那边|那里|那儿|]{NOW_ZH}[天气|天|气候][怎么样|咋样|如何|好吗|好不好]",
    f"{ASK_ZH}<c>{NOW_ZH}是[什么天气|啥天气|晴天还是雨天|什么样的天气]",
    f"<c>{NOW_ZH}什么天气",
    f"<c>{NOW_ZH}啥天气",
    f"{ASK_ZH}[关于|有关|]<c>的[实时|最新|当前|实况|]天气[信息|数据|情况|报告|状况]",
    "[给我|帮我|替我|请][查|看|查查|查一下|看一下|看看|瞧瞧|搜搜|播报一下|查询一下][<c>的天气|<c>天气|<c>那边的天气|<c>现在的天气情况|<c>气温]",
    "<c>天氣怎麼樣",
    "<c>今天天氣如何",
    "請問<c>的天氣",
    "<c>現在幾度",
    "<c>的天气咋样啊",
    "<c>天气怎么杨",
    "<c>天汽怎么样",
    "<c>天气咋滴",
    "<c>tianqi",
    "<c>weather",
    "今天<c>天气好吗",
    "外面天气怎么样，我在<c>",
    "我在<c>，[今天|现在|外面]天气怎么样",
    "<c>的天[怎么样|好吗|咋样]",
    "想知道<c>那边冷不冷",
)
WEATHER_EN = (
    f"{ASK_EN}[what's|what is|whats|how's|how is|hows] the weather [like |][in|at|for|over in|around] <c>{NOW_EN}",
    f"{ASK_EN}[what's|what is|whats|how is|how's] the weather {NOW_EN} in <c>",
    f"{ASK_EN}the [weather|current weather|weather conditions|forecast|temperature|current conditions|humidity|wind speed|wind] [in|for|at|of] <c>{NOW_EN}",
    "weather <c>",
    "<c> weather",
    "weather in <c>",
    "weather for <c>",
    "weather: <c>",
    "<c>'s weather",
    "<c> temperature",
    "temperature in <c>",
    "<c> temp",
    "<c> weather now",
    "current weather <c>",
    f"[is it|is it|is it currently|is it really|will it be] [hot|cold|warm|chilly|sunny|raining|rainy|snowing|windy|cloudy|humid|foggy|freezing|nice|nice out|wet|dry|stormy|clear|nice outside] in <c>{NOW_EN}",
    f"[how [hot|cold|warm|humid|windy|sunny] is it in|how many degrees is it in|how many degrees in] <c>{NOW_EN}",
    f"[what's|what is|whats] the [temperature|temp|humidity|wind|wind speed|current temperature|weather report|weather situation] [in|at|like in|for] <c>{NOW_EN}",
    f"[do I need|should I take|should I bring|will I need|would I need] [an umbrella|a coat|a jacket|sunglasses|a sweater|a raincoat] in <c>{NOW_EN}",
    f"what [should I wear|do people wear|clothes do I need] in <c>{NOW_EN}",
    f"what does it look like outside in <c>{NOW_EN}",
    f"how's <c>{NOW_EN}, weather wise",
    f"{ASK_EN}what the weather[ is|'s|] [like |]in <c>{NOW_EN}[ is|]",
    f"{ASK_EN}how the weather is in <c>",
    f"{ASK_EN}if it[ is|'s] [raining|cold|hot|sunny|snowing] in <c>",
    f"what kind of weather [is there|do they have|does <c> have] {NOW_EN} [in <c>|in <c>]",
    "<c>, what's the weather",
    "<c> - how is the weather",
    "I'm in <c>, [what's|how's] the weather[ like|]",
    "[wether|wheather|weahter|weathr|waether] in <c>",
    "whats teh weather in <c>",
    "how is wether in <c>",
    f"what's it like in <c>{NOW_EN}",
    "hows it looking in <c>",
    f"any rain in <c>{NOW_EN}",
    f"is there [snow|rain|fog|sun|wind|a storm] in <c>{NOW_EN}",
    f"{ASK_EN}conditions in <c>",
    f"<c>{NOW_EN}: [rain|sun|hot|cold] or [not|cloudy|warm]",
    f"does it [rain|snow] in <c>{NOW_EN}",
    f"can I [go for a walk|go running|have a picnic|dry laundry] in <c>{NOW_EN}",
    "What's the weather like in the city of <c>",
    "Weather report for <c>",
    f"the weather [in|at] <c>{NOW_EN}",
)
TIME_ZH = (
    f"{ASK_ZH}<c>[那边|那里|那儿|当地||||][现在|目前|此刻|这会儿|当前|现在是|]几点[了|钟|钟了|啦|了呀|]",
    f"{ASK_ZH}[现在|目前|此刻|]<c>[是|那边|那边是|当地|那里|]几点[了|钟|]",
    f"{ASK_ZH}<c>[现在|当前|目前|]的[时间|当地时间|当前时间|本地时间|现在时间]",
    f"{ASK_ZH}<c>[时间|当地时间|现在时间|的时间|现在的时间|当前时间][是多少|是什么|是几点|]",
    "<c>几点",
    "<c>几点了",
    "<c>现在几点",
    "<c>时间",
    "<c>现在什么时间",
    "<c>现在是什么时候",
    "几点了<c>",
    "现在<c>几点",
    "<c> 时间",
    "时间 <c>",
    "<c>当地时间",
    "现在几点，<c>",
    f"{ASK_ZH}<c>[今天|现在][是|]星期几",
    f"{ASK_ZH}<c>[今天|现在][是|]几号",
    f"{ASK_ZH}<c>[今天|现在][是|][周几|礼拜几|什么日期|几月几号|星期几]",
    f"{ASK_ZH}<c>[现在|][天黑了吗|是白天还是晚上|是白天还是黑夜|是早上还是晚上|是上午还是下午|是什么时间]",
    f"{ASK_ZH}<c>[的|在|是|]哪个时区",
    f"{ASK_ZH}<c>的时区[是什么|]",
    "<c>现在[几點|幾點]",
    "<c>現在幾點了",
    "請問<c>現在時間",
    "<c>几点钟啦",
    "<c>现在几点拉",
    "<c>现在及点",
    "我在<c>，现在几点",
    "[给我|帮我|替我][查|看|报][一下|下|][<c>的时间|<c>时间|<c>现在几点|<c>当地时间]",
    "<c>的人现在[睡了吗|起床了吗|下班了吗]",
    "在<c>现在[打电话|打过去]合适吗，几点了",
    "[如果我|我]在<c>，现在[是|]几点",
    "<c>那边是几点",
    "<c>现在多少点",
)
TIME_EN = (
    f"{ASK_EN}[what time is it|what's the time|what is the time|what is the current time|what's the local time|what is the local time|whats the time|what time it is|the time|the current time|the local time|current time|local time] [in|in|in|over in|at] <c>{NOW_EN}",
    f"[what|wat] time is it{NOW_EN} in <c>",
    "time in <c>",
    "<c> time",
    "time <c>",
    "current time in <c>",
    "time now in <c>",
    "<c> current time",
    "time in <c> now",
    "<c> time now",
    "time: <c>",
    "<c> local time",
    f"what [day|date|day of the week|weekday] is it in <c>{NOW_EN}",
    "what is [the date|today's date|the day] in <c>",
    "what's the date in <c>",
    f"is it [morning|night|day or night|evening|late|dark|already tomorrow|Monday|Sunday|the weekend] in <c>{NOW_EN}",
    "how late is it in <c>",
    "what is the time [zone|difference] [in|of|for] <c>",
    "which time zone is <c> in",
    "what time zone is <c>",
    f"what time do they have in <c>{NOW_EN}",
    "the clock in <c>",
    "what hour is it in <c>",
    "do you have the time in <c>",
    "if I call <c> now, what time is it there",
    "is it too late to call <c>",
    f"are people awake in <c>{NOW_EN}",
    "what does the clock say in <c>",
    "I'm in <c>, what time is it",
    "<c>: what time is it",
    "waht time is it in <c>",
    "what tim is it in <c>",
    "wats the time in <c>",
    "hey what time in <c>",
    "<c> clock",
    "local time for someone in <c>",
    "What's <c>'s [time|local time|current time]",
)
WEATHER_MANY_ZH = (
    f"{ASK_ZH}<l>{NOW_ZH}[的|]天气[怎么样|如何|咋样|情况|分别怎么样|各怎么样|都怎么样|都怎样|]",
    f"{ASK_ZH}{NOW_ZH}<l>[的|]天气",
    "<l>天气",
    f"<l>{NOW_ZH}[哪个|哪里|哪边|哪儿|哪座城市][更|比较|最|][热|冷|暖和|凉快|舒服|潮湿]",
    "[比较|对比][一下|下|]<l>的[天气|气温|温度]",
    f"<l>{NOW_ZH}[多少度|几度|气温多少|下雨吗|冷吗|热吗|分别多少度|各多少度|都下雨吗]",
    "[我|我们]要去<l>，天气怎么样",
    "<l>的气温",
    "[查|看|查一下|帮我查]<l>的天气",
    "<l>[这两个|这几个|这些]城市的天气",
)
WEATHER_MANY_EN = (
    f"{ASK_EN}[what's|what is|how is|how's] the weather [like |]in <l>{NOW_EN}",
    "weather in <l>",
    "<l> weather",
    "weather <l>",
    f"{ASK_EN}the [weather|temperature|temperatures] [in|for] <l>{NOW_EN}",
    f"[compare|compare the weather in|compare the temperature in|contrast the weather of] <l>{NOW_EN}",
    f"is it [hot|cold|warm|raining|sunny] in <l>{NOW_EN}",
    "which is [warmer|colder|hotter|wetter], <l>",
    f"how [hot|cold|warm] is it in <l>{NOW_EN}",
    "I'm travelling to <l>, how's the weather",
    "where is it [warmer|colder|sunnier]: <l>",
)
TIME_MANY_ZH = (
    f"{ASK_ZH}<l>[现在|目前|分别|现在分别|现在各|各|]几点[了|钟|]",
    "<l>的[时间|当地时间|当前时间]",
    f"{ASK_ZH}[现在|]<l>[分别|各|]是几点",
    "<l>时间",
    "<l>[时差|差几个小时|差多久]",
    "[查|看|帮我查]<l>的时间",
    "[我要跟<l>的同事开会，|]<l>现在几点",
)
TIME_MANY_EN = (
    f"{ASK_EN}[what time is it|what's the time|what is the time|the time|the current time|the local time] in <l>{NOW_EN}",
    "time in <l>",
    "<l> time",
    "current time in <l>",
    "time difference between <l>",
    "what are the times in <l>",
    "what day is it in <l>",
    "compare the time in <l>",
)
BOTH_ZH = (
    f"{ASK_ZH}<c>[现在|][的|]天气[和|跟|与|以及]时间",
    f"{ASK_ZH}<c>[现在|]几点[了|]，天气[怎么样|如何|呢]",
    f"{ASK_ZH}<c>天气[怎么样|如何]，[现在|]几点[了|]",
    "<c>的时间和天气",
    "<c>几点，冷不冷",
)
BOTH_EN = (
    f"{ASK_EN}the [weather and time|time and weather|weather and the time|time and the weather] in <c>",
    "what's the [weather and time|time and weather] in <c>",
    "what time is it in <c>[,|] and [how's|what's] the weather[ like| there|]",
    "how's the weather in <c> and what time is it[ there|]",
    "<c> weather and time",
)
BEFORE_ZH = (
    "[我|我们][明天|下周|周末|后天|过两天|马上|等会儿|下个月][要|想|准备|打算|得]去<x>[出差|旅游|玩|开会|看朋友|]，",
    "[我|我妈|我弟|我同学|我女朋友|我爸妈|客户|同事][在|住在|人在]<x>，",
    "[听说|据说]<x>[很漂亮|不错|很热闹|最近很火]，",
    "[我|]在<x>[上班|读书|出差|工作]，",
    "[我|]刚到<x>，",
    "我订了去<x>的[机票|火车票|酒店]，",
    "[我|]想给<x>的[客户|朋友|爸妈|同事]打个电话，",
    "说到<x>，",
    "我老家是<x>，",
)
BEFORE_EN = (
    "[I'm|We're|I am|My boss is] [flying|going|travelling|traveling|driving|moving] to <x> [tomorrow|next week|soon|this weekend|later today|on Friday]. ",
    "[My sister|My friend|My mom|A colleague|My team|My son] [lives in|is in|works in|just moved to] <x>[.|,] ",
    "I just [arrived|landed] in <x>. ",
    "I have a meeting in <x>. ",
    "I booked a flight to <x>, ",
    "[Thinking of|Planning] a trip to <x>. ",
    "I need to call someone in <x>. ",
    "I'm in <x>. ",
)
THERE = {
    ("weather", "zh"): (
        "[那边|那里|那儿|当地][现在|今天|][天气怎么样|天气如何|冷吗|热吗|多少度|下雨吗|天气咋样|天气好吗|什么天气|温度多少]",
        "[天气怎么样|天气如何|要带伞吗|穿什么好|冷不冷|多少度]",
    ),
    ("weather", "en"): (
        f"[what's|how's|what is|how is] the weather [like |]there{NOW_EN}",
        f"[is it|is it] [hot|cold|raining|warm|sunny|snowing] there{NOW_EN}",
        "[what's the temperature|how warm is it|how cold is it] there",
        "[how's|what's] the weather[ like|]",
        "do I need an umbrella[ there|]",
    ),
    ("time", "zh"): (
        "[那边|那里|那儿|当地][现在|][几点|几点了|是几点|几点钟|什么时间]",
        "[现在几点了|几点了|现在几点]",
        "[那边|当地]的时间[呢|是多少|]",
        "[那边|那里][今天|]星期几",
    ),
    ("time", "en"): (
        f"what time is it there{NOW_EN}",
        "[what's|what is] the [time|local time|current time] there",
        "what day is it there",
        "what time is it",
        "the time there",
        "and what time do they have there",
    ),
}
AND_ZH = (
    "[那|那么|那要是|换成|再看看|再查下|然后是|还有|再查一下|改查|那如果是|]<c>呢",
    "[那|]<c>[怎么样|如何|咋样]",
    "<c>",
    "[再查|再看|换]<c>",
    "<c>[也查一下|也看看|也要]",
    "那<c>",
    "还有<c>",
)
AND_EN = (
    "[and|and|what about|how about|what about|now|then|or|also|ok and|and what about|and how about|same for|same question for|next,|try|but] [in |in |]<c>",
    "[and |]<c>",
    "<c> too",
    "<c> as well",
    "in <c>",
)
SWITCH = {
    ("weather", "zh"): (
        "[那|那边|那里|那儿|当地|它|]的?天气[呢|怎么样|如何|咋样]",
        "[那|]天气呢",
        "[那边|那里|那儿][冷吗|热吗|冷不冷|下雨吗|多少度]",
        "[顺便|再][查下|看看|查一下|说下][那边的|]天气",
        "外面冷吗",
    ),
    ("weather", "en"): (
        "[and |]the weather[ there|]",
        "[and |what about |how about |]the weather there",
        "[and |]how's the weather[ there|]",
        "[and |]is it [cold|hot|raining|warm] there",
        "[and |]what's the weather like[ there|]",
        "weather there",
    ),
    ("time", "zh"): (
        "[那边|那里|那儿|当地|它那边][现在|][几点|几点了|是几点|几点钟]",
        "[那|]现在几点[了|]",
        "[那|][当地|那边的|]时间呢",
        "[那|]几点了",
        "[顺便|再][查下|看看|说下][那边的|]时间",
    ),
    ("time", "en"): (
        "[and |]what time is it there[ now|]",
        "[and |what about |how about |]the [time|local time] there",
        "[and |]what time is it[ now|]",
        "[and |]the time[ there|]",
        "time there",
    ),
}
NO_PLACE = {
    ("weather", "zh"): (
        "[今天|现在|外面|]天气[怎么样|如何|咋样|好吗|预报|]",
        "[今天|现在|外面|][冷吗|热吗|下雨吗|多少度|几度|要带伞吗|会下雨吗]",
        "[查|查一下|查询|看看|帮我查|我想查][一下|]天气",
        "天气",
        "天气怎么样",
        "今天天气",
        "气温多少",
    ),
    ("weather", "en"): (
        "[what's|how's|what is|whats] the weather[ like|][ today| now| outside|]",
        "[is it|will it be] [raining|cold|hot|sunny|warm][ outside| today|]",
        "weather",
        "the weather please",
        "[check|tell me|show me] the weather",
        "do I need an umbrella[ today|]",
        "what's the temperature",
        "how cold is it",
        "weather today",
    ),
    ("time", "zh"): (
        "[现在|请问|请问现在|现在是||]几点[了|钟|啦|]",
        "[现在|当前|]时间",
        "[今天|现在][是|][星期几|几号|周几]",
        "几点",
        "报时",
        "查时间",
        "现在什么时间",
    ),
    ("time", "en"): (
        "what time is it[ now| please|]",
        "[what's|what is] the [time|current time]",
        "time",
        "[tell me|give me] the time",
        "what day is [it|today]",
        "what's the date[ today|]",
        "current time",
        "time please",
    ),
}


def punctuate(text: str, rng: Random, language: str, *, is_question: bool = True) -> str:
    """Ends, politeness around it, capitals, typos."""
    if language == "zh":
        text = expand(OPEN_ZH, rng) + text
        end = expand("[？|？|？|?||||。|～|！| ?]" if is_question else "[。|！||]", rng)
        text += end if text[-1:] not in "？?！。=＝" else ""
        text += expand(CLOSE_ZH, rng) if rng.random() < 0.5 else ""
        return text
    text = expand(OPEN_EN, rng) + text
    if rng.random() < 0.55:
        text = text[:1].upper() + text[1:]
    closing = expand(CLOSE_EN, rng) if rng.random() < 0.5 else ""
    end = expand(END_EN, rng) if text[-1:] not in "?!.=" else ""
    return text + end + closing if closing.startswith(".") else text + closing + end


def misspell(phrase: str, rng: Random) -> str:
    """One typo in the words around the <place>: a letter dropped, doubled or swapped."""
    spots = [
        index
        for index, char in enumerate(phrase[:-1])
        if char.isascii()
        and char.isalpha()
        and phrase[index + 1].isalpha()
        and "<" not in phrase[max(0, index - 2) : index + 3]
    ]
    if not spots:
        return phrase
    spot = rng.choice(spots)
    kind = rng.random()
    if kind < 0.4:
        return phrase[:spot] + phrase[spot + 1 :]
    if kind < 0.7:
        return phrase[:spot] + phrase[spot + 1] + phrase[spot] + phrase[spot + 2 :]
    return phrase[:spot] + phrase[spot] + phrase[spot:]


def fill(phrases: tuple[str, ...], rng: Random, language: str, **values: str) -> str:
    """One of the phrases, chosen and filled, with a typo now and then, and punctuated."""
    text = expand(rng.choice(phrases), rng)
    if language == "en" and rng.random() < 0.07:
        text = misspell(text, rng)
    if language == "en" and rng.random() < 0.12:
        text = text.lower()
    if language == "zh" and rng.random() < 0.03:
        text = text.replace("<c>", " <c> ")
    text = punctuate(text.replace("的?", rng.choice(("的", ""))), rng, language)
    for name, value in values.items():
        text = text.replace(f"<{name}>", value)
    return text


def join_places(places: list[str], rng: Random, language: str) -> str:
    """ "北京、上海和广州", "Paris, Rome and Oslo"."""
    if language == "zh":
        comma = rng.choice(("、", "、", "，", " ", ",", "和", "跟"))
        last = rng.choice(("和", "和", "跟", "与", "、", "还有", "以及", " 和 ", "，", " "))
    else:
        comma = rng.choice((", ", ", ", ", ", " and ", "/", "; ", " " if len(places) > 5 else ", "))
        last = rng.choice(
            (" and ", " and ", " and ", ", and ", " & ", ", ", " or ", " vs ", " versus ", " as well as ", " plus ")
        )
    if len(places) == 1:
        return places[0]
    return comma.join(places[:-1]) + last + places[-1]
