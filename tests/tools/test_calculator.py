"""The calculator: what it reads, how it writes, what it refuses, and that nothing makes it slow or break."""

import operator
import random
import time
from contextlib import suppress
from fractions import Fraction

import pytest

from tools.base import ToolError
from tools.calculator import calculate
from tools.calculator.functions import CONSTANTS, FUNCTIONS


def result_of(expression: str) -> str:
    answer = calculate.function(expression)
    assert answer == {"expression": expression.strip(), "result": answer["result"]}
    return answer["result"]


@pytest.mark.parametrize(
    ("expression", "result"),
    [
        ("3*7", "21"),
        ("(3+4)*2", "14"),
        ("0.1+0.2", "0.3"),
        ("1/3", "0.333333333333"),
        ("10/4", "2.5"),
        ("7//2", "3"),
        ("17 % 5", "2"),
        ("-7 mod 3", "2"),
        ("2^10", "1024"),
        ("2**3**2", "512"),
        ("-2^2", "-4"),
        ("2^-1", "0.5"),
        ("2(3+4)", "14"),
        ("2pi", "6.28318530718"),
        ("3x4", "12"),
        ("6÷2×3", "9"),
        ("2e3", "2000"),
        ("1,234,567.5+1", "1234568.5"),
        ("max(1,200)", "200"),
        ("sqrt(1,024)", "32"),
        ("2+2=?", "4"),
        (" 1 + 1 ", "2"),
    ],
)
def test_arithmetic(expression: str, result: str) -> None:
    assert result_of(expression) == result


@pytest.mark.parametrize(
    ("expression", "result"),
    [
        ("50%", "0.5"),
        ("15% of 80", "12"),
        ("15 percent of 80", "12"),
        ("100*20%", "20"),
        ("200+10%", "220"),
        ("200-10%", "180"),
        ("10%+5%", "0.15"),
        ("20减去百分之5", "19"),
        ("80的15%", "12"),
        ("80的百分之十五", "12"),
    ],
)
def test_a_percentage_that_is_added_is_taken_of_what_it_is_added_to(expression: str, result: str) -> None:
    assert result_of(expression) == result


@pytest.mark.parametrize(
    ("expression", "result"),
    [
        ("sqrt(2)", "1.41421356237"),
        ("sqrt(0.25)", "0.5"),
        ("√16+9", "13"),
        ("cbrt(-27)", "-3"),
        ("root(32, 5)", "2"),
        ("8^(2/3)", "4"),
        ("(-8)^(1/3)", "-2"),
        ("3²+4²", "25"),
        ("5!", "120"),
        ("factorial(20)", "2432902008176640000"),
        ("abs(-3)", "3"),
        ("round(2.5)", "3"),
        ("round(3.14159, 2)", "3.14"),
        ("floor(-0.5)", "-1"),
        ("ceil(-0.5)", "0"),
        ("sin(pi)", "0"),
        ("sin(30°)", "0.5"),
        ("cos 60 degrees", "0.5"),
        ("atan(1)*4", "3.14159265359"),
        ("log(1000)", "3"),
        ("log(8, 2)", "3"),
        ("log10(1/10^400)", "-400"),
        ("ln(e^2)", "2"),
        ("exp(0)", "1"),
        ("min(3, 1, 2)", "1"),
    ],
)
def test_powers_roots_and_functions(expression: str, result: str) -> None:
    assert result_of(expression) == result


@pytest.mark.parametrize(
    ("expression", "result"),
    [
        ("3乘以7", "21"),
        ("12除以4", "3"),
        ("5加3等于几", "8"),
        ("9减4是多少", "5"),
        ("三加五", "8"),
        ("三百零五乘两千", "610000"),
        ("三点一四*2", "6.28"),
        ("5的平方", "25"),
        ("2的10次方", "1024"),
        ("16的平方根", "4"),
        ("2乘以9的平方根", "6"),
        ("-5的绝对值", "5"),
        ("根号81", "9"),
        ("5的阶乘", "120"),
        ("四分之三", "0.75"),
        ("3万*2", "60000"),
        ("1.5亿/3", "50000000"),
        ("一亿二千万/3", "40000000"),
        ("３＋４＝", "7"),
        ("（１＋２）×３", "9"),
        ("圆周率*2", "6.28318530718"),
    ],
)
def test_chinese_words_numerals_and_full_width_signs(expression: str, result: str) -> None:
    assert result_of(expression) == result


