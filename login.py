"""Who uses the page. Where nobody logs in, all who reach it are one local person, so that chats can be kept."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

import chainlit as cl

from chats import LOCAL_USER


def prepare(data_dir: Path) -> None:
    """Let Chainlit take everybody for the local person. May be called again, as every hot reload does."""
    os.environ.setdefault("CHAINLIT_AUTH_SECRET", _secret(data_dir / "session-secret"))

    @cl.header_auth_callback
    async def _local(_: object) -> cl.User:
        return cl.User(LOCAL_USER, display_name=LOCAL_USER)


def _secret(path: Path) -> str:
    """The key that signs the page's cookies: made once, and read by nobody else."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_hex(32))
    except FileExistsError:
        pass
    return path.read_text().strip()
