"""Ends engine processes that outlived their app: after SIGKILL nobody else does, and on a GPU they keep its memory."""

from __future__ import annotations

import json
import logging
import os
import sys
import threading
import time
from pathlib import Path

import psutil

logger = logging.getLogger(__name__)

KILL_WAIT_S = 5.0


def remember(folder: Path) -> None:
    """Write down our processes, for the start after this one. Call again whenever there may be new ones."""
    me = psutil.Process()
    processes = [_identity(process) for process in (me, *family(folder))]
    folder.mkdir(parents=True, exist_ok=True)
    draft = folder / f"{me.pid}-{threading.get_ident()}.draft"
    draft.write_text(json.dumps(processes))
    draft.replace(folder / f"{me.pid}.json")  # at once: whoever kills us must not leave half a note


def reap(folder: Path) -> int:
    """End what dead apps left behind, and say how many processes that were. A living app's engine is left alone."""
    count = 0
    for note in folder.glob("*.json"):
        try:
            owner, *children = _read(note)
        except (ValueError, TypeError):
            logger.warning("%s is no note of an engine's processes, and is deleted", note)
            note.unlink(missing_ok=True)
            continue
        if _find(*owner) is None:
            count += kill([process for child in children if (process := _find(*child))])
            note.unlink(missing_ok=True)
    if count:
        logger.warning("ended %d engine processes that an earlier start had left behind", count)
    return count


def _read(note: Path) -> list[tuple[int, float]]:
    return [(int(pid), float(create_time)) for pid, create_time in json.loads(note.read_text())]


def family(folder: Path) -> list[psutil.Process]:
    """Our children, and whom of them our note knows: after its parent's death one is no longer found below us."""
    note = folder / f"{psutil.Process().pid}.json"
    known = _read(note)[1:] if note.exists() else []
    return list({*children(), *(process for child in known if (process := _find(*child)))})


def forget(folder: Path) -> None:
    """Take back what `remember` wrote: we have ended our children ourselves."""
    (folder / f"{psutil.Process().pid}.json").unlink(missing_ok=True)


def children() -> list[psutil.Process]:
    """The processes below ours that run our Python: the engine, also while it is still loading, and a download.

    Nothing else is ours to end: Chainlit opens the person's browser from this process.
    """
    return [process for process in psutil.Process().children(recursive=True) if _runs_our_python(process)]


def _runs_our_python(process: psutil.Process) -> bool:
    try:
        return process.exe() == os.path.realpath(sys.executable)
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return False


def kill(processes: list[psutil.Process]) -> int:
    """End the processes at once, wait until their memory is free, and say how many they were."""
    for process in processes:
        try:
            process.kill()
        except psutil.NoSuchProcess:
            continue
    deadline = time.monotonic() + KILL_WAIT_S
    while any(_is_alive(process) for process in processes) and time.monotonic() < deadline:
        time.sleep(0.02)
    return len(processes)


def _is_alive(process: psutil.Process) -> bool:
    """A zombie is not: it holds no memory, and its new parent may never take note of its end."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _identity(process: psutil.Process) -> tuple[int, float]:
    """A process id is used again after its process's end; together with the time of its start it is not."""
    return process.pid, process.create_time()


def _find(pid: int, create_time: float) -> psutil.Process | None:
    try:
        process = psutil.Process(pid)
        is_same = abs(process.create_time() - create_time) < 1 and process.status() != psutil.STATUS_ZOMBIE
    except (psutil.NoSuchProcess, ValueError):
        return None
    return process if is_same else None
