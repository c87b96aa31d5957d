"""One engine for the process and for its whole life: loaded once, in the background, out of a hot reload's reach.

`chainlit run -w` builds every module under the project anew at each save. What has to survive stands in a module
without a file, and holds nothing of ours but plain values. Knows no vendor: a `Backend` says how to load and to end.
"""

from __future__ import annotations

import asyncio
import importlib
import logging
import sys
import time
import types
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from agent.engine.protocol import Engine
from agent.errors import AgentError, EngineError

logger = logging.getLogger(__name__)

Stage = Literal["idle", "resolving", "downloading", "loading", "warming", "ready", "failed"]
_SURVIVOR = "qingtan_process"
LOG_EVERY_S = 5.0  # while a download goes on


@dataclass(frozen=True)
class Status:
    """What the engine is doing. `model` is the name to show; `progress` a download's.

    `reason` is why it failed, in English, and `reason_zh` in Chinese: the texts of an error, which outlive its class.
    """

    stage: Stage = "idle"
    model: str = ""
    progress: Any = None
    reason: str = ""
    reason_zh: str = ""


class Backend(Protocol):
    """How to get an engine. `load` is called once a process, `engine` once a hot reload."""

    async def load(self, report: Callable[[Status], None]) -> Any:
        """The loaded model. Raises AgentError where a person can do something about it."""
        ...

    def engine(self, loaded: Any) -> Engine:
        """An engine over what `load` returned, made of the code that is current."""
        ...

    def running(self, loaded: Any) -> int | None:
        """How many requests are in work or in line; None where that cannot be known."""
        ...

    def is_dead(self, loaded: Any) -> bool:
        """Whether what was loaded has died since; nothing brings it back but another start."""
        ...

    def unload(self, loaded: Any | None) -> None:
        """End what `load` started; `loaded` is None where it had not finished."""
        ...


def _survivor() -> Any:
    if _SURVIVOR not in sys.modules:
        state: Any = types.ModuleType(_SURVIVOR, "What outlives a hot reload; see agent/engine/process.py.")
        state.status, state.loaded, state.task, state.loads, state.changed = Status(), None, None, 0, asyncio.Event()
        state.logged_at = 0.0
        sys.modules[_SURVIVOR] = state
    return sys.modules[_SURVIVOR]


def is_started() -> bool:
    """Whether the engine has been started in this process."""
    return _survivor().task is not None


def start(backend: Backend) -> None:
    """Load the model in the background, once; later calls do nothing. Needs a running loop."""
    state = _survivor()
    if state.task is None:
        logger.setLevel(logging.INFO)  # libraries turn the root logger down while they load
        state.loads += 1
        state.task = asyncio.create_task(_load(backend), name="load the model")


async def _load(backend: Backend) -> None:
    loop = asyncio.get_running_loop()

    def report(status: Status) -> None:
        loop.call_soon_threadsafe(_set, status)

    state = _survivor()
    try:
        state.loaded = await backend.load(report)
        loop.call_soon(_end, "ready")  # behind the last report, which may still be on its way and names the model
    except _agent_errors() as error:
        logger.error("%s", error)
        loop.call_soon(_end, "failed", str(error), error.in_language("zh"))
    except Exception:
        logger.exception("the model could not be loaded")
        loop.call_soon(_end, "failed", "The reason is in the server's log.", "原因见服务器日志。")


def _agent_errors() -> tuple[type[AgentError], ...]:
    """AgentError, as it was when the load began and as it is now: what raises may be imported after a hot reload."""
    return AgentError, importlib.import_module("agent.errors").AgentError


def _end(stage: Literal["ready", "failed"], reason: str = "", reason_zh: str = "") -> None:
    _set(Status(stage, status().model, reason=reason, reason_zh=reason_zh))


def _set(status: Status) -> None:
    state = _survivor()
    if state.status.stage not in ("ready", "failed"):
        if status.stage != state.status.stage or time.monotonic() - state.logged_at > LOG_EVERY_S:
            logger.info("%s %s %s", status.stage, status.model, status.progress or "")
            state.logged_at = time.monotonic()
        state.status = status
        state.changed.set()
        state.changed = asyncio.Event()


def status() -> Status:
    """What the engine is doing now."""
    current: Status = _survivor().status
    return current


async def watch() -> AsyncIterator[Status]:
    """The status now and after each change, up to the last one (ready or failed)."""
    while True:
        changed = _survivor().changed
        yield status()
        if status().stage in ("ready", "failed"):
            return
        await changed.wait()


async def engine(backend: Backend) -> Engine:
    """The engine, as soon as it is ready. Raises EngineError where it could not be loaded."""
    async for current in watch():
        if current.stage == "failed":
            raise EngineError(current.reason, current.reason_zh)
    return backend.engine(_survivor().loaded)


def health(backend: Backend) -> dict[str, Any]:
    """For machines that watch this one: the stage, the model, how many requests run, how many times it was loaded.

    The stage is a status's, or `died` where the engine was ready and its process has ended.
    """
    state = _survivor()
    stage = state.status.stage
    if stage == "ready" and backend.is_dead(state.loaded):
        stage = "died"
    running = backend.running(state.loaded) if stage == "ready" else 0
    return {"stage": stage, "model": state.status.model, "running": running, "loads": state.loads}


async def stop(backend: Backend) -> None:
    """End the engine, also in the middle of loading."""
    state = _survivor()
    if state.task:
        state.task.cancel()
    await asyncio.to_thread(backend.unload, state.loaded)
