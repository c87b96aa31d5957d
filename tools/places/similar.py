"""Names that are near a misspelt one."""

from __future__ import annotations

import difflib
from functools import lru_cache

from tools.places.cities import ONE_SEARCH, City, cities
from tools.places.names import CHINESE
from tools.places.questions import questions, spellings

COMPARED = 3000  # of the largest cities
MOST = 3
KEPT_SEARCHES = 500


def similar(text: str) -> list[str]:
    """Cities whose names are about as long and start alike, or share a Chinese character; the nearest first."""
    with ONE_SEARCH:
        return list(_similar(text))


@lru_cache(KEPT_SEARCHES)
def _similar(text: str) -> tuple[str, ...]:
    asked = questions(text)
    name = spellings(next((question.name for question in asked if question.areas), asked[0].name))[-1]
    is_chinese = CHINESE.search(name) is not None
    names = cities().foreign if is_chinese else cities().own
    alike = [
        other
        for other in names
        if abs(len(other) - len(name)) <= (0 if is_chinese else 2)
        and (set(other) & set(name) if is_chinese else other[:1] == name[:1])
    ]
    alike = sorted(alike, key=lambda other: _inhabitants(names[other]), reverse=True)[:COMPARED]
    near = difflib.get_close_matches(name, alike, n=len(alike) or 1, cutoff=0.5 if is_chinese else 0.7)
    if is_chinese:  # two characters are alike or not: the larger city is the better guess
        near.sort(key=alike.index)
    return tuple(other.title() for other in near[:MOST])


def _inhabitants(named: list[City]) -> int:
    return max(city.inhabitants for city in named)
