"""`make evaluate` as it is, on a part of the held-out chats: the model that ships does what its card says."""

from __future__ import annotations

import re
import subprocess
import sys

from dev.app_process import PROJECT


def test_model_that_ships_is_right_on_chats_that_it_never_saw() -> None:
    command = [sys.executable, "-m", "dev.builtin_model.evaluate", "--every", "12", "--calls", "200", "--failures"]
    run = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, timeout=300, check=False)
    assert run.returncode == 0, run.stderr[-3000:]
    (shares,) = re.findall(r"^\| all \|(.*)$", run.stdout, re.M)
    right, faithful = (float(share) for share in re.findall(r"([\d.]+)%", shares)[:2])
    assert right >= 90, run.stdout
    assert faithful >= 95, run.stdout
    assert ", 0 broken" in run.stdout, run.stdout
