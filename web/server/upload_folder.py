"""Folder of uploads to open pages: of one process, deleted with it, or by another one."""

from __future__ import annotations

import fcntl
import os
import shutil
import time
from contextlib import suppress
from itertools import count
from pathlib import Path

from chainlit import config as chainlit_config
from chainlit.session import ws_sessions_id

from web.server.chainlit_internals import replace

HOUR_S = 3600


def install(folder: Path) -> None:
    """Let Chainlit keep the files of open chats in a folder of this process in `folder`, which ends with it.

    Chainlit empties its folder at the end, so it must be nobody else's. A lock on it says that its process lives, also
    to other containers with the same data folder. May be called again, as every hot reload does.
    """
    if chainlit_config.FILES_DIRECTORY.parent == folder:
        return
    folders = (folder / (f"{os.getpid()}-{number}" if number else f"{os.getpid()}") for number in count())
    own = next(one for one in folders if _lock(one, is_new=True) is not None)
    with suppress(OSError):
        chainlit_config.FILES_DIRECTORY.rmdir()  # Chainlit has made it, empty, in the project's folder
    replace("chainlit.config.FILES_DIRECTORY", own)
    replace("chainlit.server.FILES_DIRECTORY", own)
    clean(folder)


def clean(folder: Path) -> None:
    """Delete the files that processes left which were killed, and pages of this one."""
    for left in folder.iterdir():
        if left != chainlit_config.FILES_DIRECTORY and (lock := _lock(left)) is not None:
            shutil.rmtree(left, ignore_errors=True)
            os.close(lock)
    hour_ago = time.time() - HOUR_S
    for left in chainlit_config.FILES_DIRECTORY.glob("*/"):
        if left.name not in ws_sessions_id and left.stat().st_mtime < hour_ago:
            shutil.rmtree(left, ignore_errors=True)


def _lock(folder: Path, *, is_new: bool = False) -> int | None:
    """Lock a folder until what this gives is closed, as it is when the process ends; None if it is locked or gone."""
    if is_new:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with suppress(OSError):
        lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        with suppress(OSError):
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if os.path.samestat(os.fstat(lock), os.stat(folder)):  # else another process has just deleted it
                return lock
        os.close(lock)
    return None
