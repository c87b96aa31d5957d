"""Runs the programs of this folder: each has the whole app in its process, and so needs one of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent
PROJECT = FOLDER.parents[1]


def run_program(name: str, folder: Path, *arguments: str) -> tuple[dict[str, Any], str]:
    """What the program reports, and all that it and the app said. It keeps its things in `folder`."""
    done = subprocess.run(
        [sys.executable, FOLDER / name, folder, *arguments], cwd=PROJECT, text=True, capture_output=True, timeout=180,
        env=os.environ | {"PYTHONPATH": str(PROJECT)},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    report: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    sys.stdout.write(str({name: value for name, value in report.items() if not isinstance(value, list)}))
    return report, done.stdout + done.stderr
