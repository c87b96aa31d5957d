"""Tool results as cards, plots and tables: which values are drawn, and how."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tools.base import ToolCall, tool
from tools.registry import Registry
from tools.weather import weather_tool
from tools.weather.amap import AMAP_PARTS
from tools.weather.conditions import WMO_CODES
from web.render import tool_results
from web.texts import CHINESE, ENGLISH

ROWS = [{"city": "广州", "people": 18.7}, {"city": "Paris", "people": 2}]


@tool
def get_forecast(city: str) -> dict[str, Any]:
    """Get the forecast of a city. A tool such as a team's own."""
    hours = [
        {"time": f"2026-11-22T{hour:02}:00", "temperature_c": 10 + hour % 13, "sky": "clear"} for hour in range(24)
    ]
    return {"city": city, "hours": hours}


async def result(tool: Any, arguments: str) -> str:
    return (await Registry((tool,)).call(ToolCall("c1", tool.name, arguments))).for_user


@pytest.mark.parametrize(
    ("texts", "text"),
    [
        (
            ENGLISH,
            r"!\[.+\]\(/public/weather/\w+\.svg\)\*\*[\d\\.]+ °C\*\* 广州\n.+ · humidity .+ · wind .+ · simulated data",
        ),
        (CHINESE, r"!\[.+\]\(/public/weather/\w+\.svg\)\*\*[\d\\.]+ °C\*\* 广州\n.+ · 湿度 .+ · 风速 .+ · 模拟数据"),
    ],
)
async def test_the_weather_is_a_card_in_the_pages_language(texts: Any, text: str) -> None:
    card = tool_results.view(await result(weather_tool("simulated"), '{"city": "广州"}'), texts)
    assert card
    assert re.fullmatch(text, card.markdown)
    assert card.plot is None


def test_every_weather_has_a_picture_that_is_here() -> None:
    conditions = [english for english, _ in WMO_CODES.values()] + [english for _, english in AMAP_PARTS]
    shown = [tool_results.view(json.dumps({"condition": one, "temperature_c": 1}), ENGLISH) for one in conditions]
    pictures = {found[1] for one in shown if one and (found := re.search(r"\((/public/\S+?)\)", one.markdown))}
    assert len(shown) == len(conditions)
    assert pictures == {f"/public/weather/{file.name}" for file in Path("public/weather").iterdir()}


async def test_numbers_over_time_are_a_plot_with_their_range_in_words() -> None:
    card = tool_results.view(await result(get_forecast, '{"city": "Paris"}'), ENGLISH)
    assert card
    assert card.plot
    assert card.markdown == (
        "**Paris**\ntemperature\\_c: lowest 10 (2026\\-11\\-22 00\\:00), highest 22 (2026\\-11\\-22 12\\:00)"
    )
    (line,) = card.plot["data"]
    assert (line["name"], len(line["x"]), line["y"][:3]) == ("temperature_c", 24, [10, 11, 12])
    assert card.plot["layout"]["xaxis"]["type"] == "date"


def test_times_that_are_no_dates_are_names() -> None:
    rows = [{"time": day, "n": number} for number, day in enumerate(("Mon", "Tue", "Wed"))]
    card = tool_results.view(json.dumps(rows), ENGLISH)
    assert card
    assert card.plot
    assert card.plot["layout"]["xaxis"]["type"] == "category"


@pytest.mark.parametrize("value", [ROWS, {"rows": ROWS}, [{"time": "9:00", "n": 1}, {"time": "10:00", "n": 2}]])
def test_other_rows_are_a_table(value: Any) -> None:
    card = tool_results.view(json.dumps(value), ENGLISH)
    assert card
    assert card.markdown.startswith("| ")
    assert card.plot is None


def test_what_stands_beside_the_rows_is_the_line_above_them() -> None:
    card = tool_results.view(json.dumps({"shop": "*A*", "open": True, "rows": ROWS}), ENGLISH)
    assert card
    assert card.markdown.startswith("**\\*A\\* · ✓**\n\n| city |")


@pytest.mark.parametrize("text", ["", "27 °C", "3", "[]", "[1, 2]", '{"a": 1}', '{"a": [1], "b": [2]}', "[" * 100_000])
def test_what_is_better_read_is_not_drawn(text: str) -> None:
    assert tool_results.view(text, ENGLISH) is None
