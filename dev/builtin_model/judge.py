"""What is right: calls against those that a held-out turn expects, answers against the results that they repeat."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from dev.builtin_model import systems
from dev.builtin_model.held_out import Turn
from tools.base import ToolError
from tools.calculator import calculate

SIGN = re.compile(r"[-+*/^%(]|of")
NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
SKILLS = {name: skill for skill, name in systems.NAMES.items()}
VALUES = {
    "weather": ("city", "temperature_c", "humidity_percent", "wind_kmh"),
    "time": ("city", "time", "date"),
    "sum": ("expression", "result"),
}
# A kind of answer is known by these words: one of each group has to be there, in either language.
WORDS: dict[str, tuple[str, ...]] = {
    "greet": ("你好|上午好|早上好|中午好|下午好|晚上好|早安|hello|hi|good (morning|afternoon|evening)",),
    "thanks": ("不客气|welcome",),
    "bye": ("再见|晚安|bye|see you|good night",),
    "identity": ("清谈|qingtan",),
    "ability": ("天气|weather", "时间|time", "算|arithmetic"),
    "ack": ("随时|ready when you are|let me know",),
    "praise": ("谢谢|高兴|thank|glad",),
    "comfort": ("希望|抱抱|sorry to hear|hope",),
    "apology": ("抱歉|对不起|sorry",),
    "decline": (re.escape("qwen2.5-7b-instruct"),),
    "ask_place": ("哪个城市|which city",),
    "off": ("没有开启|not available",),
}
# What an answer may say of several places at once: that one is warmer, the driest ...
MEASURES = {
    "热|暖和|warmer|warmest|hotter|hottest": ("temperature_c", max),
    "冷|凉快|colder|coldest|cooler|coolest": ("temperature_c", min),
    "潮湿|more humid|most humid": ("humidity_percent", max),
    "干燥|drier|driest": ("humidity_percent", min),
    "风大|windier|windiest": ("wind_kmh", max),
}
VERDICT = re.compile(rf"(\S+?)(?:更|最| is | is the )({'|'.join(MEASURES)})")
FAILED = "没能|没有|不能|无法|not|no "


@dataclass(frozen=True)
class Call:
    """A call that the model made, and what came of it."""

    name: str
    arguments: str
    result: str


def wrong_calls(turn: Turn, calls: Sequence[Call], text: str) -> str:
    """What is wrong with a turn's calls, or with its words where none is expected; empty where nothing is."""
    if len(calls) != len(turn.calls) or not all(map(_fits, calls, turn.calls)):
        return f"called {[f'{call.name} {call.arguments}' for call in calls]}, said {text!r}"
    if turn.says and not any(_is_said(kind, text) for kind in turn.says):
        return f"is no {'/'.join(turn.says)}: {text!r}"
    return ""


def _fits(call: Call, expected: tuple[str, tuple[str, ...]]) -> bool:
    skill, spellings = expected
    try:
        arguments = json.loads(call.arguments)
    except ValueError:
        return False
    if SKILLS.get(call.name) != skill or list(arguments) != [systems.ARGUMENTS[skill]]:
        return False
    (value,) = arguments.values()
    if skill != "sum":
        return value in spellings
    if re.sub(r"\s", "", value) in [re.sub(r"\s", "", text) for text in spellings]:
        return True
    return SIGN.search(value) is not None and _value(value) is not None and _value(value) == _value(spellings[0])


def _value(expression: str) -> str | None:
    """What the app's calculator makes of it: 14*3 is as right as 3*14, and 240-20% as 240*0.8."""
    try:
        return str(calculate.function(expression)["result"])
    except ToolError:
        return None


def _is_said(kind: str, text: str) -> bool:
    return all(re.search(words, text.lower()) for words in WORDS[kind])


def unfaithful(turn: Turn, calls: Sequence[Call], text: str) -> str:
    """What is wrong with an answer, by the results that it has to repeat; empty where nothing is."""
    is_chinese = language_of(turn) == "zh" if language_of(turn) else bool(re.search("[一-鿿]", text))
    known, readings = turn.user, []
    for call in calls:
        result = json.loads(call.result)
        known += call.arguments + call.result
        if "error" in result:
            if not re.search(FAILED, text.lower()) and result["error"] != "refused":
                return "a failure is not told"
            continue
        skill = SKILLS[call.name]
        wanted = [str(result[key]) for key in VALUES[skill] if key in result]
        if skill == "weather":
            wanted.append(result["condition_zh" if is_chinese else "condition"])
            readings.append(result)
        for value in wanted:
            if value not in text:
                return f"{value!r} is missing"
    is_simulated = any(reading.get("source") == "simulated" for reading in readings)
    if is_simulated != bool(re.search("模拟|simulated", text.lower())):
        return "not called simulated" if is_simulated else "called simulated"
    if strange := _numbers(text) - _numbers(known):
        return f"made up {strange}"
    for city, measure in re.findall(VERDICT, text):
        if not _is_first(city, measure, readings):
            return f"{city!r} is not {measure}"
    if language_of(turn) and _language_without(text, calls) not in ("", language_of(turn)):
        return "in the other language"
    return ""


def _is_first(city: str, measure: str, readings: Sequence[dict[str, Any]]) -> bool:
    """Whether the city named in a comparison is the one: highest or lowest of the readings."""
    key, choose = next(rule for words, rule in MEASURES.items() if re.fullmatch(words, measure))
    best = choose((reading[key] for reading in readings if key in reading), default=None)
    return any(reading["city"] == city and reading.get(key) == best for reading in readings)


def _numbers(text: str) -> set[str]:
    return {number.lstrip("-") for number in NUMBER.findall(text)}


def language_of(turn: Turn) -> str:
    """The language of a turn's words around the names: "zh", "en", or empty where there are none."""
    words = turn.user
    for text in (text for _, spellings in turn.calls for text in spellings):
        words = words.replace(text, "")
    return _language(words)


def _language_without(answer: str, calls: Sequence[Call]) -> str:
    for argument in (value for call in calls for value in json.loads(call.arguments).values()):
        answer = answer.replace(argument, "")
    return _language(answer)


def _language(words: str) -> str:
    if re.search("[一-鿿]", words):
        return "zh"
    return "en" if re.search("[a-zA-Z]{2}", words.replace("UTC", "")) else ""


def is_broken(calls: Sequence[Call], text: str) -> bool:
    """Whether the model wrote a call that is none: markup that no parser took, or arguments that fit no schema."""
    kinds = {json.loads(call.result).get("error") for call in calls}
    return "tool_call" in text or bool(kinds & {"invalid_json", "invalid_arguments", "unknown_tool"})


def offered_only(calls: Sequence[Call], skills: Sequence[str]) -> bool:
    """Whether no tool was called but those that the chat has."""
    return all(SKILLS.get(call.name) in skills for call in calls)


def fault(turn: Turn, calls: Sequence[Call], text: str, skills: Sequence[str]) -> tuple[str, str]:
    """The first fault of a turn as (kind, words); kinds: broken, not offered, call, answer, or empty for none."""
    if is_broken(calls, text):
        return "broken", f"called {[call.arguments for call in calls]}, said {text!r}"
    if not offered_only(calls, skills):
        return "not offered", str([call.name for call in calls])
    if words := wrong_calls(turn, calls, text):
        return "call", words
    if turn.calls and (words := unfaithful(turn, calls, text)):
        return "answer", words
    return "", ""
