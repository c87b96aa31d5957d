"""How much of which file the model gets: whole lines, fair shares, never more than the budget."""

from __future__ import annotations

import random

import pytest

from agent.attachments.budget import Excerpt, fit
from agent.attachments.document import Document, Part
from agent.engine.protocol import estimate


def text(name: str, length: int) -> Document:
    return Document(name, "text", (Part(None, "x" * length),))


def pdf(name: str, *pages: str) -> Document:
    return Document(name, "PDF", tuple(Part(number, page) for number, page in enumerate(pages, 1)), len(pages))


async def letters(text: str) -> int:
    """Stands for an engine whose tokens are letters."""
    return len(text)


async def lengths(documents: list[Document], budget: int) -> list[int]:
    return [excerpt.length for excerpt in await fit(documents, budget, letters)]


async def test_what_fits_is_whole() -> None:
    documents = [text("a", 40), pdf("b", "one", "two")]
    excerpts = await fit(documents, 100, letters)
    assert excerpts == tuple(Excerpt(document, document.parts) for document in documents)
    assert [excerpt.is_whole for excerpt in excerpts] == [True, True]


async def test_small_files_are_whole_and_the_large_ones_share_the_rest_equally() -> None:
    assert await lengths([text("a", 1000), text("b", 10), text("c", 500)], 110) == [50, 10, 50]


async def test_a_cut_falls_on_the_end_of_a_line_and_keeps_the_pages_numbers() -> None:
    document = pdf("a", "first\npage", "second\npage\nis long", "third")
    (excerpt,) = await fit([document], 30, letters)
    assert excerpt.parts == (Part(1, "first\npage"), Part(2, "second\npage\n"))
    assert not excerpt.is_whole


async def test_a_file_that_was_not_read_to_its_end_is_not_whole() -> None:
    document = Document("a", "text", (Part(None, "x"),), is_cut=True)
    assert [excerpt.is_whole for excerpt in await fit([document], 100, letters)] == [False]


async def test_nothing_is_left_of_files_for_which_there_is_no_room() -> None:
    (excerpt,) = await fit([text("a", 10)], 0, letters)
    assert (excerpt.parts, excerpt.is_whole) == ((), False)


@pytest.mark.parametrize("seed", range(50))
async def test_the_budget_is_never_exceeded_and_well_used(seed: int) -> None:
    rng = random.Random(seed)
    documents = [pdf(str(n), *("line\n" * rng.randint(0, 300) for _ in range(5))) for n in range(rng.randint(1, 10))]
    budget = rng.randint(200, 5000)
    counted = 0

    async def count(text: str) -> int:
        return estimate(text)

    for excerpt in await fit(documents, budget, count):
        counted += estimate("\n".join(part.text for part in excerpt.parts))
    whole = sum(estimate("\n".join(part.text for part in document.parts)) for document in documents)
    assert counted <= budget
    assert counted >= 0.6 * min(budget, whole) - 20 * len(documents)
