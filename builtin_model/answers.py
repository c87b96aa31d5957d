"""What the assistant says about results: short sentences that copy every number and name. Knows no questions."""

# ruff: noqa: E501 - tables of phrases read best one idea a line

from __future__ import annotations

from random import Random
from typing import Any

from builtin_model.grammar import expand

Result = dict[str, Any]

LABEL = {
    "weather": {"zh": "天气", "en": "the weather"},
    "time": {"zh": "时间", "en": "the time"},
    "sum": {"zh": "计算", "en": "the calculation"},
}


def weather(result: Result, rng: Random, language: str, *, is_one_of_many: bool = False) -> str:
    city, degrees, humidity = result["city"], result["temperature_c"], result["humidity_percent"]
    if language == "zh":
        wind = (
            f"，风速 {result['wind_kmh']} 公里/小时"
            if "wind_kmh" in result
            else f"，风力 {result['wind_force']} 级"
            if "wind_force" in result
            else ""
        )
        wind = wind.replace("微风 级", "微风")
        condition = result["condition_zh"]
        if is_one_of_many:
            return f"{city}：{condition}，气温 {degrees}°C，湿度 {humidity}%{wind}"
        head = rng.choice(
            (
                f"{city}现在{condition}",
                f"{city}现在{condition}",
                f"{city}目前{condition}",
                f"{city}当前天气：{condition}",
            )
        )
        return f"{head}，气温 {degrees}°C，湿度 {humidity}%{wind}。"
    wind = (
        f", wind {result['wind_kmh']} km/h"
        if "wind_kmh" in result
        else f", wind force {result['wind_force']}"
        if "wind_force" in result
        else ""
    )
    condition = result["condition"]
    if is_one_of_many:
        return f"{city}: {condition}, {degrees} °C, humidity {humidity}%{wind}"
    head = rng.choice(
        (
            f"{city} right now: {condition}",
            f"{city} right now: {condition}",
            f"Currently in {city}: {condition}",
            f"The weather in {city}: {condition}",
        )
    )
    return f"{head}, {degrees} °C, humidity {humidity}%{wind}."


def time(result: Result, rng: Random, language: str, *, is_one_of_many: bool = False) -> str:
    city, clock, date, offset = result["city"], result["time"], result["date"], result["utc_offset"]
    if language == "zh":
        day = result["weekday_zh"]
        if is_one_of_many:
            return f"{city}：{clock}，{date}，{day}（UTC{offset}）"
        return rng.choice(
            (
                f"{city}现在是 {clock}，{date}，{day}（UTC{offset}）。",
                f"{city}现在是 {clock}，{date}，{day}（UTC{offset}）。",
                f"{city}当地时间 {clock}，{date}，{day}（UTC{offset}）。",
            )
        )
    day = result["weekday"]
    if is_one_of_many:
        return f"{city}: {clock}, {day}, {date} (UTC{offset})"
    return rng.choice(
        (
            f"It's {clock} in {city} ({day}, {date}, UTC{offset}).",
            f"It's {clock} in {city} ({day}, {date}, UTC{offset}).",
            f"The local time in {city} is {clock} ({day}, {date}, UTC{offset}).",
        )
    )


def calculation(result: Result, rng: Random, language: str, *, is_one_of_many: bool = False) -> str:
    equation = f"{result['expression']} = {result['result']}"
    if is_one_of_many:
        return equation
    if language == "zh":
        return rng.choice((f"{equation}。", f"{equation}。", f"结果是 {result['result']}：{equation}。"))
    return rng.choice((f"{equation}.", f"{equation}.", f"The result is {result['result']}: {equation}."))


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
    """The answer from all results of a turn, as (skill, what was asked for, result)."""
    good = [(skill, result) for skill, _, result in outcomes if "error" not in result]
    bad = [failure(result, skill, subject, rng, language) for skill, subject, result in outcomes if "error" in result]
    simulated = any(is_simulated(result) for _, result in good)
    space = "" if language == "zh" else " "
    if len(good) == 1:
        text = SAY[good[0][0]](good[0][1], rng, language)
    else:
        stop, end = ("；", "。") if language == "zh" else ("; ", ".")
        texts = [SAY[skill](result, rng, language, is_one_of_many=True) for skill, result in good]
        text = stop.join(texts) + end if texts else ""
    if simulated:
        count = sum(is_simulated(result) for _, result in good)
        if language == "zh":
            text += (
                "（模拟数据，仅供演示。）"
                if count == len([skill for skill, _ in good if skill == "weather"])
                else "（部分为模拟数据，仅供演示。）"
            )
        else:
            text += (
                " (Simulated data, not a real reading.)"
                if count == len([skill for skill, _ in good if skill == "weather"])
                else " (Part of this is simulated data.)"
            )
    return space.join(([text] if text else []) + bad)


OFF = {
    ("weather", "zh"): (
        "[天气查询工具没有开启|天气工具现在没有打开|这次对话里没有可用的天气工具]，我查不到实时天气。[可以在设置里打开它。|]",
    ),
    ("weather", "en"): (
        "The weather tool is [off|not available] in this chat, so I cannot look that up. [You can turn it on in the settings.|]",
    ),
    ("time", "zh"): (
        "[时间查询工具没有开启|时间工具现在没有打开|这次对话里没有可用的时间工具]，我查不到当前时间。[可以在设置里打开它。|]",
    ),
    ("time", "en"): (
        "The time tool is [off|not available] in this chat, so I cannot look that up. [You can turn it on in the settings.|]",
    ),
    ("sum", "zh"): (
        "[计算工具没有开启|计算工具现在没有打开|这次对话里没有可用的计算工具]，我没法可靠地算出来。[可以在设置里打开它。|]",
    ),
    ("sum", "en"): (
        "The calculator is [off|not available] in this chat, so I cannot work that out reliably. [You can turn it on in the settings.|]",
    ),
}
WHICH = {
    ("weather", "zh"): "[请问您想查哪个城市的天气？|您想查哪个城市的天气？告诉我城市名就行。|哪个城市的天气？]",
    (
        "weather",
        "en",
    ): "[Which city's weather would you like?|For which city? Tell me its name and I will look up the weather.]",
    ("time", "zh"): "[请问您想查哪个城市的时间？|您想查哪个城市的时间？告诉我城市名就行。|哪个城市的时间？]",
    ("time", "en"): "[Which city's time would you like?|For which city? Tell me its name and I will look up the time.]",
}


def tool_is_off(skill: str, rng: Random, language: str) -> str:
    return expand(rng.choice(OFF[skill, language]), rng).strip()
