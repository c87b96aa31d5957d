"""Files of several persons at once: who has a short one does not wait for those who have heavy ones."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import psutil
import pytest

from agent.attachments.refusals import Refused
from tests.agent.attachments.test_sandbox import pdf_with
from web.chat.file_readers import FileReaders

NOTE_S = 5.0  # alone it is read in half a second; these tests share two cores with others


@pytest.fixture
def heavy(tmp_path: Path) -> Path:
    """A PDF that takes longer than any limit."""
    path = tmp_path / "heavy"
    path.write_bytes(pdf_with(b"BT /F 9 Tf (x) Tj ET " * 1_000_000))
    return path


@pytest.fixture
def note(tmp_path: Path) -> Path:
    path = tmp_path / "note"
    path.write_bytes(b"Hello there.")
    return path


@pytest.mark.slow
@pytest.mark.parametrize("persons", [1, 3])
async def test_a_note_is_read_while_others_have_heavy_files(heavy: Path, note: Path, persons: int) -> None:
    readers = FileReaders(1000)
    sent = [asyncio.create_task(readers.read(heavy, "a.pdf", f"person {number % persons}")) for number in range(8)]
    while len(psutil.Process().children()) < persons:
        await asyncio.sleep(0.01)
    began = time.perf_counter()
    assert (await readers.read(note, "note.txt", "somebody else")).parts[0].text == "Hello there."
    assert time.perf_counter() - began < NOTE_S
    for one in sent:
        one.cancel()
    assert all(isinstance(one, asyncio.CancelledError) for one in await asyncio.gather(*sent, return_exceptions=True))
    assert [one for one in psutil.Process().children() if one.status() != psutil.STATUS_ZOMBIE] == []


@pytest.mark.slow
async def test_who_sends_too_many_at_once_is_told_and_nobody_else(heavy: Path, note: Path) -> None:
    readers = FileReaders(1000)
    sent = [asyncio.create_task(readers.read(heavy, "a.pdf", "somebody")) for _ in range(FileReaders.MAX_WAITING + 1)]
    await asyncio.sleep(0)
    with pytest.raises(Refused) as refusal:
        await readers.read(note, "note.txt", "somebody")
    assert refusal.value.reason == "queue_full"
    assert (await readers.read(note, "note.txt", "somebody else")).parts
    for one in sent:
        one.cancel()
    await asyncio.gather(*sent, return_exceptions=True)
