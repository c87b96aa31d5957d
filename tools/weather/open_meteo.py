"""Open-Meteo: a place by its name, and the weather at its coordinates."""

from __future__ import annotations

import math
from typing import Annotated, Any

import httpx
import pydantic
from pydantic import BeforeValidator, Field

from tools.places.areas import areas_named, region_name
from tools.places.names import CHINESE, fold, stem
from tools.places.place import Place, distance_km
from tools.weather.conditions import WMO_CODES, Weather
from tools.weather.service import Text, UnknownCity, WeatherUrls, get, read, readable

FEW, MANY = 5, 20  # results: for a name alone, and for one whose state or country is known
NEAR_KM = 60
AS_LIKELY = 0.1
MOST_OTHERS = 3
SHARES = {"PPLC": 2.5, "ADM1": 0.3}  # a capital, and a state that is called like a city
Count = Annotated[int, BeforeValidator(lambda value: value if isinstance(value, int) and 0 < value < 10**11 else 0)]


async def ask_open_meteo(
    client: httpx.AsyncClient, urls: WeatherUrls, spellings: list[str], place: Place | None
) -> Weather:
    """The weather in the place of one of those names that lies in `place`, or at the place's own coordinates.

    Raises UnknownCity, ServiceRefused, OddAnswer or Unreachable.
    """
    found = await _find(client, urls, spellings, place)
    if not found and place and place.coordinates:
        latitude, longitude = place.coordinates
        described = place.seat or place.described()
        found = [FoundPlace(name=described, latitude=latitude, longitude=longitude)]
    if not found:
        raise UnknownCity
    chosen, *others = found
    query = {"latitude": chosen.latitude, "longitude": chosen.longitude, "current": ",".join(Current.model_fields)}
    current = read(ForecastAnswer, await get(client, urls.forecast, query)).current
    condition, condition_zh = WMO_CODES.get(current.weather_code, ("unknown", "未知"))
    also = "; ".join(other.described() for other in others)
    return {
        "place": chosen.described(),
        "condition": condition,
        "condition_zh": condition_zh,
        "temperature_c": round(current.temperature_2m, 1),
        "humidity_percent": round(current.relative_humidity_2m),
        "wind_kmh": round(current.wind_speed_10m, 1),
        "source": "open-meteo",
        **({"also": also} if also else {}),
    }


async def _find(
    client: httpx.AsyncClient, urls: WeatherUrls, spellings: list[str], place: Place | None
) -> list[FoundPlace]:
    """The largest place of the first of those names that it knows, and others that are as likely."""
    for spelling in dict.fromkeys(spellings):
        language = "zh" if CHINESE.search(spelling) else "en"
        query = {"name": spelling, "count": MANY if place else FEW, "language": language, "format": "json"}
        results = read(GeocodingAnswer, await get(client, urls.geocoding, query)).results
        names = {_alike(name) for name in (*spellings, *(found.name for found in results[:1]))}
        alike = [found for found in results if _alike(found.name) in names]
        if place:
            near = [found for found in alike if found.is_at(place)]
            alike = [found for found in near if found.is_in_region(place)] or near  # two cities at a border are alike
        if alike:
            return _likeliest(alike)
    return []


def _likeliest(alike: list[FoundPlace]) -> list[FoundPlace]:
    ranked = sorted(alike, key=lambda found: found.weight, reverse=True)
    chosen = ranked[0]
    others = (
        found
        for found in ranked[1:]
        if found.weight > 1 and found.weight >= AS_LIKELY * chosen.weight and found.region != chosen.region
    )
    return [chosen, *{found.region: found for found in others}.values()][: MOST_OTHERS + 1]


def _alike(name: str) -> str:
    """What two names of one place share: 北京 and 北京市, St. Louis and Saint Louis."""
    return stem(fold(name)).removesuffix(" city")


class FoundPlace(pydantic.BaseModel):
    """One of Open-Meteo's geocoding results."""

    name: str
    latitude: float = Field(ge=-90, le=90)
    longitude: float = Field(ge=-180, le=180)
    country: Text = ""
    country_code: Text = ""
    admin1: Text = ""
    admin2: Text = ""
    feature_code: Text = ""
    population: Count = 0

    @property
    def weight(self) -> float:
        """Inhabitants, more for a capital and less for a state."""
        return max(1, self.population) * SHARES.get(self.feature_code, 1)

    @property
    def region(self) -> tuple[str, str]:
        """What tells it from others of its name."""
        return (self.country or self.country_code, self.admin1)

    def described(self) -> str:
        """Guangzhou, Guangdong, China."""
        return ", ".join(part for part in dict.fromkeys((self.name, self.admin1, self.country)) if part)

    def is_at(self, place: Place) -> bool:
        """Whether it lies in the place's country and region, or is near it."""
        at = place.coordinates
        how_far = distance_km(at, (self.latitude, self.longitude)) if at else math.inf
        if how_far < NEAR_KM:
            return True
        countries = {self.country_code.upper()} if self.country_code else _codes(self.country)
        is_elsewhere = bool(countries) and place.country not in countries
        if is_elsewhere or (place.division and not self._is_in_city(place.division.path)):
            return False
        return self.is_in_region(place) or not region_name(place.country, place.region)

    def is_in_region(self, place: Place) -> bool:
        """Whether it is said to lie in the same state or province."""
        regions = {area.region for area in _areas(self.admin1) if area.country == place.country}
        return place.region in regions

    def _is_in_city(self, path: tuple[str, ...]) -> bool:
        """Of a district, whether the city above it is the same one, if both are known."""
        return len(path) < 3 or not self.admin2 or stem(self.admin2) == stem(path[1])


def _areas(name: str) -> tuple[Any, ...]:
    return areas_named(fold(name)) or areas_named(stem(fold(name)))


def _codes(country: str) -> set[str]:
    return {area.country for area in _areas(country) if not area.region}


class GeocodingAnswer(pydantic.BaseModel):
    """Open-Meteo leaves `results` out if there are none; `generationtime_ms` is always there."""

    generationtime_ms: float
    results: list[FoundPlace] = []

    @pydantic.field_validator("results", mode="before")
    @classmethod
    def without_odd_ones(cls, results: Any) -> Any:
        """One that cannot be read does not cost the others."""
        return readable(FoundPlace, results)


class Current(pydantic.BaseModel):
    """The variables that are asked for, by Open-Meteo's names; wind in km/h. The limits are wider than any weather."""

    model_config = pydantic.ConfigDict(strict=True)

    temperature_2m: float = Field(ge=-100, le=70)
    relative_humidity_2m: float = Field(ge=0, le=100)
    weather_code: int = Field(ge=0, le=99)
    wind_speed_10m: float = Field(ge=0, le=500)


class ForecastAnswer(pydantic.BaseModel):
    """Open-Meteo's forecast, of which only the current values are read."""

    current: Current
