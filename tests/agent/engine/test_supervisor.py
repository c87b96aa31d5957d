"""One engine for the process: loaded, watched, started again, failed in words, and out of a hot reload's reach."""

from __future__ import annotations

import asyncio
import importlib
import logging
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from agent.engine import supervisor
from agent.engine.backend import Status
from agent.engine.supervisor import Restarts
from agent.errors import AgentError, EngineError, OutOfMemory
from tests.scripted import ScriptedEngine, play

pytestmark = pytest.mark.usefixtures("no_survivors")

AT_ONCE = Restarts(look_every_s=0, first_pause_s=0)


@dataclass
class ScriptedBackend:
    """Plays `script` as a load: each status is reported."""

    script: list[Any]
    loaded: str = "the weights"
    unloaded: list[Any] = field(default_factory=list)
    engines: int = 0
    died: bool = False

    async def load(self, report: Callable[[Status], None]) -> str:
        async for status in play(self.script):
            report(status)
        return self.loaded

    def engine(self, loaded: Any) -> ScriptedEngine:
        assert loaded == self.loaded
        self.engines += 1
        return ScriptedEngine([])

    def running(self, loaded: Any) -> int:
        assert loaded == self.loaded
        return 3

    def places(self, loaded: Any) -> int:
        assert loaded == self.loaded
        return 4

    def is_dead(self, loaded: Any) -> bool:
        assert loaded == self.loaded
        return self.died

    def unload(self, loaded: Any | None) -> None:
        self.unloaded.append(loaded)


async def seen(statuses: AsyncIterator[Any]) -> list[Any]:
    return [status async for status in statuses]


def values(status: Any) -> tuple[str, str, Any, str, str]:
    """What is in a status: a hot reload makes another class of the same name."""
    return status.stage, status.model, status.progress, status.reason, status.reason_zh


async def test_nothing_is_started_by_looking() -> None:
    assert supervisor.status() == Status("idle")
    assert not supervisor.is_started()
    assert supervisor.health(ScriptedBackend([])) == {"stage": "idle", "model": "", "running": 0, "loads": 0}


async def test_a_model_is_loaded_once_however_often_it_is_started() -> None:
    backend = ScriptedBackend([Status("loading", "m")])
    supervisor.start(backend)
    supervisor.start(backend)
    supervisor.start(ScriptedBackend([], loaded="another"))
    assert supervisor.is_started()
    await supervisor.engine(backend)
    supervisor.start(backend)
    assert supervisor.health(backend) == {"stage": "ready", "model": "m", "running": 3, "loads": 1}


async def test_the_stages_are_seen_in_their_order_up_to_the_last_one() -> None:
    steps = [asyncio.Event() for _ in range(4)]
    script: list[Any] = []
    for step, stage in zip(steps, ("resolving", "downloading", "loading", "warming"), strict=True):
        script += [Status(stage, "m", progress=17 if stage == "downloading" else None), step]
    backend, waiting, stages = ScriptedBackend(script), iter(steps), []
    supervisor.start(backend)
    async for status in supervisor.watch():
        stages.append(status)
        if status.stage not in ("idle", "ready"):
            next(waiting).set()
    assert stages == [
        Status("idle"),
        Status("resolving", "m"),
        Status("downloading", "m", progress=17),
        Status("loading", "m"),
        Status("warming", "m"),
        Status("ready", "m"),
    ]


async def test_the_ready_model_has_the_name_of_the_last_report_also_if_nothing_was_awaited_after_it() -> None:
    backend = ScriptedBackend([Status("resolving", "auto"), Status("loading", "Qwen/Qwen2.5-7B-Instruct")])
    supervisor.start(backend)
    assert (await seen(supervisor.watch()))[-1] == Status("ready", "Qwen/Qwen2.5-7B-Instruct")


async def test_reports_from_a_thread_arrive() -> None:
    class Threaded(ScriptedBackend):
        async def load(self, report: Callable[[Status], None]) -> str:
            await asyncio.to_thread(report, Status("downloading", "m", progress=1))
            return self.loaded

    supervisor.start(Threaded([]))
    assert (await seen(supervisor.watch()))[-1] == Status("ready", "m")


