"""Arithmetic questions in both languages with the expression that each stands for. Knows nothing of dialogues."""

# ruff: noqa: E501 - tables of phrases read best one idea a line

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from random import Random

from builtin_model.grammar import expand

ONES = "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen".split()
TENS = "_ _ twenty thirty forty fifty sixty seventy eighty ninety".split()
DIGITS = "零一二三四五六七八九"


@dataclass(frozen=True)
class Sum:
    """A question and its expression in the calculator's notation, without spaces (but for "15% of 80")."""

    question: str
    expression: str
    is_bare: bool = False


def english_words(number: int) -> str:
    if number < 20:
        return ONES[number]
    if number < 100:
        return TENS[number // 10] + ("-" + ONES[number % 10] if number % 10 else "")
    if number < 1000:
        return f"{ONES[number // 100]} hundred" + (f" and {english_words(number % 100)}" if number % 100 else "")
    return f"{english_words(number // 1000)} thousand" + (f" {english_words(number % 1000)}" if number % 1000 else "")


def chinese_words(number: int, *, is_inner: bool = False) -> str:
    if number < 10:
        return DIGITS[number]
    if number < 100:
        head = "" if number < 20 and not is_inner else DIGITS[number // 10]
        return head + "十" + (DIGITS[number % 10] if number % 10 else "")
    if number < 1000:
        rest = number % 100
        tail = "" if not rest else ("零" if rest < 10 else "") + chinese_words(rest, is_inner=True)
        return DIGITS[number // 100] + "百" + tail
    rest = number % 1000
    tail = "" if not rest else ("零" if rest < 100 else "") + chinese_words(rest, is_inner=True)
    return DIGITS[number // 1000] + "千" + tail


def number(rng: Random) -> str:
    """A number as the calculator takes it: mostly 1 to 4 digits, some long, some with decimals."""
    kind = rng.random()
    if kind < 0.35:
        return str(rng.randint(0, 99))
    if kind < 0.6:
        return str(rng.randint(1, 999))
    if kind < 0.78:
        return str(
            rng.randint(10 ** rng.randint(2, 6), 10 ** rng.randint(7, 9))
            if rng.random() < 0.3
            else rng.randint(100, 99999)
        )
    if kind < 0.8:
        return str(rng.randint(1, 99) * 10 ** rng.randint(1, 8))
    return f"{rng.randint(0, 10 ** rng.randint(1, 4))}.{rng.randint(0, 9)}" + (
        "" if rng.random() < 0.4 else str(rng.randint(1, 99))
    )


def small(rng: Random) -> str:
    return str(rng.randint(2, 20))


def spoken(value: str, rng: Random, language: str) -> str:
    """The number as a person may write it: digits, now and then words or thousands separators."""
    if "." in value:
        return value
    size = int(value)
    if rng.random() < 0.14 and size < 10000:
        if language == "zh":
            words = chinese_words(size)
            return words.replace("二百", "两百").replace("二千", "两千") if rng.random() < 0.5 else words
        return english_words(size)
    if rng.random() < 0.15 and size >= 1000:
        return f"{size:,}"
    return value


OPERATORS = {
    "+": {"zh": "[加|加上|加|+|＋]", "en": "[plus|and|added to|plus|+]"},
    "-": {"zh": "[减|减去|减|-|－]", "en": "[minus|minus|take away|less|-]"},
    "*": {"zh": "[乘以|乘以|乘|乘上|×|x|*|乘于]", "en": "[times|times|multiplied by|x|×|by|*]"},
    "/": {"zh": "[除以|除以|÷|/]", "en": "[divided by|divided by|over|/|÷|:]"},
}
ASK = {
    "zh": (
        "<s>[等于|是|得|=|＝][多少|几|？|]",
        "[算一下|计算|帮我算|帮我算一下|请计算|求|算算|计算一下|麻烦算下|算|口算|请问|问一下][：| |]<s>[等于多少|是多少|得几|]",
        "<s>[呢|是多少呢|等于几呢|结果是多少|的结果|的值是多少|的结果是什么|的答案]",
        "<s>[=|=?|＝|是?|]",
        "<s>[，|,| ]等于[多少|几]",
        "[我想知道|想知道|告诉我|你知道]<s>[等于|是]多少[吗|]",
        "<s>多少",
        "你[会|能]算<s>吗",
        "[能不能|可以]帮我[算|计算][下|一下]<s>",
        "[结果|答案]：<s>",
        "用计算器算<s>",
        "<s>[该是|应该是|大概是]多少",
    ),
    "en": (
        "[what is|what's|whats|how much is|what does|how much does] <s>[| equal| make| come to]",
        "[calculate|compute|work out|solve|evaluate|figure out|find][:|] <s>",
        "<s>[| =| = ?| equals| is| equals what| is what| makes]",
        "[please |can you |could you |would you |pls |I need you to |help me ][calculate|work out|compute|do|figure out] <s>[| for me| please]",
        "[tell me|do you know|I'd like to know|I need|give me|I want to know] [what |][<s> is|<s>|<s> equals]",
        "[result of|the result of|value of|answer to] <s>",
        "[and |so |ok, |hey, |]what[ is|'s] [the [result|value|answer] of |]<s>",
        "do the math: <s>",
        "quick [maths|math]: <s>",
        "[use the calculator for|run|math question:] <s>",
    ),
}
PHRASES: dict[str, tuple[tuple[str, str, str], ...]] = {
    # (phrase, expression, kind of numbers): <a>, <b> are the numbers in both
    "zh": (
        ("<a>的<b>次方", "a^b", "power"),
        ("<a>的[平方]", "a^2", "one"),
        ("<a>的立方", "a^3", "one"),
        ("<a>[平方|的二次方]", "a^2", "one"),
        ("[根号|根号下]<a>", "sqrt(a)", "one"),
        ("<a>的[平方根|算术平方根]", "sqrt(a)", "one"),
        ("<a>[开方|开平方|开根号]", "sqrt(a)", "one"),
        ("<a>的立方根", "a^(1/3)", "one"),
        ("<b>的<a>%", "a% of b", "percent"),
        ("<b>的百分之<a>", "a% of b", "percent"),
        ("百分之<a>的<b>", "a% of b", "percent"),
        ("<a>%的<b>", "a% of b", "percent"),
        ("<a>的一半", "a/2", "one"),
        ("<a>的[两|2|二]倍", "a*2", "one"),
        ("<a>的<b>倍", "a*b", "small"),
        ("<a>的[三|3]分之一", "a/3", "one"),
        ("<a>的四分之一", "a/4", "one"),
        ("<a>[加|+]<b>[的和|，|,| ][乘以|再乘以|乘]<c>", "(a+b)*c", "three"),
        ("<a>减<b>的差乘以<c>", "(a-b)*c", "three"),
        ("<a>加<b>的和除以<c>", "(a+b)/c", "three"),
        ("<a>加<b>[再|]减<c>", "a+b-c", "three"),
        ("<a>加<b>加<c>", "a+b+c", "three"),
        ("<a>乘以<b>[再|]加<c>", "a*b+c", "three"),
        ("<a>乘<b>乘<c>", "a*b*c", "three"),
        ("<a>乘以<b>除以<c>", "a*b/c", "three"),
        ("<a>[和|与|跟]<b>[的和|相加|加起来|加在一起]", "a+b", "two"),
        ("<a>[和|与]<b>的[积|乘积]", "a*b", "two"),
        ("<a>[和|与]<b>相乘", "a*b", "two"),
        ("<a>[和|与]<b>的差", "a-b", "two"),
        ("<a>比<b>[多|大]", "a-b", "two"),
        ("把<a>[分成|平均分成]<b>份每份", "a/b", "small"),
        ("<a>个<b>", "a*b", "small"),
        ("<a>除以<b>的商", "a/b", "two"),
        ("<a>的<b>折", "ignored", "discount"),
        ("从<a>里减去<b>", "a-b", "two"),
        ("<a>里有几个<b>", "a/b", "small"),
    ),
    "en": (
        ("<a> [to the power of|to the power|raised to|^|**] <b>", "a^b", "power"),
        ("<a> squared", "a^2", "one"),
        ("<a> cubed", "a^3", "one"),
        ("the [square|2nd power] of <a>", "a^2", "one"),
        ("the cube of <a>", "a^3", "one"),
        ("[the |]square root of <a>", "sqrt(a)", "one"),
        ("[the |]root of <a>", "sqrt(a)", "one"),
        ("[sqrt|√|sqrt of|root][ |]<a>", "sqrt(a)", "one"),
        ("[the |]cube root of <a>", "a^(1/3)", "one"),
        ("<a>% of <b>", "a% of b", "percent"),
        ("<a> [percent|per cent|pct] of <b>", "a% of b", "percent"),
        ("a <a>% [tip|tax|discount|cut] on <b>", "a% of b", "percent"),
        ("half of <a>", "a/2", "one"),
        ("half <a>", "a/2", "one"),
        ("[twice|double|two times] <a>", "a*2", "one"),
        ("[triple|three times|3 times] <a>", "a*3", "one"),
        ("a third of <a>", "a/3", "one"),
        ("a quarter of <a>", "a/4", "one"),
        ("a tenth of <a>", "a/10", "one"),
        ("[the sum of <a> and <b>|<a> and <b> together|<a> added to <b>]", "a+b", "two"),
        ("the difference [between|of] <a> and <b>", "a-b", "two"),
        ("the product of <a> and <b>", "a*b", "two"),
        ("the quotient of <a> and <b>", "a/b", "two"),
        ("<a> plus <b> minus <c>", "a+b-c", "three"),
        ("<a> plus <b> plus <c>", "a+b+c", "three"),
        ("<a> times <b> plus <c>", "a*b+c", "three"),
        ("<a> times <b> times <c>", "a*b*c", "three"),
        ("<a> times <b> divided by <c>", "a*b/c", "three"),
        ("<a> minus <b> minus <c>", "a-b-c", "three"),
        ("the sum of <a> and <b>[,|] times <c>", "(a+b)*c", "three"),
        ("<a> plus <b>, all times <c>", "(a+b)*c", "three"),
        ("the average of <a> and <b>", "(a+b)/2", "two"),
        ("the average of <a>, <b> and <c>", "(a+b+c)/3", "three"),
        ("<a> lots of <b>", "a*b", "small"),
    ),
}
COMMANDS: dict[str, tuple[tuple[str, str, str], ...]] = {
    # whole questions, not to be wrapped in ASK
    "zh": (
        ("<a>除以<b>", "a/b", "two"),
        (
            "[我有|小明有|篮子里有|妈妈买了]<a>[个苹果|块糖|本书|颗球|支笔|元]，又[买了|得到|拿来|添了]<b>[个|块|本|元|]，[一共|总共|现在]有[多少|几个]",
            "a+b",
            "small",
        ),
        (
            "[我有|小红有|盒子里有|仓库有]<a>[个橘子|块饼干|本书|元|箱货]，[吃了|用了|送人|卖掉|花了]<b>[个|块|本|元|箱|]，[还剩|剩下|还有][多少|几个]",
            "a-b",
            "small",
        ),
        (
            "[每个|一个|一本|一张|一份|一杯][苹果|书|票|面包|咖啡|便当]<a>[元|块|块钱]，[买|要]<b>[个|本|张|份|杯|][要|一共|共要|总共][多少钱|几块钱|花多少|多少]",
            "a*b",
            "small",
        ),
        ("[每箱|每盒|每排|每车|每组]<a>[个|瓶|人|件]，<b>[箱|盒|排|车|组][一共|共|总共]有[多少|几个]", "a*b", "small"),
        (
            "<a>[个人|位同学|个孩子|户]平分<b>[个苹果|元|块糖|斤米]，[每人|每个人|一人][分|得|拿|分到][多少|几个]",
            "b/a",
            "small",
        ),
        ("把<a>[元|个|块糖|斤][平均|]分给<b>[个人|人|户]，每[人|份]多少", "a/b", "small"),
        ("[原价|标价|一件衣服]<a>元，打<d>折[后|][是|要|卖|][多少|多少钱|几块]", "a*d", "discount"),
        ("<a>[元|块]打<d>折[是多少|多少钱|后多少]", "a*d", "discount"),
        (
            "[一辆车|火车|我开车|骑车][每小时|一小时][走|跑|开|行]<a>公里，<b>[小时|个小时][走|跑|能跑|开]多[远|少公里]",
            "a*b",
            "small",
        ),
        ("[工资|月薪|收入]<a>，[交|扣]<b>%的税，[税是多少|要交多少税]", "b% of a", "percentb"),
        ("[长|长方形长]<a>[米|厘米|]，宽<b>[米|厘米|]，面积[是多少|多大]", "a*b", "small"),
        ("[正方形]边长<a>[米|厘米|]，面积[是多少|多大]", "a^2", "one"),
        ("[把|将]<a>[和|与|跟]<b>[相加|加起来]", "a+b", "two"),
        ("[把|将]<a>[乘以|除以]2", "", "halve"),
        ("<a>的<b>%", "b% of a", "percentb"),
        ("[开方|开根号]<a>", "sqrt(a)", "one"),
        ("<a>[加|减]<b>", "", "plusminus"),
    ),
    "en": (
        ("[add|sum] <a> [and|to|with] <b>", "a+b", "two"),
        ("[subtract|take|deduct] <a> from <b>", "b-a", "two"),
        ("[multiply|times] <a> [by|and|with] <b>", "a*b", "two"),
        ("divide <a> by <b>", "a/b", "two"),
        ("[double|twice] <a>", "a*2", "one"),
        ("square <a>", "a^2", "one"),
        ("halve <a>", "a/2", "one"),
        ("split <a> [by|between|among|into] <b>", "a/b", "small"),
        (
            "[I have|Tom has|there are|she had|we have] <a> [apples|coins|books|dollars|eggs|chairs] and [buy|get|find|add|receive] <b> more[.|,|][ How many| how many| how much] [in total|now|altogether|do I have|is that|are there]",
            "a+b",
            "small",
        ),
        (
            "[I have|Anna has|there are|he had] <a> [apples|cookies|dollars|tickets|seats] and [eat|lose|spend|sell|give away|use] <b>[.|,|][ How many| how many| how much] [are left|remain|is left|do I have left]",
            "a-b",
            "small",
        ),
        (
            "[if |][one|a|each] [ticket|book|coffee|box|shirt|meal] [costs|is|at] <a>[ dollars| euros|], how much [are|do|is|for] <b>[| of them| cost|?]",
            "a*b",
            "small",
        ),
        (
            "[there are |]<a> [boxes|rows|bags|teams] [of|with] <b> [eggs|seats|apples|people] each[.|,] how many [in total|altogether|is that]",
            "a*b",
            "small",
        ),
        (
            "<a> [people|friends|kids] share <b> [dollars|apples|sweets|euros] equally[.|,] how much [each|per person|does each get]",
            "b/a",
            "small",
        ),
        ("[split|share] [a bill of |]<a> [between|among] <b> [people|friends|of us]", "a/b", "small"),
        (
            "[a car|the train|I] [drives|goes|travels|goes] <a> km [an hour|per hour], how far in <b> hours",
            "a*b",
            "small",
        ),
        ("[what is|how much is] <a> [with|after] a <b>% discount", "a*(1-b/100)", "percentb"),
        ("[a rectangle|a room] [is |]<a> by <b>[ m|], [what is its|what's the] area", "a*b", "small"),
        ("how many <a>s [are |]in <b>", "b/a", "small"),
        ("how many times does <a> go into <b>", "b/a", "small"),
        ("[how much is |]<a> less than <b>", "b-a", "small"),
        ("<a> more than <b>", "b+a", "small"),
        ("what do you get if you [add <a> to <b>|add <a> and <b>]", "a+b", "two"),
        ("<a> items at <b> each", "a*b", "small"),
        ("how much do <a> [tickets|books] cost at <b> [dollars |]each", "a*b", "small"),
        ("<b>% tip on [a |]<a> [bill|dollars|]", "b% of a", "percentb"),
    ),
}
FOLLOW: dict[str, tuple[tuple[str, str], ...]] = {
    "zh": (
        ("[那|再|然后|把它|结果|][乘以|乘|×|*]<a>[呢|是多少|等于多少|]", "r*a"),
        ("[那|再|然后|把它|结果|][除以|÷|/]<a>[呢|是多少|]", "r/a"),
        ("[那|再|然后|结果|][加|加上|+]<a>[呢|是多少|]", "r+a"),
        ("[那|再|然后|结果|][减|减去|-]<a>[呢|是多少|]", "r-a"),
        ("[它|结果|那它|再求它]的[平方|二次方][呢|是多少]", "r^2"),
        ("[再|把它|结果|那|][开方|开根号|开平方][呢|]", "sqrt(r)"),
        ("[它|结果|那它]的一半[呢|是多少]", "r/2"),
        ("[它|结果|那它]的<a>倍[呢|是多少]", "r*a"),
        ("[它|结果|那它|这个数]的<a>%[呢|是多少]", "a% of r"),
        ("[再翻一倍|翻倍呢|翻一番呢]", "r*2"),
        ("[它|结果]的立方[呢|]", "r^3"),
        ("[把|将][它|结果|这个][乘以|乘]<a>", "r*a"),
        ("[把|将][它|结果|这个]除以<a>", "r/a"),
        ("[再|]用[它|结果]减<a>", "r-a"),
        ("在这个基础上加<a>", "r+a"),
    ),
    "en": (
        ("[and |now |then |ok, |][times|multiplied by|x|*] <a>", "r*a"),
        ("[and |now |then |ok |][divided by|over|/] <a>", "r/a"),
        ("[and |now |then |ok |][plus|add|+] <a>", "r+a"),
        ("[and |now |then |][minus|subtract|less|-] <a>", "r-a"),
        ("[and |now |then |and that |that |][squared]", "r^2"),
        ("[and |now |][cubed|that cubed]", "r^3"),
        ("[and |now |]the square root[ of that| of it|]", "sqrt(r)"),
        ("[and |now |][half of that|half of it|halve it|half that]", "r/2"),
        ("[and |now |][double it|double that|twice that|doubled]", "r*2"),
        ("[and |now |]triple it", "r*3"),
        ("[and |now |what's |what is |]<a>% of [that|it]", "a% of r"),
        ("[multiply|now multiply] [that|it|the result] by <a>", "r*a"),
        ("[divide|now divide] [that|it|the result] by <a>", "r/a"),
        ("[add|now add] <a>[ to that| to it|]", "r+a"),
        ("[subtract|now subtract|take away] <a>[ from that| from it|]", "r-a"),
        ("what about times <a>", "r*a"),
        ("and [that|it] [times|multiplied by] <a>", "r*a"),
    ),
}


def typed(rng: Random) -> tuple[str, str]:
    """An expression typed in signs, as (what the person typed, canonical form)."""
    pieces: list[str] = []

    def term(depth: int) -> None:
        kind = rng.random()
        if kind < 0.16 and depth < 2:
            pieces.append("(")
            chain(rng.choice((2, 2, 2, 3)), depth + 1)
            pieces.append(")")
        elif kind < 0.2:
            pieces.append(rng.choice(("sqrt", "sqrt", "abs", "sin", "cos", "log", "ln", "exp")) + "(")
            chain(1, 2)
            pieces.append(")")
        elif kind < 0.24 and not pieces:
            pieces.extend(("-", number(rng)))
        else:
            pieces.append(number(rng))
            if rng.random() < 0.07:
                pieces.extend(("^", small(rng)))
            elif rng.random() < 0.03:
                pieces.append("%")

    def chain(length: int, depth: int) -> None:
        term(depth)
        for _ in range(length - 1):
            pieces.append(rng.choice("++--**//*"))
            term(depth)

    chain(rng.choice((2, 2, 2, 2, 3, 3, 4, 5)), 0)
    canonical = "".join(pieces)
    gap = " " if rng.random() < 0.4 else ""
    times = rng.choice("***×xX·" if gap else "***×x")
    divide = rng.choice("//÷")
    power = rng.choice(("^", "^", "**"))
    is_wide = rng.random() < 0.06
    shown: list[str] = []
    for piece in pieces:
        match piece:
            case "*":
                shown.append(f"{gap}{times}{gap}")
            case "/":
                shown.append(f"{gap}{divide}{gap}")
            case "+" | "-":
                shown.append(f"{gap}{piece}{gap}" if shown else piece)
            case "^":
                shown.append(power)
            case "(" | ")" if is_wide:
                shown.append("（" if piece == "(" else "）")
            case _:
                shown.append(f"{int(piece):,}" if piece.isdigit() and len(piece) > 3 and rng.random() < 0.1 else piece)
    return "".join(shown), canonical


def fill(expression: str, values: dict[str, str]) -> str:
    return re.sub(r"(?<![a-z])[abcdr](?![a-z])", lambda match: values[match.group()], expression)


def phrase_values(kind: str, rng: Random) -> dict[str, str]:
    values = {name: number(rng) for name in "abc"}
    match kind:
        case "power":
            values = {"a": small(rng) if rng.random() < 0.7 else number(rng), "b": str(rng.randint(2, 12)), "c": ""}
        case "percent" | "percentb":
            part = str(
                rng.choice(
                    (5, 8, 10, 12, 15, 18, 20, 25, 30, 35, 40, 50, 60, 75, 80, 90, rng.randint(1, 100), 7.5, 2.5, 12.5)
                )
            )
            values = {"a": part, "b": number(rng)} if kind == "percent" else {"a": number(rng), "b": part}
        case "small":
            values = {"a": number(rng) if rng.random() < 0.5 else str(rng.randint(2, 99)), "b": str(rng.randint(2, 99))}
        case "discount":
            fold = rng.choice((5, 6, 7, 8, 9, 8.5, 7.5, 9.5, 8.8))
            values = {"a": number(rng), "d": f"{fold / 10:.2f}".rstrip("0"), "fold": f"{fold:g}"}
    return values


def worded(rng: Random, language: str) -> Sum:
    """A question in words: "3 乘以 7 等于多少", "15 percent of 80", a problem of one step."""
    kind = rng.random()
    if kind < 0.36:
        operator = rng.choice("+-**/")
        left, right = number(rng), number(rng)
        gap = " " if language == "en" or rng.random() < 0.12 else ""
        sign = expand(OPERATORS[operator][language], rng)
        if sign == "and":
            sign = "plus"
        phrase = f"{spoken(left, rng, language)}{gap}{sign}{gap}{spoken(right, rng, language)}"
        return Sum(expand(rng.choice(ASK[language]), rng, s=phrase), f"{left}{operator}{right}")
    table = PHRASES if kind < 0.74 else COMMANDS
    phrase, expression, numbers = rng.choice(table[language])
    values = phrase_values(numbers, rng)
    if numbers == "discount":
        expression = "a*d"
        phrase = phrase.replace("<b>折", "<d>折")
    elif numbers == "halve":
        phrase, expression = rng.choice((("把<a>乘以2", "a*2"), ("把<a>除以2", "a/2"), ("将<a>翻倍", "a*2")))
    elif numbers == "plusminus":
        phrase, expression = rng.choice((("<a>加<b>", "a+b"), ("<a>减<b>", "a-b")))
    shown = {name: spoken(value, rng, language) for name, value in values.items() if value and name in "abc"}
    if "fold" in values:
        shown["d"] = values["fold"].replace(".", "") if rng.random() < 0.5 else values["fold"]
    text = expand(phrase, rng, **shown)
    if table is PHRASES:
        text = expand(rng.choice(ASK[language]), rng, s=text)
    elif rng.random() < 0.35:
        prefix = (
            ("帮我算算，", "请问", "问一下，", "算一下：")
            if language == "zh"
            else ("please ", "can you ", "tell me: ", "hey, ")
        )
        text = rng.choice(prefix) + text
    return Sum(text, fill(expression, values))


def question(rng: Random, language: str) -> Sum:
    """A question for the calculator, with what the calculator is to be given."""
    kind = rng.random()
    if kind < 0.62:
        return worded(rng, language)
    shown, canonical = typed(rng)
    if kind < 0.75:
        return Sum(shown + rng.choice(("", "", "=", "=?", "＝", " =", "?")), canonical, is_bare=True)
    return Sum(expand(rng.choice(ASK[language]), rng, s=shown), canonical)


def follow_up(rng: Random, language: str, last: str) -> Sum:
    """A question that goes on from the last result: "times 3?"."""
    phrase, expression = rng.choice(FOLLOW[language])
    value = number(rng) if rng.random() < 0.3 else small(rng)
    left = (
        f"({last})" if last.startswith("-") and not expression.startswith("sqrt") and "of" not in expression else last
    )
    text = expand(phrase, rng, a=spoken(value, rng, language))
    return Sum(text, fill(expression, {"a": value, "r": left}))


FUNCTIONS = {
    "sqrt": math.sqrt,
    "abs": abs,
    "sin": math.sin,
    "cos": math.cos,
    "log": math.log10,
    "ln": math.log,
    "exp": math.exp,
}


def result(expression: str, rng: Random) -> str:
    """The result as the calculator prints it; one in eight is made up, so that copying it is the only way to be right."""
    if rng.random() < 0.12:
        return rng.choice(
            (
                str(rng.randint(-99999, 999999)),
                f"{rng.uniform(-1000, 100000):.{rng.randint(1, 9)}f}",
                f"{rng.uniform(1, 10):.6g}e+{rng.randint(16, 90)}",
            )
        )
    code = re.sub(r"([\d.]+)% of ", r"\1/100*", expression).replace("^", "**").replace("%", "/100")
    code = re.sub(r"(?<![\d.])0+(?=\d)", "", code)
    if re.search(r"\*\*\s*\(?\d{3,}", code):
        return f"{rng.uniform(1, 10):.6g}e+{rng.randint(16, 90)}"
    try:
        value = eval(code, {"__builtins__": {}}, dict(FUNCTIONS))
        if isinstance(value, complex) or not math.isfinite(value):
            return "0"
        return f"{value:.12g}" if isinstance(value, float) or abs(value) >= 10**16 else str(value)
    except (ArithmeticError, ValueError, MemoryError):
        return str(rng.randint(0, 999))


def can_continue(text: str) -> bool:
    """Whether a person would go on from this result: not from 1.23e+45."""
    return "e" not in text and len(text) < 12
