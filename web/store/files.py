"""The files of saved chats: in a folder of the data folder, one folder a chat, under names that we give.

Chainlit's storage client. Knows neither who may read a file (transcript_routes.py asks the database) nor what is in it.
"""

from __future__ import annotations

import asyncio
import os
import re
from contextlib import suppress
from pathlib import Path
from typing import Any

from chainlit.data.storage_clients.base import BaseStorageClient

_KEY = re.compile(r"[\w-]{1,100}/[\w-]{1,100}", re.ASCII)  # a chat's id and an element's


class Files(BaseStorageClient):  # type: ignore[misc]  # Chainlit's own types are not followed
    """Files by keys: `chat's id/element's id`."""

    def __init__(self, folder: Path, url: str) -> None:
        """`url` is the address of a file in the page: its blank {key} is the file's key."""
        self.folder = folder
        self._url = url

    def path(self, object_key: str) -> Path:
        """Where the file is or would be. Raises ValueError for what is no key of ours."""
        if not _KEY.fullmatch(object_key):
            raise ValueError(f"{object_key!r} is no file's key")
        return self.folder / object_key

    async def upload_file(
        self,
        object_key: str,
        data: bytes | str,
        mime: str = "application/octet-stream",
        overwrite: bool = True,
        content_disposition: str | None = None,
    ) -> dict[str, Any]:
        """Save `data`. Raises ValueError for what is no key, OSError if it cannot be written."""
        content = data.encode() if isinstance(data, str) else data
        await asyncio.to_thread(_write, self.path(object_key), content)
        return {"object_key": object_key, "url": await self.get_read_url(object_key)}

    async def delete_file(self, object_key: str) -> bool:
        """Delete the file, and its chat's folder with the last one; False if there was none."""
        return await asyncio.to_thread(_delete, self.path(object_key))

    async def get_read_url(self, object_key: str) -> str:
        return self._url.format(key=object_key)

    async def close(self) -> None:
        """Nothing is open."""


def _write(path: Path, content: bytes) -> None:
    """Whole or not at all, and for nobody else to read."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    part = path.with_name(f"{path.name}.part")
    try:
        with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(content)
        part.replace(path)
    except OSError:  # the disk is full
        _delete(part)
        raise


def _delete(path: Path) -> bool:
    try:
        path.unlink()
    except FileNotFoundError:
        return False
    with suppress(OSError):  # others are left in it
        path.parent.rmdir()
    return True
