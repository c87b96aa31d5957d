"""A remote engine: `vllm serve`, or anything else that speaks OpenAI's API. The only module that imports openai."""

from __future__ import annotations

import logging
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import urlsplit

import openai
from pydantic import SecretStr

from agent.engine.held_schema import CannotHold, hold
from agent.engine.openai_format import Joiner, openai_messages
from agent.engine.process import Status
from agent.engine.protocol import Part, Sampling, budget
from agent.errors import AgentError, ContextFull, EngineError
from agent.history import Message
from tools.base import ToolSchema

logger = logging.getLogger(__name__)

TIMEOUT_S = 600.0
CONNECT_TIMEOUT_S = 10.0


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

        Raises EngineError where it does not answer, or lacks the model.
        """
        report(Status("resolving", self.base_url))
        try:
            windows = {model.id: _stated_window(model) async for model in self.client.models.list()}
        except openai.OpenAIError as error:
            raise _explain(error, self.base_url) from error
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

    async def _countable(self, model: str, window: int | None) -> int | None:
        """The window, where the server states it and can count what stands in it: `vllm serve` does both."""
        if window is None:
            return None
        try:
            await RemoteEngine(self.client, model, self.base_url, window).count([Message("user", "hi")], [])
        except (AgentError, ValueError, KeyError):
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
        """The server has its own limits, and its own line."""

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
        try:
            answer = await self._client.post(url, body=prompt, cast_to=dict[str, Any])
        except openai.OpenAIError as error:
            raise _explain(error, self._base_url) from error
        return int(answer["count"])

    async def stream(
        self, messages: Sequence[Message], tools: Sequence[ToolSchema], sampling: Sampling
    ) -> AsyncGenerator[Part, None]:
        """See `Engine.stream`."""
        joiner = Joiner()
        try:
            try:
                stream = await self._open(messages, tools, sampling, {"max_tokens": sampling.max_tokens})
            except openai.BadRequestError as error:
                if not _is_about_length(error) or not await self._has_room(messages, tools, sampling):
                    raise
                stream = await self._open(messages, tools, sampling, {})  # servers reserve max_tokens of the window
            async with stream:
                async for chunk in stream:
                    for part in joiner.feed(chunk.model_dump()):
                        yield part
        except openai.OpenAIError as error:
            raise _explain(error, self._base_url) from error
        for part in joiner.finish():
            yield part

    async def _has_room(self, messages: Sequence[Message], tools: Sequence[ToolSchema], sampling: Sampling) -> bool:
        """Whether only the answer was too long that the server was asked to keep room for."""
        if self._window is None:
            return True  # as far as we know
        return await self.count(messages, tools) <= budget(self._window, sampling.max_tokens)

    async def _open(
        self, messages: Sequence[Message], tools: Sequence[ToolSchema], sampling: Sampling, limit: dict[str, int]
    ) -> Any:
        return await self._client.chat.completions.create(  # type: ignore[call-overload]
            model=self._model,
            messages=openai_messages(messages),
            tools=list(tools) or openai.omit,
            response_format=_response_format(sampling.answer_schema),
            stream=True,
            stream_options={"include_usage": True},
            temperature=sampling.temperature,
            top_p=sampling.top_p,
            **limit,
        )


def _stated_window(model: openai.types.Model) -> int | None:
    """What vLLM tells of a model beside OpenAI's fields."""
    stated: Mapping[str, Any] = model.model_extra or {}
    return stated.get("max_model_len")


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


def _is_about_length(error: openai.OpenAIError) -> bool:
    return "context length" in str(error) or "max_tokens" in str(error) or "context_length" in str(error)


def _explain(error: openai.OpenAIError, base_url: str) -> AgentError:
    """The client's error in words with a next step; its own text goes to the log."""
    logger.error("the engine at %s: %s: %s", base_url, type(error).__name__, error)
    match error:
        case openai.AuthenticationError() | openai.PermissionDeniedError():
            return EngineError(
                f"{base_url} refuses the key. Set REMOTE_API_KEY in .env to the server's key.",
                f"{base_url} 不接受这个密钥。请在 .env 里把 REMOTE_API_KEY 设为该服务的密钥。",
            )
        case openai.BadRequestError() if _is_about_length(error):
            return ContextFull()
        case openai.APIConnectionError():
            return EngineError(
                f"{base_url} cannot be reached. Start that server, or correct REMOTE_BASE_URL in .env, and then start "
                "this app again.",
                f"连不上 {base_url}。请启动该服务，或者在 .env 里改正 REMOTE_BASE_URL，然后重新启动本应用。",
            )
        case _:
            return EngineError(
                f"The engine at {base_url} could not answer; the reason is in this server's log.",
                f"{base_url} 上的引擎没能回答，原因见本服务器的日志。",
            )
