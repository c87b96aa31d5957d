"""Agent loop: one chat's turns, from a person's text to the model's last word. Knows no vendor, settings or page."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, Collection, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field

from agent.call_limits import MAX_CALLS, MAX_REFUSED_CALLS, bounded, why_refused
from agent.engine.protocol import Engine, Sampling, StreamPart, Usage, budget
from agent.errors import ContextFull
from agent.events import (
    EndReason,
    Event,
    HistoryShortened,
    TextDelta,
    ToolFinished,
    ToolStarted,
    TurnEnded,
)
from agent.history import EMPTY, History, Message
from agent.usage_meter import UsageMeter
from tools.base import ToolCall, ToolSchema, failed
from tools.registry import Registry


@dataclass
class _Answer:
    """One answer of the model, as far as it has come; `tool_names` are those that it may call."""

    tool_names: Collection[str] | None = None
    pieces: list[str] = field(default_factory=list)
    calls: list[ToolCall] = field(default_factory=list)
    running: list[asyncio.Task[ToolFinished]] = field(default_factory=list)  # one a call
    usage: Usage = field(default_factory=Usage)
    is_recorded: bool = False  # in the history

    @property
    def text(self) -> str:
        return "".join(self.pieces)


@dataclass
class _Turn:
    """A turn's answer that is under way, and how often each call was `seen` before."""

    answer: _Answer = field(default_factory=_Answer)
    seen: Counter[str] = field(default_factory=Counter)


