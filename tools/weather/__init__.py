"""The weather in a city, from Open-Meteo or 高德, and simulated if neither can be reached. Reads no settings."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Annotated, Literal
from weakref import WeakValueDictionary

import httpx
from cachetools import TTLCache
from pydantic import Field, SecretStr

from tools.base import Tool, ToolError, tool
from tools.places.areas import CHINESE_AREAS
from tools.places.cities import cities_of
from tools.places.names import CHINESE, SEPARATORS, fold
from tools.places.resolve import Reading
from tools.weather.amap import ask_amap, hide_keys_in_httpx_log
from tools.weather.city_names import plain_name, reading_of, resolved, spellings_of
from tools.weather.conditions import Weather, simulate
from tools.weather.open_meteo import ask_open_meteo
from tools.weather.service import OddAnswer, ServiceRefused, UnknownCity, Unreachable, WeatherUrls, open_client

__all__ = ["Provider", "WeatherUrls", "weather_tool"]

logger = logging.getLogger(__name__)

Provider = Literal["auto", "open-meteo", "amap", "simulated"]
Service = Callable[[httpx.AsyncClient], Awaitable[Weather]]

CACHED_CITIES = 500
NOTE_UNREACHABLE = "simulated data, no weather service could be reached"
NOTE_CHOSEN = "simulated data"


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

    `limit_s` bounds a whole lookup; answers are kept for `cache_s`; a service that could not be reached is not asked
    for `retry_s`. Raises ValueError if `provider` is amap and there is no key.
    """
    key = amap_key.get_secret_value().strip() if amap_key else ""
    if provider == "amap" and not key:
        raise ValueError("WEATHER_PROVIDER=amap needs AMAP_API_KEY: set it, or set WEATHER_PROVIDER=auto")
    if key:
        hide_keys_in_httpx_log()
    station = Station(provider, key, urls or WeatherUrls(), limit_s, cache_s, retry_s, now, clock)

    @tool
    async def get_current_weather(
        city: Annotated[str, Field(description="City name in the user's own words, for example 广州 or Toronto")],
    ) -> Weather:
        """Get the current weather in a city.

        Returns {"city", "place"?, "condition", "condition_zh", "temperature_c", "humidity_percent", "wind_kmh" or
        "wind_force", "source", "note"?, "also"?}; `also` has other places that the name can mean as well. Raises
        ToolError if the city is unknown, or the service refuses, or its answer for this city cannot be read.
        """
        return {"city": city.strip(), **await station.weather(city)}

    made: Tool = get_current_weather
    return made


