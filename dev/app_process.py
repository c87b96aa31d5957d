"""Starts the app as a person would, in a process of its own, and ends it. For benchmarks and tests."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import psutil

PROJECT = Path(__file__).parents[1]
LEFT_OUT = shutil.ignore_patterns(
    ".venv", ".git", ".ci", ".files", "__pycache__", "models", ".*_cache", ".env"
)  # of a copy
READY_TIMEOUT_S = 300.0
EXIT_TIMEOUT_S = 30.0


class App:
    """`chainlit run app.py -w` in `folder`; use it as a context. `env` is added to the environment.

    `target` may be another app's file; such a one has no /health. `port` is a free one where none is given.
    """

    def __init__(
        self,
        folder: Path = PROJECT,
        *,
        log: Path = Path(os.devnull),
        target: str = "app.py",
        port: int = 0,
        **env: str,
    ) -> None:
        self.port = port or free_port()
        self.url = f"http://localhost:{self.port}"
        self.log = log
        self.started_at = time.perf_counter()
        with log.open("w") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "chainlit", "run", target, "-w"],
                cwd=folder,
                env=os.environ | {"HEADLESS": "true", "CHAINLIT_PORT": str(self.port)} | env,
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    def __enter__(self) -> App:
        return self

    def __exit__(self, *_: object) -> None:
        self.end(signal.SIGTERM)

    @property
    def rss_mib(self) -> float:
        """The memory of the app's own process, without the engine's."""
        return float(psutil.Process(self.process.pid).memory_info().rss / 2**20)

    def health(self) -> dict[str, Any]:
        """What /health says. Raises OSError while nobody answers."""
        try:
            with urllib.request.urlopen(f"{self.url}/health", timeout=10) as answer:
                report: dict[str, Any] = json.load(answer)
        except urllib.error.HTTPError as refusal:
            report = json.load(refusal)
        return report

    def wait_for_page(self) -> float:
        """Seconds from the start until the page is served."""
        while True:
            try:
                with urllib.request.urlopen(self.url, timeout=10):
                    return time.perf_counter() - self.started_at
            except OSError:
                self._check()
                time.sleep(0.02)

    def wait_until_loaded(self) -> float:
        """Seconds from the start until the model is ready, or could not be loaded."""
        self.wait_for_page()
        while self.health()["stage"] not in ("ready", "failed"):
            self._check()
            time.sleep(0.1)
        return time.perf_counter() - self.started_at

    def _check(self) -> None:
        if self.process.poll() is not None:
            raise RuntimeError(f"the app ended with code {self.process.returncode}")
        if time.perf_counter() - self.started_at > READY_TIMEOUT_S:
            raise TimeoutError(f"not ready after {READY_TIMEOUT_S:g} s")

    def end(self, how: signal.Signals) -> float:
        """Send the signal and wait for the end of the app's process; gives the seconds that it took."""
        asked_at = time.perf_counter()
        if self.process.poll() is None:
            self.process.send_signal(how)
            self.process.wait(EXIT_TIMEOUT_S)
        return time.perf_counter() - asked_at


def free_port() -> int:
    """A port on the loopback address that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def copy_project(folder: Path) -> Path:
    """A copy of the project, in which a save of the original reloads nothing; returns `folder`."""
    return Path(shutil.copytree(PROJECT, folder, ignore=LEFT_OUT))


def run_module(folder: Path, module: str, *arguments: str, log: Path, **env: str) -> list[dict[str, Any]]:
    """Run a module of the copy in `folder` to its end; gives the JSON objects that it printed, one a line.

    Raises RuntimeError with the end of what else it said.
    """
    command = [sys.executable, "-m", module, *arguments]
    with log.open("w") as said:
        ended = subprocess.run(
            command, cwd=folder, env=os.environ | env, stdout=subprocess.PIPE, stderr=said, text=True
        )
    if ended.returncode:
        raise RuntimeError(f"{module} ended with code {ended.returncode}: {log.read_text()[-2000:]}")
    return [json.loads(line) for line in ended.stdout.splitlines() if line.startswith("{")]
