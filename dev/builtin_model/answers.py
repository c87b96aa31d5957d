"""What the assistant says about results: short sentences that copy every number and name. Knows no questions."""

# ruff: noqa: E501 - tables of phrases read best one idea a line

from __future__ import annotations

from random import Random
from typing import Any

from dev.builtin_model.grammar import expand

Result = dict[str, Any]

LABEL = {
    "weather": {"zh": "天气", "en": "the weather"},
    "time": {"zh": "时间", "en": "the time"},
    "sum": {"zh": "计算", "en": "the calculation"},
}


def weather(result: Result, rng: Random, language: str, *, is_one_of_many: bool = False) -> str:
    city, degrees, humidity = result["city"], result["temperature_c"], result["humidity_percent"]
    if language == "zh":
        wind = ""
        if "wind_kmh" in result:
            wind = f"，风速 {result['wind_kmh']} 公里/小时"
        elif "wind_force" in result:
            wind = f"，风力 {result['wind_force']} 级".replace("微风 级", "微风")
        reading = f"{result['condition_zh']}，气温 {degrees}°C，湿度 {humidity}%{wind}"
        if is_one_of_many:
            return f"{city}：{reading}"
        return rng.choice(
            (f"{city}现在的天气：{reading}。", f"{city}现在的天气：{reading}。", f"{city}当前天气：{reading}。")
        )
    wind = ""
    if "wind_kmh" in result:
        wind = f", wind {result['wind_kmh']} km/h"
    elif "wind_force" in result:
        wind = f", wind force {result['wind_force']}"
    reading = f"{result['condition']}, {degrees} °C, humidity {humidity}%{wind}"
    if is_one_of_many:
        return f"{city}: {reading}"
    return rng.choice(
        (f"{city} right now: {reading}.", f"{city} right now: {reading}.", f"Currently in {city}: {reading}.")
    )


def time(result: Result, rng: Random, language: str, *, is_one_of_many: bool = False) -> str:
    city, clock, date, offset = result["city"], result["time"], result["date"], result["utc_offset"]
    if language == "zh":
        day = f"{date} {result['weekday_zh']}，UTC{offset}"
        if is_one_of_many:
            return f"{city}：{clock}（{day}）"
        return rng.choice(
            (
                f"{city}现在是 {clock}（{day}）。",
                f"{city}现在是 {clock}（{day}）。",
                f"{city}当地时间 {clock}（{day}）。",
            )
        )
    day = f"{result['weekday']}, {date}, UTC{offset}"
    if is_one_of_many:
        return f"{city}: {clock} ({day})"
    return rng.choice(
        (
            f"It's {clock} in {city} ({day}).",
            f"It's {clock} in {city} ({day}).",
            f"The local time in {city} is {clock} ({day}).",
        )
    )


def calculation(result: Result, rng: Random, language: str, *, is_one_of_many: bool = False) -> str:
    equation = f"`{result['expression']}` = {result['result']}"  # as code: Markdown takes 3*4*5 for an emphasis
    return equation if is_one_of_many else equation + ("。" if language == "zh" else ".")


SAY = {"weather": weather, "time": time, "sum": calculation}


def is_simulated(result: Result) -> bool:
    return result.get("source") == "simulated"


def reason(result: Result, rng: Random, language: str) -> str:
    """Why a call failed, in words: a translation where the text is a known one, else the text itself."""
    kind, text = result["error"], result["message"]
    if kind == "timeout":
        return "查询超时，没有及时得到回应" if language == "zh" else "the tool did not answer in time"
    if kind == "stopped":
        return "查询被停止了" if language == "zh" else "the call was stopped"
    if kind == "refused":
        return (
            "同样的查询已经重复过，不再继续"
            if language == "zh"
            else "the same call was already made, so I am not repeating it"
        )
    if kind in ("invalid_arguments", "invalid_json"):
        return "调用工具的参数有误" if language == "zh" else "the call's arguments were not valid"
    if kind == "unknown_tool":
        return "没有这个工具" if language == "zh" else "there is no such tool"
    if kind == "internal_error":
        return "工具内部出错" if language == "zh" else "the tool had an internal error"
    if language == "zh":
        if text.startswith("Division by zero"):
            return "除数不能为零"
        if "service could not be reached" in text:
            return "天气服务暂时连接不上"
        if "too large" in text:
            return "结果太大，无法计算"
    return text.rstrip(".。")


