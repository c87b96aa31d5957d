"""What docs/benchmarks.md says is what was measured."""

from __future__ import annotations

import json

from dev.bench.measurements import RESULTS
from dev.bench.report import MARKED, PAGE, TABLES, fill


def test_the_tables_are_those_of_the_results() -> None:
    page = PAGE.read_text("utf-8")
    assert fill(page) == page


def test_every_result_has_its_place_in_the_page_and_every_place_a_table() -> None:
    places = {(mark[1], mark[2]) for mark in MARKED.findall(PAGE.read_text("utf-8"))}
    assert {part for _, part in places} <= set(TABLES)
    measured = {(file.stem, part) for file in RESULTS.glob("*.json") for part in json.loads(file.read_text())}
    assert measured
    assert measured - places == set()