FIGURES = {
    # digits mixed with units
    "3万5千": 35000,
    "3千5百": 3500,
    "2亿3000万": 230000000,
    "1亿2千万": 120000000,
    "1万2千3百": 12300,
    "2千3百万": 23000000,
    "1.5万": 15000,
    "3.2亿": 320000000,
    "1.2百万": 1200000,
    "1.5千万": 15000000,
    "3.5万亿": 3500000000000,
    "1.23456万": "12345.6",
    "10万": 100000,
    "100万": 1000000,
    "1,000万": 10000000,
    "12345万": 123450000,
    "3万5": 35000,
    "10万5": 105000,
    "3千5": 3500,
    "3百5": 350,
    "1万2千3": 12300,
    "2万零50": 20050,
    "2万零5百": 20500,
    "1万2345": 12345,
    "3千500": 3500,
    "5百": 500,
    "5百万": 5000000,
    "10千": 10000,
    "12百": 1200,
    "3 万": 30000,
    "3 万5千": 35000,
    "0万": 0,
    "３万５千": 35000,
    "１．５亿": 150000000,
    "1万5000亿": 1500000000000,
    "1万亿5000亿": 1500000000000,
    "5万3千亿": 5300000000000,
    "3千万亿": 3000000000000000,
    # Chinese digits
    "零": 0,
    "〇": 0,
    "两": 2,
    "十": 10,
    "十五": 15,
    "一十五": 15,
    "二十": 20,
    "九十九": 99,
    "一百": 100,
    "一百二": 120,
    "一百零二": 102,
    "一百十五": 115,
    "一百一十五": 115,
    "两百五": 250,
    "三百零五": 305,
    "三千五": 3500,
    "三千五百二": 3520,
    "三千零五": 3005,
    "三千零五十": 3050,
    "一千零二十": 1020,
    "两千两百": 2200,
    "三万五": 35000,
    "三万零五": 30005,
    "三万五千二": 35200,
    "三万五百": 30500,
    "三万零五百": 30500,
    "两万": 20000,
    "十万": 100000,
    "十万五": 105000,
    "十万零五千": 105000,
    "百万": 1000000,
    "千万": 10000000,
    "万亿": 1000000000000,
    "百亿": 10000000000,
    "三百零五万": 3050000,
    "三千三百三十三万三千三百三十三": 33333333,
    "一亿二": 120000000,
    "一亿二千万": 120000000,
    "一亿五百万": 105000000,
    "一亿零三百万": 103000000,
    "九百九十九万亿": 999000000000000,
    "二〇二六": 2026,
    "二零二六": 2026,
    "二○二六": 2026,
    "一二三": 123,
    "三点一四": "3.14",
    "零点五": "0.5",
    "三点五万": 35000,
    "十二点五万": 125000,
    "一百二十点五": "120.5",
    "二点〇五亿": 205000000,
    # old, formal and traditional ones
    "廿": 20,
    "廿五": 25,
    "卅": 30,
    "一百廿五": 125,
    "壹万贰仟叁佰肆拾伍": 12345,
    "伍拾陆": 56,
    "柒佰捌拾玖": 789,
    "貳佰參拾陸": 236,
    "三萬五千": 35000,
    "兩億": 200000000,
    "一億零三百萬": 103000000,
    "三點一四": "3.14",
}


@pytest.mark.parametrize("figure", FIGURES)
def test_a_figure_in_chinese_is_one_number_wherever_it_stands(figure: str) -> None:
    result = str(FIGURES[figure])
    assert result_of(figure) == result
    assert result_of(f"{figure}是多少？") == result
    assert result_of(f"0+{figure}") == result
    assert result_of(f"({figure})*1") == result
    assert result_of(f"{figure}除以1") == result


