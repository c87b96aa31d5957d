"""The process that reads a file: its limits, and that nothing of ours reaches it or waits for it."""

from __future__ import annotations

import asyncio
import zlib
from pathlib import Path

import psutil
import pytest

from agent.attachments.document import Document, Part
from agent.attachments.refusals import Refused
from agent.attachments.sandbox import read_apart
from tests.agent.attachments.files import pdf
from tests.event_loop import longest_hold

pytestmark = pytest.mark.slow  # each file is read in a process of its own


def pdf_with(stream: bytes) -> bytes:
    """A PDF whose one page draws `stream`."""
    packed = zlib.compress(stream, 9)
    font = b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /Contents 4 0 R /Resources << /Font << /F %b >> >> >>" % font,
        b"<< /Length %d /Filter /FlateDecode >> stream\n%b\nendstream" % (len(packed), packed),
    ]
    body = b"%PDF-1.7\n" + b"".join(b"%d 0 obj %b endobj\n" % pair for pair in enumerate(objects, 1))
    return body + b"trailer << /Root 1 0 R /Size 5 >>\nstartxref\n0\n%%EOF"


async def refusal(path: Path, **limits: float) -> str:
    with pytest.raises(Refused) as refused:
        await read_apart(path, path.name, 1000, **limits)  # type: ignore[arg-type]
    return refused.value.reason


async def test_a_file_comes_back_as_a_document(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(pdf("第一页"))
    assert await read_apart(tmp_path / "a", "a.pdf", 1000) == Document("a.pdf", "PDF", (Part(1, "第一页"),), 1)


async def test_a_refusal_comes_back_as_one(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(pdf("secret", password="pw"))
    assert await refusal(tmp_path / "a") == "encrypted"


async def test_a_file_that_takes_too_long_is_given_up_while_the_loop_goes_on(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(pdf_with(b"BT /F 9 Tf (x) Tj ET " * 1_000_000))
    reason, longest = await longest_hold(refusal(tmp_path / "a", timeout_s=1))
    assert reason == "too_heavy"
    assert longest < 0.5


async def test_a_file_that_takes_too_much_memory_is_given_up(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"0123456789\n" * 10_000_000)
    assert await refusal(tmp_path / "a", memory_bytes=150_000_000) == "too_heavy"


async def test_a_chat_that_ends_ends_its_reader(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(pdf_with(b"BT /F 9 Tf (x) Tj ET " * 1_000_000))
    reading = asyncio.create_task(read_apart(tmp_path / "a", "a", 1000))
    while not (readers := psutil.Process().children()):
        await asyncio.sleep(0.01)
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    assert [reader for reader in readers if reader.is_running()] == []
