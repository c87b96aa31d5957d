"""A schema's grammar, tried once before the engine gets it, in a process with limits unless it is short. Knows no
xgrammar: docs/decisions/0026-what-takes-long-can-be-ended.md has what that takes.
"""

from __future__ import annotations

import asyncio
import importlib
import json
import math
import re
from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from agent.engine.unheld import CannotHold
from agent.schema_parts import keys, nodes, unfolded
from tools.sandbox.process import Broke, TooHeavy, TooLate, run_apart

# Of what has at most so many parts and repetitions, and none of these, no grammar was found that takes a second.
MAX_SHORT_PARTS = 300
MAX_SHORT_REPETITIONS = 500  # of all patterns: those inside of each other multiply
_MAY_TAKE_LONG = frozenset("propertyNames multipleOf minProperties maxProperties".split())
_REPETITION = re.compile(r"\{(\d+)(?:,(\d*))?\}")

START_S = 120.0  # with the import of torch, on a machine whose cores the engine has
CPU_S = 3.0
MEMORY_BYTES = 2**30
MAX_REMEMBERED = 256

_TOO_HEAVY = CannotHold(
    "The engine would need too much time or memory to hold answers to this schema. Simplify it: fewer optional "
    "properties beside minProperties, smaller repetitions inside of each other, fewer multipleOf.",
    "引擎要按这个 Schema 约束回答，会耗费过多时间或内存。请简化它：减少与 minProperties 并用的可选属性、"
    "互相嵌套的重复次数，或者 multipleOf。",
)


@dataclass(frozen=True)
class Tried:
    """The grammar as JSON, for vLLM's `structural_tag`, and the rules of the schema that it does not hold."""

    grammar: str
    unheld: Sequence[str]


_UNTRIED = CannotHold(
    "The engine could not be asked about this schema just now; the server's log says why. Try again later.",
    "现在无法让引擎检查这个 Schema，原因见服务器日志。请稍后再试。",
)

_remembered: OrderedDict[str, Tried | CannotHold] = OrderedDict()
_one_at_a_time = asyncio.Lock()


async def tried(schema: Mapping[str, Any], *, cpu_s: float = CPU_S) -> Tried:
    """Raises CannotHold, also if it was too heavy."""
    text = json.dumps(schema)
    if text not in _remembered:
        if await asyncio.to_thread(_is_short, schema):
            _remembered[text] = await asyncio.to_thread(_make, schema)
        else:
            async with _one_at_a_time:
                if text not in _remembered:
                    _remembered[text] = await _try(schema, cpu_s)
    _remembered.move_to_end(text)
    found = _remembered[text]
    while len(_remembered) > MAX_REMEMBERED:
        _remembered.popitem(last=False)
    if isinstance(found, CannotHold):
        raise found.with_traceback(None)
    return found


def _is_short(schema: Mapping[str, Any]) -> bool:
    if unfolded(schema)[0] > MAX_SHORT_PARTS or not _MAY_TAKE_LONG.isdisjoint(keys(schema)):
        return False
    patterns = [pattern for node in nodes(schema) for pattern in _patterns(node)]
    return sum(map(_repetitions, patterns)) <= MAX_SHORT_REPETITIONS


def _patterns(node: Mapping[str, Any]) -> Iterator[str]:
    if isinstance(pattern := node.get("pattern"), str):
        yield pattern
    if isinstance(patterns := node.get("patternProperties"), dict):
        yield from patterns


def _repetitions(pattern: str) -> int:
    """How often a part of the pattern is repeated at the most, as if all stood inside of each other."""
    return math.prod(max(1, int((last or first)[:9])) for first, last in _REPETITION.findall(pattern))


def _make(schema: Mapping[str, Any]) -> Tried | CannotHold:
    """In a thread: the first time imports xgrammar, and with it torch."""
    grammars = importlib.import_module("agent.engine.vllm.answer_grammar")
    try:
        return Tried(grammars.answer_grammar(schema), tuple(grammars.unheld(schema)))
    except CannotHold as error:
        return error


async def _try(schema: Mapping[str, Any], cpu_s: float) -> Tried | CannotHold:
    """Raises CannotHold for what is no fault of the schema, and need not be remembered."""
    job = {"schema": dict(schema)}
    try:
        answer = await run_apart(
            "agent.engine.vllm.grammar_worker", job, timeout_s=START_S, cpu_s=cpu_s, memory_bytes=MEMORY_BYTES
        )
    except (TooLate, Broke) as error:
        raise _UNTRIED from error
    except TooHeavy:
        return _TOO_HEAVY
    if "refused" in answer:
        return CannotHold(*answer["refused"])
    return Tried(answer["grammar"], tuple(answer["unheld"]))
