"""Which time zones a country or a region has, the one of most people first. Zones come from CLDR and GeoNames."""

from __future__ import annotations

import zoneinfo
from collections import Counter
from datetime import UTC, datetime
from functools import cache
from typing import NamedTuple

from babel.core import get_global

from tools.places.cities import BEIJING_TIME, cities_of

MAIN_SHARE = 0.75  # of a region's inhabitants: its main zone
XINJIANG = ("CN", "13")
XINJIANG_TIME = "Asia/Urumqi"  # used beside Beijing time, which is the law's

# Where a country has several zones but goes by one: CLDR's metaZones.xml, primaryZones.
PRIMARY_ZONES = {
    "CL": "America/Santiago",
    "CN": BEIJING_TIME,
    "DE": "Europe/Berlin",
    "EC": "America/Guayaquil",
    "ES": "Europe/Madrid",
    "MY": "Asia/Kuala_Lumpur",
    "NZ": "Pacific/Auckland",
    "PT": "Europe/Lisbon",
}


class Zones(NamedTuple):
    """The zone that a place goes by, "" if it has several and none is the main one; and the others."""

    main: str
    others: tuple[str, ...] = ()


def zones_of_city(country: str, region: str, zone: str) -> Zones:
    """A city has one zone; in Xinjiang people use another one beside it."""
    return Zones(zone, (XINJIANG_TIME,) if (country, region) == XINJIANG else ())


@cache
def zones_of_area(country: str, region: str) -> Zones:
    """Those whose clocks differ this year."""
    if not region:
        zones: list[str] = get_global("territory_zones").get(country, [])
        if country in PRIMARY_ZONES or len(zones) == 1:
            return Zones(PRIMARY_ZONES.get(country) or zones[0])
        return Zones("", tuple(zones))
    if (country, region) == XINJIANG:
        return Zones(BEIJING_TIME, (XINJIANG_TIME,))
    people: dict[tuple[object, ...], Counter[str]] = {}
    for city in cities_of(country, region):
        people.setdefault(_clock(city.zone), Counter())[city.zone] += city.inhabitants
    alike = sorted(people.values(), key=Counter.total, reverse=True)
    zones = [zones.most_common(1)[0][0] for zones in alike]
    if zones and alike[0].total() >= MAIN_SHARE * sum(map(Counter.total, alike)):
        return Zones(zones[0], tuple(zones[1:]))
    return Zones("", tuple(zones))


def _clock(zone: str) -> tuple[object, ...]:
    """What tells zones apart: their offsets in winter and in summer."""
    year = datetime.now(UTC).year
    try:
        rules = zoneinfo.ZoneInfo(zone)
    except zoneinfo.ZoneInfoNotFoundError:
        return (zone,)
    return tuple(datetime(year, month, 15, tzinfo=rules).utcoffset() for month in (1, 7))
