"""The in-process vLLM, 0.26 to 0.29: load, warm-up, streaming, health, end. The only module that imports vllm."""

from __future__ import annotations

import asyncio
import json
import logging
import logging.config
import math
import os
import sys
from collections.abc import AsyncGenerator, Iterator, Mapping, Sequence
from contextlib import aclosing, contextmanager
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from types import ModuleType
from typing import Any, NoReturn

# vLLM reads these at its import. Left alone where the person has set them.
os.environ.setdefault("VLLM_NO_USAGE_STATS", "1")  # otherwise vLLM reports usage to the outside
os.environ.setdefault("DO_NOT_TRACK", "1")
os.environ.setdefault("VLLM_LOGGING_LEVEL", "ERROR")  # until `_log_to` sends it all to a file

import psutil
import vllm
from starlette.datastructures import State
from vllm.engine.arg_utils import AsyncEngineArgs
from vllm.entrypoints.openai.chat_completion.protocol import ChatCompletionRequest
from vllm.exceptions import VLLMValidationError
from vllm.platforms import current_platform
from vllm.reasoning import ReasoningParserManager
from vllm.sampling_params import StructuredOutputsParams
from vllm.tool_parsers import ToolParserManager
from vllm.utils import torch_utils
from vllm.utils.argparse_utils import FlexibleArgumentParser
from vllm.v1.engine.async_llm import AsyncLLM
from vllm.v1.engine.exceptions import EngineDeadError
from vllm.v1.executor.multiproc_executor import set_multiprocessing_worker_envs

try:
    from vllm.entrypoints.launchers.api_server.app_state import init_app_state
    from vllm.entrypoints.launchers.cli_args import make_arg_parser
except ImportError:  # before 0.29
    from vllm.entrypoints.openai.api_server import init_app_state
    from vllm.entrypoints.openai.cli_args import make_arg_parser

from agent.engine.openai_format import StreamJoiner, openai_messages, template_markup
from agent.engine.protocol import Part, Sampling, budget
from agent.engine.vllm.call_grammar import call_grammar
from agent.engine.vllm.load_failure import explain_failed_load
from agent.engine.vllm.tried_grammar import tried
from agent.errors import ContextFull, EngineError, ModelError, SettingsError
from agent.history import Message
from tools.base import ToolSchema

logger = logging.getLogger(__name__)

VERSION = vllm.__version__
CPU_KV_CACHE_BYTES = 2**30
CPU_BLOCK_TOKENS = 32  # vLLM's 128 leaves up to as many of a chat's tokens to be read anew at each turn
GPU_STREAM_INTERVAL = 2  # tokens to a piece: a GPU writes more pieces than a page shows, and each costs the event loop
WARM_UP_TOKENS = 4
SPARE_HOST_GIB = 4
XGRAMMAR = ("auto", "xgrammar")  # the backends of structured outputs that take a structural tag
SHUT_DOWN_S = 1.0  # what the engine's process gets to end by itself


@dataclass(frozen=True)
class Loaded:
    """A loaded model: vLLM's engine and its OpenAI layer. Holds only vLLM's objects, so it outlives a hot reload."""

    llm: Any  # AsyncLLM
    chat: Any  # OpenAIServingChat
    model: str
    max_model_len: int
    control_tokens: frozenset[str]
    tool_parser: Any  # ToolParser, the class

    @property
    def is_dead(self) -> bool:
        """Whether the engine's process has died; it stays dead."""
        return bool(self.llm.errored)

    @property
    def places(self) -> int:
        """How many chats fit at once: as many full windows as the KV cache holds, and not more than the batch.

        The first is what vLLM's log calls its maximum concurrency; the engine's process finds it while it loads.
        """
        config = self.llm.vllm_config
        windows = config.cache_config.kv_cache_max_concurrency or math.inf  # None where a model needs no KV cache
        return max(1, int(min(windows, config.scheduler_config.max_num_seqs)))


