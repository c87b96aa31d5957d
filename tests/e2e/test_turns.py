"""A chat of 50 turns that outgrows its window, in real vLLM: what the prefix cache still has of it."""

from __future__ import annotations

import json
import subprocess
import sys

from dev.app_process import PROJECT


def test_a_chat_of_50_turns_keeps_its_prefix() -> None:
    answer = subprocess.run(
        [sys.executable, "-m", "dev.bench.turns", "3"], cwd=PROJECT, capture_output=True, text=True, timeout=600
    )
    assert answer.returncode == 0, answer.stderr
    figures = json.loads(answer.stdout)
    assert all(3 <= len(numbers) <= 6 for numbers in figures["shortened_at"])
    assert min(figures["hit_rate"]) >= 0.85
    assert figures["turn_20_to_turn_2"] <= 2  # 1.2 on a quiet machine; cached blocks have 128 tokens without a GPU
