"""JSON as tables: which values are one, and what neither Markdown nor a spreadsheet may take up."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest

from web.render import tables
from web.texts import CHINESE, ENGLISH

ROWS = [{"city": "广州", "people": 18.7}, {"city": "Paris", "people": 2}]


@pytest.mark.parametrize("value", [ROWS, {"cities": ROWS}])
def test_a_list_of_flat_objects_is_a_table(value: Any) -> None:
    assert tables.table_of(value) == tables.Table(("city", "people"), (("广州", 18.7), ("Paris", 2)))


def test_an_object_of_scalars_is_one_row_and_what_a_row_lacks_is_empty() -> None:
    assert tables.table_of({"a": 1, "b": None}) == tables.Table(("a", "b"), ((1, None),))
    assert tables.table_of([{"a": 1}, {"b": 2}]) == tables.Table(("a", "b"), ((1, None), (None, 2)))


@pytest.mark.parametrize("value", [1, "a", None, [], {}, [{}], [1, 2], [{"a": 1}, 2], {"a": {"b": 1}}, [{"a": [1]}]])
def test_anything_else_is_none(value: Any) -> None:
    assert tables.table_of(value) is None


def test_a_table_in_markdown() -> None:
    table = tables.table_of([{"city": "广州", "people": 18.7, "is_port": True}, {"city": "A|B\n*c*", "people": None}])
    assert table
    assert table.markdown(ENGLISH) == (
        "| city | people | is\\_port |\n| --- | ---: | --- |\n| 广州 | 18\\.7 | ✓ |\n| A\\|B \\*c\\* |   |   |"
    )


@pytest.mark.parametrize("texts", [CHINESE, ENGLISH], ids=lambda texts: texts.language)
def test_a_long_table_shows_its_beginning_and_says_so(texts: Any) -> None:
    table = tables.table_of([{"n": number} for number in range(250)])
    assert table
    *lines, _, note = table.markdown(texts).splitlines()
    assert (len(lines), note) == (2 + 100, texts.table_cut.format(shown=100, rows=250))
    assert len(table.csv().splitlines()) == 251


def test_a_spreadsheet_reads_the_table_and_runs_nothing() -> None:
    table = tables.table_of([{"name": "=1+1", "note": 'a "b",\nc', "n": -5}, {"name": "@x", "note": "广州", "n": 0.5}])
    assert table
    text = table.csv()
    assert text.startswith("\ufeff")
    assert list(csv.reader(io.StringIO(text[1:], newline=""))) == [
        ["name", "note", "n"],
        ["'=1+1", 'a "b",\nc', "-5"],
        ["'@x", "广州", "0.5"],
    ]


def test_an_answer_that_is_a_table_has_both_files() -> None:
    answer = tables.structured_answer('[{"a": 1}]', ENGLISH)
    assert answer == tables.StructuredAnswer(
        "| a |\n| ---: |\n| 1 |",
        {"answer.json": '[\n  {\n    "a": 1\n  }\n]', "answer.csv": "\ufeffa\r\n1\r\n"},
    )


def test_any_other_answer_is_indented_json() -> None:
    answer = tables.structured_answer('{"a": {"b": [1]}}', ENGLISH)
    assert answer
    assert answer.markdown == '```json\n{\n  "a": {\n    "b": [\n      1\n    ]\n  }\n}\n```'
    assert list(answer.files) == ["answer.json"]


def test_an_answer_that_was_cut_short_is_none() -> None:
    assert tables.structured_answer('[{"a": 1}, {"a"', ENGLISH) is None
