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

PROJECT = Path(__file__).parents[1]
LEFT_OUT = shutil.ignore_patterns(
    ".venv", ".git", ".ci", ".files", "__pycache__", "models", ".*_cache", ".env"
)  # of a copy
READY_TIMEOUT_S = 300.0
EXIT_TIMEOUT_S = 30.0


class App:
    """`chainlit run app.py -w` in `folder`; use it as a context. `env` is added to the environment."""

    def __init__(self, folder: Path = PROJECT, *, log: Path = Path(os.devnull), **env: str) -> None:
        self.port = free_port()
        self.url = f"http://localhost:{self.port}"
        self.log = log
        self.started_at = time.perf_counter()
        with log.open("w") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "chainlit", "run", "app.py", "-w"],
                cwd=folder,
                env=os.environ | {"HEADLESS": "true", "CHAINLIT_PORT": str(self.port)} | env,
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    def __enter__(self) -> App:
        return self

    def __exit__(self, *_: object) -> None:
        self.end(signal.SIGTERM)

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