async def test_all_who_watch_see_the_end_and_a_late_one_sees_only_the_end() -> None:
    ready = asyncio.Event()
    supervisor.start(ScriptedBackend([Status("loading", "m"), ready]))
    watchers = [asyncio.create_task(seen(supervisor.watch())) for _ in range(3)]
    ready.set()
    lists = await asyncio.gather(*watchers)
    assert [statuses[-1] for statuses in lists] == [Status("ready", "m")] * 3
    assert await seen(supervisor.watch()) == [Status("ready", "m")]


async def test_an_engine_is_waited_for() -> None:
    ready = asyncio.Event()
    backend = ScriptedBackend([Status("loading", "m"), ready])
    supervisor.start(backend)
    waiting = asyncio.create_task(supervisor.engine(backend))
    await asyncio.sleep(0)
    assert (waiting.done(), backend.engines) == (False, 0)
    ready.set()
    assert isinstance(await waiting, ScriptedEngine)


async def test_a_load_that_fails_ends_in_its_own_words() -> None:
    error = OutOfMemory("It does not fit. Lower MAX_MODEL_LEN.", "放不下。请调低 MAX_MODEL_LEN。")
    backend = ScriptedBackend([Status("loading", "m"), error])
    supervisor.start(backend)
    failed = Status("failed", "m", None, "It does not fit. Lower MAX_MODEL_LEN.", "放不下。请调低 MAX_MODEL_LEN。")
    assert (await seen(supervisor.watch()))[-1] == failed
    with pytest.raises(EngineError) as raised:
        await supervisor.engine(backend)
    assert (str(raised.value), raised.value.in_language("zh")) == (failed.reason, failed.reason_zh)
    assert supervisor.health(backend) == {"stage": "failed", "model": "m", "running": 0, "loads": 1}


async def test_a_bug_in_a_load_ends_in_words_and_not_in_a_class_name(caplog: pytest.LogCaptureFixture) -> None:
    backend = ScriptedBackend([Status("loading", "m"), KeyError("secret detail")])
    supervisor.start(backend)
    with caplog.at_level(logging.CRITICAL, logger="agent.engine.supervisor"), pytest.raises(EngineError) as error:
        await supervisor.engine(backend)
    reasons = ("The reason is in the server's log.", "原因见服务器日志。")
    assert (str(error.value), error.value.in_language("zh")) == reasons
    assert supervisor.status() == Status("failed", "m", None, *reasons)


async def test_a_report_that_comes_after_the_end_changes_nothing() -> None:
    reports: list[Callable[[Status], None]] = []

    class Keeping(ScriptedBackend):
        async def load(self, report: Callable[[Status], None]) -> str:
            reports.append(report)
            report(Status("warming", "m"))
            return self.loaded

    backend = Keeping([])
    supervisor.start(backend)
    await supervisor.engine(backend)
    reports[0](Status("downloading", "m"))
    await asyncio.sleep(0)
    assert supervisor.status() == Status("ready", "m")


async def test_stop_unloads_what_was_loaded() -> None:
    backend = ScriptedBackend([Status("loading", "m")])
    supervisor.start(backend)
    await supervisor.engine(backend)
    await supervisor.stop(backend)
    assert backend.unloaded == [backend.loaded]


async def test_stop_in_the_middle_of_a_load_ends_it_without_a_word_of_failure(caplog: pytest.LogCaptureFixture) -> None:
    half = ScriptedBackend([asyncio.Event()])
    supervisor.start(half)
    await asyncio.sleep(0)
    await supervisor.stop(half)
    assert half.unloaded == [None]
    assert [record.levelname for record in caplog.records if record.levelname != "INFO"] == []


async def test_turns_find_places_once_the_engine_is_ready_and_none_while_it_is_dead() -> None:
    ready = asyncio.Event()
    backend = ScriptedBackend([Status("loading", "m"), ready])
    assert supervisor.places(backend) == 0
    supervisor.start(backend)
    await asyncio.sleep(0)
    assert supervisor.places(backend) == 0
    ready.set()
    await supervisor.engine(backend)
    assert (supervisor.places(backend), supervisor.places(backend, 2)) == (4, 2)
    backend.died = True
    assert (supervisor.places(backend), supervisor.places(backend, 2)) == (0, 0)
    await supervisor.stop(backend)


async def test_any_number_of_turns_is_told_that_the_engine_could_not_be_loaded() -> None:
    backend = ScriptedBackend([OutOfMemory("It does not fit.", "放不下。")])
    supervisor.start(backend)
    await seen(supervisor.watch())
    assert supervisor.places(backend, 2) is None


