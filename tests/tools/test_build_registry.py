"""The registry as the app builds it, and what docs/tools.md promises of it."""

import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import get_args

import pytest

from tools import build_registry
from tools.base import Failure, ToolCall, ToolResult
from tools.registry import Registry

ROOT = Path(__file__).parents[2]
DOCS = (ROOT / "docs" / "tools.md").read_text()


def test_there_are_three_tools() -> None:
    assert build_registry().names == ("get_current_weather", "get_current_time", "calculate")


async def test_limits_reach_the_registry() -> None:
    registry = build_registry(weather_provider="simulated", max_result_chars=60)
    result = await registry.call(ToolCall("1", "get_current_weather", '{"city": "广州"}'))
    assert len(result.for_model) <= 60


async def test_a_call_goes_all_the_way() -> None:
    result = await build_registry().call(ToolCall("1", "calculate", '{"expression": "3*7"}'))
    assert replace(result, duration_s=0.0) == ToolResult(
        "1", '{"expression": "3*7", "result": "21"}', '{\n  "expression": "3*7",\n  "result": "21"\n}'
    )


def test_amap_without_a_key_stops_the_start() -> None:
    with pytest.raises(ValueError, match="AMAP_API_KEY"):
        build_registry(weather_provider="amap")


def test_importing_the_tools_loads_no_names_and_starts_no_thread() -> None:
    check = (
        "import sys, threading, tools, tools.places.cities as places;"
        "sys.exit(places.cities.cache_info().currsize + threading.active_count() - 1)"
    )
    assert subprocess.run([sys.executable, "-c", check], cwd=ROOT, check=False).returncode == 0


async def test_the_tool_in_the_docs_works_as_it_stands() -> None:
    code, test = re.findall(r"```python\n(.*?)```", DOCS, re.DOTALL)
    assert len([line for line in code.splitlines() if line.strip()]) <= 10
    module = ModuleType("tools.dice")
    exec(code, module.__dict__)
    names = {"roll_dice": module.__dict__["roll_dice"], "Registry": Registry, "ToolCall": ToolCall}
    exec(test.replace("from tools.dice import roll_dice\n", ""), names)
    await names["test_a_die_shows_one_of_its_sides"]()


def test_the_docs_name_every_kind_of_failure() -> None:
    section = DOCS.partition("## What can go wrong")[2].partition("\n## ")[0]
    assert re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE) == list(get_args(Failure))
