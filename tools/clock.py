"""The time in a city, from the platform's zone data; `tools.places` knows whose zone a name means. Knows no network."""

from __future__ import annotations

import re
import unicodedata
import zoneinfo
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import Annotated, NamedTuple

from pydantic import Field

from tools.base import Tool, ToolError, tool
from tools.places.names import fold
from tools.places.resolve import Reading, UnknownPlace, resolve
from tools.places.similar import similar
from tools.places.zone_names import SeveralZones, zone_named

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
HOURS_ZH = "零一二三四五六七八九十"
WEEKDAYS_ZH = "一二三四五六日"
OFFSET = re.compile(
    r"(?:utc|gmt)?\s*([+-])\s*(\d{1,2})(?::?([0-5]\d))?\s*(?:hours?|个?小时|时?区)?(?:的?时间)?", re.IGNORECASE
)  # UTC+8, +08:00, UTC+8小时
ZONE_ZH = re.compile(r"([东西])(十[一二]|[一二三四五六七八九十]|\d{1,2})(?:时区|区)(?:时间)?")  # 东八区
MINUS = str.maketrans("−–—", "---")


class Zone(NamedTuple):
    """A zone, and whose it is if the name alone does not say that: the place that was chosen, and other readings."""

    name: str
    rules: tzinfo
    place: str = ""
    also: tuple[str, ...] = ()


def clock_tool(now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> Tool:
    """The tool `get_current_time(city)`; `now` gives an aware time."""

    @tool
    def get_current_time(
        city: Annotated[str, Field(description="City name or IANA time zone, for example 东京 or America/Toronto")],
    ) -> dict[str, str]:
        """Get the current local time in a city or time zone.

        Returns {"city", "place"?, "time_zone", "date", "time", "weekday", "weekday_zh", "utc_offset", "also"?}: `place`
        if the name can mean several, `also` the others. Raises ToolError with similar names if there is no such place.
        """
        name, zone, place, also = _zone_of(city)
        local = now().astimezone(zone)
        offset = local.strftime("%z")
        return {
            "city": city.strip(),
            **({"place": place} if place else {}),
            "time_zone": name,
            "date": f"{local:%Y-%m-%d}",
            "time": f"{local:%H:%M}",
            "weekday": WEEKDAYS[local.weekday()],
            "weekday_zh": f"星期{WEEKDAYS_ZH[local.weekday()]}",
            "utc_offset": f"{offset[:3]}:{offset[3:5]}",
            **({"also": "; ".join(also)} if also else {}),
        }

    made: Tool = get_current_time
    return made


def find_zone(city: str) -> tuple[str, tzinfo]:
    """The zone of a place or zone name in Chinese or English, as its name and its rules. Raises ToolError."""
    return _zone_of(city)[:2]


def _zone_of(city: str) -> Zone:
    if not fold(city):
        raise ToolError(
            "Name a city or a time zone, for example Tokyo or Asia/Tokyo.", "请写出城市或时区，例如东京或 Asia/Tokyo。"
        )
    text = unicodedata.normalize("NFKC", city).translate(MINUS).strip()
    if offset := OFFSET.fullmatch(text):
        return _fixed_zone(*offset.groups())
    if offset := ZONE_ZH.fullmatch(text):
        hours = offset[2] if offset[2].isdecimal() else str(sum(map(HOURS_ZH.index, offset[2])))
        return _fixed_zone("+" if offset[1] == "东" else "-", hours, None)
    try:
        if name := zone_named(text):
            return Zone(name, _rules(name))
        return _zone_of_place(city, resolve(text))
    except SeveralZones as error:
        meanings = "; ".join(error.args)
        raise ToolError(
            f"{city.strip()} means several time zones: {meanings}. Name the zone or a city.",
            f"{city.strip()} 可以指多个时区：{meanings}。请写出时区的全名或城市。",
        ) from None
    except UnknownPlace:
        raise _unknown(city.strip()[:80], similar(text)) from None


def _unknown(city: str, names: list[str]) -> ToolError:
    near = f"Similar names are: {', '.join(names)}."
    near_zh = f"相近的名称有：{'、'.join(names)}。"
    if not names:
        near = "Check the spelling, or name a larger city in the same time zone."
        near_zh = "请检查写法，或换成同一时区里较大的城市。"
    return ToolError(
        f"No city or time zone named {city!r} was found. {near}", f"没有找到名为“{city}”的城市或时区。{near_zh}"
    )


def _fixed_zone(sign: str, hours: str, minutes: str | None) -> Zone:
    offset = timedelta(hours=int(hours), minutes=int(minutes or 0)) * (-1 if sign == "-" else 1)
    if abs(offset) > timedelta(hours=14):
        raise ToolError("An offset from UTC is at most 14 hours.", "与 UTC 的时差最多 14 小时。请改正时差。")
    rules = timezone(offset)
    return Zone(str(rules), rules)


def _zone_of_place(city: str, reading: Reading) -> Zone:
    place = reading.place
    if not place.zones.main:
        zones = place.zones.others if place.region else ()
        which, which_zh = (f": {', '.join(zones)}", f"：{'、'.join(zones)}") if zones else ("", "")
        name = city.strip()[:80]
        raise ToolError(
            f"{name} has several time zones{which}. Name a city in it.",
            f"{name} 有多个时区{which_zh}。请写出其中的一个城市。",
        )
    rules = _rules(place.zones.main)
    if reading.is_plain:
        return Zone(place.zones.main, rules)
    also = [f"{zone}, which is used there, too" for zone in place.zones.others]
    also += [f"{other.described()} ({other.zones.main or 'several time zones'})" for other in reading.others]
    unknown = f" ({reading.unknown!r} is not known)" if reading.unknown else ""
    return Zone(place.zones.main, rules, place.described() + unknown, tuple(also))


def _rules(name: str) -> tzinfo:
    try:
        return zoneinfo.ZoneInfo(name)
    except zoneinfo.ZoneInfoNotFoundError as error:
        raise ToolError(
            f"This machine has no data for the time zone {name!r}. Install the tzdata package.",
            f"这台机器没有时区 {name} 的数据。请安装 tzdata 包。",
        ) from error
