"""Hub protocol of the download's child process: its job, its reports, and what it needs of a hub's SDK."""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Protocol, TextIO

Source = Literal["modelscope", "huggingface"]

TICK_S = 0.25


@dataclass(frozen=True)
class Job:
    """What `download.py` asks for."""

    source: str
    model: str
    cache_dir: str | None
    revision: str | None
    token: str | None
    endpoint: str | None


@dataclass(frozen=True)
class HubFile:
    """One file as the hub lists it."""

    path: str
    size: int
    sha256: str | None


class Failed(Exception):
    """Why there is no model; `download_failure.py` has the text for each kind."""

    def __init__(self, kind: str, **figures: str | int) -> None:
        super().__init__(kind)
        self.kind = kind
        self.figures = figures


class HubClient(Protocol):
    """What the work needs of an SDK."""

    def root(self) -> Path:
        """The folder of its cache."""

    def cached(self) -> Path | None:
        """The folder where the model is or will be, if there is anything in it; asks no network."""

    def files(self) -> list[HubFile]:
        """What the hub lists."""

    def download(self, files: Sequence[HubFile], counter: ByteCounter) -> Path:
        """Fetch and check what is not here yet."""

    def failure(self, error: BaseException) -> Failed | None:
        """The SDK's exception as one of our kinds; None for one that is not the SDK's."""


class ByteCounter:
    """Counts bytes from whatever thread, and writes them to stdout four times a second."""

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self._lock = threading.Lock()
        self._sizes: dict[str, int] = {}
        self._here: dict[str, int] = {}
        self._arrived: dict[str, int] = {}
        self._stopped = False

    def expect(self, files: Iterable[HubFile], at: Path | None) -> int:
        """Set the total, and count what is on disk already, half files too. Gives the number of bytes still to come."""
        for file in files:
            self._sizes[file.path] = file.size
            target = at / file.path if at else None
            if target is None:
                continue
            half = target.with_name(target.name + ".incomplete")
            if target.is_file() and target.stat().st_size == file.size:
                self._here[file.path] = file.size
            elif half.is_file():
                self._here[file.path] = min(half.stat().st_size, file.size)
        return sum(self._sizes.values()) - self.done

    def begin(self, path: str) -> None:
        """An SDK fetches this file: a whole one that it fetches all the same was not good."""
        if self._here.get(path) == self._sizes.get(path):
            self._here.pop(path, None)
        self._arrived[path] = 0

    def add(self, path: str, count: int) -> None:
        """More bytes of a file, or fewer if it had to begin again. Raises once the work is to stop."""
        if self._stopped:
            raise SystemExit(1)
        with self._lock:
            self._arrived[path] = self._arrived.get(path, 0) + count

    def stop(self, *_: object) -> None:
        """Signal handler: ends this thread at once, and an SDK's threads at their next chunk."""
        self._stopped = True
        raise SystemExit(1)

    @property
    def total(self) -> int:
        """Bytes of the whole model."""
        return sum(self._sizes.values())

    @property
    def done(self) -> int:
        """Bytes that are here."""
        arrived = self._arrived.copy()
        known = sum(max(have, arrived.pop(path, 0)) for path, have in self._here.copy().items())
        return min(known + sum(arrived.values()), self.total)

    def tell(self, **line: Any) -> None:
        """One line to the parent."""
        with self._lock:
            self._out.write(json.dumps(line) + "\n")
            self._out.flush()

    def tell_progress(self) -> None:
        """How far it is. Sent even when nothing moves: the parent looks at its stop flag when a line comes."""
        self.tell(total=self.total, done=self.done, files=len(self._sizes))

    def keep_telling(self) -> None:
        """Thread body; a parent that is gone ends the process."""
        while True:
            try:
                self.tell_progress()
            except BrokenPipeError:
                os._exit(1)
            time.sleep(TICK_S)
