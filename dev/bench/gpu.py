"""Measures the app on a GPU, with Qwen2.5-7B's shape and dummy weights (dev/bench/shape.py). `make bench-gpu`.

    python -m dev.bench.gpu [--parts streaming,tools,article,transformers] [--out FOLDER]

Needs `nvidia-smi`. The KV cache has no copy in host memory, which the GPU has no need of, but for the start, which is
measured with the defaults.
"""

from __future__ import annotations

import signal
import subprocess
import time
from pathlib import Path
from typing import Any

from dev.bench import load, measurements, shape
from dev.bench.measurements import Place


def start(place: Place) -> dict[str, Any]:
    """Start twice: the first ends by SIGKILL, the second has to clear up after it."""
    env = place.talking | {"KV_OFFLOADING_SIZE": "16"}
    report: dict[str, Any] = {"gpu_used_mib_before": gpu_used_mib()}
    first = place.app("start-1", **env)
    report["page_s"] = round(first.wait_for_page(), 1)
    report["ready_s"] = round(first.wait_until_loaded(), 1)
    report["one_chat_with_kv_offloading"] = load.measure(first.url, measurements.talk(place), 1)
    report["gpu_used_mib_running"] = gpu_used_mib()
    first.end(signal.SIGKILL)
    second = place.app("start-2", **env)
    report["ready_s_after_sigkill"] = round(second.wait_until_loaded(), 1)
    report["gpu_used_mib_after_sigkill_and_start"] = gpu_used_mib()
    report["end_s"] = round(second.end(signal.SIGTERM), 1)
    report["gpu_free_again_s"] = round(seconds_until_used(report["gpu_used_mib_before"] + 500), 1)
    return report


def gpu_used_mib() -> int:
    """The memory in use on the first GPU."""
    command = ["nvidia-smi", "--query-gpu=memory.used", "--format=csv,noheader,nounits"]
    return int(subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()[0])


def seconds_until_used(mib: int, timeout_s: float = 30) -> float:
    """Seconds until no more than `mib` is in use: the driver takes a moment to give a dead process's memory back."""
    started = time.perf_counter()
    while gpu_used_mib() > mib:
        if time.perf_counter() - started > timeout_s:
            raise TimeoutError(f"{gpu_used_mib()} MiB of GPU memory are still in use after {timeout_s:g} s")
        time.sleep(0.1)
    return time.perf_counter() - started


def make_place(scratch: Path) -> Place:
    model = scratch / "Qwen2.5-7B-Instruct"
    shape.make(model)
    return Place(
        scratch,
        model,
        tokens=256,
        question_words=20,
        sizes=(1, 8, 64, 256),
        article_sizes=(1, 8, 16),
        article_environment={},
        talker_arguments={"load_format": "dummy"},
        environment={"KV_OFFLOADING_SIZE": "0"},
    )


if __name__ == "__main__":
    measurements.main("gpu", measurements.PARTS | {"start": start}, make_place)