class Conversation:
    """One chat: its history, and how it is to be answered from the next message on."""

    def __init__(
        self,
        engine: Engine,
        tools: Registry,
        history: History,
        *,
        system: str = "",
        sampling: Sampling | None = None,
        tool_names: Collection[str] | None = None,
        max_rounds: int = 8,
    ) -> None:
        self._engine = engine
        self._tools = tools
        self._history = history
        self._system = system
        self._sampling = sampling or Sampling()
        self._tool_names = tool_names
        self._max_rounds = max_rounds
        self._meter = UsageMeter(engine.window)

    @property
    def tokens(self) -> int:
        """What the last turn has read and written, as far as it came."""
        return self._meter.tokens

    async def send(self) -> AsyncGenerator[Event, None]:
        """Answer the question that is the history's last message.

        After `max_rounds` rounds of tool calls the model has to answer without tools. Raises ContextFull and
        EngineError; whatever ends the turn, every call in the history has a result.
        """
        self._meter = UsageMeter(self._engine.window)
        turn = _Turn()
        try:
            async with aclosing(self._rounds(turn)) as events:
                async for event in events:
                    yield event
        finally:
            self._record(turn.answer)
            self._answer_open_calls(turn.answer.running)
            self._history.close_turn()

    async def _rounds(self, turn: _Turn) -> AsyncGenerator[Event, None]:
        """Ask the model and run the tools that it calls, until it calls none."""
        for number in range(self._max_rounds + 1):
            is_last = number == self._max_rounds
            turn.answer = _Answer(() if is_last or self._sampling.answer_schema else self._tool_names)
            async with aclosing(self._ask(turn)) as events:
                async for event in events:
                    yield event
            self._record(turn.answer)
            if not turn.answer.calls:
                yield self._end(turn.answer, is_last)
                return
            for finishing in asyncio.as_completed(turn.answer.running):
                finished = await finishing
                self._meter.take_result(finished.call, finished.result)
                yield finished
            for task in turn.answer.running:  # in the order of the calls
                self._history.add_result(task.result().result)
        yield TurnEnded("round_limit", self._meter.usage())

    async def _ask(self, turn: _Turn) -> AsyncGenerator[Event, None]:
        """One answer of the model; each tool starts as soon as its call is whole."""
        answer = turn.answer
        self._meter.ask()
        async with aclosing(self._stream(self._tools.schemas(answer.tool_names))) as parts:
            async for part in parts:
                self._meter.take(part)
                if isinstance(part, ToolCall) and len(answer.calls) == MAX_CALLS + MAX_REFUSED_CALLS:
                    return
                if event := self._take(part, turn):
                    yield event

    def _take(self, part: StreamPart | HistoryShortened, turn: _Turn) -> Event | None:
        """Note a part of the answer; gives what of it is told."""
        match part:
            case ToolCall():
                return self._start(part, turn)
            case Usage():
                turn.answer.usage = part
                return None
            case TextDelta(text):
                turn.answer.pieces.append(text)
        return part

    def _start(self, made: ToolCall, turn: _Turn) -> ToolStarted:
        """Run a call, or refuse it."""
        call, refusal = bounded(made), why_refused(made, len(turn.answer.calls), turn.seen)
        turn.answer.calls.append(call)
        turn.answer.running.append(asyncio.create_task(self._run(call, turn.answer.tool_names, refusal)))
        return ToolStarted(call)

    def _record(self, answer: _Answer) -> None:
        """Append an answer to the history, once."""
        if not answer.is_recorded:
            self._history.add_assistant(answer.text, answer.calls)
        answer.is_recorded = True

    def _end(self, answer: _Answer, is_last: bool) -> TurnEnded:
        """The end of a turn whose last answer called no tools."""
        reason = self._reason(answer, is_last)
        if reason == "empty":
            self._history.close_turn(EMPTY)
        return TurnEnded(reason, self._meter.usage())

    async def _stream(self, schemas: Sequence[ToolSchema]) -> AsyncGenerator[StreamPart | HistoryShortened, None]:
        """The engine's parts; if the history is too long for the window, those for its newer turns.

        A question that does not fit even alone is taken back, and costs the chat nothing.
        """
        start, is_shortened = self._history.start, False
        while True:
            try:
                async with aclosing(self._stream_once(schemas, is_shortened=is_shortened)) as parts:
                    async for part in parts:
                        yield part
                return
            except ContextFull:
                is_shortened = await self._shorten(schemas)
                if not is_shortened:
                    self._history.start = start
                    self._history.take_back()
                    raise

    async def _stream_once(
        self, schemas: Sequence[ToolSchema], *, is_shortened: bool
    ) -> AsyncGenerator[StreamPart | HistoryShortened, None]:
        """The engine's parts for the prompt as it is, after HistoryShortened if it was shortened."""
        prompt = self._history.prompt(self._system)
        self._meter.give(prompt, schemas)
        async with aclosing(self._engine.stream(prompt, schemas, self._sampling)) as parts:
            async for part in parts:
                if is_shortened:
                    yield HistoryShortened()
                is_shortened = False
                yield part

    async def _shorten(self, schemas: Sequence[ToolSchema]) -> bool:
        """Shorten the prompt by older turns; False if the last one alone is too long."""
        if self._engine.window is None:
            return self._history.drop_half()

        async def count(messages: Sequence[Message]) -> int:
            return await self._engine.count(messages, schemas)

        return await self._history.fit(self._system, budget(self._engine.window, self._sampling.max_tokens), count)

    def _reason(self, answer: _Answer, is_last: bool) -> EndReason:
        usage = answer.usage
        if usage.is_cut:
            return "window" if 0 < usage.completion_tokens < self._sampling.max_tokens else "length"
        if not answer.text.strip():
            return "empty"
        if usage.is_broken:
            return "broken"
        return "round_limit" if is_last else "done"

    async def _run(self, call: ToolCall, names: Collection[str] | None, refusal: str) -> ToolFinished:
        if refusal:
            return ToolFinished(call, failed(call, "refused", refusal))
        return ToolFinished(call, await self._tools.call(call, names))

    def _answer_open_calls(self, running: Sequence[asyncio.Task[ToolFinished]]) -> None:
        """Give each open call its result, or one that says that it was stopped."""
        open_calls = self._history.open_calls()
        for call, task in zip(open_calls, running[len(running) - len(open_calls) :], strict=True):
            if task.done() and not task.cancelled() and not task.exception():
                self._history.add_result(task.result().result)
            else:
                task.cancel()
                self._history.add_result(failed(call, "stopped", "The turn was stopped before this call had a result."))
