"""Results of the three tools as the model sees them, real shapes with made-up values, and their failures. Knows no dialogue."""

# ruff: noqa: E501 - tables of phrases read best one idea a line

from __future__ import annotations

import json
from random import Random
from typing import Any

from dev.builtin_model import names, sums

CONDITIONS = (
    ("clear sky", "晴"),
    ("sunny", "晴"),
    ("clear", "晴"),
    ("mainly clear", "大部晴朗"),
    ("mainly clear", "晴间少云"),
    ("partly cloudy", "多云"),
    ("partly cloudy", "局部多云"),
    ("cloudy", "多云"),
    ("cloudy", "阴"),
    ("overcast", "阴"),
    ("overcast", "阴天"),
    ("fog", "雾"),
    ("rime fog", "雾凇"),
    ("depositing rime fog", "冻雾"),
    ("mist", "薄雾"),
    ("haze", "霾"),
    ("smog", "雾霾"),
    ("dust", "浮尘"),
    ("sandstorm", "沙尘暴"),
    ("light drizzle", "小毛毛雨"),
    ("drizzle", "毛毛雨"),
    ("moderate drizzle", "中等毛毛雨"),
    ("dense drizzle", "密集毛毛雨"),
    ("freezing drizzle", "冻毛毛雨"),
    ("light rain", "小雨"),
    ("slight rain", "小雨"),
    ("rain", "雨"),
    ("moderate rain", "中雨"),
    ("heavy rain", "大雨"),
    ("violent rain", "暴雨"),
    ("rainstorm", "暴雨"),
    ("freezing rain", "冻雨"),
    ("light freezing rain", "小冻雨"),
    ("heavy freezing rain", "强冻雨"),
    ("rain showers", "阵雨"),
    ("light rain showers", "小阵雨"),
    ("slight rain showers", "小阵雨"),
    ("violent rain showers", "强阵雨"),
    ("showers", "阵雨"),
    ("heavy showers", "大阵雨"),
    ("thunderstorm", "雷暴"),
    ("thunderstorm", "雷阵雨"),
    ("thunderstorm with hail", "雷暴伴冰雹"),
    ("thunderstorm with slight hail", "雷暴伴小冰雹"),
    ("thunderstorm with heavy hail", "雷暴伴大冰雹"),
    ("sleet", "雨夹雪"),
    ("light snow", "小雪"),
    ("slight snow fall", "小雪"),
    ("snow", "雪"),
    ("moderate snow", "中雪"),
    ("heavy snow", "大雪"),
    ("blizzard", "暴雪"),
    ("snow grains", "米雪"),
    ("snow showers", "阵雪"),
    ("light snow showers", "小阵雪"),
    ("heavy snow showers", "大阵雪"),
    ("hail", "冰雹"),
    ("windy", "有风"),
    ("breezy", "微风"),
    ("calm", "平静"),
    ("strong wind", "大风"),
    ("hot", "热"),
    ("cold", "冷"),
    ("typhoon", "台风"),
    ("unknown", "未知"),
    ("a few clouds", "少云"),
    ("scattered clouds", "疏云"),
    ("broken clouds", "多云"),
    ("drifting snow", "低吹雪"),
    ("gale", "狂风"),
    ("unknown condition", "未知天气"),
    ("freezing fog", "雾凇"),
    ("heavy drizzle", "大毛毛雨"),
    ("light freezing drizzle", "小冻毛毛雨"),
    ("freezing drizzle", "冻毛毛雨"),
    ("rain", "中雨"),
    ("snow", "中雪"),
    ("light showers", "小阵雨"),
    ("violent showers", "强阵雨"),
    ("thunderstorm with light hail", "雷阵雨伴有小冰雹"),
    ("thunderstorm with hail", "雷阵雨伴有冰雹"),
    ("rain", "小雨-中雨"),
    ("mainly clear", "少云"),
    ("torrential rain", "特大暴雨"),
    ("windy", "和风"),
    ("clear sky", "晴"),
    ("overcast", "阴"),
    ("partly cloudy", "多云"),
    ("mainly clear", "大部晴朗"),
    ("light rain", "小雨"),
    ("light showers", "小阵雨"),
    ("tropical storm", "热带风暴"),
    ("hurricane", "飓风"),
    ("tornado", "龙卷风"),
    ("storm", "风暴"),
)
NOTES = ("simulated data, no weather service could be reached", "simulated data")
WEEKDAYS = (
    ("Monday", "星期一"),
    ("Tuesday", "星期二"),
    ("Wednesday", "星期三"),
    ("Thursday", "星期四"),
    ("Friday", "星期五"),
    ("Saturday", "星期六"),
    ("Sunday", "星期日"),
)
REGIONS = "Asia Europe America Africa Australia Pacific Atlantic Indian".split()


