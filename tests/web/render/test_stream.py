"""Frames of a text that streams, under a clock that the test sets."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from web.render.stream import FRAME_S, FRAMES_PER_S, SAVED_PER_S, StreamBuffer

Advance = Callable[[float], Awaitable[None]]


class Page:
    """A message in a page that takes what it gets; `held` keeps a frame on its way, `is_behind` is set by a test."""

    def __init__(self) -> None:
        self.shown: list[str] = []
        self.is_behind = False
        self.has_ended = False
        self.held = asyncio.Event()
        self.held.set()

    async def stream_token(self, token: str) -> None:
        await self.held.wait()
        self.shown.append(token)

    async def update(self) -> None:
        self.has_ended = True


@pytest.fixture
def page() -> Page:
    return Page()


@pytest.fixture
def frames(page: Page) -> StreamBuffer:
    return StreamBuffer(page, lambda: page.is_behind)


@pytest.fixture
async def advance() -> Advance:
    """Let seconds pass, and everything happen that is due then."""
    loop, now = asyncio.get_running_loop(), 1000.0
    loop.time = lambda: now  # type: ignore[method-assign]

    async def settle() -> None:
        for _ in range(9):
            await asyncio.sleep(0)

    async def pass_by(seconds: float) -> None:
        nonlocal now
        await settle()
        now += seconds
        await settle()

    return pass_by


async def test_the_first_piece_is_shown_at_once(page: Page, frames: StreamBuffer) -> None:
    await frames.add("It")
    assert page.shown == ["It"]


async def test_what_comes_within_an_interval_is_one_frame(page: Page, frames: StreamBuffer, advance: Advance) -> None:
    for piece in ("It", " is", " sun", "ny"):
        await frames.add(piece)
        await advance(FRAME_S / 5)
    assert page.shown == ["It"]
    await advance(FRAME_S / 2)
    assert page.shown == ["It", " is sunny"]


async def test_a_steady_stream_has_25_frames_a_second(page: Page, frames: StreamBuffer, advance: Advance) -> None:
    for _ in range(500):
        await frames.add("x")
        await advance(0.002)
    await frames.end()
    assert "".join(page.shown) == "x" * 500
    assert 24 <= len(page.shown) <= 27


async def test_a_long_text_has_fewer_frames(page: Page, frames: StreamBuffer, advance: Advance) -> None:
    await frames.add("x" * 30_000)
    for _ in range(450):
        await frames.add("x")
        await advance(0.01)
    assert 5 <= len(page.shown) <= 7  # 0.04 s after the first, and then 0.9 s after each
    await frames.end()
    assert "".join(page.shown) == "x" * 30_450


async def test_a_page_that_is_typed_into_has_a_fifth_of_the_frames(page: Page, advance: Advance) -> None:
    typing = True
    frames = StreamBuffer(page, lambda: False, is_typing=lambda: typing)
    await frames.add("It")
    for _ in range(100):
        await frames.add("x")
        await advance(FRAME_S / 10)
    assert len(page.shown) == 1 + 2
    typing = False
    await frames.add("y")
    await advance(FRAME_S)
    assert "".join(page.shown) == f"It{'x' * 100}y"


async def test_many_streams_share_the_frames_of_a_second(page: Page, advance: Advance) -> None:
    many = [StreamBuffer(page, lambda: False) for _ in range(240)]
    for _ in range(100):
        for frames in many:
            await frames.add("x")
        await advance(0.01)
    assert 0.8 * FRAMES_PER_S < len(page.shown) - len(many) < 1.2 * FRAMES_PER_S
    for frames in many:
        await frames.end()
    assert "".join(page.shown) == "x" * 24_000


async def test_streams_of_before_and_after_a_hot_reload_share_the_frames(
    page: Page, advance: Advance, reload: Callable[[str], Any]
) -> None:
    before = [StreamBuffer(page, lambda: False) for _ in range(120)]
    for frames in before:
        await frames.add("x")
    after = [reload("web.render.stream").StreamBuffer(page, lambda: False)]
    after += [type(after[0])(page, lambda: False) for _ in range(119)]
    for _ in range(100):
        for frames in (*before, *after):
            await frames.add("x")
        await advance(0.01)
    assert 0.8 * FRAMES_PER_S < len(page.shown) - 240 < 1.2 * FRAMES_PER_S


async def test_many_streams_share_what_is_kept_of_them_in_a_second(page: Page, advance: Advance) -> None:
    saved = list[int]()
    many = [StreamBuffer(page, lambda: False, lambda number=number: saved.append(number)) for number in range(400)]  # type: ignore[misc]
    for _ in range(120):
        for frames in many:
            await frames.add("x")
        await advance(0.1)
    assert min(saved.count(number) for number in range(400)) >= 2
    assert len(saved) - len(many) <= 1.2 * 12 * SAVED_PER_S
    for frames in many:
        await frames.end()


async def test_a_pause_holds_no_text_back(page: Page, frames: StreamBuffer, advance: Advance) -> None:
    await frames.add("It")
    await frames.add(" is")
    await advance(FRAME_S)
    assert page.shown == ["It", " is"]


async def test_a_slow_model_is_shown_piece_by_piece_at_once(page: Page, frames: StreamBuffer, advance: Advance) -> None:
    for piece in ("a", "b", "c"):
        await frames.add(piece)
        assert page.shown[-1] == piece
        await advance(2 * FRAME_S)


async def test_the_end_shows_the_rest_at_once_and_nothing_comes_after_it(
    page: Page, frames: StreamBuffer, advance: Advance
) -> None:
    await frames.add("It")
    await frames.add(" is")
    await frames.end()
    assert (page.shown, page.has_ended) == (["It", " is"], True)
    await advance(5 * FRAME_S)
    assert page.shown == ["It", " is"]
    assert len(asyncio.all_tasks()) == 1  # the test's own


async def test_the_end_waits_for_a_frame_on_its_way(page: Page, frames: StreamBuffer, advance: Advance) -> None:
    await frames.add("It")
    await frames.add(" is")
    page.held.clear()
    await advance(FRAME_S)
    await frames.add(" sunny")
    end = asyncio.create_task(frames.end())
    await advance(0)
    assert (page.shown, page.has_ended) == (["It"], False)
    page.held.set()
    await end
    assert (page.shown, page.has_ended) == (["It", " is", " sunny"], True)


async def test_a_cancelled_turn_keeps_its_text_for_the_end(page: Page, frames: StreamBuffer) -> None:
    async def turn() -> None:
        await frames.add("It")
        await frames.add(" is")
        await asyncio.Event().wait()

    running = asyncio.create_task(turn())
    await asyncio.sleep(0)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    await frames.end()
    assert page.shown == ["It", " is"]


async def test_a_page_that_is_behind_gets_one_frame_for_all_it_missed(
    page: Page, frames: StreamBuffer, advance: Advance
) -> None:
    await frames.add("x")
    page.is_behind = True
    for _ in range(100):
        await frames.add("y")
        await advance(FRAME_S)
    assert page.shown == ["x"]
    page.is_behind = False
    await advance(FRAME_S)
    assert page.shown == ["x", "y" * 100]


async def test_the_end_does_not_wait_for_a_page_that_is_behind(page: Page, frames: StreamBuffer) -> None:
    page.is_behind = True
    await frames.add("It is")
    await frames.end()
    assert (page.shown, page.has_ended) == (["It is"], True)


async def test_a_page_that_breaks_breaks_the_turn(page: Page, frames: StreamBuffer) -> None:
    async def break_down(token: str) -> None:
        raise ConnectionError("gone")

    page.stream_token = break_down  # type: ignore[method-assign]
    with pytest.raises(ConnectionError):
        await frames.add("It")


async def test_what_was_seen_is_kept_at_once_and_then_each_second(page: Page, advance: Advance) -> None:
    saved = list[str]()
    frames = StreamBuffer(page, lambda: False, lambda: saved.append("".join(page.shown)))
    await frames.add("a")
    assert saved == ["a"]
    for _ in range(int(2.2 / FRAME_S)):
        await frames.add("b")
        await advance(FRAME_S)
    assert [len(text) // int(1 / FRAME_S) for text in saved] == [0, 1, 2]
