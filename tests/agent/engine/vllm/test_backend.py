"""The in-process backend up to the point where vLLM is needed: what it reports, refuses and cleans up."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from agent import PROJECT
from agent.engine.backend import Status
from agent.engine.vllm.backend import LocalBackend
from agent.errors import ModelNotFound


async def load(backend: LocalBackend) -> tuple[str, list[Status]]:
    """Why the load failed, and what it reported."""
    reports: list[Status] = []
    with pytest.raises(ModelNotFound) as error:
        await backend.load(reports.append)
    return str(error.value), reports


def backend(model: str, data_dir: Path) -> LocalBackend:
    return LocalBackend(model, {"gpu_memory_utilization": 0.9}, data_dir)


def run(code: str, *arguments: str) -> str:
    """What a Python process of its own prints."""
    command = [sys.executable, "-c", code, *arguments]
    return subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=True, timeout=60).stdout


async def test_a_name_that_means_nothing_is_refused_before_anything_is_fetched(tmp_path: Path) -> None:
    reason, reports = await load(backend("no-such-thing", tmp_path))
    assert reason.startswith("MODEL='no-such-thing' is neither auto, nor builtin, nor a folder on this machine")
    assert reports == [Status("resolving", "no-such-thing")]


async def test_a_folder_that_is_not_whole_is_refused_before_vllm_is_imported(tmp_path: Path) -> None:
    folder = tmp_path / "Qwen2.5-7B-Instruct"
    folder.mkdir()
    reason, reports = await load(backend(str(folder), tmp_path))
    assert reason == (
        f"In the model folder {folder}, config.json is missing. "
        "Complete it, or set MODEL to another folder, an id, or builtin."
    )
    assert reports == [Status("resolving", str(folder))] * 2


@pytest.fixture
def orphan() -> Iterator[psutil.Process]:
    """A process that an app which has died had started."""
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"]) as process:
        yield psutil.Process(process.pid)
        process.kill()


async def test_what_an_earlier_start_left_behind_is_ended_before_the_load(
    tmp_path: Path, orphan: psutil.Process
) -> None:
    (tmp_path / "processes").mkdir()
    (tmp_path / "processes" / "1.json").write_text(json.dumps([[1, 1.0], [orphan.pid, orphan.create_time()]]))
    await load(backend("no-such-thing", tmp_path))
    assert orphan.status() == psutil.STATUS_ZOMBIE


async def test_a_load_writes_down_the_apps_processes_also_where_it_fails(tmp_path: Path) -> None:
    me = psutil.Process()
    await load(backend("no-such-thing", tmp_path))
    (note,) = (tmp_path / "processes").iterdir()
    assert json.loads(note.read_text())[0] == [me.pid, me.create_time()]


def test_unloading_ends_an_engine_that_is_still_loading_and_takes_the_note_back(tmp_path: Path) -> None:
    code = """
import subprocess, sys
from pathlib import Path
from agent.engine.vllm import orphans
from agent.engine.vllm.backend import LocalBackend

data = Path(sys.argv[1])
engine = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"], start_new_session=True)
orphans.remember(data / "processes")
LocalBackend("builtin", {}, data).unload(None)
print(engine.wait(5), list((data / "processes").iterdir()))
"""
    assert run(code, str(tmp_path)) == "-9 []\n"


def test_what_is_loaded_is_no_work_for_the_garbage_collector_until_it_is_unloaded(tmp_path: Path) -> None:
    code = """
import gc, sys, weakref
from pathlib import Path
from agent.engine.vllm import backend

class Engine: pass

engine = Engine()
engine.itself, seen = engine, weakref.ref(engine)
backend._settle_heap()
del engine
gc.collect()
print(gc.get_freeze_count() > 1000, seen() is None)
backend.LocalBackend("builtin", {}, Path(sys.argv[1])).unload(None)
gc.collect()
print(seen() is None)
"""
    assert run(code, str(tmp_path)) == "True False\nTrue\n"


def test_neither_the_backends_nor_the_loop_import_vllm() -> None:
    code = (
        "import sys, agent.conversation, agent.engine.vllm.backend, agent.engine.remote, tools\n"
        "print({'vllm', 'torch', 'transformers', 'modelscope', 'chainlit'} & set(sys.modules))"
    )
    assert run(code) == "set()\n"
