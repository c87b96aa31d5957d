"""The secret that signs the page's cookies: made once, saved in the data folder, and read by nobody else."""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from pathlib import Path

NAME = "session-secret"


def session_secret(data_dir: Path) -> str:
    """The secret of this data folder. Of several processes that make it at once, all get the same. Raises OSError."""
    path = data_dir / NAME
    data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    if not path.exists():
        _make(path)
    if path.stat().st_mode & 0o077:  # a backup that was put back, say
        path.chmod(0o600)
    return path.read_text("ascii").strip()


def _make(path: Path) -> None:
    part = path.with_name(f".{NAME}-{secrets.token_hex(8)}")
    with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(secrets.token_urlsafe(48))
    try:
        with suppress(FileExistsError):  # another process was first
            os.link(part, path)
    finally:
        part.unlink()
