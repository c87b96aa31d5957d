"""`make run` for real, in a project whose whole lock is one small package named chainlit: nothing is fetched."""

import os
import shutil
import signal
import socket
import time
from pathlib import Path

import pytest

from tests.dev.setup.project import CHAINLIT, Project, build_wheel

pytestmark = pytest.mark.slow


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


def test_a_changed_lock_is_installed(project: Project) -> None:
    build_wheel(project.wheels, "chainlit", "1.1", CHAINLIT.replace('" ".join', '"1.1 " + " ".join'))
    project.lock("requirements/cpu.txt", "chainlit==1.1")
    assert project.make("run").stdout.splitlines()[-1].startswith("1.1 run app.py -w")
    assert project.make("run").stdout.startswith("1.1 run app.py -w")


def test_a_package_that_is_nowhere_is_one_line(project: Project) -> None:
    lock = (project.folder / "requirements/cpu.txt").read_text()
    project.lock("requirements/cpu.txt", "chainlit==9.9")
    answer = project.make("run")
    (project.folder / "requirements/cpu.txt").write_text(lock)
    assert answer.returncode != 0
    assert answer.stderr.startswith("setup: pip finds no chainlit==9.9 for this machine")
    assert "Traceback" not in answer.stderr


def test_a_moved_project_makes_its_environment_anew(project: Project, tmp_path: Path) -> None:
    moved = tmp_path / "moved"
    shutil.copytree(project.folder, moved, symlinks=True)
    old, project.folder = project.folder, moved
    answer = project.make("run", ENGINE="remote")
    project.folder = old
    assert answer.stdout.startswith("setup: making .venv anew: it does not work, was moved, or is of another Python\n")
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
    expected = (
        "help run setup test test-access test-fast check audit format bench bench-gpu bench-calls evaluate lock clean"
    )
    assert targets == expected.split()
