"""The clock: whose time a name means, in Chinese and English, and what is said of a name that nobody has."""

import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tools.base import ToolError
from tools.clock import clock_tool, find_zone

ROOT = Path(__file__).parents[2]
NOW = datetime(2026, 11, 22, 14, 5, 30, tzinfo=UTC)
get_current_time = clock_tool(now=lambda: NOW)


def test_the_time_is_told_in_the_contracts_shape() -> None:
    assert get_current_time.function("Toronto") == {
        "city": "Toronto",
        "time_zone": "America/Toronto",
        "date": "2026-11-22",
        "time": "09:05",
        "weekday": "Sunday",
        "weekday_zh": "星期日",
        "utc_offset": "-05:00",
    }


def test_the_date_and_the_weekday_are_the_citys_own() -> None:
    assert get_current_time.function(" 奥克兰 ") == {
        "city": "奥克兰",
        "time_zone": "Pacific/Auckland",
        "date": "2026-11-23",
        "time": "03:05",
        "weekday": "Monday",
        "weekday_zh": "星期一",
        "utc_offset": "+13:00",
    }


@pytest.mark.parametrize(
    ("name", "zone"),
    [
        ("广州", "Asia/Shanghai"),
        ("广州市", "Asia/Shanghai"),
        ("北京时间", "Asia/Shanghai"),
        ("Beijing", "Asia/Shanghai"),
        ("东京", "Asia/Tokyo"),
        ("東京", "Asia/Tokyo"),
        ("纽约", "America/New_York"),
        ("紐約", "America/New_York"),
        ("西雅图", "America/Los_Angeles"),
        ("华盛顿", "America/New_York"),
        ("伦敦", "Europe/London"),
        ("加尔各答", "Asia/Kolkata"),
        ("瓦加杜古", "Africa/Ouagadougou"),
        ("Ouagadougou", "Africa/Ouagadougou"),
        ("Toronto", "America/Toronto"),
        ("New York", "America/New_York"),
        ("san francisco", "America/Los_Angeles"),
        ("São Paulo", "America/Sao_Paulo"),
        ("sao paulo", "America/Sao_Paulo"),
        ("Xi'an", "Asia/Shanghai"),
        ("Bombay", "Asia/Kolkata"),
        ("Mexico City", "America/Mexico_City"),
        ("Tokyo time", "Asia/Tokyo"),
    ],
)
def test_cities_are_known_in_chinese_and_in_english(name: str, zone: str) -> None:
    assert find_zone(name)[0] == zone


@pytest.mark.parametrize(
    ("name", "zone"),
    [
        ("Asia/Shanghai", "Asia/Shanghai"),
        ("america/new_york", "America/New_York"),
        ("UTC", "UTC"),
        ("EST", "EST"),
        ("UTC+8", "UTC+08:00"),
        ("GMT-3:30", "UTC-03:30"),
    ],
)
def test_zones_and_offsets_are_known(name: str, zone: str) -> None:
    assert find_zone(name)[0] == zone


@pytest.mark.parametrize(
    ("name", "zone"),
    [("日本", "Asia/Tokyo"), ("Japan", "Asia/Tokyo"), ("中国", "Asia/Shanghai"), ("德国", "Europe/Berlin")],
)
def test_a_country_with_one_time_is_as_good_as_a_city(name: str, zone: str) -> None:
    assert find_zone(name)[0] == zone


def test_of_cities_of_one_name_the_largest_is_meant_unless_a_country_is_named() -> None:
    assert [find_zone(name)[0] for name in ("London", "London, UK", "London, Canada", "Birmingham")] == [
        "Europe/London",
        "Europe/London",
        "America/Toronto",
        "Europe/London",
    ]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("Toronot", "No city or time zone named 'Toronot' was found. Similar names are: Toronto, Tororo, Tornio."),
        ("北就", "No city or time zone named '北就' was found. Similar names are: 北京, 台北, 新北."),
        (
            "qqqqqqqq",
            "No city or time zone named 'qqqqqqqq' was found. "
            "Check the spelling, or name a larger city in the same time zone.",
        ),
        ("美国", "美国 has several time zones. Name a city in it."),
        (" ?! ", "Name a city or a time zone, for example Tokyo or Asia/Tokyo."),
        ("UTC+25", "An offset from UTC is at most 14 hours."),
    ],
)
def test_what_is_not_known_says_what_is_near_or_what_to_do(name: str, message: str) -> None:
    with pytest.raises(ToolError) as raised:
        get_current_time.function(name)
    assert str(raised.value) == message


