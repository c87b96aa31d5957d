"""Looks at parts that are well, ill, or hang."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest

from web.server import health
from web.server.health import Probe, disk, report


class Part:
    """Is looked at; an error in it is raised, and while `hangs` no look ends."""

    def __init__(self) -> None:
        self.error: Exception | None = None
        self.goes_on = asyncio.Event()
        self.goes_on.set()
        self.looks = 0

    async def look(self) -> None:
        self.looks += 1
        await self.goes_on.wait()
        if self.error:
            raise self.error


async def test_a_part_is_looked_at_now_and_then_however_often_it_is_asked_for() -> None:
    part = Part()
    probe = Probe("the part", part.look)
    assert [await probe.is_well() for _ in range(100)] == [True] * 100
    assert part.looks == 1


async def test_why_a_part_is_ill_is_told_to_the_log_alone_and_once(caplog: pytest.LogCaptureFixture) -> None:
    part = Part()
    part.error = OSError("10.0.0.7 refuses: secret")
    probe = Probe("the part", part.look, every_s=0)
    assert await report({"part": probe}) == {"part": "ill"}
    assert await report({"part": probe}) == {"part": "ill"}
    assert caplog.text.count("secret") == 1
    part.error = None
    assert await report({"part": probe}) == {"part": "ok"}
    assert "the part is well again" in caplog.text


async def test_a_part_that_hangs_is_ill_and_holds_nobody_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "WITHIN_S", 0.05)
    monkeypatch.setattr(health, "HANGS_S", 0.1)
    part = Part()
    part.goes_on.clear()
    probe, other = Probe("the part", part.look), Probe("the other", Part().look)
    assert await probe.is_well()  # it may only be slow
    began_at = time.monotonic()
    while await probe.is_well():
        assert time.monotonic() - began_at < 5
    assert await report({"part": probe, "other": other}) == {"part": "ill", "other": "ok"}
    assert part.looks == 1
    part.goes_on.set()
    assert await probe.is_well()


async def test_what_is_known_needs_no_look() -> None:
    is_ill = False
    probe = Probe("the part", Part().look, lambda: is_ill)
    assert await probe.is_well()
    is_ill = True
    assert not await probe.is_well()


async def test_a_disk_is_ill_before_it_is_full(tmp_path: Path) -> None:
    await disk(tmp_path, 1)()
    with pytest.raises(OSError, match="bytes are free"):
        await disk(tmp_path, 2**80)()
