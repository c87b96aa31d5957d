"""A remote engine: `vllm serve`, or anything else that speaks OpenAI's API."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, aclosing, asynccontextmanager, suppress
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import urlsplit

import httpx2
import openai
from pydantic import SecretStr

from agent.engine import remote_refusals
from agent.engine.backend import Status
from agent.engine.event_stream import events
from agent.engine.held_schema import hold
from agent.engine.openai_format import StreamJoiner, openai_messages
from agent.engine.protocol import Sampling, StreamPart, budget
from agent.engine.remote_errors import logged, read_body, translating_errors
from agent.engine.remote_refusals import is_about_length
from agent.engine.unheld import CannotHold
from agent.errors import AgentError, EngineError
from agent.history import Message
from tools.base import ToolSchema

logger = logging.getLogger(__name__)

TIMEOUT_S = 600.0
CONNECT_TIMEOUT_S = 10.0
DRAIN_S = 1.0


@dataclass(frozen=True)
class RemoteBackend:
    """A server at `base_url` (with its /v1). `model` auto or builtin means the first one that it lists."""

    base_url: str
    api_key: SecretStr
    model: str

    @cached_property
    def client(self) -> openai.AsyncOpenAI:
        """One for the backend's life, so that the turns share its connections."""
        timeout = openai.Timeout(TIMEOUT_S, connect=CONNECT_TIMEOUT_S)
        return openai.AsyncOpenAI(
            base_url=self.base_url,
            api_key=self.api_key.get_secret_value(),
            max_retries=0,
            timeout=timeout,
            http_client=openai.DefaultAsyncHttpxClient(timeout=timeout, trust_env=not _is_this_host(self.base_url)),
        )

    async def load(self, report: Callable[[Status], None]) -> tuple[str, int | None]:
        """The model's name and its window, once the server has answered; see `Engine.window`.

        Raises EngineError if it does not answer, or lacks the model.
        """
        report(Status("resolving", self.base_url))
        windows = {str(model["id"]): model.get("max_model_len") for model in await self._models()}
        names = list(windows)
        if not names:
            raise EngineError(
                f"{self.base_url} serves no model. Start it with one.",
                f"{self.base_url} 上没有模型。请带上模型启动它。",
            )
        wanted = self.model if self.model not in ("auto", "builtin") else names[0]
        if wanted not in names:
            raise EngineError(
                f"{self.base_url} does not serve {wanted!r}, but {', '.join(names)}. Set MODEL to one.",
                f"{self.base_url} 上没有 {wanted!r}，有的是：{', '.join(names)}。请把 MODEL 设为其中一个。",
            )
        report(Status("loading", wanted))
        return wanted, await self._countable(wanted, windows[wanted])

    async def _models(self) -> Sequence[Mapping[str, Any]]:
        """What the server lists; not by the client's own types, which break on what servers make of them."""
        with translating_errors(self.base_url):
            answer = await self.client.get("/models", cast_to=httpx2.Response)
        listed = read_body(answer.text, self.base_url).get("data") or ()
        models = [model for model in listed if isinstance(model, Mapping) and model.get("id")]
        if not models and listed:
            raise logged(remote_refusals.unreadable(self.base_url), answer.text)
        return models

    async def _countable(self, model: str, window: int | None) -> int | None:
        """The window, if the server states it and can count what stands in it: `vllm serve` does both."""
        if window is None:
            return None
        try:
            await RemoteEngine(self.client, model, self.base_url, window).count([Message("user", "hi")], [])
        except AgentError:
            logger.info("%s counts no tokens; a chat is shortened when it refuses one", self.base_url)
            return None
        return window

    def engine(self, loaded: Any) -> RemoteEngine:
        """See `Backend.engine`."""
        model, window = loaded
        return RemoteEngine(self.client, model, self.base_url, window)

    def running(self, loaded: Any) -> None:
        """The server has its own metrics."""

    def places(self, loaded: Any) -> None:
        """The server has its own limits, and its own queue."""

    def is_dead(self, loaded: Any) -> bool:
        """A server that has gone may come back."""
        return False

    def unload(self, loaded: Any | None) -> None:
        """The server is not ours to end."""

    async def unheld(self, schema: Mapping[str, Any]) -> Sequence[str]:
        """See `Backend.unheld`. What the server takes it says itself, when it is asked."""
        return ()


