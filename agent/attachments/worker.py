"""Child process that reads one file, and gives its document or its refusal."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from agent.attachments.reading import read
from agent.attachments.refusals import Refused
from tools.sandbox.process import serve


def _answer(job: dict[str, Any]) -> dict[str, Any]:
    """{"path", "name", "max_chars"} -> {"document": {...}} or {"refused": reason}."""
    try:
        return {"document": read(Path(job["path"]), job["name"], job["max_chars"]).to_json()}
    except Refused as refusal:
        return {"refused": refusal.reason}
    except MemoryError:
        return {"refused": "too_heavy"}


if __name__ == "__main__":
    serve(_answer)
