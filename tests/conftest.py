"""What tests of several folders share: how long one may take, a throw-away cluster of PostgreSQL, and a hot reload."""

from __future__ import annotations

import importlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Generator, Iterator
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import URL

from agent import PROJECT
from agent.hot_reload import PREFIX

OURS = ("agent", "tools", "web")
E2E = PROJECT / "tests" / "e2e"
SLOW_FILE = "\npytestmark = pytest.mark.slow"
FAST_CPU_S = 10.0  # twice what a fast test takes on a machine of a third of the speed
_numbers = count(1)


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """What is left out is not imported either, which takes seconds: tests/e2e, and files that are slow as a whole."""
    marks = config.option.markexpr
    if collection_path == E2E:
        return "not e2e" in marks or None
    if "not slow" in marks and collection_path.suffix == ".py":
        return SLOW_FILE in collection_path.read_text("utf-8") or None
    return None


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None]:
    """A test that takes long is marked as slow. CPU time counts, since a machine may be busy with something else."""
    began = os.times()
    yield
    took_s = sum(os.times()[:4]) - sum(began[:4])
    if took_s > FAST_CPU_S and not {"slow", "e2e"} & {mark.name for mark in item.iter_markers()}:
        pytest.fail(f"it took {took_s:.0f} s of CPU time: make it faster, or mark it as slow")


def _find_programs() -> Path | None:
    """The folder with PostgreSQL's server; Debian keeps it out of PATH."""
    found = shutil.which("initdb")
    places = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda place: int(place.parent.name))
    return Path(found).resolve().parent if found else places[-1] if places else None


@pytest.fixture(autouse=True)
def _folder_of_files() -> None:
    """Chainlit's folder for files, which it makes at its import, and which an app that a test made has taken away."""
    if chainlit_config := sys.modules.get("chainlit.config"):
        chainlit_config.FILES_DIRECTORY.mkdir(parents=True, exist_ok=True)


@pytest.fixture(scope="session")
def cluster() -> Iterator[URL]:
    """A PostgreSQL of our own, reached through a socket in a temporary folder."""
    programs = _find_programs()
    if programs is None:
        pytest.skip("there is no PostgreSQL here: on Debian and Ubuntu, sudo apt install postgresql")
    user = "postgres" if os.geteuid() == 0 else None  # the server refuses to run as root
    with tempfile.TemporaryDirectory(prefix="pg", dir="/tmp") as folder:  # a socket's path may have 107 characters
        if user:
            shutil.chown(folder, user)
        data = f"{folder}/data"

        def run(program: str, *arguments: str) -> None:
            log = subprocess.run(
                [programs / program, "-D", data, *arguments], user=user, cwd=folder,
                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            )  # fmt: skip
            assert log.returncode == 0, log.stdout

        run("initdb", "--username=tester", "--auth=trust", "--encoding=UTF8", "--no-locale", "--no-sync")
        # Nothing here outlives a power cut. Output of the server to a file: it would keep the pipe of pg_ctl open.
        options = f"-k {folder} -c listen_addresses= -c max_connections=50 -c fsync=off -c full_page_writes=off"
        run("pg_ctl", "-w", "-l", f"{folder}/log", "-o", options, "start")
        try:
            yield URL.create("postgresql", username="tester", database="postgres", query={"host": folder})
        finally:
            run("pg_ctl", "-w", "-m", "immediate", "stop")


@pytest.fixture
def new_database(cluster: URL) -> Iterator[Callable[..., URL]]:
    """Make a database in the cluster, empty or as a template; dropped when the test ends."""
    made = []

    def make(template: str = "template1") -> URL:
        made.append(f"test_{os.getpid()}_{next(_numbers)}")
        execute(cluster, f'CREATE DATABASE "{made[-1]}" TEMPLATE "{template}" STRATEGY file_copy')
        return cluster.set(database=made[-1])

    yield make
    execute(cluster, *(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)' for name in made))


def execute(url: URL, *statements: str) -> None:
    with psycopg.connect(url.render_as_string(hide_password=False), autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement.encode())


@pytest.fixture
def no_survivors() -> Iterator[None]:
    """Make the test a process of its own, in which nothing has been started."""
    for name in survivors():
        del sys.modules[name]
    yield
    for name in survivors():
        del sys.modules[name]


def survivors() -> list[str]:
    return [name for name in sys.modules if name.startswith(PREFIX)]


@pytest.fixture
def reload(no_survivors: None) -> Iterator[Callable[[str], Any]]:
    """What a save does under `chainlit run -w` (chainlit.config.load_module): gives the named module, anew."""
    before = dict(sys.modules)

    def reload(name: str) -> Any:
        for known, module in list(sys.modules.items()):
            if known.partition(".")[0] in OURS and str(module.__file__).startswith(str(PROJECT)):
                del sys.modules[known]
        return importlib.import_module(name)

    yield reload
    for name in [name for name in sys.modules if name.partition(".")[0] in OURS]:
        del sys.modules[name]
    sys.modules.update({name: module for name, module in before.items() if not name.startswith(PREFIX)})
