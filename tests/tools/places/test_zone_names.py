"""Zones by their own names: signs, abbreviations, and the same answer in each process."""

import json
import os
import subprocess
import sys
import zoneinfo
from datetime import datetime, timedelta

import pytest

from agent import PROJECT
from tools.clock import find_zone
from tools.places.zone_names import SeveralZones, zone_named

HOUR = timedelta(hours=1)
ETC = {f"Etc/GMT{hours:+d}": -hours for hours in (*range(-14, 0), *range(1, 13))}


def test_the_sign_of_every_etc_zone_is_what_the_zone_data_says() -> None:
    """POSIX's sign: west of Greenwich is +."""
    at = datetime(2026, 1, 1)
    assert {name: find_zone(name)[1].utcoffset(at) / HOUR for name in ETC} == ETC


@pytest.mark.slow
def test_the_sign_of_every_etc_zone_is_the_same_in_each_process() -> None:
    """Sets of texts have another order in each process."""
    code = (
        "import json, sys; from datetime import datetime; from tools.clock import find_zone;"
        "at = datetime(2026, 1, 1);"
        "print(json.dumps({name: find_zone(name)[1].utcoffset(at).total_seconds() / 3600 for name in sys.argv[1:]}))"
    )
    for seed in range(8):
        done = subprocess.run(
            [sys.executable, "-c", code, *ETC],
            cwd=PROJECT,
            env=os.environ | {"PYTHONHASHSEED": str(seed)},
            capture_output=True,
            text=True,
            check=True,
        )
        assert json.loads(done.stdout) == ETC


@pytest.mark.parametrize("name", ["etc/gmt+8", "ETC/GMT+8", "Etc/GMT +8", "Ｅｔｃ/GMT+8", " Etc/GMT+8 "])
def test_an_etc_zone_may_be_written_otherwise(name: str) -> None:
    assert zone_named(name) == "Etc/GMT+8"


@pytest.mark.parametrize("name", ["Etc/GMT+13", "Etc/GMT-15", "Etc/GMT 8", "Etc/GMT8"])
def test_an_etc_zone_that_there_is_not_is_none(name: str) -> None:
    assert zone_named(name) is None


def test_every_zone_is_known_by_its_name() -> None:
    zones = {zone for zone in zoneinfo.available_timezones() if "/" in zone or zone.isupper()}
    assert {zone: zone_named(zone) for zone in zones} == {zone: zone for zone in zones}
    assert {zone: zone_named(zone.lower().replace("_", " ")) for zone in zones} == {zone: zone for zone in zones}


@pytest.mark.parametrize(
    ("name", "zone"),
    [
        ("Z", "UTC"), ("UTC", "UTC"), ("GMT", "GMT"), ("GMT0", "GMT0"), ("Zulu", "UTC"), ("EST", "EST"),
        ("EDT", "America/New_York"), ("PST", "America/Los_Angeles"), ("PDT", "America/Los_Angeles"),
        ("CDT", "America/Chicago"), ("MST", "MST"), ("HST", "HST"), ("CET", "CET"), ("CEST", "CET"),
        ("JST", "Asia/Tokyo"), ("KST", "Asia/Seoul"), ("HKT", "Asia/Hong_Kong"), ("SGT", "Asia/Singapore"),
        ("MSK", "Europe/Moscow"),
        ("AEST", "Australia/Brisbane"), ("NZST", "Pacific/Auckland"), ("PST time", "America/Los_Angeles"),
        ("Pacific Time", "America/Los_Angeles"), ("美国东部时间", "America/New_York"), ("Istanbul", "Europe/Istanbul"),
        ("Kolkata", "Asia/Kolkata"), ("Macau", "Asia/Macau"), ("澳门", "Asia/Macau"), ("加尔各答", "Asia/Kolkata"),
        ("ET", "America/New_York"), ("PT", "America/Los_Angeles"), ("CT", "America/Chicago"), ("MT", "America/Denver"),
        ("Eastern Standard Time", "America/New_York"), ("Pacific Daylight Time", "America/Los_Angeles"),
        ("Mountain Time", "America/Denver"), ("China Standard Time", "Asia/Shanghai"), ("印度时间", "Asia/Kolkata"),
        ("India Standard Time", "Asia/Kolkata"), ("Korean Standard Time", "Asia/Seoul"), ("日本标准时间", "Asia/Tokyo"),
        ("Greenwich Mean Time", "GMT"), ("British Summer Time", "Europe/London"), ("Arabian Time", "Asia/Riyadh"),
        ("北美东部时间", "America/New_York"), ("莫斯科标准时间", "Europe/Moscow"),
        ("Coordinated Universal Time", "UTC"), ("UTC时间", "UTC"), ("EST 时间", "EST"),
        ("PST当地时间", "America/Los_Angeles"),
    ],
)  # fmt: skip
def test_abbreviations_and_cities_of_zones_are_known(name: str, zone: str) -> None:
    assert zone_named(name) == zone


@pytest.mark.parametrize("name", ["IST", "ist", "CST", "BST", "AST", "GST", "CST time"])
def test_an_abbreviation_of_several_zones_names_them(name: str) -> None:
    with pytest.raises(SeveralZones) as raised:
        zone_named(name)
    zones = [reading.rpartition(", ")[2] for reading in raised.value.args]
    assert len(zones) > 1
    assert set(zones) <= zoneinfo.available_timezones()


@pytest.mark.parametrize("name", ["Victoria", "Queensland", "West", "Springfield", "Portland", "海淀"])
def test_what_is_no_zones_name_is_left_to_the_places(name: str) -> None:
    assert zone_named(name) is None