class Station:
    """Asks the services in turn, within one time limit; remembers answers, and which service could not be reached."""

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
        self._retry_at: dict[str, float] = {}
        self._kept: TTLCache[str, Weather] = TTLCache(CACHED_CITIES, cache_s, timer=clock)
        self._asking: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._has_warned = False

    async def weather(self, city: str) -> Weather:
        """The weather without the city's name. Raises ToolError."""
        name = await asyncio.to_thread(plain_name, city)  # the first one reads lists of names
        if not fold(name):
            raise ToolError("Name a city, for example 广州 or Toronto.", "请写出城市，例如广州或多伦多。")
        if self._provider == "simulated":
            return simulate(name, self._now(), NOTE_CHOSEN)
        lock = self._asking.setdefault(name, asyncio.Lock())
        async with lock:  # two questions about one city are one request
            if kept := self._kept.get(name):
                return kept
            reading = await asyncio.to_thread(reading_of, city)
            services = self._services(name, reading)
            if not services:
                return simulate(name, self._now(), NOTE_UNREACHABLE)
            try:
                weather = await self._find(services, city, reading)
            except UnknownCity:
                raise _unknown(city.strip()[:80], reading) from None
            except OddAnswer:
                raise ToolError(
                    f"The weather service's answer for {city.strip()[:80]!r} could not be read. "
                    "Name a larger city nearby, or try again later.",
                    f"天气服务对“{city.strip()[:80]}”的回答无法读取。请换成附近较大的城市，或稍后再试。",
                ) from None
            except ServiceRefused as refused:
                raise ToolError(*refused.args) from None
            except Unreachable as error:
                logger.warning("no weather service could be reached, weather is simulated: %s", error)
                return simulate(name, self._now(), NOTE_UNREACHABLE)
            self._kept[name] = weather
            return weather

    async def _find(self, services: dict[str, Service], city: str, reading: Reading | None) -> Weather:
        """What the services say; of a city that only we know, such as 东京都, by the name that we have."""
        try:
            return await self._ask(services)
        except UnknownCity:
            known = None if reading else await asyncio.to_thread(resolved, city)
            again = self._services(plain_name(city), known) if known else {}
            if "open-meteo" not in again:
                raise
            return await self._ask({"open-meteo": again["open-meteo"]})

    async def _ask(self, services: dict[str, Service]) -> Weather:
        """The first answer of the services in turn. Raises what the last did, Unreachable if none could be reached."""
        deadline = asyncio.get_running_loop().time() + self._limit_s
        failures: list[Exception] = []
        async with await open_client(self._limit_s) as client:
            for index, (name, service) in enumerate(services.items()):
                left_s = deadline - asyncio.get_running_loop().time()
                try:
                    async with asyncio.timeout(left_s / (len(services) - index)):
                        return await service(client)
                except TimeoutError:
                    failures.append(Unreachable(f"no answer within {self._limit_s:g} s"))
                except (Unreachable, UnknownCity, ServiceRefused, OddAnswer) as error:
                    failures.append(error)
                    self._warn_of_refusal(error)
                if isinstance(failures[-1], Unreachable):
                    self._retry_at[name] = self._clock() + self._retry_s
        raise _verdict(failures)

    def _services(self, name: str, reading: Reading | None) -> dict[str, Service]:
        """The services to ask for a place, but for those that could not be reached just now."""
        services: dict[str, Service] = {}
        place = reading.place if reading else None
        is_for_amap = self._key and CHINESE.search(name) and (not place or place.country in CHINESE_AREAS["CN"])
        if self._provider == "amap" or (self._provider == "auto" and is_for_amap):
            address = name
            if place and place.division and SEPARATORS.search(name):  # 深圳，广东
                address = "".join(reversed(place.division.path))
            services["amap"] = lambda client: ask_amap(client, self._urls, self._key, address)
        if self._provider != "amap":
            spellings = spellings_of(name, reading)
            services["open-meteo"] = lambda client: ask_open_meteo(client, self._urls, spellings, place)
        now = self._clock()
        return {name: ask for name, ask in services.items() if now >= self._retry_at.get(name, now)}

    def _warn_of_refusal(self, error: Exception) -> None:
        if isinstance(error, ServiceRefused) and not self._has_warned:
            self._has_warned = True
            logger.warning("%s", error)


def _verdict(failures: list[Exception]) -> Exception:
    """What to say of a lookup that failed: the last service, which knows cities everywhere, decides if it answered."""
    last = failures[-1]
    if not isinstance(last, Unreachable):
        return last
    odd = (failure for failure in failures if isinstance(failure, OddAnswer))
    return next(odd, Unreachable("; ".join(str(failure) or "city unknown" for failure in failures)))


def _unknown(city: str, reading: Reading | None) -> ToolError:
    if reading and not reading.unknown and not reading.place.coordinates:
        largest = ", ".join(city.name for city in cities_of(reading.place.country, reading.place.region)[:3])
        example, example_zh = (f", for example {largest}", f"，例如 {largest}") if largest else ("", "")
        return ToolError(
            f"{city!r} is large and has no one weather. Name a city in it{example}.",
            f"“{city}”范围太大，没有统一的天气。请写出其中的一个城市{example_zh}。",
        )
    return ToolError(
        f"No city named {city!r} was found. Check the spelling.", f"没有找到名为“{city}”的城市。请检查写法。"
    )
