"""Check of an answer against its schema, beside the event loop.

A check that is known to be short runs in a thread, any other in a process of its own, which can be ended.
"""

from __future__ import annotations

import asyncio

from agent.answer_schema import Schema, why_unfit
from agent.schema_parts import keys, unfolded
from tools.sandbox.process import Broke, TooHeavy, run_apart, serve
from tools.text import read_json

# Parts of the schema times characters of the answer, of a check in a thread: half a second at the worst.
MAX_STEPS = 200_000
# With these a check may take more than that product, by the square or by a power.
_UNBOUNDED = frozenset(
    "uniqueItems unevaluatedProperties unevaluatedItems $dynamicRef $recursiveRef extends disallow".split()
)
TIMEOUT_S = 10.0
CPU_S = 5.0
MEMORY_BYTES = 2**29


class Unchecked(Exception):
    """The check could not be finished within its limits."""


async def misfit(answer: str, schema: Schema, *, timeout_s: float = TIMEOUT_S, cpu_s: float = CPU_S) -> str:
    """As `answer_schema.why_unfit`, for an answer that is JSON. Raises Unchecked."""
    if await asyncio.to_thread(is_short, answer, schema):
        return await asyncio.to_thread(_misfit, answer, schema)
    job = {"answer": answer, "schema": dict(schema)}
    try:
        found = await run_apart("agent.answer_check", job, timeout_s=timeout_s, cpu_s=cpu_s, memory_bytes=MEMORY_BYTES)
        return str(found)
    except (TooHeavy, Broke) as error:
        raise Unchecked from error


def is_short(answer: str, schema: Schema) -> bool:
    """Whether each part of the schema meets each part of the answer once at the most, and these are few."""
    parts, is_recursive = unfolded(schema)
    return not is_recursive and parts * len(answer) <= MAX_STEPS and _UNBOUNDED.isdisjoint(keys(schema))


def _misfit(answer: str, schema: Schema) -> str:
    return why_unfit(read_json(answer), schema)


if __name__ == "__main__":
    serve(lambda job: _misfit(**job))
