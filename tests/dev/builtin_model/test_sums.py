"""The sums of the training data: the same for the same seed, and every expression is one that the calculator reads."""

from __future__ import annotations

import re
from random import Random

import pytest

from dev.builtin_model import numerals, sums
from dev.builtin_model.grammar import parse
from dev.builtin_model.phrases import read
from tools.base import ToolError
from tools.calculator import calculate

FILES = ("ask", "open", "corrections", "terms", "commands", "problems", "steps", "follow")
LAST = ("12", "-7", "0.25", "14500", "-3.5")
NO_RESULT = ("Division by zero", "too large", "no real result", "A logarithm needs", "no factorial")


def trouble(expression: str) -> str:
    """What the calculator says against it, unless the sum can be read and has no result, like 5/0."""
    try:
        calculate.function(expression=expression)
    except ToolError as error:
        return "" if any(words in str(error) for words in NO_RESULT) else f"{expression}: {error}"
    return ""


@pytest.mark.parametrize("language", ["zh", "en"])
def test_calculator_reads_every_expression(language: str) -> None:
    rng = Random(1)
    for _ in range(4000):
        total = sums.question(rng, language)
        assert total.question.strip()
        assert not set("<>[]|") & set(total.question), total
        assert total.expression.replace("% of ", "").find(" ") < 0, total
        assert not trouble(total.expression), total


@pytest.mark.parametrize("language", ["zh", "en"])
def test_calculator_reads_every_follow_up(language: str) -> None:
    rng = Random(2)
    for _ in range(1500):
        last = rng.choice(LAST)
        total = sums.follow_up(rng, language, last)
        assert last in total.expression, total
        assert not trouble(total.expression), total


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_line_is_well_formed(language: str) -> None:
    for name in FILES:
        for line in read(language, f"sums_{name}"):
            parse(line)
            assert (" => " in line) == (name not in FILES[:3]), line
    for name in FILES[3:]:
        for phrase in sums.phrases(language, f"sums_{name}"):
            values = {"a": "6", "b": "4", "c": "3", "d": "2", "r": "9", "total": "1+2", "product": "1*2", "length": "2"}
            assert {*phrase.kinds.values()} <= {"", *numerals.KINDS}, phrase
            assert {*re.findall("(?<![a-z])[a-d](?![a-z])", phrase.expression)} <= {*phrase.kinds}, phrase
            assert not trouble(sums.fill(phrase.expression, values)), phrase


@pytest.mark.parametrize(("name", "least"), [("problems", 150), ("follow", 120), ("terms", 100), ("open", 40)])
def test_phrases_are_many_and_different(name: str, least: int) -> None:
    for language in ("zh", "en"):
        assert len({*read(language, f"sums_{name}")}) >= least


def test_the_same_random_gives_the_same_sum() -> None:
    def make(seed: int) -> list[sums.Sum]:
        rng = Random(seed)
        questions = [
            ask(rng, language) for ask in (sums.question, sums.worded) for language in ("zh", "en") for _ in "abc"
        ]
        return [*questions, sums.follow_up(rng, "zh", "-7"), sums.follow_up(rng, "en", "12")]

    assert make(5) == make(5) != make(6)


@pytest.mark.parametrize(
    ("expression", "values", "expected"),
    [
        ("(a+b)*c", {"a": "3", "b": "4", "c": "2"}, "(3+4)*2"),
        ("a*b", {"a": "-3", "b": "-4"}, "-3*(-4)"),
        ("a^2", {"a": "-3"}, "(-3)^2"),
        ("sqrt(a)", {"a": "-3"}, "sqrt(-3)"),
        ("a% of b", {"a": "15", "b": "80"}, "15% of 80"),
        ("(total)/length", {"total": "12+15+18", "length": "3"}, "(12+15+18)/3"),
    ],
)
def test_numbers_take_their_places(expression: str, values: dict[str, str], expected: str) -> None:
    assert sums.fill(expression, values) == expected


@pytest.mark.parametrize(
    ("inner", "step", "expected"),
    [
        ("3*4", "r+a", "3*4+5"),
        ("3+4", "r*a", "(3+4)*5"),
        ("3*4", "r*a", "3*4*5"),
        ("3*4", "r^2", "(3*4)^2"),
        ("3+4", "sqrt(r)", "sqrt(3+4)"),
        ("3+4", "a-r", "5-(3+4)"),
        ("(3+4)*2", "r/a", "(3+4)*2/5"),
        ("80-20%", "r*a", "(80-20%)*5"),
        ("-7", "r+a", "(-7)+5"),
        ("-7", "sqrt(r)", "sqrt(-7)"),
        ("-7", "a% of r", "5% of -7"),
    ],
)
def test_a_step_takes_all_that_went_before(inner: str, step: str, expected: str) -> None:
    assert sums.fill(step, {"a": "5", "r": sums.nested(inner, step)}) == expected


@pytest.mark.parametrize(
    ("language", "phrase", "expression"),
    [
        ("zh", "<a>的平方", "a^2"),
        ("zh", "负<a>的平方", "(-a)^2"),
        ("zh", "<a>的三分之一", "a/3"),
        ("en", "[the |]cube root of <a>", "cbrt(a)"),
        ("en", "three quarters of <a>", "3/4*a"),
        ("en", "<a> plus <b>, all [times|multiplied by] <c>", "(a+b)*c"),
    ],
)
def test_phrases_stand_for_their_expressions(language: str, phrase: str, expression: str) -> None:
    assert expression in {found.expression for found in sums.phrases(language, "sums_terms") if found.text == phrase}


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("1200", {"一千二百", "一千二", "1千2"}),
        ("350", {"三百五十", "三百五"}),
        ("23000", {"二万三千", "两万三千", "两万三", "2万3", "2.3万"}),
        ("30000", {"3万", "三万"}),
        ("15000", {"1.5万", "一万五"}),
        ("10500", {"一万零五百"}),
        ("120000305", {"一亿二千万零三百零五"}),
        ("3.14", {"三点一四"}),
        ("16", {"十六", "１６"}),
        ("2", {"二", "两"}),
    ],
)
def test_chinese_numerals(value: str, words: set[str]) -> None:
    assert words <= {*numerals.chinese_forms(value)}


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("1200", {"twelve hundred", "one thousand two hundred", "1,200", "1.2k"}),
        ("45", {"forty-five", "forty five"}),
        ("105", {"one hundred and five", "one hundred five", "a hundred and five"}),
        ("2.5", {"two and a half", "two point five"}),
        ("12", {"twelve", "a dozen"}),
        ("1500000", {"1.5 million", "one million five hundred thousand"}),
        ("83749", {"eighty-three thousand seven hundred and forty-nine"}),
    ],
)
def test_english_number_words(value: str, words: set[str]) -> None:
    assert words <= {*numerals.english_forms(value)}


def test_results_are_the_calculators() -> None:
    rng = Random(3)
    rng.random = lambda: 0.5  # type: ignore[method-assign]  # none of the made-up ones
    for expression in ("(3+4)*2", "15% of 80", "80-20%", "17%5", "5!", "cbrt(27)", "2^10", "7/4", "-3*(-4)"):
        assert sums.result(expression, rng).removesuffix(".0") == calculate.function(expression=expression)["result"]