class RemoteEngine:
    """The engine protocol over HTTP; closing the stream closes the connection, by which vLLM frees the request."""

    def __init__(self, client: openai.AsyncOpenAI, model: str, base_url: str, window: int | None) -> None:
        self._client = client
        self._model = model
        self._base_url = base_url
        self._window = window

    @property
    def window(self) -> int | None:
        """See `Engine.window`."""
        return self._window

    async def count(self, messages: Sequence[Message], tools: Sequence[ToolSchema]) -> int:
        """See `Engine.count`. By vLLM's /tokenize, which stands beside its /v1."""
        url = self._base_url.rstrip("/").removesuffix("/v1") + "/tokenize"
        prompt = {"model": self._model, "messages": openai_messages(messages), "tools": list(tools) or None}
        with translating_errors(self._base_url):
            answer = await self._client.post(url, body=prompt, cast_to=httpx2.Response)
        count = read_body(answer.text, self._base_url).get("count")
        if not isinstance(count, int):
            raise logged(remote_refusals.unreadable(self._base_url), answer.text)
        return count

    async def stream(
        self, messages: Sequence[Message], tools: Sequence[ToolSchema], sampling: Sampling
    ) -> AsyncGenerator[StreamPart, None]:
        """See `Engine.stream`."""
        joiner, has_begun = StreamJoiner(), False
        with translating_errors(self._base_url, lambda: has_begun):
            async with (
                self._open(messages, tools, sampling) as response,
                aclosing(events(response.iter_bytes())) as answer,
            ):
                async for data in answer:
                    if data == "[DONE]":
                        break
                    for part in joiner.feed(read_body(data, self._base_url)):
                        has_begun = True
                        yield part
                await _drain(answer)
        for part in joiner.finish():
            yield part

    @asynccontextmanager
    async def _open(
        self, messages: Sequence[Message], tools: Sequence[ToolSchema], sampling: Sampling
    ) -> AsyncGenerator[Any, None]:
        """The server's response, whose body has not been read yet."""
        async with AsyncExitStack() as opened:
            try:
                request = self._request(messages, tools, sampling, {"max_tokens": sampling.max_tokens})
                response = await opened.enter_async_context(request)
            except openai.BadRequestError as error:
                if not is_about_length(str(error)) or not await self._has_room(messages, tools, sampling):
                    raise
                request = self._request(messages, tools, sampling, {})  # servers reserve max_tokens of the window
                response = await opened.enter_async_context(request)
            yield response

    async def _has_room(self, messages: Sequence[Message], tools: Sequence[ToolSchema], sampling: Sampling) -> bool:
        """Whether only the answer was too long that the server was asked to keep room for."""
        if self._window is None:
            return True  # as far as we know
        return await self.count(messages, tools) <= budget(self._window, sampling.max_tokens)

    def _request(
        self, messages: Sequence[Message], tools: Sequence[ToolSchema], sampling: Sampling, limit: dict[str, int]
    ) -> Any:
        return self._client.chat.completions.with_streaming_response.create(  # type: ignore[call-overload]
            model=self._model,
            messages=[],
            extra_body={"messages": openai_messages(messages)},  # each other one the library walks through on the loop
            tools=list(tools) or openai.omit,
            response_format=_response_format(sampling.answer_schema),
            stream=True,
            stream_options={"include_usage": True},
            temperature=sampling.temperature,
            top_p=sampling.top_p,
            **limit,
        )


async def _drain(answer: AsyncIterator[str]) -> None:
    """Read what is left, or the connection could not be used again."""
    with suppress(TimeoutError, httpx2.HTTPError):
        async with asyncio.timeout(DRAIN_S):
            async for _ in answer:
                pass


def _response_format(schema: Mapping[str, Any] | None) -> Any:
    """OpenAI's request for an answer that fits `schema`; not strict, which would allow but a part of JSON Schema.

    The schema is written so that `vllm serve`, by whose xgrammar it is held, reads it as it is meant.
    """
    if schema is None:
        return openai.omit
    with suppress(CannotHold):
        schema = hold(schema).schema
    return {"type": "json_schema", "json_schema": {"name": "answer", "schema": dict(schema)}}


def _is_this_host(url: str) -> bool:
    """A proxy that the environment names is for other hosts."""
    host = urlsplit(url).hostname or ""
    return host in ("localhost", "::1") or host.startswith("127.")
