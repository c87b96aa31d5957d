"""Words for the weather by WMO's codes, and weather that is made up. Knows no services."""

from __future__ import annotations

import hashlib
from datetime import datetime

Weather = dict[str, str | int | float]

# WMO code table 4677, the codes that Open-Meteo documents.
WMO_CODES: dict[int, tuple[str, str]] = {
    0: ("clear sky", "晴"),
    1: ("mainly clear", "大部晴朗"),
    2: ("partly cloudy", "多云"),
    3: ("overcast", "阴"),
    45: ("fog", "雾"),
    48: ("freezing fog", "雾凇"),
    51: ("light drizzle", "小毛毛雨"),
    53: ("drizzle", "毛毛雨"),
    55: ("heavy drizzle", "大毛毛雨"),
    56: ("light freezing drizzle", "小冻毛毛雨"),
    57: ("freezing drizzle", "冻毛毛雨"),
    61: ("light rain", "小雨"),
    63: ("rain", "中雨"),
    65: ("heavy rain", "大雨"),
    66: ("light freezing rain", "小冻雨"),
    67: ("freezing rain", "冻雨"),
    71: ("light snow", "小雪"),
    73: ("snow", "中雪"),
    75: ("heavy snow", "大雪"),
    77: ("snow grains", "米雪"),
    80: ("light showers", "小阵雨"),
    81: ("showers", "阵雨"),
    82: ("violent showers", "强阵雨"),
    85: ("light snow showers", "小阵雪"),
    86: ("heavy snow showers", "大阵雪"),
    95: ("thunderstorm", "雷阵雨"),
    96: ("thunderstorm with light hail", "雷阵雨伴有小冰雹"),
    99: ("thunderstorm with hail", "雷阵雨伴有冰雹"),
}


def simulate(name: str, now: datetime, note: str) -> Weather:
    """Plausible weather that is the same for one city within one hour, marked as what it is."""
    seed = hashlib.sha256(f"{name} {now:%Y-%m-%d %H}".encode()).digest()
    code = (0, 1, 2, 3, 61, 80)[seed[0] % 6]
    condition, condition_zh = WMO_CODES[code]
    return {
        "condition": condition,
        "condition_zh": condition_zh,
        "temperature_c": round(8 + seed[1] / 255 * 20, 1),
        "humidity_percent": 35 + seed[2] % 60,
        "wind_kmh": round(2 + seed[3] / 255 * 22, 1),
        "source": "simulated",
        "note": note,
    }
