"""The engine protocol over a loaded vLLM: warm-up, streaming, counting, end."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncGenerator, Iterator, Mapping, Sequence
from contextlib import aclosing, contextmanager
from dataclasses import replace
from functools import lru_cache
from typing import Any

from agent.engine.vllm.load import Loaded  # before vLLM's own: it sets what vLLM reads at its import

# isort: split
from vllm.entrypoints.openai.chat_completion.protocol import ChatCompletionRequest
from vllm.exceptions import VLLMValidationError
from vllm.platforms import current_platform
from vllm.sampling_params import StructuredOutputsParams
from vllm.v1.engine.exceptions import EngineDeadError

from agent.engine.openai_format import StreamJoiner, openai_messages
from agent.engine.protocol import Sampling, StreamPart, budget
from agent.engine.vllm.call_grammar import call_grammar
from agent.engine.vllm.tried_grammar import tried
from agent.errors import ContextFull, EngineError, ModelError
from agent.history import Message
from tools.base import ToolSchema

logger = logging.getLogger(__name__)

WARM_UP_TOKENS = 4
XGRAMMAR = ("auto", "xgrammar")  # the backends of structured outputs that take a structural tag
SHUT_DOWN_S = 1.0  # what the engine's process gets to end by itself


class _Request(ChatCompletionRequest):  # type: ignore[misc]
    """Has a prompt within the budget: vLLM would take one that leaves no room for an answer."""

    def build_tok_params(self, model_config: Any) -> Any:
        longest = budget(model_config.max_model_len, self.max_completion_tokens)
        return replace(super().build_tok_params(model_config), max_total_tokens=longest, max_output_tokens=0)


class _LongRequest(ChatCompletionRequest):  # type: ignore[misc]
    """May have a prompt of any length: it is counted, not answered."""

    def build_tok_params(self, model_config: Any) -> Any:
        return replace(super().build_tok_params(model_config), max_total_tokens=None, max_output_tokens=0)


async def warm_up(engine: VllmEngine, system: str, tools: Sequence[ToolSchema], sampling: Sampling) -> None:
    """Answer as many chats at once as people may open, so that kernels are compiled before the first person asks.

    With the system prompt and the tools that chats begin with, which then are in the prefix cache. The question is long
    on purpose: on the CPU a first prompt of a few tokens kills vLLM's worker. Raises ModelError where they do not fit.
    """
    messages = [Message("system", system), Message("user", "Count from one to a hundred, in words. " * 8)]
    sizes = (1, 8) if current_platform.is_cpu() else (1, 2, 4, 8, 16, 32, 64, 128)
    few = replace(sampling, max_tokens=WARM_UP_TOKENS)
    try:
        for size in sizes:
            await asyncio.gather(*(_drain(engine, messages, tools, few) for _ in range(size)))
    except ContextFull as error:
        raise ModelError(
            f"The instructions and the tools alone do not fit into a window of {engine.window} tokens. "
            "Raise MAX_MODEL_LEN in .env and start again.",
            f"仅系统提示词和工具说明就超出了 {engine.window} 个 token 的窗口。"
            "请在 .env 里调大 MAX_MODEL_LEN，然后重新启动。",
        ) from error


async def _drain(
    engine: VllmEngine, messages: Sequence[Message], tools: Sequence[ToolSchema], sampling: Sampling
) -> None:
    async for _ in engine.stream(messages, tools, sampling):
        pass


@lru_cache(maxsize=64)
def _call_grammar(loaded: Loaded, tools: str) -> str | None:
    """What holds calls to `tools`, a JSON list, to their names and schemas; None if the model's parser has none."""
    parser, backend = loaded.tool_parser, loaded.llm.vllm_config.structured_outputs_config.backend

    def structural_tag(strict_tools: list[ToolSchema]) -> dict[str, Any] | None:
        request = ChatCompletionRequest(messages=[], tools=strict_tools)
        tag = parser(loaded.llm.get_tokenizer(), request.tools).get_structural_tag(request)
        return tag.model_dump() if tag else None

    grammar = call_grammar(json.loads(tools), structural_tag) if backend in XGRAMMAR else None
    if grammar is None:
        logger.warning("tool calls are not constrained: vLLM has no grammar for %s over %s", parser.__name__, backend)
    return grammar


async def _held_to(schema: Mapping[str, Any], loaded: Loaded) -> StructuredOutputsParams:
    """What holds an answer to `schema`: our tight grammar if xgrammar decodes, else vLLM's own."""
    if loaded.llm.vllm_config.structured_outputs_config.backend in XGRAMMAR:
        return StructuredOutputsParams(structural_tag=(await tried(schema)).grammar)
    return StructuredOutputsParams(json=dict(schema))


