"""How a text can be read as a name and the areas around it: "Portland ME", "美国缅因州波特兰". Knows no cities."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import NamedTuple

from tools.places.areas import Area, areas_named
from tools.places.names import CHINESE, LONGEST, fold, parts

TIME = re.compile(r"(?<=\S)\s*的?(?:当地)?时间\s*$|\s+(?:local\s+)?time\s*$", re.IGNORECASE)
Areas = tuple[tuple[Area, ...], ...]
MOST_PARTS = 5  # 越秀区, 广州, 广东, 中国 has four
MOST_WORDS = 10  # of areas behind a name
NAME_BEGINNINGS = ("city of ", "the city of ", "state of ", "the state of ", "province of ", "the ")
NAME_ENDINGS = ("时间", " time", " city", " county", " district", "市", "县", "区", "省", "府", "都")


class Question(NamedTuple):
    """A name; of each tuple of areas it lies in one; `beside` has names next to it that are no areas."""

    name: str
    areas: Areas = ()
    beside: tuple[str, ...] = ()


def questions(text: str) -> list[Question]:
    """The ways to read a text, the likelier first."""
    text = unicodedata.normalize("NFKC", text[:LONGEST])
    found = [Question(fold(text))]
    text = TIME.sub("", text)
    named = parts(text)
    if len(named) > MOST_PARTS:
        return found
    for index in dict.fromkeys((0, len(named) - 1)) if named else ():  # Portland, Maine, US; 中国，广东，深圳
        known = [(name, areas_named(name)) for name in named[:index] + named[index + 1 :]]
        areas = tuple(area for _, area in known if area)
        beside = tuple(name for name, area in known if not area)
        found.append(Question(named[index], areas, beside))
        found += [Question(name, (*inner, *areas), beside) for name, inner in _without_commas(named[index])]
    return sorted(dict.fromkeys(found), key=lambda question: len(question.beside))


def _without_commas(name: str) -> Iterator[tuple[str, Areas]]:
    if CHINESE.search(name):
        yield from _after_areas(name, ())
        return
    words = name.split()
    for count in range(len(words) - 1, max(0, len(words) - MOST_WORDS), -1):
        if found := _areas_in(words[count:]):
            yield " ".join(words[:count]), found


def _after_areas(name: str, areas: Areas) -> Iterator[tuple[str, Areas]]:
    """美国德州奥斯汀: each area stands before what lies in it."""
    for end in range(len(name) - 2, 1, -1):
        if found := areas_named(name[:end]):
            inner = (*areas, found)
            yield name[end:], inner
            if len(inner) < MOST_PARTS:
                yield from _after_areas(name[end:], inner)


def _areas_in(words: list[str]) -> Areas:
    """ontario canada: one area or several, the smaller one first; () if it is anything else."""
    if not words:
        return ()
    for count in range(len(words), 0, -1):
        if found := areas_named(" ".join(words[:count])):
            rest = _areas_in(words[count:])
            if rest or count == len(words):
                return (found, *rest)
    return ()


def spellings(name: str) -> list[str]:
    """The name, and without what says of what kind it is: 广州市 -> 广州, tokyo time and city of tokyo -> tokyo."""
    found = [name]
    for beginning in NAME_BEGINNINGS:
        if name.startswith(beginning) and len(name) > len(beginning) + 1:
            found.append(name.removeprefix(beginning))
    for ending in NAME_ENDINGS:
        if name.endswith(ending) and len(name) > len(ending) + 1:
            found.append(name.removesuffix(ending))
    return found
