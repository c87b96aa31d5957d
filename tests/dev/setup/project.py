"""A project whose set-up is ours and whose locks are a few small packages; `make` runs in it, and fetches nothing."""

import os
import shutil
import socket
import subprocess
import sys
import zipfile
from pathlib import Path

from agent import PROJECT

CHAINLIT = """
import os, signal, sys, time
def cli():
    def stop(*_):  # not by print: the signal may come amid the one below
        os.write(1, b"stopped\\n")
        sys.exit(0)
    signal.signal(signal.SIGINT, stop)
    signal.signal(signal.SIGTERM, stop)
    print(" ".join(sys.argv[1:]), os.environ.get("CHAINLIT_PORT"), os.environ.get("HEADLESS"), os.getpid(), flush=True)
    if os.environ.get("STAY"):
        time.sleep(60)
"""


def build_wheel(folder: Path, name: str, version: str, code: str) -> None:
    """A wheel with one module and one command, both named `name`."""
    info = f"{name}-{version}.dist-info"
    with zipfile.ZipFile(folder / f"{name}-{version}-py3-none-any.whl", "w") as wheel:
        wheel.writestr(f"{name}.py", code)
        wheel.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
        wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr(f"{info}/entry_points.txt", f"[console_scripts]\n{name} = {name}:cli\n")
        wheel.writestr(f"{info}/RECORD", "")


class Project:
    """A copy of our set-up with small locks; `make` runs in it, with pip looking at local wheels only."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.wheels = folder, folder / "wheels"
        self.wheels.mkdir(parents=True)
        shutil.copy(PROJECT / "Makefile", folder)
        shutil.copytree(PROJECT / "dev/setup", folder / "dev/setup", ignore=shutil.ignore_patterns("__pycache__"))
        (folder / "requirements").mkdir()
        build_wheel(self.wheels, "chainlit", "1.0", CHAINLIT)
        build_wheel(self.wheels, "pytest", "1.0", "def cli(): print('tests ran')")
        self.lock("requirements.txt", "chainlit==1.0")
        self.lock("requirements/cpu.txt", "chainlit==1.0")
        self.lock("requirements/remote.txt", "chainlit==1.0")
        self.lock("requirements/dev.txt", "pytest==1.0")
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = str(free.getsockname()[1])

    def lock(self, name: str, pins: str) -> None:
        (self.folder / name).write_text(f"# a lock\n{pins}\n")

    def environment(self, **more: str) -> dict[str, str]:
        ours = ("PIP_", "CHAINLIT_", "MAKE", "MFLAGS", "ENGINE", "DISPLAY", "WAYLAND", "HEADLESS")
        kept = {key: value for key, value in os.environ.items() if not key.startswith(ours)}
        pip = {"PIP_CONFIG_FILE": os.devnull, "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(self.wheels)}
        return kept | pip | {"PYTHON": sys.executable, "ACCELERATOR": "cpu", "CHAINLIT_PORT": self.port} | more

    def make(self, target: str, **more: str) -> subprocess.CompletedProcess[str]:
        command = ["make", "--no-print-directory", target]
        return subprocess.run(command, cwd=self.folder, env=self.environment(**more), capture_output=True, text=True)

    def start(self, **more: str) -> "subprocess.Popen[str]":
        environment = self.environment(STAY="1", **more)
        return subprocess.Popen(
            ["make", "run"], cwd=self.folder, env=environment, stdout=subprocess.PIPE, text=True, start_new_session=True
        )
