"""The weather in a city, from Open-Meteo or 高德, and simulated where neither can be reached. Reads no settings."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import re
import ssl
import time
import unicodedata
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Annotated, Any, Literal, TypeVar
from weakref import WeakValueDictionary

import httpx
import pydantic
from cachetools import TTLCache
from pydantic import Field, SecretStr

from tools.base import Tool, ToolError, tool

Answer = TypeVar("Answer", bound=pydantic.BaseModel)

logger = logging.getLogger(__name__)

Provider = Literal["auto", "open-meteo", "amap", "simulated"]
Weather = dict[str, str | int | float]

CACHED_CITIES = 500
CHINESE = re.compile(r"[\u4e00-\u9fff]")
NOTE_UNREACHABLE = "simulated data, no weather service could be reached"
NOTE_CHOSEN = "simulated data"


@dataclass(frozen=True)
class WeatherUrls:
    """Where the services are. Their documentation: open-meteo.com/en/docs and lbs.amap.com/api/webservice."""

    geocoding: str = "https://geocoding-api.open-meteo.com/v1/search"
    forecast: str = "https://api.open-meteo.com/v1/forecast"
    amap_geocode: str = "https://restapi.amap.com/v3/geocode/geo"
    amap_weather: str = "https://restapi.amap.com/v3/weather/weatherInfo"


class Unreachable(Exception):
    """No answer of the documented shape came from a service."""


class UnknownCity(Exception):
    """The service answered that it knows no such city."""


class Refused(Exception):
    """The service answered that it will not serve us: key, quota, parameters."""


def weather_tool(
    provider: Provider = "auto",
    amap_key: SecretStr | None = None,
    *,
    urls: WeatherUrls | None = None,
    limit_s: float = 3.0,
    cache_s: float = 600.0,
    retry_s: float = 30.0,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
    clock: Callable[[], float] = time.monotonic,
) -> Tool:
    """The tool `get_current_weather(city)`.

    `limit_s` bounds a whole lookup; answers are kept for `cache_s`; where no service could be reached, none is asked
    for `retry_s`. Raises ValueError where `provider` is amap and there is no key.
    """
    key = amap_key.get_secret_value().strip() if amap_key else ""
    if provider == "amap" and not key:
        raise ValueError("WEATHER_PROVIDER=amap needs AMAP_API_KEY: set it, or set WEATHER_PROVIDER=auto")
    if key:
        _hide_keys_in_httpx_log()
    station = Station(provider, key, urls or WeatherUrls(), limit_s, cache_s, retry_s, now, clock)

    @tool
    async def get_current_weather(
        city: Annotated[str, Field(description="City name in the user's own words, for example 广州 or Toronto")],
    ) -> Weather:
        """Get the current weather in a city.

        Returns {"city", "place"?, "condition", "condition_zh", "temperature_c", "humidity_percent", "wind_kmh" or
        "wind_force", "source", "note"?}. Raises ToolError where the city is unknown or the service refuses.
        """
        return {"city": city.strip(), **await station.weather(city)}

    made: Tool = get_current_weather
    return made


class Station:
    """Asks the services in turn, within one time limit; remembers answers, and that nothing could be reached."""

    def __init__(
        self,
        provider: Provider,
        key: str,
        urls: WeatherUrls,
        limit_s: float,
        cache_s: float,
        retry_s: float,
        now: Callable[[], datetime],
        clock: Callable[[], float],
    ) -> None:
        self._provider = provider
        self._key = key
        self._urls = urls
        self._limit_s = limit_s
        self._retry_s = retry_s
        self._now = now
        self._clock = clock
        self._retry_at = float("-inf")
        self._kept: TTLCache[str, Weather] = TTLCache(CACHED_CITIES, cache_s, timer=clock)
        self._asking: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._has_warned = False

    async def weather(self, city: str) -> Weather:
        """The weather without the city's name. Raises ToolError."""
        name = _plain_name(city)
        if not name:
            raise ToolError("Name a city, for example 广州 or Toronto.")
        if self._provider == "simulated":
            return simulate(name, self._now(), NOTE_CHOSEN)
        lock = self._asking.setdefault(name, asyncio.Lock())
        async with lock:  # two questions about one city are one request
            if kept := self._kept.get(name):
                return kept
            if self._clock() < self._retry_at:
                return simulate(name, self._now(), NOTE_UNREACHABLE)
            try:
                weather = await self._ask(city, name)
            except Unreachable as error:
                logger.warning("no weather service could be reached, weather is simulated: %s", error)
                self._retry_at = self._clock() + self._retry_s
                return simulate(name, self._now(), NOTE_UNREACHABLE)
            self._kept[name] = weather
            return weather

    async def _ask(self, city: str, name: str) -> Weather:
        """The first answer of the services in turn. Raises Unreachable only where none gave any answer."""
        services = self._services(name)
        deadline = asyncio.get_running_loop().time() + self._limit_s
        failures: list[Exception] = []
        async with await _client(self._limit_s) as client:
            for index, service in enumerate(services):
                left_s = deadline - asyncio.get_running_loop().time()
                try:
                    async with asyncio.timeout(left_s / (len(services) - index)):
                        return await service(client, name)
                except TimeoutError:
                    failures.append(Unreachable(f"no answer within {self._limit_s:g} s"))
                except (Unreachable, UnknownCity, Refused) as error:
                    failures.append(error)
                    self._warn_of_refusal(error)
        raise _verdict(city, failures)

    def _services(self, name: str) -> list[Callable[[httpx.AsyncClient, str], Awaitable[Weather]]]:
        if self._provider == "amap":
            return [self._ask_amap]
        if self._provider == "auto" and self._key and CHINESE.search(name):
            return [self._ask_amap, self._ask_open_meteo]
        return [self._ask_open_meteo]

    def _warn_of_refusal(self, error: Exception) -> None:
        if isinstance(error, Refused) and not self._has_warned:
            self._has_warned = True
            logger.warning("%s", error)

    async def _ask_open_meteo(self, client: httpx.AsyncClient, name: str) -> Weather:
        place = await self._find_place(client, name)
        query = {"latitude": place.latitude, "longitude": place.longitude, "current": ",".join(Current.model_fields)}
        current = _read(ForecastAnswer, await _get(client, self._urls.forecast, query)).current
        condition, condition_zh = WMO_CODES.get(current.weather_code, ("unknown", "未知"))
        return {
            "place": place.described(),
            "condition": condition,
            "condition_zh": condition_zh,
            "temperature_c": round(current.temperature_2m, 1),
            "humidity_percent": round(current.relative_humidity_2m),
            "wind_kmh": round(current.wind_speed_10m, 1),
            "source": "open-meteo",
        }

    async def _find_place(self, client: httpx.AsyncClient, name: str) -> FoundPlace:
        """The largest of the places that have the best match's name. Raises UnknownCity."""
        for spelling in dict.fromkeys((name, name.removesuffix(" city"))):
            language = "zh" if CHINESE.search(name) else "en"
            query = {"name": spelling, "count": 5, "language": language, "format": "json"}
            results = _read(GeocodingAnswer, await _get(client, self._urls.geocoding, query)).results
            if results:
                alike = (place for place in results if place.name == results[0].name)
                return max(alike, key=lambda place: place.population)
        raise UnknownCity

    async def _ask_amap(self, client: httpx.AsyncClient, name: str) -> Weather:
        """By the city's adcode: the weather service is documented to take nothing else."""
        query = {"address": name, "key": self._key}
        found = _read(AmapGeocodeAnswer, await _get(client, self._urls.amap_geocode, query))
        found.check()
        codes = [code for code in found.geocodes if code.is_place_named(name)]
        if not codes:
            raise UnknownCity
        query = {"city": codes[0].adcode, "extensions": "base", "key": self._key}
        answer = _read(AmapWeatherAnswer, await _get(client, self._urls.amap_weather, query))
        answer.check()
        if not answer.lives:
            raise UnknownCity
        live = answer.lives[0]
        return {
            "place": ", ".join(dict.fromkeys((live.city, live.province))),
            "condition": _in_english(live.weather),
            "condition_zh": live.weather,
            "temperature_c": live.temperature,
            "humidity_percent": live.humidity,
            "wind_force": live.windpower,
            "source": "amap",
        }


