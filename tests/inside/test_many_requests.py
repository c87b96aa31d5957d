"""Requests of all kinds to all routes, as somebody and as nobody: an answer to each, and none tells of the inside."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

PROJECT = Path(__file__).parents[2]
PROGRAM = Path(__file__).with_name("many_requests.py")


def send_many(folder: Path, *arguments: str) -> tuple[dict[str, Any], str]:
    """What the program reports, and what it logged."""
    done = subprocess.run(
        [sys.executable, PROGRAM, folder, *arguments], cwd=PROJECT, env=os.environ | {"PYTHONPATH": str(PROJECT)},
        text=True, capture_output=True, timeout=180,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    report: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    sys.stdout.write(str({name: report[name] for name in ("requests", "statuses", "seconds")}))
    return report, done.stdout + done.stderr


@pytest.mark.slow
def test_ten_thousand_requests_get_no_500_and_tell_nothing_of_the_inside(tmp_path: Path) -> None:
    report, log = send_many(tmp_path, "10000")
    assert (report["broken"], report["told"], report["bare"]) == ([], [], [])
    assert {"200", "206", "303", "400", "401", "403", "404", "405", "413", "416", "422"} <= set(report["statuses"])
    assert "Traceback" not in log


def test_without_its_database_the_app_says_so_and_fills_no_log(tmp_path: Path) -> None:
    report, log = send_many(tmp_path, "1000", "away")
    assert (report["broken"], report["told"], report["bare"]) == ([], [], [])
    assert report["statuses"]["503"] > 100
    assert "Traceback" not in log
