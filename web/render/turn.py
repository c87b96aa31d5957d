"""Draws a turn's events in its chat. Knows no engine."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import chainlit as cl
from chainlit.data import get_data_layer
from chainlit.utils import utc_now

from agent.engine.protocol import Sampling
from agent.events import (
    EndReason,
    Event,
    HistoryShortened,
    ReasoningDelta,
    TextDelta,
    ToolFinished,
    ToolStarted,
    TurnEnded,
)
from agent.hot_reload import survive
from web.render import messages, tool_results, usage
from web.render.elements import render_structured, send_card
from web.render.reasoning import THOUGHTS, Thoughts
from web.render.saved_steps import MODEL
from web.render.steps import Shown
from web.render.stream import StreamBuffer
from web.render.tool_steps import ToolSteps
from web.texts import Texts


class Turn:
    """One turn in the page: text streams into a message, each tool call is a step of its own."""

    def __init__(
        self,
        words: Texts,
        max_rounds: int,
        sampling: Sampling,
        is_behind: Callable[[], bool],
        show_receipts: bool,
        is_typing: Callable[[], bool] = lambda: False,
        model: str = "",
    ) -> None:
        """`model` is the name of the one that answers, to be kept with its answers."""
        self._words = words
        self._model = model
        self._show_receipts = show_receipts
        self._max_rounds = max_rounds
        self._sampling = sampling
        self._is_behind = is_behind
        self._is_typing = is_typing
        self._message: StreamBuffer | None = None
        self._answer: cl.Message | None = None
        self._thoughts: Thoughts | None = None
        self._tool_steps = ToolSteps(words)
        self._streams: list[cl.Message | cl.Step | Shown] = []  # what grows in the page, if anything does

    async def draw(self, event: Event) -> None:
        """Show one event."""
        match event:
            case TextDelta(text):
                await self._end_thoughts()
                await self._add_text(text)
            case ReasoningDelta(text):
                self._thoughts = self._thoughts or self._think()
                await self._thoughts.add(text)
            case ToolStarted(call):
                await self._end_text()
                await self._tool_steps.open(call)
            case ToolFinished(call, result):
                await self._tool_steps.close(call.id, result)
                if not result.failure and (card := tool_results.card(result.for_user, self._words)):
                    await send_card(card, self._words)
            case HistoryShortened():
                await messages.say(self._words.history_shortened, icon="history")
            case TurnEnded(reason, took):
                await self._end_text()
                if reason == "done" and self._answer and self._sampling.answer_schema:
                    await render_structured(self._answer, self._sampling.answer_schema, self._words)
                if sentence := self._ending(reason):
                    await messages.say(sentence)
                if took and self._show_receipts and reason != "empty":  # there is nothing to account for
                    await usage.send(took, self._words)

    def _ending(self, reason: EndReason) -> str:
        """What the person is told of how the turn ended; '' where it simply ended."""
        match reason:
            case "round_limit":
                return self._words.ended_round_limit.format(limit=self._max_rounds)
            case "length":
                text = self._words.answer_cut if self._sampling.answer_schema else self._words.ended_length
                return text.format(max_tokens=self._sampling.max_tokens)
            case "window":
                return self._words.ended_window
            case "empty":
                return self._words.ended_empty
            case "broken":
                return self._words.ended_broken
            case "done":
                return ""

    async def close(self) -> None:
        """End what is still open, in a turn that was stopped or that broke too."""
        await self._end_text()
        await self._tool_steps.stop()

    async def _add_text(self, text: str) -> None:
        if self._message is None:  # JSON shows as such, and not as Markdown, until it is whole
            language = "json" if self._sampling.answer_schema else None
            metadata = {MODEL: self._model} if self._model else {}
            self._answer = cl.Message("", language=language, created_at=utc_now(), metadata=metadata)
            self._message = self._frames(self._answer)
        await self._message.add(text)

    async def redraw(self) -> None:
        """Show what streams in a page that was opened meanwhile, as far as it is; what follows goes there too."""
        for stream in self._streams:
            await cl.context.emitter.send_step(stream.to_dict())

    def _think(self) -> Thoughts:
        step = messages.step(self._words.thinking, "run", THOUGHTS)
        return Thoughts(step, self._frames(step), self._words, self._is_behind)

    def _frames(self, stream: cl.Message | cl.Step) -> StreamBuffer:
        shown = stream if stream.language else Shown(stream, self._words.picture_not_loaded)
        self._streams = [shown]
        return StreamBuffer(shown, self._is_behind, lambda: keep(stream), self._is_typing)

    async def _end_text(self) -> None:
        await self._end_thoughts()
        if self._message:
            await self._message.end()
            self._streams = []
        self._message = None

    async def _end_thoughts(self) -> None:
        if self._thoughts:
            await self._thoughts.end()
            self._streams = []
        self._thoughts = None


def keep(stream: cl.Message | cl.Step) -> None:
    """Let the data layer have what streams, as far as it is. It is marked as streaming until its end is kept."""
    if layer := get_data_layer():
        saving: set[asyncio.Task[None]] = survive("saving_streams", set)  # a task that nobody holds may vanish
        task = asyncio.create_task(layer.update_step(stream.to_dict()))
        saving.add(task)
        task.add_done_callback(saving.discard)
