"""The judge: what it lets pass and what not."""

from __future__ import annotations

import json

import pytest

from dev.builtin_model.held_out import Turn
from dev.builtin_model.judge import Call, fault

ALL = ("weather", "time", "sum")
READING = {
    "city": "凯里", "condition": "light rain", "condition_zh": "小雨", "temperature_c": 8.5, "humidity_percent": 91,
    "wind_kmh": 12.0, "source": "simulated",
}  # fmt: skip
ANSWER = "凯里现在的天气：小雨，气温 8.5°C，湿度 91%，风速 12.0 公里/小时。（模拟数据，仅供演示。）"
ASKED = Turn("凯里今儿个冷不", calls=(("weather", ("凯里",)),))


def call(**arguments: str) -> Call:
    return Call("get_current_weather", json.dumps(arguments), json.dumps(READING))


def test_right_call_and_faithful_answer_pass() -> None:
    assert fault(ASKED, [call(city="凯里")], ANSWER, ALL) == ("", "")


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (ANSWER.replace("8.5", "8.6"), "'8.5' is missing"),
        (ANSWER.replace("小雨", "大雨"), "'小雨' is missing"),
        (ANSWER.replace("凯里", "凯裡"), "'凯里' is missing"),
        (ANSWER.replace("（模拟数据，仅供演示。）", ""), "not called simulated"),
        (ANSWER + "明天 11 度。", "made up {'11'}"),
    ],
)
def test_unfaithful_answers_are_told(answer: str, why: str) -> None:
    assert fault(ASKED, [call(city="凯里")], answer, ALL) == ("answer", why)


@pytest.mark.parametrize(
    ("calls", "kind"),
    [
        ([], "call"),
        ([call(city="今儿个凯里")], "call"),
        ([call(city="凯里"), call(city="凯里")], "call"),
        ([call(town="凯里")], "call"),
        ([Call("get_current_time", '{"city": "凯里"}', json.dumps(READING))], "call"),
        ([Call("get_current_weather", '{"city": "凯', '{"error": "invalid_json", "message": ""}')], "broken"),
        ([Call("roll_dice", "{}", '{"error": "unknown_tool", "message": ""}')], "broken"),
    ],
)
def test_wrong_calls_are_told(calls: list[Call], kind: str) -> None:
    assert fault(ASKED, calls, ANSWER, ALL)[0] == kind


def test_tool_that_is_off_must_not_be_called() -> None:
    assert fault(ASKED, [call(city="凯里")], ANSWER, ("time", "sum"))[0] == "not offered"


@pytest.mark.parametrize(
    ("expression", "is_right"),
    [("3*14", True), ("14 * 3", True), ("42", False), ("13*3", False), ("14*3*", False), ("1/0", False)],
)
def test_expressions_are_compared_by_their_value(expression: str, is_right: bool) -> None:
    turn = Turn("14 pens at 3 dollars?", calls=(("sum", ("14*3",)),))
    result = json.dumps({"expression": expression, "result": "42"})
    made = Call("calculate", json.dumps({"expression": expression}), result)
    assert (fault(turn, [made], f"`{expression}` = 42.", ALL) == ("", "")) is is_right


@pytest.mark.parametrize(
    ("verdict", "is_right"), [("", True), ("景洪更热。", True), ("凯里更热。", False), ("凯里 is the coldest.", True)]
)
def test_comparison_in_an_answer_has_to_be_right(verdict: str, is_right: bool) -> None:
    readings = [READING, READING | {"city": "景洪", "temperature_c": 21.0}]
    turn = Turn("凯里热还是景洪热", calls=(("weather", ("凯里",)), ("weather", ("景洪",))))
    calls = [
        Call("get_current_weather", json.dumps({"city": reading["city"]}), json.dumps(reading)) for reading in readings
    ]
    lines = "\n".join(
        f"- {reading['city']}：小雨，气温 {reading['temperature_c']}°C，湿度 91%，风速 12.0 公里/小时"
        for reading in readings
    )
    assert (fault(turn, calls, f"{lines}\n\n{verdict}（模拟数据，仅供演示。）", ALL) == ("", "")) is is_right


def test_words_of_one_of_the_kinds_are_enough() -> None:
    turn = Turn("yo, who's there", says=("greet", "identity"))
    assert fault(turn, [], "I'm Qingtan.", ALL) == ("", "")
    assert fault(turn, [], "42", ALL)[0] == "call"