def _verdict(city: str, failures: list[Exception]) -> Exception:
    """What to say of a lookup that failed: the last service, which knows cities everywhere, decides."""
    match failures[-1]:
        case UnknownCity():
            return ToolError(f"No city named {city.strip()[:80]!r} was found. Check the spelling.")
        case Refused() as refused:
            return ToolError(str(refused))
        case _:
            return Unreachable("; ".join(str(failure) or "city unknown" for failure in failures))


def _plain_name(city: str) -> str:
    """One key for the cache and one name for the services: letters alike, without 市 at the end."""
    name = " ".join(unicodedata.normalize("NFKC", city[:100]).casefold().split())
    return name.removesuffix("市") if CHINESE.search(name) and len(name) > 2 else name


# --- HTTP -----------------------------------------------------------------------------------------------------------


@cache
def _ssl_context() -> ssl.SSLContext:
    """Made once: reading the certificates takes longer than the rest of a client."""
    return httpx.create_ssl_context()


async def _client(limit_s: float) -> httpx.AsyncClient:
    try:
        return httpx.AsyncClient(timeout=limit_s, verify=await asyncio.to_thread(_ssl_context))
    except (ImportError, ValueError, OSError) as error:  # what httpx raises for proxy settings that it cannot use
        raise Unreachable(f"the proxy or certificate settings cannot be used: {error}") from error


