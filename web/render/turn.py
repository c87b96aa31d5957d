"""Renders a turn's events as messages and steps of its chat. Knows no engine."""

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
from web.render import notices, tool_results, usage
from web.render.elements import render_structured, send_view
from web.render.metadata import MODEL
from web.render.page_form import PageStream
from web.render.reasoning import THOUGHTS, Thoughts
from web.render.steps import make_step
from web.render.stream import StreamBuffer
from web.render.tool_steps import ToolSteps
from web.texts import Texts


class TurnRenderer:
    """One turn in the page: text streams into a message, each tool call is a step of its own."""

    def __init__(
        self,
        texts: Texts,
        max_rounds: int,
        sampling: Sampling,
        is_behind: Callable[[], bool],
        shows_usage: bool,
        is_typing: Callable[[], bool] = lambda: False,
        model: str = "",
    ) -> None:
        """`model` is the name of the one that answers, to be saved with its answers."""
        self._texts = texts
        self._model = model
        self._shows_usage = shows_usage
        self._max_rounds = max_rounds
        self._sampling = sampling
        self._is_behind = is_behind
        self._is_typing = is_typing
        self._text: StreamBuffer | None = None
        self._answer: cl.Message | None = None
        self._thoughts: Thoughts | None = None
        self._tool_steps = ToolSteps(texts)
        self._streams: list[cl.Message | cl.Step | PageStream] = []  # what grows in the page, if anything does

    async def render(self, event: Event) -> None:
        """Show one event in the page."""
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
                if not result.failure and (view := tool_results.view(result.for_user, self._texts)):
                    await send_view(view, self._texts)
            case HistoryShortened():
                await notices.send(self._texts.history_shortened, icon="history")
            case TurnEnded(reason, took):
                await self._end_text()
                if reason == "done" and self._answer and self._sampling.answer_schema:
                    await render_structured(self._answer, self._sampling.answer_schema, self._texts)
                if sentence := self._ending(reason):
                    await notices.send(sentence)
                if took and self._shows_usage and reason != "empty":  # there is nothing to account for
                    await usage.send(took, self._texts)

    def _ending(self, reason: EndReason) -> str:
        """What the person is told of how the turn ended; '' if it simply ended."""
        match reason:
            case "round_limit":
                return self._texts.ended_round_limit.format(limit=self._max_rounds)
            case "length":
                text = self._texts.answer_cut if self._sampling.answer_schema else self._texts.ended_length
                return text.format(max_tokens=self._sampling.max_tokens)
            case "window":
                return self._texts.ended_window
            case "empty":
                return self._texts.ended_empty
            case "broken":
                return self._texts.ended_broken
            case "done":
                return ""

    async def close(self) -> None:
        """End what is still open, in a turn that was stopped or that broke too."""
        await self._end_text()
        await self._tool_steps.stop()

    async def _add_text(self, text: str) -> None:
        if self._text is None:  # JSON shows as such, and not as Markdown, until it is whole
            language = "json" if self._sampling.answer_schema else None
            metadata = {MODEL: self._model} if self._model else {}
            self._answer = cl.Message("", language=language, created_at=utc_now(), metadata=metadata)
            self._text = self._buffer(self._answer)
        await self._text.add(text)

    async def resend(self) -> None:
        """Send what streams, as far as it is, to a page that was opened meanwhile; what follows goes there too."""
        for stream in self._streams:
            await cl.context.emitter.send_step(stream.to_dict())

    def _think(self) -> Thoughts:
        step = make_step(self._texts.thinking, "run", THOUGHTS)
        return Thoughts(step, self._buffer(step), self._texts, self._is_behind)

    def _buffer(self, stream: cl.Message | cl.Step) -> StreamBuffer:
        shown = stream if stream.language else PageStream(stream, self._texts.picture_not_loaded)
        self._streams = [shown]
        return StreamBuffer(shown, self._is_behind, lambda: _save(stream), self._is_typing)

    async def _end_text(self) -> None:
        await self._end_thoughts()
        if self._text:
            await self._text.end()
            self._streams = []
        self._text = None

    async def _end_thoughts(self) -> None:
        if self._thoughts:
            await self._thoughts.end()
            self._streams = []
        self._thoughts = None


def _save(stream: cl.Message | cl.Step) -> None:
    """Save what streams, as far as it is. It is marked as streaming until its end is saved."""
    if layer := get_data_layer():
        saving: set[asyncio.Task[None]] = survive("saving_streams", set)  # a task that nobody holds may vanish
        task = asyncio.create_task(layer.update_step(stream.to_dict()))
        saving.add(task)
        task.add_done_callback(saving.discard)
