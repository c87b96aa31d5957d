"""What holds calls to their tools, in real vLLM with a model of random weights that begins a call and knows no more."""

from __future__ import annotations

import subprocess
import sys

from dev.app_process import PROJECT


def test_what_a_model_of_random_weights_calls_fits_or_is_cut_off() -> None:
    command = [sys.executable, "-m", "dev.bench.calls", "fit", "60"]
    answer = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, timeout=600)
    assert answer.returncode == 0, answer.stderr
    _, _, held, free = ([cell.strip() for cell in line.strip("|").split("|")] for line in answer.stdout.splitlines())
    assert (held[0], held[1], held[4]) == ("constraint on", "60", "0")
    assert int(held[2]) >= 40  # the others were cut off by the limit of tokens
    assert (free[0], free[1], free[2]) == ("constraint off", "12", "0")
    assert held[5] == free[5]  # the prompt
