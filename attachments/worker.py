"""The child process that reads one file: a job on standard input, its document or its refusal on standard output."""

from __future__ import annotations

import json
import resource
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

from attachments.reading import read
from attachments.refusals import Refused


def main() -> None:
    """{"path", "name", "max_chars", "memory_bytes", "cpu_s"} -> {"document": {...}} or {"refused": reason}."""
    job = json.load(sys.stdin.buffer)
    _limit(resource.RLIMIT_AS, job["memory_bytes"])
    _limit(resource.RLIMIT_CPU, job["cpu_s"])
    _limit(resource.RLIMIT_FSIZE, 0)  # writes no file
    _limit(resource.RLIMIT_CORE, 0)
    sys.stdout.write(json.dumps(_answer(job)))


def _limit(which: int, value: int) -> None:
    with suppress(OSError, ValueError):  # macOS knows no limit of memory
        resource.setrlimit(which, (value, value))


def _answer(job: dict[str, Any]) -> dict[str, Any]:
    try:
        return {"document": read(Path(job["path"]), job["name"], job["max_chars"]).to_json()}
    except Refused as refusal:
        return {"refused": refusal.reason}
    except MemoryError:
        return {"refused": "too_heavy"}


if __name__ == "__main__":
    main()