@pytest.mark.parametrize(
    ("expression", "result"),
    [
        ("3万5千除以5", "7000"),
        ("3万-5千", "25000"),
        ("3万*2千", "60000000"),
        ("(3万+5千)/7", "5000"),
        ("3万5千加3万5", "70000"),
        ("一百万乘以二", "2000000"),
        ("计算一下3万加5千等于多少", "35000"),
        ("请问三万五除以五是多少", "7000"),
        ("3万的15%", "4500"),
        ("三万的百分之十五", "4500"),
        ("max(3万,5万)", "50000"),
        ("3万²", "900000000"),
        ("二百五十六的平方根", "16"),
        ("负三", "-3"),
        ("負三", "-3"),
        ("5减负三", "8"),
        ("负三的平方", "9"),
        ("负三万五", "-35000"),
        ("三的负二次方", "0.111111111111"),
        ("三分之二", "0.666666666667"),
        ("五百分之一", "0.002"),
        ("5百分之一", "0.002"),
        ("2100分之21", "0.01"),
        ("100万分之一", "0.000001"),
        ("百分之十五", "0.15"),
        ("百分之百", "1"),
        ("百分之一百二十", "1.2"),
        ("负百分之五", "-0.05"),
        ("千分之三点五", "0.0035"),
        ("3个亿", "300000000"),
        ("三个亿除以2", "150000000"),
        ("1.5 个亿", "150000000"),
        ("1000减千分之三", "997"),
        ("万分之五", "0.0005"),
        ("1,234,567", "1234567"),
    ],
)
def test_sums_with_figures_in_chinese(expression: str, result: str) -> None:
    assert result_of(expression) == result


NO_FIGURES = (
    *("3百5万2亿", "5千3万", "三千五万", "三百五百", "一千二千", "一百百", "千百", "亿万", "万万", "万千", "二十十"),
    *(
        "三四百",
        "三五",
        "五六万",
        "二两",
        "十两",
        "一百两",
        "3两",
        "万一",
        "百十",
        "一万百",
        "零三百",
        "一百零",
        "三千零",
    ),
    *("一百零零二", "三千零五百", "一百零二十", "三万二五", "一百二点五", "三点二十", "5三", "三5", "2〇26", "3万点五"),
    *("1.5亿2000万", "1.5万3千", "3万50", "3万0", "2亿5000", "2亿30000万", "00万", "007万", "1,0000万", "12,34万"),
    *("3万 5千", "3 5万", "三 四", "十 万", "3.三万", "三.五万", "3万.5千", "1.2.3万", "3万e5", "1e3万", "1e三"),
    *(
        "几万",
        "十几",
        "数百万",
        "上万",
        "5万以上",
        "5万多",
        "三万余",
        "第三",
        "3个半",
        "一万半",
        "半",
        "三点",
        "三点半",
    ),
    *("1万元", "3块5", "3万块", "5万人", "3千克", "30万公里", "八折", "打八折", "翻一番", "三又四分之一", "1 3分之2"),
    *("1兆", "俩", "仨", "5负三", "1k", "3w", "2M", "3m", "1w5", "2b", "3 million", "2.5 billion", "3 thousand five"),
    *("a hundred", "3 dozen", "1,0000", "12,34,567", "1,00,000", "1.000.000", "1 000 000", "1'000", "1_000", "1.000,5"),
)


@pytest.mark.parametrize("expression", NO_FIGURES)
def test_what_is_not_one_certain_number_is_refused(expression: str) -> None:
    for text in (expression, f"{expression}+1", f"1+{expression}", f"({expression})"):
        with pytest.raises(ToolError, match=r"cannot be read|not one certain number"):
            calculate.function(text)


@pytest.mark.parametrize(
    ("expression", "result"),
    [
        ("what is 2+2?", "4"),
        ("12 plus 30", "42"),
        ("3 times 4", "12"),
        ("9 divided by 2", "4.5"),
        ("square root of 16", "4"),
        ("2 to the power of 5", "32"),
    ],
)
def test_english_words(expression: str, result: str) -> None:
    assert result_of(expression) == result


