"""`make run` for real, in a project whose whole lock is one small package named chainlit: nothing is fetched."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

CHAINLIT = """
import os, signal, sys, time
def cli():
    signal.signal(signal.SIGINT, lambda *_: (print("stopped", flush=True), sys.exit(0)))
    signal.signal(signal.SIGTERM, lambda *_: (print("stopped", flush=True), sys.exit(0)))
    print(" ".join(sys.argv[1:]), os.environ.get("CHAINLIT_PORT"), os.environ.get("HEADLESS"), os.getpid(), flush=True)
    if os.environ.get("STAY"):
        time.sleep(60)
"""

pytestmark = pytest.mark.slow


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
        shutil.copy(ROOT / "Makefile", folder)
        shutil.copytree(ROOT / "setup", folder / "setup", ignore=shutil.ignore_patterns("__pycache__"))
        build_wheel(self.wheels, "chainlit", "1.0", CHAINLIT)
        build_wheel(self.wheels, "pytest", "1.0", "def cli(): print('tests ran')")
        self.lock("requirements-cpu.txt", "chainlit==1.0")
        self.lock("requirements-remote.txt", "chainlit==1.0")
        self.lock("requirements-dev.txt", "pytest==1.0")
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


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    project = Project(tmp_path_factory.mktemp("project"))
    first = project.make("run")
    assert first.returncode == 0, first.stderr
    assert "setup: making .venv" in first.stdout
    return project


def test_a_second_run_sets_nothing_up_and_starts_chainlit_within_two_seconds(project: Project) -> None:
    started = time.monotonic()
    second = project.make("run")
    assert time.monotonic() - started < 2
    assert second.stdout.startswith(f"run app.py -w {project.port} ")
    assert second.stderr == ""


def test_without_a_display_no_browser_is_opened(project: Project) -> None:
    port = project.port
    assert project.make("run").stdout.startswith(f"run app.py -w {port} 1 ")
    assert project.make("run", HEADLESS="0").stdout.startswith(f"run app.py -w {port} 0 ")
    assert project.make("run", DISPLAY=":0").stdout.startswith(f"run app.py -w {port} None ")


def test_run_installs_no_test_tools_and_test_does(project: Project) -> None:
    dev_tool = project.folder / ".venv/bin/pytest"
    assert not dev_tool.exists()
    assert project.make("test").stdout.endswith("tests ran\n")
    assert dev_tool.exists()


def test_a_taken_port_is_one_line_and_no_start(project: Project) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", int(project.port)))
        other.listen()
        answer = project.make("run")
    assert answer.returncode != 0
    said, made, *rest = answer.stderr.splitlines()
    assert said.startswith(f"setup: Port {project.port} is taken")
    assert made.startswith("make: ***")
    assert (answer.stdout, rest) == ("", [])


@pytest.mark.parametrize("to_group", [True, False], ids=["Ctrl-C in a terminal", "SIGTERM to make"])
def test_a_signal_ends_chainlit_and_leaves_no_process(project: Project, to_group: bool) -> None:
    make = project.start()
    assert make.stdout is not None
    chainlit = int(make.stdout.readline().split()[-1])
    if to_group:
        os.killpg(make.pid, signal.SIGINT)
    else:
        make.terminate()
    rest, _ = make.communicate(timeout=10)
    assert "stopped" in rest
    with pytest.raises(ProcessLookupError):
        os.kill(chainlit, 0)


def test_a_half_installed_package_is_repaired(project: Project) -> None:
    (project.folder / ".venv/app.stamp").unlink()
    (project.folder / ".venv/bin/chainlit").unlink()
    next((project.folder / ".venv").glob("lib/*/site-packages/chainlit-1.0.dist-info/RECORD")).unlink()
    assert project.make("run").stdout.splitlines()[-1].startswith("run app.py -w")


def test_a_changed_lock_is_installed(project: Project) -> None:
    build_wheel(project.wheels, "chainlit", "1.1", CHAINLIT.replace('" ".join', '"1.1 " + " ".join'))
    project.lock("requirements-cpu.txt", "chainlit==1.1")
    assert project.make("run").stdout.splitlines()[-1].startswith("1.1 run app.py -w")
    assert project.make("run").stdout.startswith("1.1 run app.py -w")


def test_a_package_that_is_nowhere_is_one_line(project: Project) -> None:
    lock = (project.folder / "requirements-cpu.txt").read_text()
    project.lock("requirements-cpu.txt", "chainlit==9.9")
    answer = project.make("run")
    (project.folder / "requirements-cpu.txt").write_text(lock)
    assert answer.returncode != 0
    assert answer.stderr.startswith("setup: pip finds no chainlit==9.9 for this machine")
    assert "Traceback" not in answer.stderr


def test_another_engine_makes_the_environment_anew(project: Project) -> None:
    assert "setup: making .venv" in project.make("run", ENGINE="remote").stdout
    assert "setup:" not in project.make("run", ENGINE="remote").stdout


def test_a_moved_project_makes_its_environment_anew(project: Project, tmp_path: Path) -> None:
    moved = tmp_path / "moved"
    shutil.copytree(project.folder, moved, symlinks=True)
    old, project.folder = project.folder, moved
    answer = project.make("run", ENGINE="remote")
    project.folder = old
    assert "setup: making .venv" in answer.stdout
    assert answer.stdout.splitlines()[-1].startswith("run app.py -w")


def test_a_wrong_accelerator_is_one_line(project: Project) -> None:
    answer = project.make("run", ACCELERATOR="tpu")
    assert answer.stderr.splitlines()[0] == (
        "setup: ACCELERATOR is 'tpu': cpu and cuda are allowed; leave it out to have it found."
    )


def test_no_python_at_all_is_one_line(project: Project) -> None:
    answer = project.make("run", PYTHON="python-of-nobody")
    assert answer.returncode != 0
    assert answer.stderr.startswith(
        "setup: there is no python-of-nobody here: install Python 3.11 or newer"
        " (on Debian and Ubuntu: sudo apt install python3 python3-venv).\n"
    )


def test_help_lists_every_target(project: Project) -> None:
    targets = [line.split()[1] for line in project.make("help").stdout.splitlines()]
    expected = "help run setup test test-fast check format bench bench-gpu bench-calls evaluate lock clean"
    assert targets == expected.split()
