"""Download of a model by its id, in a child process (`download_worker.py`). Knows the child's lines, no SDK.

A child, because an SDK's threads cannot be stopped from outside while a process can: leaving never waits for a stalled
read, and the SDK's bars, environment and import time (5 s of `import modelscope`) stay out of the page's process.
"""

from __future__ import annotations

import json
import logging
import subprocess
import sys
import tempfile
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from pydantic import SecretStr

from agent import PROJECT
from agent.engine.weights.download_failure import download_error
from agent.engine.weights.hub import Source
from agent.errors import ModelError

logger = logging.getLogger(__name__)

SPEED_WINDOW_S = 10.0
GRACE_S = 1.0


class DownloadStopped(ModelError):
    """The person, or the end of the program, stopped a download."""


@dataclass(frozen=True)
class Progress:
    """How far a download is. Bytes that were here before it began are part of `done_bytes`."""

    files: int
    done_bytes: int
    total_bytes: int
    speed_bytes_s: float
    remaining_s: float | None  # None until there is a speed to tell it from

    @property
    def percent(self) -> float:
        """0 to 100."""
        return 100 * self.done_bytes / self.total_bytes if self.total_bytes else 0.0

    def __str__(self) -> str:
        """For the terminal: 42 %, 6,400 of 15,231 MB, 31.0 MB/s, 285 s left."""
        done, total, speed = (count / 1e6 for count in (self.done_bytes, self.total_bytes, self.speed_bytes_s))
        left = "" if self.remaining_s is None else f", {self.remaining_s:.0f} s left"
        return f"{self.percent:.0f} %, {done:,.0f} of {total:,.0f} MB, {speed:.1f} MB/s{left}"


def fetch(
    model: str,
    *,
    source: Source,
    by_hand: Path,
    cache_dir: Path | None,
    revision: str | None,
    token: SecretStr | None,
    endpoint: str | None,
    report: Callable[[Progress], None],
    stop: threading.Event,
) -> Path:
    """The folder with the model `model` (`owner/name`), from the SDK's cache if it is whole there, else from the hub.

    `by_hand` is the folder to name to a person who has to put the model there. Raises ModelNotFound, ModelError, and
    DownloadStopped soon after `stop` is set (2 s at most); what has arrived by then is kept for the next time.
    """
    job = {
        "source": source,
        "model": model,
        "cache_dir": str(cache_dir.expanduser().absolute()) if cache_dir else None,
        "revision": revision,
        "token": token.get_secret_value() if token else None,
        "endpoint": endpoint,
    }
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as log:
        child = _start_worker(log)
        try:
            outcome = _follow(_converse(child, job), model, report, stop)
        finally:
            _end(child)
        if isinstance(outcome, Path):
            return outcome
        _log_tail(log)
    if outcome:
        raise download_error(*outcome, model=model, source=source, by_hand=by_hand)
    raise ModelError(
        f"The download of {model} ended before it was done (exit code {child.returncode}; the log says more). "
        "Start again: it goes on from where it was.",
        f"{model} 没有下载完就中断了（退出码 {child.returncode}，详情见日志）。请重新启动，会接着下载。",
    )


def _start_worker(log: IO[str]) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "agent.engine.weights.download_worker"],
        cwd=PROJECT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=log,
        text=True,
        start_new_session=True,  # Ctrl-C is for us; we then stop the child
    )


def _follow(
    lines: Iterable[str], model: str, report: Callable[[Progress], None], stop: threading.Event
) -> Path | tuple[str, Mapping[str, Any]] | None:
    """The child's folder, or its failure's kind and figures; None if it ends without either."""
    pace = Pace()
    for line in lines:
        if stop.is_set():
            raise DownloadStopped(
                f"The download of {model} was stopped. The next start goes on from there.",
                f"{model} 的下载已停止。下次启动会接着下载。",
            )
        match json.loads(line):
            case {"folder": str(path)}:
                return Path(path)
            case {"failed": str(kind), "figures": dict(figures)}:
                return kind, figures
            case {"total": int(total), "done": int(done), "files": int(files)} if total:
                report(pace.progress(files, done, total))
    return None


class Pace:
    """Speed and time left, from how many bytes there were a few seconds ago."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._seen: deque[tuple[float, int]] = deque()

    def progress(self, files: int, done: int, total: int) -> Progress:
        """The figures for `done` of `total` bytes, now."""
        now = self._clock()
        self._seen.append((now, done))
        while now - self._seen[0][0] > SPEED_WINDOW_S:
            self._seen.popleft()
        since, before = self._seen[0]
        speed = max(0.0, (done - before) / (now - since)) if now > since else 0.0
        return Progress(files, done, total, speed, (total - done) / speed if speed else None)


def _converse(child: subprocess.Popen[str], job: Mapping[str, str | None]) -> IO[str]:
    """Hand over the job on the child's standard input (a token must not show in `ps`); its lines come back."""
    assert child.stdin is not None
    assert child.stdout is not None
    json.dump(job, child.stdin)
    child.stdin.close()
    return child.stdout


def _end(child: subprocess.Popen[str]) -> None:
    child.terminate()
    try:
        child.wait(GRACE_S)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()
    if child.stdout is not None:
        child.stdout.close()


def _log_tail(log: IO[str]) -> None:
    log.seek(0)
    if tail := log.read().strip().splitlines()[-20:]:
        logger.warning("the download's own log ends with:\n%s", "\n".join(tail))
