"""A wrong value stops the start: the real command, its words, and nothing that only a programmer can read."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
LAST_LINE = "Correct this in .env or in the environment, and start again."


@pytest.mark.slow
def test_a_wrong_value_ends_the_start_at_once_with_one_line_about_it() -> None:
    started = subprocess.run(
        [sys.executable, "-m", "chainlit", "run", "app.py", "-h"],
        cwd=ROOT,
        env={key: value for key, value in os.environ.items() if key != "CI"}
        | {"TOP_P": "3"},  # Chainlit names that mode
        capture_output=True,
        text=True,
        timeout=120,
    )
    lines = ["TOP_P='3': input should be less than or equal to 1", LAST_LINE]
    assert (started.returncode, started.stdout, started.stderr.splitlines()) == (1, "", lines)
