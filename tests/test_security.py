"""What docs/security.md says is shown by tests that there are."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parent.parent
TEXT = (ROOT / "docs" / "security.md").read_text("utf-8")
ITEMS = TEXT[TEXT.index("## ASVS") :]
ROW = re.compile(r"\| (.+?) \| (.+?) \| (.) \| (.+?) \|")


def rows() -> list[tuple[str, ...]]:
    lines = [line for line in ITEMS.splitlines() if line.startswith("|")][2:]
    found = [ROW.fullmatch(line) for line in lines]
    assert None not in found
    return [row.groups() for row in found if row]


def test_every_test_that_is_named_is_there() -> None:
    named = set(re.findall(r"`(test_\w+)`", TEXT))
    files = [file.read_text("utf-8") for file in (ROOT / "tests").rglob("test_*.py")]
    there = {name for file in files for name in re.findall(r"^(?:async )?def (test_\w+)", file, re.MULTILINE)}
    assert len(named) > 40
    assert named - there == set()


def test_every_item_has_its_proof_or_a_reason() -> None:
    kinds = {kind for _, _, kind, _ in rows()}
    assert kinds == {"+", "~", "-"}
    unsaid = [item for item, _, _, proof in rows() if len(proof) < 10]
    assert unsaid == []


def test_every_chapter_that_applies_is_looked_at_in_its_order() -> None:
    first = [int(item.split(".")[0]) for item, *_ in rows()]
    assert first == sorted(first)
    assert set(first) == set(range(1, 17))


def test_nothing_is_left_to_be_filled_in() -> None:
    assert [line for line in TEXT.splitlines() if "TO FILL IN" in line] == []
