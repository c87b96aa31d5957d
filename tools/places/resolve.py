"""The one place that a name means, and what else it could mean. Knows neither clocks nor the weather."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import chain

from tools.places.areas import Area, areas_named
from tools.places.cities import ALSO_CALLED, ONE_SEARCH, City, cities, towns
from tools.places.divisions import divisions_named, readings
from tools.places.names import CHINESE, fold, parts, stem
from tools.places.place import Place, city_of, distance_km, of_area, of_city, of_division
from tools.places.questions import Areas, Question, questions, spellings

WORTH_TELLING = 0.01  # of that weight: a name that another place has, too
AS_LIKELY = 0.1  # of the likeliest reading's weight: readings that are named, too
MOST_OTHERS = 3
MOST_SEARCHES = 2  # of small towns: each reads a file through
FOREIGN = 0.1  # London in England before a larger city that is called London in some language
LONGEST_CODE = 3
CODE = 0.3  # "ME" for Montenegro
IN_FULL = 5  # 晋州市, before a city in Korea that is larger
BESIDE_KM = 150  # how far a quarter, or a suburb, is from its city


@dataclass(frozen=True)
class Reading:
    """The place that is meant, and others that are as likely. `unknown` is a part of the name that nobody knows."""

    name: str  # without the areas and what stands beside it
    place: Place
    others: tuple[Place, ...] = ()
    unknown: str = ""
    is_plain: bool = False  # a city's name alone, which no other place of importance has


class UnknownPlace(Exception):
    """No place has this name; `areas` are what it is said to lie in."""

    def __init__(self, name: str, areas: tuple[Place, ...] = ()) -> None:
        super().__init__(name)
        self.name = name
        self.areas = areas


def resolve(text: str) -> Reading:
    """The likeliest place of that name; loads GeoNames at its first call (1 s). Raises UnknownPlace."""
    with ONE_SEARCH:
        return _resolve(text)


def _resolve(text: str) -> Reading:
    cities()
    asked = questions(text)
    for question, found in _found(asked):
        return _reading(question.name, found, is_name_alone=question == Question(question.name))
    with_areas = [question for question in asked if question.areas]
    is_written_out = len(parts(text)) > 1 or len(text.split()[-1]) > LONGEST_CODE
    partly = chain(
        _with_unknown_areas(asked),
        _beside(asked, parts(text)[:1]),
        _before(asked),
        _around(with_areas) if is_written_out else (),
    )
    if reading := next(partly, None):
        return reading
    if with_areas:
        raise UnknownPlace(with_areas[0].name, tuple(_areas(with_areas[0])))
    raise UnknownPlace(asked[0].name)


def is_more_than_a_name(text: str) -> bool:
    """Whether it says where the place lies, or is an area's or a district's name; loads nothing large."""
    asked = questions(text)
    name = asked[0].name
    return (
        any(question.areas or question.beside for question in asked)
        or areas_named(name) != ()
        or name in ALSO_CALLED
        or len(readings(name)) > len(divisions_named(name))
        or any(not division.is_city for division in divisions_named(name))
    )


def _reading(name: str, found: list[Place], is_name_alone: bool) -> Reading:
    place, *rest = found
    apart = [other for other in rest if not place.lies_in(other) and not other.lies_in(place)]
    others: dict[tuple[str, ...], Place] = {}  # one a region, the likeliest
    for other in apart:
        if other.weight >= AS_LIKELY * place.weight:
            others.setdefault(other.within, other)
    is_plain = (
        is_name_alone
        and (place.coordinates is not None or not place.region)
        and not place.seat
        and not place.zones.others
        and all(other.zones == place.zones or other.weight < WORTH_TELLING * place.weight for other in apart)
    )
    return Reading(name, place, tuple(others.values())[:MOST_OTHERS], "", is_plain)


def _found(asked: list[Question]) -> Iterator[tuple[Question, list[Place]]]:
    """Portland in Victoria, which is a small town, comes before a Victoria that is near some Portland."""
    for is_beside in (False, True):
        group = [question for question in asked if bool(question.beside) == is_beside]
        with_areas = [question for question in group if question.areas][:MOST_SEARCHES]
        answers = chain(
            ((question, _candidates(question)) for question in group),
            ((question, _small_towns(question)) for question in with_areas),
        )
        yield from ((question, found) for question, found in answers if found)


def _small_towns(question: Question) -> list[Place]:
    """Of that name within the areas. A Chinese name is that of larger cities: 巴黎 in Texas is a Paris."""
    own, foreign = cities()
    names = [question.name]
    if CHINESE.search(question.name):
        called = (city for name in spellings(question.name) for city in (*own.get(name, ()), *foreign.get(name, ())))
        names = [*dict.fromkeys(fold(city.name) for city in called)][:MOST_SEARCHES]
    found = chain.from_iterable(towns(name, sum(question.areas, ())) for name in names)
    return _ranked(map(of_city, found), question.areas)


def _candidates(question: Question) -> list[Place]:
    """The places of that name, within the areas and beside the others, the likeliest first."""
    for name in spellings(question.name):
        if found := _ranked(_named(name, question.areas), question.areas):
            return [place for place in found if all(_is_beside(place, other, question) for other in question.beside)]
    return []


def _ranked(places: Iterable[Place], areas: Areas) -> list[Place]:
    """Those that lie in one area of each tuple; Ontario, CA is in California before Canada, whose Ontario is larger."""

    def rank(place: Place) -> tuple[float, ...]:
        return (*(_index(place, alternatives) for alternatives in areas), -place.weight)

    inside = (place for place in places if all(_index(place, alternatives) >= 0 for alternatives in areas))
    return sorted(inside, key=rank)


def _index(place: Place, alternatives: tuple[Area, ...]) -> int:
    held = (index for index, area in enumerate(alternatives) if area.holds(place.country, place.region))
    return next(held, -1)


def _named(name: str, areas: Areas) -> Iterator[Place]:
    seats: set[City | None] = set()
    if CHINESE.search(name):
        chains = [divisions[-1] for divisions in readings(name) if len(divisions) > 1]
        for division in dict.fromkeys((*divisions_named(name), *chains)):
            seats.add(city_of(division))
            yield of_division(division, IN_FULL if division.name == name else 1)
    for area in areas_named(name):
        is_shown = not any(area in alternatives for alternatives in areas)
        if is_shown and not (area.country == "CN" and area.region and seats):
            yield of_area(area, CODE if len(name) <= LONGEST_CODE and name.isascii() else 1)
    own, foreign = cities().own.get(name, []), cities().foreign.get(name, [])
    for city in dict.fromkeys((*own, *foreign)):
        if city not in seats:
            yield of_city(city, _factor(name, city in own))


def _factor(name: str, is_own: bool) -> float:
    """Of a Chinese name, none is the city's own, but some are CLDR's or ours: 圣路易斯 is St. Louis before São Luís."""
    if CHINESE.search(name):
        return IN_FULL if is_own else 1
    return 1 if is_own else FOREIGN


def _is_beside(place: Place, other: str, question: Question) -> bool:
    """Whether it is near a place of the other name: Hollywood, Los Angeles. Unknown ones say nothing beside an area."""
    near = _candidates(Question(other))
    if not near:
        return question.areas != ()
    points = [one.coordinates for one in near if one.coordinates]
    return place.coordinates is not None and any(distance_km(place.coordinates, at) < BESIDE_KM for at in points)


def _with_unknown_areas(asked: list[Question]) -> Iterator[Reading]:
    """A name that only one place has, whatever stands behind it: Eindhoven, North Brabant."""
    for question in asked:
        if question.beside and not question.areas and (found := _candidates(Question(question.name))):
            reading = _reading(question.name, found, is_name_alone=True)
            if reading.is_plain:
                yield replace(reading, unknown=", ".join(question.beside), is_plain=False)


def _beside(asked: list[Question], first: list[str]) -> Iterator[Reading]:
    """Of a name that nobody knows, the city that stands behind it."""
    for question in asked:
        for other in question.beside if question.name in first else ():
            for place in _candidates(Question(other, question.areas))[:1]:
                yield Reading(question.name, place, unknown=question.name)


def _before(asked: list[Question]) -> Iterator[Reading]:
    """The longest known name at the beginning: 北京 of 北京市海淀区中关村."""
    for question in asked:
        for end in range(len(question.name) - 2, 1, -1):
            known, rest = question.name[:end], question.name[end:]
            for place in _candidates(Question(known, question.areas))[:1] if CHINESE.search(known) else ():
                if place.zones.main and not _is_county_in_short(place, known):
                    yield Reading(rest, place, unknown=rest)


def _is_county_in_short(place: Place, name: str) -> bool:
    """南安 is one, but 南安普顿 does not begin with it."""
    division = place.division
    return bool(division and len(division.path) > 1 and not division.is_city and name == stem(division.name))


def _around(asked: list[Question]) -> Iterator[Reading]:
    """The area, if it has one time."""
    for question in asked:
        for place in _areas(question)[:1]:  # KY is Kentucky before the Cayman Islands
            if place.zones.main and not place.zones.others:
                yield Reading(question.name, place, unknown=question.name)


def _areas(question: Question) -> list[Place]:
    """The question's areas that lie in each other, as places."""
    return _ranked((of_area(area) for area in sum(question.areas, ())), question.areas)