class VllmEngine:
    """The engine protocol over a loaded model. With `constrain_calls` a tool call cannot but fit its tool."""

    def __init__(self, loaded: Loaded, constrain_calls: bool = True) -> None:
        self._loaded = loaded
        self._constrain_calls = constrain_calls

    @property
    def window(self) -> int:
        """See `Engine.window`."""
        return int(self._loaded.max_model_len)

    @property
    def running(self) -> int:
        """How many requests the engine has in work or in line."""
        return int(self._loaded.llm.output_processor.get_num_unfinished_requests())

    async def count(self, messages: Sequence[Message], tools: Sequence[ToolSchema]) -> int:
        """See `Engine.count`. By vLLM's own rendering, in its threads."""
        with self._in_our_words():
            answer = await self._loaded.chat.render_chat_request(_LongRequest(**self._prompt(messages, tools)))
            if not isinstance(answer, tuple):
                raise _refused(answer.model_dump())
        _, prompts = answer
        return sum(len(prompt["prompt_token_ids"]) for prompt in prompts)

    def _prompt(self, messages: Sequence[Message], tools: Sequence[ToolSchema]) -> dict[str, Any]:
        """The fields of a request that make its prompt."""
        return {
            "model": self._loaded.model,
            "messages": openai_messages(messages, self._loaded.control_tokens),
            "tools": list(tools) or None,
        }

    async def stream(
        self, messages: Sequence[Message], tools: Sequence[ToolSchema], sampling: Sampling
    ) -> AsyncGenerator[StreamPart, None]:
        """See `Engine.stream`."""
        request = _Request(
            **self._prompt(messages, tools),
            stream=True,
            stream_options={"include_usage": True},
            temperature=sampling.temperature,
            top_p=sampling.top_p,
            max_completion_tokens=min(sampling.max_tokens, self.window),  # vLLM refuses more
        )
        if sampling.answer_schema is not None:
            request.structured_outputs = await _held_to(sampling.answer_schema, self._loaded)
        # Not by "strict" in the request's tools, which the template would print.
        elif self._constrain_calls and tools and (grammar := _call_grammar(self._loaded, json.dumps(list(tools)))):
            request.structured_outputs = StructuredOutputsParams(structural_tag=grammar)
        joiner = StreamJoiner(sampling.max_tokens, self.window)
        with self._in_our_words():
            answer = await self._loaded.chat.create_chat_completion(request)
            if not hasattr(answer, "__aiter__"):
                raise _refused(answer.model_dump())
            async with aclosing(answer) as lines:
                async for line in lines:
                    for part in joiner.feed(_chunk(line)):
                        yield part
        for part in joiner.finish():
            yield part

    @contextmanager
    def _in_our_words(self) -> Iterator[None]:
        """Turn what vLLM raises into our errors."""
        try:
            yield
        except Exception as error:
            if self._loaded.is_dead:  # of which vLLM tells in many ways: amid the text it is one more refusal
                raise EngineError(
                    "The model has stopped unexpectedly and is being started again. Send the message once more: it "
                    "will be answered as soon as the model is ready.",
                    "模型意外停止，正在重新启动。请重新发送这条消息，模型就绪后马上回答。",
                ) from error
            if isinstance(error, (ValueError, VLLMValidationError)):
                raise _refused({"message": str(error)}) from error
            raise

    def shut_down(self) -> None:
        """End the engine's process and give its memory back; what still waits for its answers raises. In a thread."""
        _call_grammar.cache_clear()  # which would keep the engine
        llm = self._loaded.llm
        reader = llm.output_handler
        llm.shutdown(timeout=SHUT_DOWN_S)
        if reader and not (loop := reader.get_loop()).is_closed():
            # The task that read the engine's outputs has ended: of a death that it had not read of, nobody would hear.
            loop.call_soon_threadsafe(llm.output_processor.propagate_error, EngineDeadError())


def _chunk(line: str) -> dict[str, Any]:
    """One line of vLLM's event stream, `data: {...}`. Raises EngineError for an error in it."""
    data = line.removeprefix("data: ").strip()
    if not data or data == "[DONE]":
        return {}
    chunk: dict[str, Any] = json.loads(data)
    if "error" in chunk:
        raise _refused(chunk)
    return chunk


def _refused(problem: Mapping[str, Any]) -> ContextFull | EngineError:
    """vLLM's error as one of ours; vLLM's own words go to the log."""
    message = str(problem.get("error") or problem.get("message"))
    if "context length" in message or "max_model_len" in message:
        return ContextFull()
    logger.error("vLLM refused a request: %s", message)
    return EngineError(
        "The model could not take this request; the reason is in the server's log.",
        "模型无法处理这次请求，原因见服务器日志。",
    )
