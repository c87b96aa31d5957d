"""Time zones by their own names: Asia/Tokyo, PST, the cities that zones are named after. Knows no other places."""

from __future__ import annotations

import re
import unicodedata
import zoneinfo
from collections.abc import Iterator
from functools import cache

import babel
from babel.core import get_global

from tools.places.names import fold
from tools.places.questions import TIME, spellings
from tools.places.zones import XINJIANG_TIME

AREAS = ("Africa", "America", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific")

# Abbreviations that the zone data has not as names. With "summer time" in them they are the zone's, all the year.
ABBREVIATIONS = {
    "z": "UTC", "zulu": "UTC", "pst": "America/Los_Angeles", "pdt": "America/Los_Angeles", "mdt": "America/Denver",
    "cdt": "America/Chicago", "edt": "America/New_York", "akst": "America/Anchorage", "akdt": "America/Anchorage",
    "adt": "America/Halifax", "nst": "America/St_Johns", "ndt": "America/St_Johns", "brt": "America/Sao_Paulo",
    "cest": "CET", "eest": "EET", "msk": "Europe/Moscow", "trt": "Europe/Istanbul",
    "jst": "Asia/Tokyo", "kst": "Asia/Seoul", "hkt": "Asia/Hong_Kong", "sgt": "Asia/Singapore", "ict": "Asia/Bangkok",
    "wib": "Asia/Jakarta", "pht": "Asia/Manila", "pkt": "Asia/Karachi", "npt": "Asia/Kathmandu", "irst": "Asia/Tehran",
    "awst": "Australia/Perth", "acst": "Australia/Darwin", "acdt": "Australia/Adelaide", "aest": "Australia/Brisbane",
    "aedt": "Australia/Sydney", "nzst": "Pacific/Auckland", "nzdt": "Pacific/Auckland", "sast": "Africa/Johannesburg",
    "et": "America/New_York", "ct": "America/Chicago", "mt": "America/Denver", "pt": "America/Los_Angeles",
    "eat": "Africa/Nairobi", "cat": "Africa/Maputo", "wat": "Africa/Lagos", "macao": "Asia/Macau", "澳门": "Asia/Macau",
    "pacific": "America/Los_Angeles", "us pacific": "America/Los_Angeles", "us mountain": "America/Denver",
    "us central": "America/Chicago", "us eastern": "America/New_York", "eastern": "America/New_York",
    "美国东部": "America/New_York", "美东": "America/New_York", "美国中部": "America/Chicago",
    "美国山地": "America/Denver", "美国西部": "America/Los_Angeles", "美西": "America/Los_Angeles",
    "british summer": "Europe/London", "irish standard": "Europe/Dublin", "coordinated universal": "UTC",
    "太平洋": "America/Los_Angeles", "格林尼治": "GMT", "格林威治": "GMT", "世界": "UTC", "协调世界": "UTC",
}  # fmt: skip
LARGEST = {  # of a zone by CLDR's name for it: the one that most people have
    "GMT": "GMT", "India": "Asia/Kolkata", "Korea": "Asia/Seoul", "Moscow": "Europe/Moscow",
    "Brasilia": "America/Sao_Paulo", "Hawaii_Aleutian": "Pacific/Honolulu", "Europe_Central": "Europe/Berlin",
    "Arabian": "Asia/Riyadh",
}  # fmt: skip
AMBIGUOUS = {
    "ist": ("India, Asia/Kolkata", "Ireland, Europe/Dublin", "Israel, Asia/Jerusalem"),
    "cst": ("US Central, America/Chicago", "China, Asia/Shanghai", "Cuba, America/Havana"),
    "bst": ("British Summer Time, Europe/London", "Bangladesh, Asia/Dhaka"),
    "ast": ("Atlantic, America/Halifax", "Arabia, Asia/Riyadh"),
    "gst": ("Gulf, Asia/Dubai", "South Georgia, Atlantic/South_Georgia"),
    "sst": ("Samoa, Pacific/Pago_Pago", "Singapore, Asia/Singapore"),
    "wst": ("Western Australia, Australia/Perth", "Samoa, Pacific/Apia"),
    "amt": ("Amazon, America/Manaus", "Armenia, Asia/Yerevan"),
    "ect": ("Ecuador, America/Guayaquil", "Eastern Caribbean, America/Puerto_Rico"),
}


class SeveralZones(Exception):
    """An abbreviation that means several zones: its args say which."""


def zone_named(text: str) -> str | None:
    """The zone of that name, of an abbreviation, or of the city that it is named after. Raises SeveralZones."""
    exact = re.sub(r"\s*([+-])\s*", r"\1", unicodedata.normalize("NFKC", text).casefold().strip())
    for written in (exact, TIME.sub("", exact)):
        if zone := _exact().get(written.replace(" ", "_")):
            return zone
    for name in (*spellings(fold(text)), fold(TIME.sub("", text))):
        if meanings := AMBIGUOUS.get(name):
            raise SeveralZones(*meanings)
        if zone := ABBREVIATIONS.get(name) or _named().get(name):
            return zone
    return None


def _zones() -> list[str]:
    """Sorted, so that what one name means is the same in each process."""
    return sorted(zoneinfo.available_timezones())


@cache
def _exact() -> dict[str, str]:
    """Asia/Tokyo, UTC, Etc/GMT+8; not Japan, Cuba, Singapore."""
    return {zone.casefold(): zone for zone in _zones() if "/" in zone or zone.isupper()}


@cache
def _named() -> dict[str, str]:
    """Zones with other marks than theirs, the cities that they are named after (Tokyo), and those in Chinese (东京)."""
    zones = _zones()
    translations = babel.Locale("zh").time_zones  # of today's zones: not Australia/North, Australia/Victoria
    names = {fold(zone): zone for zone in zones if "/" in zone and not re.search(r"[+-]\d", zone)}
    for zone in sorted(zones, key=lambda zone: zone not in translations):  # Europe/Istanbul before Asia/Istanbul
        area, _, city = zone.partition("/")
        if area in AREAS and zone != XINJIANG_TIME and (area != "Australia" or zone in translations):
            names.setdefault(fold(city), zone)
    english = babel.Locale("en").time_zones
    for zone, translated in translations.items():
        if zone in zones and zone != XINJIANG_TIME and "city" in translated:
            city = english.get(zone, {}).get("city", "")  # CLDR keeps old names of zones: Kolkata is in Asia/Calcutta
            today = next((names[name] for name in spellings(fold(city)) if name in names), zone)
            names.setdefault(fold(translated["city"]), today)
    for name, zone in _spoken():
        names.setdefault(name, names.get(fold(zone), zone))
    return names


def _spoken() -> Iterator[tuple[str, str]]:
    """Eastern Standard Time, Pacific Daylight Time, 印度标准时间: CLDR's long names, each with a zone that has it."""
    windows, used = get_global("windows_zone_mapping"), get_global("meta_zones")
    likely = [*windows.values(), *sorted(used)]
    zones = {used[zone]: zone for zone in reversed(likely) if zone in used}
    for called, names in babel.Locale("en").meta_zones.items():
        standard = windows.get(names.get("long", {}).get("standard", ""), "")
        if used.get(standard) == called:
            zones[called] = standard
    zones |= LARGEST
    for language in ("en", "zh"):
        for called, names in babel.Locale(language).meta_zones.items():
            yield from ((fold(name), zones[called]) for name in names.get("long", {}).values() if called in zones)