def failure(result: Result, skill: str, subject: str, rng: Random, language: str) -> str:
    """A failed call explained, with what to try next."""
    why = reason(result, rng, language)
    is_unfound = (
        result["error"] == "tool_error" and "was found" in result["message"] and "Did you mean" not in result["message"]
    )
    if language == "zh":
        if is_unfound and "Check" in result["message"]:
            return f"没有找到“{subject}”，请检查一下名称是否正确。"
        again = "请稍后再试。" if result["error"] in ("timeout", "internal_error") or "连接" in why else ""
        if skill == "sum":
            return f"{subject} 没能算出来：{why}。{again}"
        return f"没能查到{subject}的{LABEL[skill]['zh']}：{why}。{again}"
    if is_unfound and "Check" in result["message"]:
        return f'I could not find "{subject}". Please check the spelling.'
    again = " Please try again later." if result["error"] in ("timeout", "internal_error") or "reached" in why else ""
    if skill == "sum":
        return f"I could not calculate {subject}: {why}.{again}"
    return f"I could not get {LABEL[skill]['en']} for {subject}: {why}.{again}"


def answer(outcomes: list[tuple[str, str, Result]], rng: Random, language: str) -> str:
    """The answer from all results of a turn, as (skill, what was asked for, result); a line each where there are several."""
    good = [(skill, result) for skill, _, result in outcomes if "error" not in result]
    bad = [failure(result, skill, subject, rng, language) for skill, subject, result in outcomes if "error" in result]
    if len(outcomes) == 1:
        lines = [SAY[skill](result, rng, language) for skill, result in good] + bad
    else:
        lines = [f"- {SAY[skill](result, rng, language, is_one_of_many=True)}" for skill, result in good]
        lines += [f"- {text}" for text in bad]
    readings = sum(skill == "weather" for skill, _ in good)
    simulated = sum(is_simulated(result) for _, result in good)
    note = SIMULATED[language][simulated < readings] if simulated else ""
    if len(outcomes) == 1:
        return (" " if language == "en" and note else "").join([*lines, note])
    return "\n".join(lines) + (f"\n\n{note}" if note else "")


SIMULATED = {
    "zh": ("（模拟数据，仅供演示。）", "（部分为模拟数据，仅供演示。）"),
    "en": ("(Simulated data, not a real reading.)", "(Part of this is simulated data.)"),
}
OFF = {
    ("weather", "zh"): ("天气工具没有开启，所以我查不到实时天气。[可以在设置里打开它。|]",),
    ("weather", "en"): (
        "The weather tool is not available in this chat, so I cannot look that up. [You can turn it on in the settings.|]",
    ),
    ("time", "zh"): ("时间工具没有开启，所以我查不到当前时间。[可以在设置里打开它。|]",),
    ("time", "en"): (
        "The time tool is not available in this chat, so I cannot look that up. [You can turn it on in the settings.|]",
    ),
    ("sum", "zh"): ("计算工具没有开启，所以我没法可靠地算出来。[可以在设置里打开它。|]",),
    ("sum", "en"): (
        "The calculator is not available in this chat, so I cannot work that out reliably. [You can turn it on in the settings.|]",
    ),
}
WHICH = {
    ("weather", "zh"): "[你想查哪个城市的天气？|请问是哪个城市的天气？|哪个城市的天气？告诉我城市名就行。]",
    (
        "weather",
        "en",
    ): "[Which city's weather would you like?|For which city? Tell me its name and I will look up the weather.]",
    ("time", "zh"): "[你想查哪个城市的时间？|请问是哪个城市的时间？|哪个城市的时间？告诉我城市名就行。]",
    ("time", "en"): "[Which city's time would you like?|For which city? Tell me its name and I will look up the time.]",
}


def which(skill: str, rng: Random, language: str) -> str:
    """Asks for the place."""
    return expand(WHICH[skill, language], rng)


def tool_is_off(skill: str, rng: Random, language: str) -> str:
    return expand(rng.choice(OFF[skill, language]), rng).strip()
