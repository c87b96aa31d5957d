"""Requests of all kinds to all routes, as somebody and as nobody: an answer to each, and none tells of the inside."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.inside.programs import run_program


@pytest.mark.slow
def test_ten_thousand_requests_get_no_500_and_tell_nothing_of_the_inside(tmp_path: Path) -> None:
    report, log = run_program("many_requests.py", tmp_path, "10000")
    assert (report["broken"], report["told"], report["bare"]) == ([], [], [])
    assert {"200", "206", "303", "400", "401", "403", "404", "405", "416", "422"} <= set(report["statuses"])
    assert "Traceback" not in log


@pytest.mark.slow
def test_without_its_database_the_app_says_so_and_fills_no_log(tmp_path: Path) -> None:
    report, log = run_program("many_requests.py", tmp_path, "1000", "away")
    assert (report["broken"], report["told"], report["bare"]) == ([], [], [])
    assert report["statuses"]["503"] > 100
    assert "Traceback" not in log
