"""City names as the weather services take them: plain, spelled in several ways, or read as a place."""

from __future__ import annotations

import unicodedata

from tools.places.divisions import divisions_named
from tools.places.names import CHINESE, SEPARATORS, fold, stem
from tools.places.resolve import Reading, UnknownPlace, is_more_than_a_name, resolve


def reading_of(city: str) -> Reading | None:
    """Whose weather is meant, if the name says more than a geocoder understands. Loads GeoNames: not for the loop."""
    if not is_more_than_a_name(city):
        return None
    return resolved(city)


def resolved(city: str) -> Reading | None:
    """The place that is meant, or of one that is unknown the area that it lies in; None if that is unknown as well."""
    try:
        return resolve(city)
    except UnknownPlace as unknown:
        return Reading(unknown.name, unknown.areas[0], (), unknown.name) if unknown.areas else None


def spellings_of(name: str, reading: Reading | None) -> list[str]:
    """What to ask a geocoder for, the finer place first."""
    if reading is None:
        return [name, name.removesuffix(" city")]
    heads = [part.strip() for part in SEPARATORS.split(name) if fold(part) == reading.name]
    if reading.place.division:
        return [*filter(None, [reading.unknown]), stem(reading.place.name), reading.place.name]
    return [*heads, reading.name, fold(reading.place.name)]


def plain_name(city: str) -> str:
    """One key for the cache and one name for the services: letters alike, without 市 at the end if it tells nothing."""
    name = " ".join(unicodedata.normalize("NFKC", city[:100]).casefold().split())
    short = name.removesuffix("市")
    is_alike = CHINESE.search(name) and len(name) > 2 and divisions_named(name) == divisions_named(short)
    return short if is_alike else name  # 朝阳 is also a district