class _Parser(FlexibleArgumentParser):  # type: ignore[misc]
    """Raises what argparse would print before it ends the process."""

    def error(self, message: str) -> NoReturn:
        raise SettingsError(
            f"vLLM {VERSION} refuses the engine's arguments: {message}. Correct them in .env.",
            f"vLLM {VERSION} 不接受引擎参数：{message}。请在 .env 里改正。",
        )


class _Request(ChatCompletionRequest):  # type: ignore[misc]
    """Takes max_completion_tokens as a ceiling: vLLM would reserve as much, and refuse what it could answer."""

    def build_tok_params(self, model_config: Any) -> Any:
        unlimited = self.model_copy(update={"max_tokens": None, "max_completion_tokens": None})
        window = model_config.max_model_len
        kept_free = window - budget(window, self.max_completion_tokens)
        return replace(ChatCompletionRequest.build_tok_params(unlimited, model_config), max_output_tokens=kept_free)


class _LongRequest(ChatCompletionRequest):  # type: ignore[misc]
    """May have a prompt of any length: it is counted, not answered."""

    def build_tok_params(self, model_config: Any) -> Any:
        return replace(super().build_tok_params(model_config), max_total_tokens=None, max_output_tokens=0)


def load(
    folder: str, model: str, arguments: Mapping[str, Any], tool_parser: str, reasoning_parser: str, log_file: Path
) -> Any:
    """Start the engine's process and load the model from `folder`; blocks for as long as that takes.

    `arguments` are engine arguments by vLLM's own names; `log_file` gets what vLLM and its processes have to say.
    Returns what `open_chat` takes. Raises SettingsError where vLLM refuses an argument, OutOfMemory, and ModelError.
    """
    _log_to(log_file)
    if current_platform.is_cpu():
        # enforce_eager leaves the sampler to torch.compile, and that needs a C++ compiler, which few laptops have.
        os.environ.setdefault("TORCHDYNAMO_DISABLE", "1")
    elif not hasattr(torch_utils, "set_torch_threads_for_runtime"):  # before 0.28
        # Keeps torch to one thread, with several GPUs as with one: more of them wait for each other over every copy of
        # the masks that hold calls to their tools (vllm-project/vllm#49919).
        set_multiprocessing_worker_envs()
    args = _parse(folder, model, arguments, tool_parser, reasoning_parser)
    try:
        with _without_main():
            return AsyncLLM.from_engine_args(AsyncEngineArgs.from_cli_args(args)), args
    except Exception as error:
        logging.getLogger("vllm").exception("the load failed")  # goes to `log_file`
        raise explain_failed_load(model, f"{log_file.read_text(errors='replace')}\n{error}", log_file) from error


@contextmanager
def _without_main() -> Iterator[None]:
    """Spare spawned processes of the engine the import of this one's main program: Chainlit's, 2 s each."""
    main = sys.modules["__main__"]
    sys.modules["__main__"] = ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = main


