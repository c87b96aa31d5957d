"""JSON as tables, weather and plots: which values are one, and what neither Markdown nor a spreadsheet may take up."""

from __future__ import annotations

import csv
import io
import json
import re
from pathlib import Path
from typing import Any

import pytest

from tools.base import ToolCall, tool
from tools.registry import Registry
from tools.weather import AMAP_PARTS, WMO_CODES, weather_tool
from web.render import tool_results
from web.texts import CHINESE, ENGLISH

ROWS = [{"city": "广州", "people": 18.7}, {"city": "Paris", "people": 2}]
SCHEMA = {"type": "array"}


@pytest.mark.parametrize("value", [ROWS, {"cities": ROWS}])
def test_a_list_of_flat_objects_is_a_table(value: Any) -> None:
    assert tool_results.table_of(value) == tool_results.Table(("city", "people"), (("广州", 18.7), ("Paris", 2)))


def test_an_object_of_scalars_is_one_row_and_what_a_row_lacks_is_empty() -> None:
    assert tool_results.table_of({"a": 1, "b": None}) == tool_results.Table(("a", "b"), ((1, None),))
    assert tool_results.table_of([{"a": 1}, {"b": 2}]) == tool_results.Table(("a", "b"), ((1, None), (None, 2)))


@pytest.mark.parametrize("value", [1, "a", None, [], {}, [{}], [1, 2], [{"a": 1}, 2], {"a": {"b": 1}}, [{"a": [1]}]])
def test_anything_else_is_none(value: Any) -> None:
    assert tool_results.table_of(value) is None


def test_a_table_in_markdown() -> None:
    table = tool_results.table_of(
        [{"city": "广州", "people": 18.7, "is_port": True}, {"city": "A|B\n*c*", "people": None}]
    )
    assert table
    assert table.markdown(ENGLISH) == (
        "| city | people | is\\_port |\n| --- | ---: | --- |\n| 广州 | 18\\.7 | ✓ |\n| A\\|B \\*c\\* |   |   |"
    )


@pytest.mark.parametrize("words", [CHINESE, ENGLISH], ids=lambda words: words.language)
def test_a_long_table_shows_its_beginning_and_says_so(words: Any) -> None:
    table = tool_results.table_of([{"n": number} for number in range(250)])
    assert table
    *lines, _, note = table.markdown(words).splitlines()
    assert (len(lines), note) == (2 + 100, words.table_cut.format(shown=100, rows=250))
    assert len(table.csv().splitlines()) == 251


def test_a_spreadsheet_reads_the_table_and_runs_nothing() -> None:
    table = tool_results.table_of(
        [{"name": "=1+1", "note": 'a "b",\nc', "n": -5}, {"name": "@x", "note": "广州", "n": 0.5}]
    )
    assert table
    text = table.csv()
    assert text.startswith("\ufeff")
    assert list(csv.reader(io.StringIO(text[1:], newline=""))) == [
        ["name", "note", "n"],
        ["'=1+1", 'a "b",\nc', "-5"],
        ["'@x", "广州", "0.5"],
    ]


def test_an_answer_that_is_a_table_has_both_files() -> None:
    answer = tool_results.structured('[{"a": 1}]', ENGLISH)
    assert answer == tool_results.Structured(
        "| a |\n| ---: |\n| 1 |",
        {"answer.json": '[\n  {\n    "a": 1\n  }\n]', "answer.csv": "\ufeffa\r\n1\r\n"},
    )


def test_any_other_answer_is_indented_json() -> None:
    answer = tool_results.structured('{"a": {"b": [1]}}', ENGLISH)
    assert answer
    assert answer.markdown == '```json\n{\n  "a": {\n    "b": [\n      1\n    ]\n  }\n}\n```'
    assert list(answer.files) == ["answer.json"]


def test_an_answer_that_was_cut_short_is_none() -> None:
    assert tool_results.structured('[{"a": 1}, {"a"', ENGLISH) is None


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
    ("words", "text"),
    [
        (
            ENGLISH,
            r"!\[.+\]\(/public/weather/\w+\.svg\)\*\*[\d\\.]+ °C\*\* 广州\n.+ · humidity .+ · wind .+ · simulated data",
        ),
        (CHINESE, r"!\[.+\]\(/public/weather/\w+\.svg\)\*\*[\d\\.]+ °C\*\* 广州\n.+ · 湿度 .+ · 风速 .+ · 模拟数据"),
    ],
)
async def test_the_weather_is_a_card_in_the_pages_language(words: Any, text: str) -> None:
    card = tool_results.card(await result(weather_tool("simulated"), '{"city": "广州"}'), words)
    assert card
    assert re.fullmatch(text, card.markdown)
    assert card.plot is None


def test_every_weather_has_a_picture_that_is_here() -> None:
    conditions = [english for english, _ in WMO_CODES.values()] + [english for _, english in AMAP_PARTS]
    shown = [tool_results.card(json.dumps({"condition": one, "temperature_c": 1}), ENGLISH) for one in conditions]
    pictures = {found[1] for one in shown if one and (found := re.search(r"\((/public/\S+?)\)", one.markdown))}
    assert len(shown) == len(conditions)
    assert pictures == {f"/public/weather/{file.name}" for file in Path("public/weather").iterdir()}


async def test_numbers_over_time_are_a_plot_with_their_range_in_words() -> None:
    card = tool_results.card(await result(get_forecast, '{"city": "Paris"}'), ENGLISH)
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
    card = tool_results.card(json.dumps(rows), ENGLISH)
    assert card
    assert card.plot
    assert card.plot["layout"]["xaxis"]["type"] == "category"


@pytest.mark.parametrize("value", [ROWS, {"rows": ROWS}, [{"time": "9:00", "n": 1}, {"time": "10:00", "n": 2}]])
def test_other_rows_are_a_table(value: Any) -> None:
    card = tool_results.card(json.dumps(value), ENGLISH)
    assert card
    assert card.markdown.startswith("| ")
    assert card.plot is None


def test_what_stands_beside_the_rows_is_the_line_above_them() -> None:
    card = tool_results.card(json.dumps({"shop": "*A*", "open": True, "rows": ROWS}), ENGLISH)
    assert card
    assert card.markdown.startswith("**\\*A\\* · ✓**\n\n| city |")


@pytest.mark.parametrize("text", ["", "27 °C", "3", "[]", "[1, 2]", '{"a": 1}', '{"a": [1], "b": [2]}', "[" * 100_000])
def test_what_is_better_read_is_not_drawn(text: str) -> None:
    assert tool_results.card(text, ENGLISH) is None
