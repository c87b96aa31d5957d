"""高德: the weather of a place in China by its adcode, and its phrases in English."""

from __future__ import annotations

import logging
import re
from typing import Any

import httpx
import pydantic
from pydantic import Field

from tools.places.addresses import divisions_of, is_address_of
from tools.places.names import CHINESE
from tools.weather.conditions import Weather
from tools.weather.service import ServiceRefused, Text, UnknownCity, Unreachable, WeatherUrls, get, read, readable

MOST_OTHERS = 3


async def ask_amap(client: httpx.AsyncClient, urls: WeatherUrls, key: str, name: str) -> Weather:
    """By the city's adcode: the weather service is documented to take nothing else.

    Raises UnknownCity, ServiceRefused, OddAnswer or Unreachable.
    """
    query = {"address": name, "key": key}
    found = read(AmapGeocodeAnswer, await get(client, urls.amap_geocode, query))
    found.check()
    meant = divisions_of(name) if CHINESE.search(name) else ()
    adcodes = [division.adcode for division in meant]
    codes = [code for code in found.geocodes if code.is_place_named(name, adcodes)]
    if not codes:
        raise UnknownCity
    code = min(codes, key=lambda code: code.adcode not in adcodes)
    query = {"city": code.adcode, "extensions": "base", "key": key}
    answer = read(AmapWeatherAnswer, await get(client, urls.amap_weather, query))
    answer.check()
    if not answer.lives:
        raise UnknownCity
    live = answer.lives[0]
    chosen = next((division for division in meant if division.adcode == code.adcode), None)
    others = [division for division in meant if chosen and division != chosen and not division.lies_in(chosen)]
    also = "; ".join(", ".join(division.path) for division in others[:MOST_OTHERS])
    return {
        "place": ", ".join(dict.fromkeys(filter(None, (live.city, live.province)))),
        "condition": _in_english(live.weather),
        "condition_zh": live.weather,
        "temperature_c": live.temperature,
        "humidity_percent": live.humidity,
        "wind_force": live.windpower,
        "source": "amap",
        **({"also": also} if also else {}),
    }


def hide_keys_in_httpx_log() -> None:
    """httpx logs every URL at INFO, and 高德 takes its key in the URL."""
    log = logging.getLogger("httpx")
    if not any(getattr(known, "__name__", "") == _hide_key.__name__ for known in log.filters):
        log.addFilter(_hide_key)


def _hide_key(record: logging.LogRecord) -> bool:
    if isinstance(record.args, tuple):
        hidden = (
            re.sub(r"([?&]key=)[^&\s]+", r"\1***", str(arg)) if isinstance(arg, httpx.URL) else arg
            for arg in record.args
        )
        record.args = tuple(hidden)
    return True


class AmapAnswer(pydantic.BaseModel):
    """What all answers of 高德 begin with; status is "1" or "0", infocode one of its error codes."""

    status: str
    info: Text = ""
    infocode: Text = ""

    def check(self) -> None:
        """Raises UnknownCity, ServiceRefused or Unreachable if this is an error."""
        if self.status == "1":
            return
        reason = f"{self.info} {self.infocode}".strip()[:100]
        if self.infocode.startswith("3"):  # the engine has no data for what was asked
            raise UnknownCity
        if self.infocode in ("10001", "10002", "10005", "10006", "10007", "10008", "10009", "10012", "10013"):
            raise ServiceRefused(
                f"高德 refused the key ({reason}). Check AMAP_API_KEY.",
                f"高德不接受这个密钥（{reason}）。请检查 AMAP_API_KEY。",
            )
        if self.infocode in ("10015", "10016", "10017"):  # the service is busy or down
            raise Unreachable(f"高德 is down ({reason})")
        raise ServiceRefused(
            f"高德 refused the request ({reason}). Try again later.", f"高德拒绝了这次请求（{reason}）。请稍后再试。"
        )


class AmapGeocode(pydantic.BaseModel):
    """A place that 高德 found; `level` says what kind of thing it is."""

    adcode: str = Field(pattern=r"^\d+$")
    level: Text = ""
    formatted_address: Text = ""

    def is_place_named(self, name: str, adcodes: list[str]) -> bool:
        """Whether it is a place, not a street or a shop, and not merely something that sounds like the name."""
        is_place = self.level in ("省", "市", "区县", "开发区", "乡镇")
        is_meant = self.adcode in adcodes or is_address_of(self.formatted_address, name)
        return is_place and (is_meant or not CHINESE.search(name))


class AmapGeocodeAnswer(AmapAnswer):
    """高德's geocoding."""

    geocodes: list[AmapGeocode] = []

    @pydantic.field_validator("geocodes", mode="before")
    @classmethod
    def without_odd_ones(cls, geocodes: Any) -> Any:
        """One without a code does not cost the others."""
        return readable(AmapGeocode, geocodes)


class AmapLive(pydantic.BaseModel):
    """高德's current weather; numbers come as text, the wind as a Beaufort force such as ≤3."""

    province: Text
    city: str
    weather: str = Field(min_length=1)
    temperature: int = Field(ge=-100, le=70)
    humidity: int = Field(ge=0, le=100)
    windpower: str = Field(min_length=1)


class AmapWeatherAnswer(AmapAnswer):
    """高德's weather."""

    lives: list[AmapLive] = []

    @pydantic.field_validator("lives", mode="before")
    @classmethod
    def without_empty_ones(cls, lives: Any) -> Any:
        """A place without weather comes as [] or as [[]]."""
        return [live for live in lives if live] if isinstance(lives, list) else lives


# 高德 has some 70 phrases (少云, 小雨-中雨, 浮尘 ...). The first part that occurs in one says what it is.
AMAP_PARTS: tuple[tuple[str, str], ...] = (
    ("冰雹", "thunderstorm with hail"),
    ("雷", "thunderstorm"),
    ("雨夹雪", "sleet"),
    ("雨雪", "sleet"),
    ("冻雨", "freezing rain"),
    ("阵雪", "snow showers"),
    ("暴雪", "blizzard"),
    ("大雪", "heavy snow"),
    ("中雪", "snow"),
    ("小雪", "light snow"),
    ("雪", "snow"),
    ("阵雨", "showers"),
    ("暴雨", "torrential rain"),
    ("大雨", "heavy rain"),
    ("中雨", "rain"),
    ("毛毛雨", "drizzle"),
    ("小雨", "light rain"),
    ("雨", "rain"),
    ("雾", "fog"),
    ("霾", "haze"),
    ("沙", "sandstorm"),
    ("尘", "dust"),
    ("龙卷风", "tornado"),
    ("飓风", "hurricane"),
    ("台风", "typhoon"),
    ("热带风暴", "tropical storm"),
    ("风暴", "storm"),
    ("风", "windy"),
    ("晴间多云", "mainly clear"),
    ("多云", "partly cloudy"),
    ("少云", "mainly clear"),
    ("阴", "overcast"),
    ("晴", "clear sky"),
    ("平静", "calm"),
    ("冷", "cold"),
    ("热", "hot"),
)


def _in_english(phrase: str) -> str:
    return next((english for part, english in AMAP_PARTS if part in phrase), phrase)
