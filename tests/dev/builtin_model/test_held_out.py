"""The held-out set: as large and as independent as the model card says. Its chats are played by `make evaluate`."""

from __future__ import annotations

import re
from collections import Counter
from functools import cache
from typing import Any

import pytest

from dev.builtin_model import held_out, names
from dev.builtin_model.grammar import parse
from dev.builtin_model.phrases import FOLDER

LISTS = ("places", "people", "open", "close", "sums_open")
SIGNS = "？?！!。.,，～ "
SLOTS = {"l": "@(?:.{1,6}@)+", "x": ".{1,25}", "p": ".{1,12}", "s": ".+"}


def pattern(choices: tuple[Any, ...]) -> str:
    """A parsed phrase as a regular expression; @ stands for a place."""
    pieces = []
    for item in choices:
        if isinstance(item, str):
            pieces.append(re.sub(r"<(\w+)>", lambda match: SLOTS.get(match[1], "@"), re.escape(item)))
        else:
            pieces.append(f"(?:{'|'.join(map(pattern, item))})")
    return "".join(pieces)


@cache
def patterns() -> list[re.Pattern[str]]:
    """Every phrase about places and of small talk that the generator has."""
    files = [file for file in FOLDER.rglob("*.txt") if file.stem not in LISTS and not file.stem.startswith("sums")]
    lines = {line for file in files for line in file.read_text("utf-8").splitlines() if line and line[0] != "#"}
    return [re.compile(pattern(parse(re.sub(r"^[a-z]+: ", "", line))), re.I) for line in lines]


def test_has_300_prompts_and_60_dialogues() -> None:
    sizes = Counter(min(len(case.turns), 2) for case in held_out.cases())
    assert sizes[1] >= 300
    assert sizes[2] >= 60
    assert max(len(case.turns) for case in held_out.cases()) <= 4


def test_every_skill_has_both_languages() -> None:
    rows = Counter((case.skill, case.language) for case in held_out.cases())
    skills = {skill for skill, _ in rows}
    assert len(skills) == 11
    assert all(rows[skill, language] >= 10 for skill in skills for language in ("zh", "en"))


def test_training_draws_none_of_its_names() -> None:
    lists = {name.lower() for language in ("zh", "en") for name in names.places(language)}
    assert not lists & held_out.names()
    assert len(held_out.names()) >= 350


@pytest.mark.slow
def test_shares_no_phrase_with_the_generator() -> None:
    shared = []
    for turn in (turn for case in held_out.cases() for turn in case.turns):
        text = turn.user
        for skill, spellings in turn.calls:
            for spelling in spellings if skill != "sum" else ():
                text = text.replace(spelling, "@")
        text = text.strip(SIGNS)
        if text != "@" and any(phrase.fullmatch(text) for phrase in patterns()):
            shared.append(turn.user)
    assert shared == []
