"""Supervisor of the one engine: loads it in the background, and again when it dies; a hot reload leaves it alone.

Knows no vendor: a `Backend` says how to load and to end.
"""

from __future__ import annotations

import asyncio
import importlib
import logging
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

from agent.engine.backend import Backend, Status
from agent.engine.protocol import Engine
from agent.errors import AgentError, EngineError
from agent.hot_reload import survive

logger = logging.getLogger(__name__)

NOT_STARTED = (
    "The model could not start. Tell whoever runs this page: the reason is in its log.",
    "模型没能启动。请告诉这个页面的管理员，原因见服务器日志。",
)
LOG_EVERY_S = 5.0  # while a download goes on


@dataclass(frozen=True)
class Restarts:
    """How an engine that died is started again: after a pause that doubles until the engine stays alive."""

    look_every_s: float = 0.2
    first_pause_s: float = 1.0
    longest_pause_s: float = 30.0
    steady_s: float = 10.0  # an engine that was ready for so long was sound: the pauses begin anew
    max_failed_loads: int = 3  # in a row

    def pause_s(self, deaths: int) -> float:
        """The pause after so many deaths in a row."""
        return float(min(self.first_pause_s * 2 ** min(deaths - 1, 32), self.longest_pause_s))


def _state() -> Any:
    return survive("supervisor", _new_state)


def _new_state() -> Any:
    # `reporting` is the load whose reports count
    state = {"status": Status(), "loaded": None, "task": None, "loads": 0, "logged_at": 0.0, "reporting": 0}
    return SimpleNamespace(**state, changed=asyncio.Event())


def is_started() -> bool:
    """Whether the engine has been started in this process."""
    return _state().task is not None


def start(backend: Backend, restarts: Restarts | None = None) -> None:
    """Load the model in the background and keep it alive; later calls do nothing. Needs a running loop."""
    state = _state()
    if state.task is None:
        logger.setLevel(logging.INFO)  # libraries turn the root logger down while they load
        state.task = asyncio.create_task(_keep(backend, restarts or Restarts()), name="keep the model loaded")


async def _keep(backend: Backend, restarts: Restarts) -> None:
    """Load the model, and again whenever it dies. A first load that fails is not tried again: its cause stays."""
    deaths = failed_loads = 0
    has_been_ready = False
    while True:
        failure = await _load(backend)
        if not failure:
            has_been_ready, ready_at = True, time.monotonic()
            await _wait_for_death(backend, restarts.look_every_s)
            if time.monotonic() - ready_at >= restarts.steady_s:
                deaths = failed_loads = 0
        else:
            failed_loads += 1
        deaths += 1
        await _clear(backend)
        if failure and (not has_been_ready or failed_loads == restarts.max_failed_loads):
            _set(failure)
            return
        _set(Status("restarting", status().model))
        logger.warning("the model is started again in %g s; deaths in a row: %d", restarts.pause_s(deaths), deaths)
        await asyncio.sleep(restarts.pause_s(deaths))


async def _load(backend: Backend) -> Status | None:
    """Load once, up to ready; gives the status to end with if that failed."""
    loop, state = asyncio.get_running_loop(), _state()
    state.loads += 1
    number = state.reporting = state.loads

    def report(status: Status) -> None:
        loop.call_soon_threadsafe(_take, status, number)

    reasons = ("", "")
    try:
        state.loaded = await backend.load(report)
    except _agent_errors() as error:
        logger.error("%s", error)
        reasons = str(error), error.in_language("zh")
    except Exception:
        logger.exception("the model could not be loaded")
        reasons = "The reason is in the server's log.", "原因见服务器日志。"
    await asyncio.sleep(0)  # the last report may still be on its way, and names the model
    state.reporting = 0
    if any(reasons):
        return Status("failed", status().model, None, *reasons)
    _set(Status("ready", status().model))
    return None


async def _wait_for_death(backend: Backend, look_every_s: float) -> None:
    while True:
        if _notice_death(backend):
            return
        await asyncio.sleep(look_every_s)


def _notice_death(backend: Backend) -> bool:
    """Whether a ready engine has died. All who look tell the others, so that no turn is given to a dead one."""
    state = _state()
    if state.status.stage == "ready" and backend.is_dead(state.loaded):
        _set(Status("restarting", state.status.model))
    return bool(state.status.stage != "ready")


async def _clear(backend: Backend) -> None:
    """End what is left of an engine, before the next one asks for its memory."""
    state = _state()
    loaded, state.loaded = state.loaded, None
    try:
        await asyncio.to_thread(backend.unload, loaded)
    except Exception:
        logger.exception("what is left of the model could not be ended")


def _agent_errors() -> tuple[type[AgentError], ...]:
    """AgentError, as it was when the load began and as it is now: what raises may be imported after a hot reload."""
    return AgentError, importlib.import_module("agent.errors").AgentError


def _take(status: Status, load: int) -> None:
    """A load's report; one that comes after the load's end changes nothing."""
    if load == _state().reporting:
        _set(status)


def _set(status: Status) -> None:
    state = _state()
    if status.stage != state.status.stage or time.monotonic() - state.logged_at > LOG_EVERY_S:
        logger.info("%s %s %s", status.stage, status.model, status.progress or "")
        state.logged_at = time.monotonic()
    state.status = status
    state.changed.set()
    state.changed = asyncio.Event()


def status() -> Status:
    """What the engine is doing now."""
    current: Status = _state().status
    return current


async def watch(*, forever: bool = False) -> AsyncIterator[Status]:
    """Yields the status and every change; ends at ready or failed, unless `forever`."""
    while True:
        changed = _state().changed
        yield status()
        if status().stage in ("ready", "failed") and not forever:
            return
        await changed.wait()


async def engine(backend: Backend) -> Engine:
    """Waits until the engine is ready, also after a restart. Raises EngineError if it could not be loaded."""
    _notice_death(backend)
    async for current in watch():
        if current.stage == "failed":
            raise EngineError(current.reason, current.reason_zh, visitors=NOT_STARTED)
    return backend.engine(_state().loaded)


def places(backend: Backend, most: int | None = None) -> int | None:
    """How many turns may run now: `most`, or else what the engine holds; None is any number.

    None if the engine could not be loaded, which everybody shall be told; 0 while it is not ready.
    """
    _notice_death(backend)
    state = _state()
    match state.status.stage:
        case "ready":
            return backend.places(state.loaded) if most is None else most
        case "failed":
            return None
        case _:
            return 0


def health(backend: Backend) -> dict[str, Any]:
    """For machines that watch this one: the stage, the model, how many requests run, how many times it was loaded."""
    _notice_death(backend)
    state = _state()
    stage = state.status.stage
    running = backend.running(state.loaded) if stage == "ready" else 0
    return {"stage": stage, "model": state.status.model, "running": running, "loads": state.loads}


async def stop(backend: Backend) -> None:
    """End the engine for good, also in the middle of loading or of a pause."""
    state = _state()
    if state.task:
        state.task.cancel()
    await asyncio.to_thread(backend.unload, state.loaded)