async def test_a_hot_reload_keeps_the_one_engine(reload: Callable[[str], Any]) -> None:
    old_backend, new_backend = ScriptedBackend([Status("loading", "m")]), ScriptedBackend([])
    supervisor.start(old_backend)
    await supervisor.engine(old_backend)
    for _ in range(5):
        current = reload("agent.engine.supervisor")
        assert current is not supervisor
        assert current.is_started()
        current.start(new_backend)
        assert values(current.status()) == ("ready", "m", None, "", "")
    assert isinstance(await current.engine(new_backend), ScriptedEngine)
    assert (old_backend.engines, new_backend.engines) == (1, 1)
    assert current.health(new_backend)["loads"] == 1


async def test_a_load_goes_on_across_a_hot_reload_and_wakes_who_waits(reload: Callable[[str], Any]) -> None:
    downloaded, ready = asyncio.Event(), asyncio.Event()
    backend = ScriptedBackend([Status("downloading", "m"), downloaded, Status("warming", "m"), ready])
    supervisor.start(backend)
    before = asyncio.create_task(seen(supervisor.watch()))
    waiting = asyncio.create_task(supervisor.engine(backend))
    await asyncio.sleep(0)
    current = reload("agent.engine.supervisor")
    after = asyncio.create_task(seen(current.watch()))
    downloaded.set()
    async for status in current.watch():
        if status.stage == "warming":
            ready.set()
    assert [values(status)[0] for status in await before][-2:] == ["warming", "ready"]
    assert [values(status)[0] for status in await after][-2:] == ["warming", "ready"]
    assert isinstance(await waiting, ScriptedEngine)
    assert current.health(backend)["loads"] == 1


async def test_a_failure_after_a_hot_reload_is_told_in_its_own_words(reload: Callable[[str], Any]) -> None:
    """The code that raises may be newer than the code that waits: LocalBackend imports vLLM's module late."""
    resolved, script = asyncio.Event(), list[Any]()
    script += [Status("resolving", "m"), resolved]
    supervisor.start(ScriptedBackend(script))
    await asyncio.sleep(0)
    current = reload("agent.engine.supervisor")
    newer = importlib.import_module("agent.errors").OutOfMemory
    assert not issubclass(newer, AgentError)
    script.append(newer("It does not fit. Lower MAX_MODEL_LEN.", "放不下。请调低 MAX_MODEL_LEN。"))
    resolved.set()
    last = (await seen(current.watch()))[-1]
    reasons = ("It does not fit. Lower MAX_MODEL_LEN.", "放不下。请调低 MAX_MODEL_LEN。")
    assert values(last) == ("failed", "m", None, *reasons)


class MortalBackend(ScriptedBackend):
    """Plays one script a load; what it loads is the load's number, and dies by `kill`. Without a script it loads."""

    def __init__(self, *scripts: list[Any]) -> None:
        super().__init__([])
        self.scripts = list(scripts)
        self.loads = 0
        self.dead: set[int] = set()

    async def load(self, report: Callable[[Status], None]) -> Any:
        self.loads += 1
        self.script = self.scripts.pop(0) if self.scripts else [Status("loading", "m")]
        await super().load(report)
        return self.loads

    def kill(self) -> None:
        self.dead.add(self.loads)

    def engine(self, loaded: Any) -> Any:
        assert loaded == self.loads
        return loaded

    def running(self, loaded: Any) -> int:
        return 0

    def is_dead(self, loaded: Any) -> bool:
        return loaded in self.dead


DIES = [Status("loading", "m"), OutOfMemory("It does not fit.", "放不下。")]


async def until(stage: str, module: Any = supervisor) -> list[str]:
    """The stages up to this one."""
    stages = []
    async for status in module.watch(forever=True):
        stages.append(status.stage)
        if status.stage == stage:
            return stages
    raise AssertionError("a status that goes on does not end")


async def restarted(backend: MortalBackend, module: Any = supervisor) -> Any:
    """Kill the engine that is ready, wait until that is noticed, and give the next one."""
    await module.engine(backend)
    backend.kill()
    await until("restarting", module)
    return await module.engine(backend)


async def test_an_engine_that_dies_while_nobody_asks_is_noticed_ended_and_loaded_again() -> None:
    backend = MortalBackend()
    supervisor.start(backend, AT_ONCE)
    assert await supervisor.engine(backend) == 1
    backend.kill()
    assert await until("restarting") == ["ready", "restarting"]
    assert await supervisor.engine(backend) == 2
    assert (backend.unloaded, supervisor.health(backend)["loads"]) == ([1], 2)