async def _get(client: httpx.AsyncClient, url: str, query: dict[str, Any]) -> Any:
    """The JSON of an answer. Raises Unreachable, or Refused for Open-Meteo's {"error": true, "reason": ...}."""
    host = httpx.URL(url).host
    try:
        response = await client.get(url, params=query)
        body = response.json()
    except httpx.HTTPError as error:
        raise Unreachable(f"{host} did not answer ({type(error).__name__})") from None
    except (ValueError, RecursionError):
        raise Unreachable(f"{host} answered without JSON") from None
    if isinstance(body, dict) and body.get("error") is True:
        reason = str(body.get("reason"))[:200].rstrip(".")
        raise Refused(f"Open-Meteo refused the request: {reason}. Try again later.")
    if response.status_code != 200:
        raise Unreachable(f"{host} answered with HTTP {response.status_code}")
    return body


def _read(shape: type[Answer], body: Any) -> Answer:
    try:
        return shape.model_validate(body)
    except pydantic.ValidationError:
        raise Unreachable(f"an answer was not of the documented shape ({shape.__name__})") from None


def _hide_keys_in_httpx_log() -> None:
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


# --- the services' answers, as documented ---------------------------------------------------------------------------


class FoundPlace(pydantic.BaseModel):
    """One of Open-Meteo's geocoding results."""

    name: str
    latitude: float
    longitude: float
    country: str = ""
    admin1: str = ""
    population: int = 0

    def described(self) -> str:
        """Guangzhou, Guangdong, China."""
        return ", ".join(part for part in dict.fromkeys((self.name, self.admin1, self.country)) if part)


class GeocodingAnswer(pydantic.BaseModel):
    """Open-Meteo leaves `results` out where there are none; `generationtime_ms` is always there."""

    generationtime_ms: float
    results: list[FoundPlace] = []


class Current(pydantic.BaseModel):
    """The variables that are asked for, by Open-Meteo's names; wind in km/h."""

    temperature_2m: pydantic.FiniteFloat
    relative_humidity_2m: pydantic.FiniteFloat
    weather_code: int
    wind_speed_10m: pydantic.FiniteFloat


class ForecastAnswer(pydantic.BaseModel):
    """Open-Meteo's forecast, of which only the current values are read."""

    current: Current


class AmapAnswer(pydantic.BaseModel):
    """What all answers of 高德 begin with; status is "1" or "0", infocode one of its error codes."""

    status: str
    info: str = ""
    infocode: str = ""

    def check(self) -> None:
        """Raises UnknownCity, Refused or Unreachable where this is an error."""
        if self.status == "1":
            return
        reason = f"{self.info} {self.infocode}".strip()[:100]
        if self.infocode.startswith("3"):  # the engine has no data for what was asked
            raise UnknownCity
        if self.infocode in ("10001", "10002", "10005", "10006", "10007", "10008", "10009", "10012", "10013"):
            raise Refused(f"高德 refused the key ({reason}). Check AMAP_API_KEY.")
        if self.infocode in ("10015", "10016", "10017"):  # the service is busy or down
            raise Unreachable(f"高德 is down ({reason})")
        raise Refused(f"高德 refused the request ({reason}). Try again later.")


class AmapGeocode(pydantic.BaseModel):
    """A place that 高德 found; `level` says what kind of thing it is."""

    adcode: str
    level: str = ""
    formatted_address: str = ""

    def is_place_named(self, name: str) -> bool:
        """Whether it is a place, not a street or a shop, and not merely something that sounds like the name."""
        is_place = self.level in ("省", "市", "区县", "开发区", "乡镇")
        return is_place and (name in self.formatted_address or not CHINESE.search(name))


class AmapGeocodeAnswer(AmapAnswer):
    """高德's geocoding."""

    geocodes: list[AmapGeocode] = []


class AmapLive(pydantic.BaseModel):
    """高德's current weather; numbers come as text, the wind as a Beaufort force such as ≤3."""

    province: str
    city: str
    weather: str
    temperature: int
    humidity: int
    windpower: str


class AmapWeatherAnswer(AmapAnswer):
    """高德's weather."""

    lives: list[AmapLive] = []

    @pydantic.field_validator("lives", mode="before")
    @classmethod
    def without_empty_ones(cls, lives: Any) -> Any:
        """A place without weather comes as [] or as [[]]."""
        return [live for live in lives if live] if isinstance(lives, list) else lives


# --- words for the weather ------------------------------------------------------------------------------------------

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
