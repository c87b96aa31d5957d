"""The in-process engine as a `Backend`: name -> folder -> loaded -> warmed up, with a status a step. Knows no vllm.

vLLM takes seconds to import, and more on a busy machine; it is imported in a thread, after the page has answered.
"""

from __future__ import annotations

import asyncio
import gc
import importlib
import logging
import os
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from pydantic import SecretStr

from agent import PROJECT
from agent.engine.backend import Status
from agent.engine.protocol import Engine, Sampling
from agent.engine.vllm import orphans, parser_names
from agent.engine.vllm.tried_grammar import tried
from agent.engine.weights import resolve
from agent.engine.weights.download import Progress
from agent.engine.weights.hub import Source
from tools.base import ToolSchema

logger = logging.getLogger(__name__)

BUILTIN_FOLDER = PROJECT / "agent/engine/weights/builtin"
MODELS_FOLDER = PROJECT / "models"
REMEMBER_EVERY_S = 1.0
KEPT_LOGS = 5


def _over_vllm(module: Literal["load", "engine"]) -> Any:
    """A module over vLLM, as it is now: a hot reload takes ours away, and leaves vLLM's own modules loaded."""
    name = f"agent.engine.vllm.{module}"
    gc.disable()  # there is no garbage among thousands of new modules, and looking for it takes 2 of 15 s
    try:
        return importlib.import_module(name)
    except Exception:  # a hot reload that comes while vLLM is imported takes our half-made module away
        return importlib.import_module(name)
    finally:
        gc.enable()


def _settle_heap() -> None:
    """Keep the garbage collector from what is loaded for good: a look through it takes 0.3 s, and no text moves."""
    gc.collect()
    gc.freeze()


@dataclass(frozen=True)
class HubOptions:
    """Where a model id is fetched from; see `resolve.locate`."""

    source: Source = "modelscope"
    cache_dir: Path | None = None
    revision: str | None = None
    token: SecretStr | None = None
    endpoint: str | None = None


@dataclass(frozen=True)
class LocalBackend:
    """vLLM in this process. `arguments` are engine arguments by its names; a parser named `auto` goes by the model."""

    model: str
    arguments: Mapping[str, Any]
    data_dir: Path
    hub: HubOptions = HubOptions()
    tool_parser: str = "auto"
    reasoning_parser: str = "auto"
    constrain_tool_calls: bool = True
    visible_devices: str | None = None
    warm_up_system: str = ""
    warm_up_tools: Sequence[ToolSchema] = ()
    warm_up_sampling: Sampling = field(default_factory=Sampling)

    @property
    def _processes(self) -> Path:
        return self.data_dir / "processes"

    async def load(self, report: Callable[[Status], None]) -> Any:
        """See `Backend.load`. What an earlier start left behind is ended first, and its GPU memory is free again."""
        remembering = asyncio.create_task(self._remember_processes())
        try:
            return await self._load(report)
        except BaseException:
            await asyncio.to_thread(orphans.kill, orphans.family(self._processes))  # an engine that nobody will use
            raise
        finally:
            remembering.cancel()
            await asyncio.to_thread(orphans.remember, self._processes)

    async def _load(self, report: Callable[[Status], None]) -> Any:
        report(Status("resolving", self.model))
        await asyncio.to_thread(orphans.reap, self._processes)
        meaning = await asyncio.to_thread(self._resolve)
        name = "builtin" if meaning == BUILTIN_FOLDER else str(meaning)
        report(Status("resolving", name))
        folder = await self._locate(meaning, lambda progress: report(Status("downloading", name, progress)))
        report(Status("loading", name))
        vllm = await asyncio.to_thread(_over_vllm, "load")
        tool_parser = parser_names.tool_parser(name) if self.tool_parser == "auto" else self.tool_parser
        reasoning_parser = (
            parser_names.reasoning_parser(name) if self.reasoning_parser == "auto" else self.reasoning_parser
        )
        log_file = self._fresh_log()
        started = await asyncio.to_thread(
            vllm.load, str(folder), name, self.arguments, tool_parser, reasoning_parser, log_file
        )
        loaded = await vllm.open_chat(started)
        report(Status("warming", name))
        vllm = await asyncio.to_thread(_over_vllm, "engine")
        engine = vllm.VllmEngine(loaded, self.constrain_tool_calls)
        await vllm.warm_up(engine, self.warm_up_system, self.warm_up_tools, self.warm_up_sampling)
        _settle_heap()
        return loaded

    def _resolve(self) -> Path | str:
        return resolve.resolve(
            self.model,
            builtin_folder=BUILTIN_FOLDER,
            gpus=resolve.read_gpus(self.visible_devices),
            gpu_memory_utilization=self.arguments.get("gpu_memory_utilization", 0.9),
        )

    def _fresh_log(self) -> Path:
        """A log of this load's own; the last few stay, for what they tell of one that failed or died."""
        folder = self.data_dir / "logs"
        folder.mkdir(parents=True, exist_ok=True)
        for old in sorted(folder.glob("engine-*.log"), key=lambda file: file.stat().st_mtime)[:-KEPT_LOGS]:
            old.unlink(missing_ok=True)
            old.with_suffix(".json").unlink(missing_ok=True)  # the configuration beside it
        return folder / f"engine-{os.getpid()}-{time.strftime('%H%M%S')}.log"

    async def _locate(self, meaning: Path | str, report: Callable[[Progress], None]) -> Path:
        hub, stop = self.hub, threading.Event()
        try:
            return await asyncio.to_thread(
                resolve.locate,
                meaning,
                models_folder=MODELS_FOLDER,
                source=hub.source,
                cache_dir=hub.cache_dir,
                revision=hub.revision,
                token=hub.token,
                endpoint=hub.endpoint,
                report=report,
                stop=stop,
            )
        finally:
            stop.set()

    async def _remember_processes(self) -> None:
        while True:
            await asyncio.to_thread(orphans.remember, self._processes)
            await asyncio.sleep(REMEMBER_EVERY_S)

    def engine(self, loaded: Any) -> Engine:
        """See `Backend.engine`."""
        engine: Engine = _over_vllm("engine").VllmEngine(loaded, self.constrain_tool_calls)
        return engine

    def running(self, loaded: Any) -> int:
        """See `Backend.running`."""
        count: int = _over_vllm("engine").VllmEngine(loaded).running
        return count

    def places(self, loaded: Any) -> int:
        """See `Backend.places`."""
        return int(loaded.places)

    def is_dead(self, loaded: Any) -> bool:
        """See `Backend.is_dead`."""
        return bool(loaded.is_dead)

    async def unheld(self, schema: Mapping[str, Any]) -> Sequence[str]:
        """See `Backend.unheld`."""
        return (await tried(schema)).unheld

    def unload(self, loaded: Any | None) -> None:
        """See `Backend.unload`."""
        family = orphans.family(self._processes)  # before vLLM ends its own, whose children would not be found below us
        try:
            if loaded is not None:
                _over_vllm("engine").VllmEngine(loaded).shut_down()
        finally:
            gc.unfreeze()  # the engine that ends here is garbage as soon as nobody has it any more
            orphans.kill(family)
            orphans.forget(self._processes)
