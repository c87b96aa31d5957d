"""Prompts written by hand to judge the model, nearly all with names that no list of the generator has. Never trained on.

A turn is (what the person says, the calls to expect, words of which one must be said where no call is expected).
"""

# ruff: noqa: E501 - tables of phrases read best one idea a line

from __future__ import annotations

from dataclasses import dataclass

W, T, S = "weather", "time", "sum"
Turn = tuple[str, tuple[tuple[str, str], ...], tuple[str, ...]]
DECLINE = ("Qingtan", "清谈", "MODEL")


@dataclass(frozen=True)
class Case:
    """A chat to run: its group in the table, its turns, the tools offered and the system prompt ("app": the app's own)."""

    group: str
    turns: tuple[Turn, ...]
    tools: tuple[str, ...] = (W, T, S)
    system: str | None = "app"


def call(text: str, *calls: tuple[str, str]) -> Turn:
    return (text, calls, ())


def say(text: str, *words: str) -> Turn:
    return (text, (), words)


def singles(group: str, skill: str, pairs: tuple[tuple[str, str], ...]) -> tuple[Case, ...]:
    return tuple(Case(group, (call(text, (skill, subject)),)) for text, subject in pairs)


WEATHER_ZH = singles("weather zh", W, (
    ("广州天气怎么样？", "广州"), ("麻烦瞅瞅攀枝花这会儿啥天", "攀枝花"), ("葫芦岛外头在落雨没", "葫芦岛"), ("我准备动身去凯里，想先了解下那儿的天气", "凯里"), ("今天景洪适不适合爬山呀", "景洪"), ("双鸭山的气温能说一下不", "双鸭山"), ("早，石河子天气", "石河子"), ("阿勒泰雪大不大？", "阿勒泰"),
    ("你帮我看一眼楚雄此时的天气呗", "楚雄"), ("怀化现在外面热得厉害吗", "怀化"), ("查天气：娄底", "娄底"), ("菏泽的风现在大吗，我想放风筝", "菏泽"), ("驻马店是出太阳还是阴着", "驻马店"), ("汇报一下信阳天气", "信阳"), ("请您告知鹤岗目前的天气状况，谢谢。", "鹤岗"), ("塔那那利佛天气如何", "塔那那利佛"), ("瓦加杜古今天热成什么样了", "瓦加杜古"),
    ("布宜诺斯艾利斯现在多少度", "布宜诺斯艾利斯"), ("旧金山这时候要穿厚点吗", "旧金山"), ("新奥尔良天气咋样啊老铁", "新奥尔良"), ("明尼阿波利斯冷得要命吧？", "明尼阿波利斯"), ("Wrocław 今天天气怎么样", "Wrocław"), ("想知道 San Francisco 的天气", "San Francisco"), ("普洱市区下不下雨", "普洱"),
))  # fmt: skip
WEATHER_EN = singles("weather en", W, (
    ("What's the weather in Toronto?", "Toronto"), ("Would it be wise to carry an umbrella around Ouagadougou?", "Ouagadougou"), ("Antananarivo weather pls", "Antananarivo"), ("how is San Francisco doing weather-wise", "San Francisco"), ("Is Ulaanbaatar freezing over at the minute?", "Ulaanbaatar"), ("gimme Tashkent's weather", "Tashkent"), ("Could I trouble you for the present weather in Port-au-Prince?", "Port-au-Prince"),
    ("port moresby weather", "port moresby"), ("Is the sun out over Dar es Salaam?", "Dar es Salaam"), ("I'm about to land in Bandar Seri Begawan, what's the weather there?", "Bandar Seri Begawan"), ("temperature Reims", "Reims"), ("Łódź: hot or cold?", "Łódź"), ("what is the wind doing in Tromsø", "Tromsø"), ("What's the humidity like over in Szczecin?", "Szczecin"), ("weather conditions, Stoke-on-Trent", "Stoke-on-Trent"),
    ("King's Lynn weather today?", "King's Lynn"), ("Do I have to wrap up warm in St. John's?", "St. John's"), ("How's the sky over L'Aquila?", "L'Aquila"), ("weather at Fort Worth right this second", "Fort Worth"), ("is it bucketing down in Baton Rouge?", "Baton Rouge"), ("please let me know the weather of Thiruvananthapuram", "Thiruvananthapuram"), ("Spokane forecast for today", "Spokane"), ("What's the weather in 乌兰浩特?", "乌兰浩特"), ("weather in Zhuhai, my parents live there", "Zhuhai"),
))  # fmt: skip
TIME_ZH = singles("time zh", T, (
    ("塔什干现在几点？", "塔什干"), ("报个时，阿斯塔纳", "阿斯塔纳"), ("乌兰巴托这会儿是几点来着", "乌兰巴托"), ("我想给蒙得维的亚的同事发消息，那边几点？", "蒙得维的亚"), ("请问此时亚的斯亚贝巴的时间", "亚的斯亚贝巴"), ("达累斯萨拉姆现在天亮了没，几点啦", "达累斯萨拉姆"), ("告诉我哥德堡的当地时间吧", "哥德堡"), ("萨尔茨堡几点", "萨尔茨堡"), ("基督城今天是礼拜几呀", "基督城"), ("万象现在时间", "万象"),
    ("第比利斯那边的钟现在走到几点了", "第比利斯"), ("America/Chicago 现在几点", "America/Chicago"), ("巴库时间多少", "巴库"), ("维尔纽斯现在是上午吗", "维尔纽斯"), ("Nha Trang现在几点了？", "Nha Trang"),
))  # fmt: skip
TIME_EN = singles("time en", T, (
    ("What time is it in Bishkek?", "Bishkek"), ("time at Tegucigalpa", "Tegucigalpa"), ("What does my watch need to show in Nouakchott?", "Nouakchott"), ("would you mind telling me the hour in Yamoussoukro", "Yamoussoukro"), ("Is it already tomorrow in Wollongong?", "Wollongong"), ("Dunedin local time please", "Dunedin"), ("whats the time now in alice springs", "alice springs"), ("I want to ring a friend in Punta Arenas, what time is it there?", "Punta Arenas"), ("Current time, Ushuaia", "Ushuaia"),
    ("What's the clock saying over in Saskatoon?", "Saskatoon"), ("Europe/Vienna time", "Europe/Vienna"), ("which day is it in Vientiane at the moment", "Vientiane"), ("hour in Whitehorse?", "Whitehorse"), ("what time would it be in 旧金山", "旧金山"), ("Hi! Time in Mar del Plata, if you don't mind.", "Mar del Plata"),
))  # fmt: skip
SUM_ZH = singles("sum zh", S, (
    ("3乘以7", "3*7"), ("128除以4等于几", "128/4"), ("帮忙合计一下 45 加 67", "45+67"), ("9的3次方得多少", "9^3"), ("根号225是几", "sqrt(225)"), ("320的15%有多少", "15% of 320"), ("(12+8)*5=", "(12+8)*5"), ("一千二百减去三百五十", "1200-350"), ("7.5×8是几", "7.5*8"), ("我买了6支笔，每支4元，一共要付多少钱？", "6*4"), ("教室里有48个学生，走了19个，还剩几个？", "48-19"), ("99 * 99", "99*99"), ("81的平方根是多少啊", "sqrt(81)"), ("求17的平方", "17^2"), ("2加3再乘4，不对，就算2+3*4", "2+3*4"),
    ("1000÷8 结果是？", "1000/8"), ("七八五十六对吗，7乘8到底多少", "7*8"), ("500元打七折要付多少", "500*0.7"),
))  # fmt: skip
SUM_EN = singles("sum en", S, (
    ("what is 17 times 23", "17*23"), ("15% of 80", "15% of 80"), ("sqrt(2)", "sqrt(2)"), ("Could you multiply 12 by 12 for me?", "12*12"), ("what do I get when I take 45 away from 120", "120-45"), ("2^10", "2^10"), ("144 divided by 12 is?", "144/12"), ("cube root of 343", "343^(1/3)"), ("how much is twenty percent of 250", "20% of 250"), ("(3+4)*2 please", "(3+4)*2"), ("If a pen costs 3 dollars, what do 14 pens cost?", "14*3"), ("There were 52 birds and 17 flew off. How many stayed?", "52-17"), ("seven times eight", "7*8"), ("1,250 + 3,750", "1250+3750"), ("what's 9 to the fourth power", "9^4"),
    ("quick one: 3.14*25", "3.14*25"), ("sum up 12, 15 and 18", "12+15+18"), ("whats 1/3", "1/3"),
))  # fmt: skip
SEVERAL = (
    Case("several zh", (call("攀枝花和凯里天气怎么样", (W, "攀枝花"), (W, "凯里")),)), Case("several zh", (call("塔什干、巴库、万象，三地现在各是几点？", (T, "塔什干"), (T, "巴库"), (T, "万象")),)), Case("several zh", (call("景洪热还是普洱热", (W, "景洪"), (W, "普洱")),)), Case("several zh", (call("旧金山跟新奥尔良两边的时间分别是？", (T, "旧金山"), (T, "新奥尔良")),)), Case("several zh", (call("看下怀化，娄底，信阳的天气", (W, "怀化"), (W, "娄底"), (W, "信阳")),)), Case("several zh", (call("鹤岗现在几点，天气怎么样？", (T, "鹤岗"), (W, "鹤岗")),)),
    Case("several en", (call("How's the weather in Boise and Spokane?", (W, "Boise"), (W, "Spokane")),)), Case("several en", (call("Time in Tashkent, Bishkek and Ulaanbaatar please", (T, "Tashkent"), (T, "Bishkek"), (T, "Ulaanbaatar")),)), Case("several en", (call("Which one is colder at the moment, Fargo or Saskatoon?", (W, "Fargo"), (W, "Saskatoon")),)), Case("several en", (call("weather San Francisco, Fort Worth", (W, "San Francisco"), (W, "Fort Worth")),)), Case("several en", (call("Give me the weather in Oaxaca plus the time there", (W, "Oaxaca"), (T, "Oaxaca")),)), Case("several en", (call("What are 12*4 and 90/6?", (S, "12*4"), (S, "90/6")),)),
)  # fmt: skip
CHATS = (
    Case("chat zh", (call("广州天气怎么样?", (W, "广州")), call("那上海呢?", (W, "上海")), call("那边现在几点?", (T, "上海")), say("谢谢啦", "不客气"))), Case("chat zh", (call("阿勒泰冷不", (W, "阿勒泰")), call("石河子呢", (W, "石河子")), call("双鸭山也查查", (W, "双鸭山")))), Case("chat zh", (call("3乘以7", (S, "3*7")), call("再乘以3呢", (S, "21*3")), call("它的一半是多少", (S, "63/2")))), Case("chat zh", (say("今天天气咋样", "哪个城市"), call("葫芦岛", (W, "葫芦岛")), call("哦，那边几点了", (T, "葫芦岛")))),
    Case("chat zh", (call("乌兰巴托几点", (T, "乌兰巴托")), call("天气呢", (W, "乌兰巴托")), call("那万象呢", (W, "万象")))), Case("chat zh", (say("你好呀", "你好"), say("你会干啥呢", "天气"), call("那就看看菏泽的天气", (W, "菏泽")))), Case("chat zh", (call("100除以8", (S, "100/8")), call("加上2.5", (S, "12.5+2.5")))), Case("chat zh", (call("里加和塔林天气怎么样", (W, "里加"), (W, "塔林")), call("那维尔纽斯呢", (W, "维尔纽斯")))),
    Case("chat en", (call("What's the weather in Toronto?", (W, "Toronto")), call("and in Paris?", (W, "Paris")), call("what time is it there?", (T, "Paris")), say("thanks!", "welcome"))), Case("chat en", (call("time in Boise", (T, "Boise")), call("And Fargo?", (T, "Fargo")), call("how's the weather there?", (W, "Fargo")))), Case("chat en", (call("12 times 12", (S, "12*12")), call("times 3?", (S, "144*3")), call("minus 32", (S, "432-32")), call("square root of that", (S, "sqrt(400)")))), Case("chat en", (say("what's the weather?", "city", "City"), call("Moncton", (W, "Moncton")), call("what about Oaxaca", (W, "Oaxaca")))),
    Case("chat en", (say("hello!", "Hello", "Hi"), say("what can you do?", "weather"), call("ok then, weather in Jaipur", (W, "Jaipur")))), Case("chat en", (call("Weather in Reims and Gijón?", (W, "Reims"), (W, "Gijón")), call("and Győr?", (W, "Győr")))), Case("chat en", (call("What time is it in Iquitos?", (T, "Iquitos")), say("are you a real person?", "Qingtan"), call("and the time in Jaipur?", (T, "Jaipur")))),
    Case("chat mixed", (call("Toronto天气怎么样", (W, "Toronto")), call("and in 北京?", (W, "北京")), call("那边几点了", (T, "北京")))), Case("chat mixed", (call("What's the weather in 景洪?", (W, "景洪")), call("那Boise呢？", (W, "Boise")), call("3*7是多少", (S, "3*7")))), Case("chat mixed", (call("旧金山几点了", (T, "旧金山")), call("how about the weather there?", (W, "旧金山")), say("谢谢", "不客气"))),
)  # fmt: skip
TALK = (
    *(Case("talk zh", (say(text, *words),)) for text, words in (
        ("你好", ("你好",)), ("嗨喽", ("你好",)), ("谢谢你的帮助", ("不客气",)), ("你是哪位？", ("清谈",)), ("你有什么本领？", ("天气",)), ("给我写一首关于秋天的诗", DECLINE), ("红烧排骨怎么做", DECLINE), ("谁发明了电灯", DECLINE), ("把“早上好”翻成法语", DECLINE), ("我失眠了怎么办", DECLINE), ("讲个鬼故事吧", DECLINE), ("帮我写个冒泡排序", DECLINE), ("推荐几部科幻片", DECLINE), ("李清照是哪个朝代的人", DECLINE), ("回头聊", ("再见",)), ("股票今天涨了吗", DECLINE), ("黄山有哪些景点", DECLINE),
    )),
    *(Case("talk en", (say(text, *words),)) for text, words in (
        ("Hi there!", ("Hello", "Hi")), ("Good day to you", ("Hello", "Hi")), ("Thanks a million", ("welcome",)), ("Who am I talking to?", ("Qingtan",)), ("What are your abilities?", ("weather",)), ("Write a limerick about a cat", DECLINE), ("How do I bake sourdough bread?", DECLINE), ("Who painted the Mona Lisa?", DECLINE), ("Translate 'good night' into Italian", DECLINE), ("I feel rather low today", DECLINE), ("Explain recursion to a five year old", DECLINE), ("Write a bubble sort in Go", DECLINE), ("recommend a sci-fi film", DECLINE), ("What's the capital of Mongolia?", DECLINE), ("See you tomorrow", ("bye", "Bye")), ("Should I buy Tesla shares?", DECLINE), ("Plan a three-day trip to Oaxaca", DECLINE),
    )),
)  # fmt: skip
OFF = (
    Case("tool off", (say("广州天气怎么样？", "天气"),), (T, S)), Case("tool off", (say("What's the weather in Reims?", "weather"),), (T, S)), Case("tool off", (say("塔什干几点了", "时间"),), (W, S)), Case("tool off", (say("what time is it in Boise", "time"),), (W,)), Case("tool off", (say("3乘以7", "计算"),), (W, T)), Case("tool off", (say("what's 17*23", "alculat"),), (W, T)), Case("tool off", (say("weather in Fargo?", "weather"),), ()), Case("tool off", (say("怀化天气", "天气"),), ()), Case("tool off", (say("12+30", "calculat", "计算"),), ()), Case("tool off", (call("time in Jaipur", (T, "Jaipur")), say("and the weather there?", "weather")), (T,)),
)  # fmt: skip
PIRATE = "Ye be Barnacle Bill, an old sailor. Talk like one. Keep it short. The crew is in Lisbon and the rum is gone."
BANK = "你是晨光银行的在线顾问小晨，只谈与银行业务有关的内容，语气亲切，每次回答不超过八十字。营业时间为周一至周五九点到十七点。"
SYSTEMS = (
    Case("other system", (call("What's the weather in Fargo?", (W, "Fargo")),), system=PIRATE), Case("other system", (call("娄底天气怎么样", (W, "娄底")),), system=BANK), Case("other system", (call("time in Ushuaia?", (T, "Ushuaia")),), system=None), Case("other system", (call("128除以4等于几", (S, "128/4")),), system=PIRATE), Case("other system", (call("what is 17 times 23", (S, "17*23")),), system=BANK), Case("other system", (call("巴库现在几点", (T, "巴库")),), system=None), Case("other system", (call("Boise and Spokane weather", (W, "Boise"), (W, "Spokane")),), system="Reply in rhymes. " * 60), Case("other system", (call("攀枝花天气", (W, "攀枝花")),), (S, W), system=""),
)  # fmt: skip
CASES = WEATHER_ZH + WEATHER_EN + TIME_ZH + TIME_EN + SUM_ZH + SUM_EN + SEVERAL + CHATS + TALK + OFF + SYSTEMS
