"""Phrases with choices: "[请问|]<city>[今天|现在|]天气[如何|怎么样]" stands for all its variants. Knows no topic."""

from __future__ import annotations

import re
from functools import cache
from random import Random
from typing import Any

TOKEN = re.compile(r"\[|\]|\||[^\[\]|]+")


@cache
def parse(phrase: str) -> tuple[Any, ...]:
    """Parse a phrase into a sequence of texts and tuples of alternatives, nested."""
    stack: list[list[list[Any]]] = [[[]]]
    for token in TOKEN.findall(phrase):
        if token == "[":
            stack.append([[]])
        elif token == "|" and len(stack) > 1:
            stack[-1].append([])
        elif token == "]":
            choices = tuple(tuple(choice) for choice in stack.pop())
            stack[-1][-1].append(choices)
        else:
            stack[-1][-1].append(token)
    if len(stack) != 1:
        raise ValueError(f"unbalanced brackets in {phrase!r}")
    return tuple(stack[0][0])


def choose(sequence: tuple[Any, ...], rng: Random) -> str:
    return "".join(
        item if isinstance(item, str) else choose(item[int(rng.random() * len(item))], rng) for item in sequence
    )


def expand(phrase: str, rng: Random, **values: str) -> str:
    """One variant of the phrase, with each <name> replaced by its value."""
    text = choose(parse(phrase), rng)
    for name, value in values.items():
        text = text.replace(f"<{name}>", value)
    return text