def dump(value: dict[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False)


def weather(rng: Random, city: str) -> dict[str, Any]:
    condition, condition_zh = rng.choice(CONDITIONS)
    is_whole = rng.random() < 0.25
    temperature: float = rng.randint(-25, 42) if is_whole else round(rng.uniform(-28, 43), 1)
    wind: float = rng.randint(0, 60) if is_whole else round(rng.uniform(0, 65), 1)
    value: dict[str, Any] = {"city": city}
    if rng.random() < 0.3:
        value["place"] = ", ".join(
            names.english(rng) if rng.random() < 0.7 else names.chinese(rng) for _ in range(rng.randint(1, 3))
        )
    value |= {
        "condition": condition,
        "condition_zh": condition_zh,
        "temperature_c": temperature,
        "humidity_percent": rng.randint(3, 100),
    }
    kind = rng.random()
    if kind < 0.8:
        value["wind_kmh"] = wind
    elif kind < 0.93:
        value["wind_force"] = rng.choice(("≤3", "≤3", "4", "5", "6", "1-2", "3-4", "7", "8", "≥9", "4-5", "2", "微风"))
    kind = rng.random()
    value["source"] = "simulated" if kind < 0.35 else "amap" if kind < 0.5 else "open-meteo"
    if kind < 0.35:
        value["note"] = rng.choice(NOTES)
    return value


def time(rng: Random, city: str) -> dict[str, Any]:
    weekday, weekday_zh = rng.choice(WEEKDAYS)
    zone = (
        city
        if "/" in city
        else rng.choice(names.ZONES)
        if rng.random() < 0.6
        else f"{rng.choice(REGIONS)}/{names.made_up_word(rng)}"
    )
    minutes = rng.choice((0, 0, 0, 0, 30, 45))
    return {
        "city": city,
        "time_zone": zone,
        "date": f"{rng.randint(2024, 2031)}-{rng.randint(1, 12):02d}-{rng.randint(1, 31):02d}",
        "time": f"{rng.randint(0, 23):02d}:{rng.randint(0, 59):02d}",
        "weekday": weekday,
        "weekday_zh": weekday_zh,
        "utc_offset": f"{rng.choice('+-')}{rng.randint(0, 13):02d}:{minutes:02d}",
    }


def calculation(rng: Random, expression: str) -> dict[str, Any]:
    return {"expression": expression, "result": sums.result(expression, rng)}


def failure(rng: Random, skill: str, subject: str, tool: str) -> dict[str, Any]:
    """A failed call, as {"error": kind, "message": text}."""
    kind = rng.choices(
        (
            "tool_error",
            "timeout",
            "internal_error",
            "invalid_arguments",
            "invalid_json",
            "unknown_tool",
            "refused",
            "stopped",
        ),
        (60, 14, 8, 4, 3, 3, 4, 4),
    )[0]
    return {"error": kind, "message": message(rng, kind, skill, subject, tool)}


def message(rng: Random, kind: str, skill: str, subject: str, tool: str) -> str:
    near = ", ".join(names.english(rng) for _ in range(rng.randint(1, 3)))
    match kind:
        case "tool_error" if skill == "weather":
            return rng.choice((
                f"No city named {subject!r} was found. Check the spelling.", f"No city named {subject!r} was found. Check the spelling.", f"No place named '{subject}' was found.", f"No city named {subject!r} was found. Did you mean {near}?", "The weather service could not be reached.",
                f"No city named '{subject}' was found. Try another spelling or a larger city nearby.", "The weather service answered with an error (503). Try again later.", "The weather service refused the key. Check AMAP_API_KEY.", "The city name is empty. Name a city.", f"The weather service has no data for {subject}.",
            ))  # fmt: skip
        case "tool_error" if skill == "time":
            return rng.choice((
                f"No city or time zone named {subject!r} was found. Check the spelling.", f"No city or time zone named '{subject}' is known. Near it: {near}.", f"No city named {subject!r} was found. Did you mean {near}?", f"No time zone for {subject!r} was found.", f"Unknown city or time zone '{subject}'. Similar names: {near}.",
                f"No city named {subject!r} was found. Check the spelling.", "The name is empty. Name a city or an IANA time zone.",
            ))  # fmt: skip
        case "tool_error":
            return rng.choice((
                "Division by zero has no result.", "Division by zero has no result.", "The result is too large to compute.", "The expression is too long.", f"Cannot read the expression {subject!r}.", "The square root of a negative number is not a real number.", f"Unknown name 'foo' in {subject!r}.", "The exponent is too large.",
                f"The expression '{subject}' could not be parsed. Check the brackets.", "The result would be larger than 1e4000; use smaller numbers.", "sqrt needs a number that is not negative.", "The expression is empty.",
            ))  # fmt: skip
        case "timeout":
            return rng.choice(
                (
                    f"{tool} did not answer within {rng.choice((3, 5, 10, 20, 20, 20, 30))} s.",
                    f"{tool} did not answer within 20 s. Try again later.",
                )
            )
        case "internal_error":
            return rng.choice(
                (
                    f"{tool} failed because of a bug. Tell the person that it did not work.",
                    "The tool failed unexpectedly.",
                    f"{tool} failed with an internal error.",
                )
            )
        case "invalid_arguments":
            return rng.choice(
                (
                    f"The arguments of {tool} do not fit: city: Field required",
                    f"Arguments do not fit the schema of {tool}.",
                    "city: Input should be a valid string",
                )
            )
        case "invalid_json":
            return rng.choice(
                (
                    f"The arguments of {tool} are not valid JSON.",
                    "The arguments are not valid JSON: Expecting ',' delimiter",
                )
            )
        case "unknown_tool":
            return rng.choice(
                (f"There is no tool named {tool!r}.", f"There is no tool named '{tool}'. Tools: calculate.")
            )
        case "refused":
            return rng.choice(
                (
                    "This call was already made with the same arguments. Do not repeat it; answer with what you have.",
                    "The same call was made twice before. Answer with the results you have.",
                    "Refused: same call, third time.",
                )
            )
    return rng.choice(
        (
            "The person stopped the answer.",
            "Stopped by the user.",
            "stopped",
            "The call was stopped before it finished.",
        )
    )
