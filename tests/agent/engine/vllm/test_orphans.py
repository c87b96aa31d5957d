"""Engine processes that outlive their app, with real processes: an app that is killed, and the start after it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from agent import PROJECT
from agent.engine.vllm import orphans

SLEEPER = "import time; time.sleep(60)"
# An app with a child of its own and a child of that one, which says so once its note is written.
APP = f"""
import subprocess, sys
from pathlib import Path
from agent.engine.vllm import orphans

child = '''
import subprocess, sys, time
grandchild = subprocess.Popen([sys.executable, "-c", {SLEEPER!r}])
print(grandchild.pid, flush=True)
time.sleep(60)
'''
engine = subprocess.Popen([sys.executable, "-c", child], stdout=subprocess.PIPE, text=True, start_new_session=True)
grandchild = engine.stdout.readline().strip()
orphans.remember(Path(sys.argv[1]))
print(engine.pid, grandchild, flush=True)
sys.stdin.read()
{{ending}}
"""


class App:
    """A running app: its process and those of its engine."""

    def __init__(self, folder: Path, ending: str) -> None:
        code = [sys.executable, "-c", APP.format(ending=ending), str(folder)]
        self.process = subprocess.Popen(code, cwd=PROJECT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        self.engine = [psutil.Process(int(pid)) for pid in self.process.stdout.readline().split()]
        assert len(self.engine) == 2

    def kill(self) -> None:
        """As `kill -9` does: nothing in the app runs any more."""
        self.process.kill()
        self.process.wait()

    def end(self) -> None:
        """Let the app go on to its own ending."""
        self.process.communicate("")
        assert self.process.returncode == 0

    def are_running(self) -> list[bool]:
        return [is_running(process) for process in self.engine]


def is_running(process: psutil.Process) -> bool:
    return process.is_running() and process.status() != psutil.STATUS_ZOMBIE


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., App]]:
    apps: list[App] = []

    def start(ending: str = "") -> App:
        apps.append(App(tmp_path, ending))
        return apps[-1]

    yield start
    for app in apps:
        app.kill()
        for pipe in (app.process.stdin, app.process.stdout):
            assert pipe is not None
            pipe.close()
        for process in app.engine:
            if process.is_running():
                process.kill()


@pytest.fixture
def stranger() -> Iterator[psutil.Process]:
    """A process that belongs to nobody's engine."""
    with subprocess.Popen([sys.executable, "-c", SLEEPER]) as process:
        yield psutil.Process(process.pid)
        process.kill()


def test_what_a_killed_app_leaves_is_ended_by_the_next_start(start: Callable[..., App], tmp_path: Path) -> None:
    app = start()
    app.kill()
    assert app.are_running() == [True, True]
    assert orphans.reap(tmp_path) == 2
    assert app.are_running() == [False, False]
    assert list(tmp_path.iterdir()) == []
    assert orphans.reap(tmp_path) == 0


def test_a_living_apps_engine_is_left_alone(start: Callable[..., App], tmp_path: Path) -> None:
    living, dead = start(), start()
    dead.kill()
    assert orphans.reap(tmp_path) == 2
    assert (living.are_running(), dead.are_running()) == ([True, True], [False, False])
    assert [note.name for note in tmp_path.iterdir()] == [f"{living.process.pid}.json"]


def test_an_app_that_is_dead_but_not_yet_waited_for_is_dead(start: Callable[..., App], tmp_path: Path) -> None:
    app = start()
    app.process.kill()
    os.waitid(os.P_PID, app.process.pid, os.WEXITED | os.WNOWAIT)
    assert orphans.reap(tmp_path) == 2
    assert app.are_running() == [False, False]


def test_a_process_that_got_a_childs_number_later_is_left_alone(tmp_path: Path, stranger: psutil.Process) -> None:
    note = tmp_path / "1.json"
    note.write_text(json.dumps([[1, 1.0], [stranger.pid, stranger.create_time() - 60]]))
    assert orphans.reap(tmp_path) == 0
    assert is_running(stranger)
    assert not note.exists()


def test_a_process_that_got_the_apps_number_later_does_not_keep_its_engine(
    tmp_path: Path, stranger: psutil.Process
) -> None:
    me = psutil.Process()
    family = [[me.pid, me.create_time() - 60], [stranger.pid, stranger.create_time()]]
    (tmp_path / f"{me.pid}.json").write_text(json.dumps(family))
    assert orphans.reap(tmp_path) == 1
    assert not is_running(stranger)


@pytest.mark.parametrize(
    "text", ["", "[[42, 17.5], [4", "null", "{}", "[]", "[[42]]", "[42]", '[["a", "b"]]', "[[-1, 0]]", "\x00\x00"]
)
def test_a_note_that_cannot_be_read_does_not_break_the_start(tmp_path: Path, text: str) -> None:
    (tmp_path / "0.json").write_text(text)
    (tmp_path / "99.json").write_bytes(b"\xff\xfe")
    assert orphans.reap(tmp_path) == 0
    assert list(tmp_path.iterdir()) == []


def test_a_first_start_has_nothing_to_end(tmp_path: Path) -> None:
    assert orphans.reap(tmp_path / "not there") == 0


def test_an_app_that_ends_its_children_itself_leaves_no_process_and_no_note(
    start: Callable[..., App], tmp_path: Path
) -> None:
    app = start(ending="orphans.kill(orphans.children()); orphans.forget(Path(sys.argv[1]))")
    app.end()
    assert app.are_running() == [False, False]
    assert list(tmp_path.iterdir()) == []


def test_a_process_whose_parent_died_is_still_of_the_family(start: Callable[..., App], tmp_path: Path) -> None:
    again = "folder = Path(sys.argv[1]); orphans.remember(folder); orphans.kill(orphans.family(folder))"
    app = start(ending=f"engine.kill(); engine.wait(); {again}")
    app.end()
    assert app.are_running() == [False, False]


def test_a_note_names_the_app_first_and_is_written_anew_each_time(tmp_path: Path) -> None:
    me = psutil.Process()
    orphans.remember(tmp_path)
    with subprocess.Popen([sys.executable, "-c", SLEEPER]) as child:
        orphans.remember(tmp_path)
        (note,) = tmp_path.iterdir()
        family = json.loads(note.read_text())
        assert family[0] == [me.pid, me.create_time()]
        assert [child.pid, psutil.Process(child.pid).create_time()] in family
        child.kill()
    orphans.forget(tmp_path)
    orphans.forget(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_what_does_not_run_our_python_is_not_ours_to_end() -> None:
    """Chainlit opens the person's browser from the app's process."""
    with subprocess.Popen(["sleep", "60"]) as browser, subprocess.Popen([sys.executable, "-c", SLEEPER]) as engine:
        assert engine.pid in {process.pid for process in orphans.children()}
        orphans.kill(orphans.children())
        assert (engine.wait(5), browser.poll()) == (-9, None)
        browser.kill()
