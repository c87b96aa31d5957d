"""The app's own engine without its page: for benchmarks, and to judge the built-in model."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from agent.engine.protocol import Engine, Sampling
from agent.engine.vllm.backend import LocalBackend
from dev.app_process import PROJECT
from tools import build_registry
from tools.base import ToolSchema

SYSTEM = (PROJECT / "agent" / "prompts" / "system.md").read_text("utf-8").strip()
WARM_UP = Sampling(temperature=1, top_p=1, max_tokens=512)


def tools() -> list[ToolSchema]:
    """The app's tools."""
    return build_registry(weather_provider="simulated").schemas()


@asynccontextmanager
async def engines(
    model: str, tool_parser: str = "auto", warm_up: Sampling = WARM_UP, **arguments: Any
) -> AsyncIterator[dict[str, Engine]]:
    """Load `model` once; an engine with the constraint and one without, over the same loaded model."""
    with tempfile.TemporaryDirectory(prefix="qingtan-bench-") as data:
        common: dict[str, Any] = {
            "tool_parser": tool_parser,
            "warm_up_system": SYSTEM,
            "warm_up_tools": tools(),
            "warm_up_sampling": warm_up,
        }
        on, off = (
            LocalBackend(model, arguments, Path(data), constrain_tool_calls=is_on, **common) for is_on in (True, False)
        )
        loaded = await on.load(lambda status: print(status.stage, status.model, file=sys.stderr))
        try:
            yield {"constraint on": on.engine(loaded), "constraint off": off.engine(loaded)}
        finally:
            on.unload(loaded)