def _log_to(file: Path) -> None:
    """Send vLLM's log to `file`, in this process and in the engine's, whether that is forked or spawned."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("")
    config = {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"plain": {"format": "%(asctime)s %(process)d %(levelname)s %(name)s: %(message)s"}},
        "handlers": {"file": {"class": "logging.FileHandler", "filename": str(file), "formatter": "plain"}},
        "loggers": {"vllm": {"handlers": ["file"], "level": "INFO", "propagate": False}},
    }
    config_file = file.with_suffix(".json")
    config_file.write_text(json.dumps(config))
    os.environ["VLLM_LOGGING_CONFIG_PATH"] = str(config_file)
    logging.config.dictConfig(config)


def _parse(folder: str, model: str, arguments: Mapping[str, Any], tool_parser: str, reasoning_parser: str) -> Any:
    known = {"TOOL_CALL_PARSER": ToolParserManager, "REASONING_PARSER": ReasoningParserManager}
    for key, name in zip(known, (tool_parser, reasoning_parser), strict=True):
        allowed = known[key].list_registered()
        if name and name not in allowed:
            names = ", ".join(sorted(allowed))
            raise SettingsError(
                f"{key}={name} is none of vLLM {VERSION}'s parsers: {names}.",
                f"{key}={name} 不是 vLLM {VERSION} 的解析器，可以用的有：{names}。",
            )
    flags = {
        "model": folder,
        "served_model_name": model,
        "tool_call_parser": tool_parser,
        "reasoning_parser": reasoning_parser,
        "enable_auto_tool_choice": True,
        "enable_prompt_tokens_details": True,
        "use_tqdm_on_load": False,
        **_for_this_platform(arguments),
    }
    return make_arg_parser(_Parser()).parse_args([part for key, value in flags.items() for part in _flag(key, value)])


def _for_this_platform(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Without a GPU nothing is offloaded from it, a share of it means nothing, and compiling needs a C++ compiler."""
    if not current_platform.is_cpu():
        no_room = _without_memory_that_the_host_lacks(arguments.get("kv_offloading_size"))
        return {"stream_interval": GPU_STREAM_INTERVAL, **arguments, **no_room}
    gpu_only = {"gpu_memory_utilization", "kv_offloading_size", "cpu_offload_gb", "enforce_eager"}
    rest = {key: value for key, value in arguments.items() if key not in gpu_only}
    ours = {"enforce_eager": True, "kv_cache_memory_bytes": CPU_KV_CACHE_BYTES, "block_size": CPU_BLOCK_TOKENS}
    return ours | rest


def _without_memory_that_the_host_lacks(size_gib: float | None) -> dict[str, None]:
    """Take back the KV cache's place in host memory where the host has none to spare; vLLM would pin it, and fail."""
    free_gib = psutil.virtual_memory().available / 2**30
    if not size_gib or size_gib + SPARE_HOST_GIB <= free_gib:
        return {}
    logger.warning("KV_OFFLOADING_SIZE=%g is off: this host has %.1f GiB of memory free", size_gib, free_gib)
    return {"kv_offloading_size": None}


def _flag(key: str, value: Any) -> list[str]:
    flag = "--" + key.replace("_", "-")
    match value:
        case None | "":
            return []
        case True:
            return [flag]
        case False:
            return [f"--no-{flag[2:]}"]
        case dict() | list():
            return [flag, json.dumps(value)]
        case _:
            return [flag, str(value)]


async def open_chat(started: Any) -> Loaded:
    """Put vLLM's OpenAI layer over the engine that `load` started; in the loop that will use it."""
    llm, args = started
    state = State()
    await init_app_state(llm, state, args, await llm.get_supported_tasks())
    control_tokens = read_control_tokens(llm.get_tokenizer())
    chat, model = state.openai_serving_chat, args.served_model_name[0]
    tool_parser = ToolParserManager.get_tool_parser(args.tool_call_parser)
    return Loaded(llm, chat, model, llm.model_config.max_model_len, control_tokens, tool_parser)


def read_control_tokens(tokenizer: Any) -> frozenset[str]:
    """What the model reads as structure and not as text: its tokenizer's added tokens, and its template's tags."""
    template = tokenizer.chat_template  # several by name, or none, in a few models
    return frozenset(tokenizer.get_added_vocab()) | template_markup(template if isinstance(template, str) else "")


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
    """What holds calls to `tools`, a JSON list, to their names and schemas; None where the model's parser has none."""
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
    """What holds an answer to `schema`: our tight grammar where xgrammar decodes, else vLLM's own."""
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
    ) -> AsyncGenerator[Part, None]:
        """See `Engine.stream`."""
        request = _Request(
            **self._prompt(messages, tools),
            stream=True,
            stream_options={"include_usage": True},
            temperature=sampling.temperature,
            top_p=sampling.top_p,
            max_completion_tokens=sampling.max_tokens,
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