@pytest.mark.parametrize(
    ("expression", "result"),
    [
        ("2^100", "1267650600228229401496703205376"),
        ("100!", "9.33262154439e+157"),
        ("1e400*1e400", "1e+800"),
        ("12345678901234.56", "1.23456789012e+13"),
        ("0.000001", "0.000001"),
        ("1e-7", "1e-7"),
        ("-0.0*3", "0"),
    ],
)
def test_results_are_whole_or_of_twelve_digits_or_scientific(expression: str, result: str) -> None:
    assert result_of(expression) == result


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ("1/0", "Division by zero has no result."),
        ("5 mod 0", "Division by zero has no result."),
        ("0^-1", "Division by zero has no result."),
        ("", "The expression is empty. Write one, for example (3+4)*2."),
        ("sqrt(-1)", "An even root of a negative number has no real result."),
        ("(-2)^0.3", "A negative number to a fractional power has no real result."),
        ("log(0)", "A logarithm needs a positive number and a positive base other than 1."),
        ("tan(90°)", "The tangent has no value there."),
        ("asin(2)", "asin needs a number from -1 to 1."),
        ("(-3)!", "A negative number has no factorial."),
        ("2.5!", "A factorial needs a whole number."),
        ("(1+2", "A closing parenthesis is missing."),
        ("1+", "A number is missing before the end."),
        ("3 4", "The expression cannot be read from '4' on. Check the operators around it."),
        ("sqrt(1, 2)", "sqrt takes one number, not 2."),
        ("½+1", "'½' cannot be read. Write it with / or digits."),
        ("9**9**9", "The result is too large to calculate."),
        ("factorial(100000)", "The result is too large to calculate."),
        ("1e999999999", "The result is too large to calculate."),
        ("exp(10000)", "The result is too large to calculate."),
        ("(" * 100 + "1" + ")" * 100, "The expression is nested too deeply. Split it up."),
        ("√" * 100 + "1", "The expression is nested too deeply. Split it up."),
        ("2" + "^1" * 100, "The expression is nested too deeply. Split it up."),
        ("1+" * 200 + "1", "The expression has 401 characters, the limit is 300. Split it up."),
    ],
)
def test_what_has_no_result_is_refused_at_once_and_in_words(expression: str, message: str) -> None:
    started = time.perf_counter()
    with pytest.raises(ToolError) as raised:
        calculate.function(expression)
    assert str(raised.value) == message
    assert time.perf_counter() - started < 0.5


@pytest.mark.parametrize(
    "expression", ["__import__('os')", "open('x')", "import os", "a=1", "().__class__", "1;2", "[1]"]
)
def test_code_is_not_read(expression: str) -> None:
    with pytest.raises(ToolError, match=r"cannot be read|missing"):
        calculate.function(expression)


def test_sums_products_and_quotients_agree_with_exact_fractions() -> None:
    chance = random.Random(7)
    signs = {"+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv}
    for _ in range(500):
        left, right = (Fraction(chance.randint(-9999, 9999), chance.choice([1, 10, 100])) for _ in range(2))
        sign = chance.choice("+-*/" if right else "+-*")
        expected = signs[sign](left, right)
        assert float(result_of(f"({float(left)}){sign}({float(right)})")) == pytest.approx(float(expected), rel=1e-11)


def test_any_text_ends_soon_in_a_result_or_in_an_error_in_words() -> None:
    chance = random.Random(11)
    pieces = [
        *"0123456789+-*/%^!(),.√°的²½ x",
        "**",
        "//",
        "e9",
        "1e400",
        "99999",
        "百分之",
        "的平方根",
        "分之",
        *"万亿千百十零三两点负廿",
    ]
    pieces += [*FUNCTIONS, *CONSTANTS, *(f"{name}(" for name in FUNCTIONS)]
    slowest = 0.0
    for _ in range(5000):
        text = "".join(chance.choices(pieces, k=chance.randint(1, 40)))
        started = time.perf_counter()
        with suppress(ToolError):
            calculate.function(text)
        slowest = max(slowest, time.perf_counter() - started)
    assert slowest < 1


def test_the_schema_is_the_contracts() -> None:
    assert calculate.schema == {
        "type": "function",
        "function": {
            "name": "calculate",
            "description": "Evaluate an arithmetic expression.",
            "parameters": {
                "additionalProperties": False,
                "properties": {
                    "expression": {"description": "For example (3+4)*2, 2^10, sqrt(2), 15% of 80", "type": "string"}
                },
                "required": ["expression"],
                "type": "object",
            },
        },
    }