async def test_a_dead_engine_is_neither_given_to_a_turn_nor_healthy_before_the_watcher_looks() -> None:
    backend = MortalBackend()
    supervisor.start(backend, Restarts(look_every_s=0.05, first_pause_s=0))
    await supervisor.engine(backend)
    await asyncio.sleep(0)
    backend.kill()
    waiting = asyncio.create_task(supervisor.engine(backend))
    await asyncio.sleep(0)
    assert supervisor.health(backend) == {"stage": "restarting", "model": "m", "running": 0, "loads": 1}
    assert await waiting == 2


async def test_turns_that_wait_go_on_with_the_next_engine() -> None:
    loaded = asyncio.Event()
    backend = MortalBackend([Status("loading", "m")], [Status("loading", "m"), loaded])
    supervisor.start(backend, AT_ONCE)
    await supervisor.engine(backend)
    backend.kill()
    await until("loading")
    waiting = [asyncio.create_task(supervisor.engine(backend)) for _ in range(3)]
    await asyncio.sleep(0)
    assert [turn.done() for turn in waiting] == [False] * 3
    loaded.set()
    assert await asyncio.gather(*waiting) == [2] * 3


async def test_a_death_while_it_loads_again_is_tried_again() -> None:
    backend = MortalBackend([Status("loading", "m")], DIES, DIES)
    supervisor.start(backend, AT_ONCE)
    assert await restarted(backend) == 4
    assert backend.unloaded == [1, None, None]


async def test_three_failed_loads_in_a_row_are_the_end_and_tell_the_cause() -> None:
    backend = MortalBackend([Status("loading", "m")], DIES, DIES, DIES)
    supervisor.start(backend, AT_ONCE)
    with pytest.raises(EngineError, match="It does not fit"):
        await restarted(backend)
    assert supervisor.status() == Status("failed", "m", None, "It does not fit.", "放不下。")
    assert (backend.loads, backend.unloaded) == (4, [1, None, None, None])


@pytest.mark.parametrize(("steady_s", "loads", "stage"), [(0, 7, "ready"), (1000, 5, "failed")])
async def test_an_engine_that_was_ready_for_a_while_makes_the_count_begin_anew(
    steady_s: float, loads: int, stage: str
) -> None:
    good = [Status("loading", "m")]
    backend = MortalBackend(good, DIES, DIES, good, DIES, DIES)
    supervisor.start(backend, Restarts(look_every_s=0, first_pause_s=0, steady_s=steady_s))
    assert await restarted(backend) == 4
    backend.kill()
    await until("restarting")
    assert (await seen(supervisor.watch()))[-1].stage == stage
    assert backend.loads == loads


def test_the_pauses_double_up_to_the_longest() -> None:
    assert [Restarts().pause_s(deaths) for deaths in (1, 2, 3, 4, 5, 6, 7, 10_000)] == [1, 2, 4, 8, 16, 30, 30, 30]


async def test_a_hot_reload_keeps_the_one_watcher(reload: Callable[[str], Any]) -> None:
    backend = MortalBackend()
    supervisor.start(backend, AT_ONCE)
    await supervisor.engine(backend)
    for _ in range(3):
        current = reload("agent.engine.supervisor")
        current.start(backend)
    assert await restarted(backend, current) == 2
    assert current.health(backend)["loads"] == backend.loads == 2
    assert [task.get_name() for task in asyncio.all_tasks()].count("keep the model loaded") == 1


async def test_stop_in_a_pause_ends_the_watcher_too() -> None:
    backend = MortalBackend()
    supervisor.start(backend, Restarts(look_every_s=0, first_pause_s=1000))
    await supervisor.engine(backend)
    backend.kill()
    await until("restarting")
    await supervisor.stop(backend)
    assert backend.unloaded[-1] is None
    await asyncio.sleep(0)
    assert [task.get_name() for task in asyncio.all_tasks()].count("keep the model loaded") == 0
    assert backend.loads == 1


async def test_stop_is_no_death() -> None:
    class Ending(MortalBackend):
        def unload(self, loaded: Any | None) -> None:
            super().unload(loaded)
            self.kill()

    backend = Ending()
    supervisor.start(backend, AT_ONCE)
    await supervisor.engine(backend)
    await supervisor.stop(backend)
    await asyncio.sleep(0)
    assert (backend.loads, backend.unloaded) == (1, [1])