@pytest.mark.parametrize(
    ("name", "place", "zone", "also"),
    [
        ("Portland, Maine", "Portland, Maine, US", "America/New_York", None),
        ("Portland, ME", "Portland, Maine, US", "America/New_York", None),
        ("Portland", "Portland, Oregon, US", "America/Los_Angeles", "Portland, Maine, US (America/New_York)"),
        ("Florida", "Florida, US", "America/New_York", "America/Chicago, which is used there, too"),
        ("Georgia", "Georgia", "Asia/Tbilisi", "Georgia, US (America/New_York)"),
        ("新疆", "新疆维吾尔自治区, 中国", "Asia/Shanghai", "Asia/Urumqi, which is used there, too"),
        ("海淀", "海淀区, 北京市, 中国", "Asia/Shanghai", None),
        ("美国纽约", "New York City, New York, US", "America/New_York", None),
        ("Nowhereville, Maine", "Maine, US ('nowhereville' is not known)", "America/New_York", None),
    ],
)
def test_the_place_that_was_chosen_is_told_and_what_else_the_name_can_mean(
    name: str, place: str, zone: str, also: str | None
) -> None:
    result = get_current_time.function(name)
    assert (result["place"], result["time_zone"], result.get("also")) == (place, zone, also)
    assert list(result)[:3] == ["city", "place", "time_zone"]


@pytest.mark.parametrize("name", ["Toronto", "广州", "Asia/Tokyo", "Xiamen", "Peking", "日本", "廣州", "PST", "UTC+8"])
def test_a_name_that_means_one_place_needs_no_other_words(name: str) -> None:
    assert list(get_current_time.function(name)) == [
        "city",
        "time_zone",
        "date",
        "time",
        "weekday",
        "weekday_zh",
        "utc_offset",
    ]


@pytest.mark.parametrize(
    ("name", "zone"),
    [
        ("Etc/GMT+8", "-08:00"),
        ("Etc/GMT-8", "+08:00"),
        ("Etc/GMT+5", "-05:00"),
        ("GMT+8", "+08:00"),
        ("UTC+8", "+08:00"),
        ("UTC+05:30", "+05:30"),
        ("UTC-3:30", "-03:30"),
        ("UTC−8", "-08:00"),
        ("utc +8", "+08:00"),
        ("GMT0", "+00:00"),
        ("GMT+0", "+00:00"),
        ("Z", "+00:00"),
        ("+08:00", "+08:00"),
        ("-3", "-03:00"),
        ("UTC+8小时", "+08:00"),
        ("GMT+8时间", "+08:00"),
        ("UTC-5 hours", "-05:00"),
        ("东八区", "+08:00"),
        ("西五区", "-05:00"),
        ("东11区", "+11:00"),
        ("西十二区时间", "-12:00"),
    ],
)
def test_the_sign_of_an_offset_is_kept(name: str, zone: str) -> None:
    assert get_current_time.function(name)["utc_offset"] == zone


@pytest.mark.parametrize(
    ("name", "zones"),
    [
        ("IST", ["Asia/Kolkata", "Europe/Dublin", "Asia/Jerusalem"]),
        ("CST", ["America/Chicago", "Asia/Shanghai", "America/Havana"]),
        ("BST", ["Europe/London", "Asia/Dhaka"]),
    ],
)
def test_an_abbreviation_of_several_zones_is_asked_back(name: str, zones: list[str]) -> None:
    with pytest.raises(ToolError) as raised:
        get_current_time.function(name)
    assert str(raised.value).startswith(f"{name} means several time zones: ")
    assert all(zone in str(raised.value) for zone in zones)


@pytest.mark.slow
def test_threads_that_ask_first_at_the_same_time_all_get_the_answer() -> None:
    names = ("Portland, Maine", "广东深圳", "Bar Harbor, ME", "Paris, Texas") * 4
    code = (
        "import sys; from concurrent.futures import ThreadPoolExecutor; from tools.clock import find_zone;"
        "print(*ThreadPoolExecutor(16).map(lambda name: find_zone(name)[0], sys.argv[1:]))"
    )
    done = subprocess.run([sys.executable, "-c", code, *names], cwd=ROOT, capture_output=True, text=True, check=True)
    zones = ["America/New_York", "Asia/Shanghai", "America/New_York", "America/Chicago"]
    assert done.stdout.split() == zones * 4


@pytest.mark.parametrize(
    "name",
    [
        "x" * 100_000,
        "北" * 100_000,
        "../../etc/passwd",
        "a, b" * 1000,
        "\ud83d",
        "washington dc " * 100 + "zzz",
        "us " * 1000,
        "saint " * 1000,
        "州" * 100,
        "wa sa nt " * 100,
        "(" * 1000,
        "市" * 50,
    ],
)
def test_any_name_is_answered_soon(name: str) -> None:
    find_zone("广州")  # loads the names
    started = time.perf_counter()
    with pytest.raises(ToolError):
        find_zone(name)
    assert time.perf_counter() - started < 1


def test_the_schema_is_the_contracts() -> None:
    assert get_current_time.schema == {
        "type": "function",
        "function": {
            "name": "get_current_time",
            "description": "Get the current local time in a city or time zone.",
            "parameters": {
                "additionalProperties": False,
                "properties": {
                    "city": {
                        "description": "City name or IANA time zone, for example 东京 or America/Toronto",
                        "type": "string",
                    }
                },
                "required": ["city"],
                "type": "object",
            },
        },
    }
