"""Loads a model into vLLM: the engine's arguments, its process, its log, its OpenAI layer."""

from __future__ import annotations

import json
import logging
import logging.config
import math
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any, NoReturn

# vLLM reads these at its import. Left alone if the person has set them.
os.environ.setdefault("VLLM_NO_USAGE_STATS", "1")  # otherwise vLLM reports usage to the outside
os.environ.setdefault("DO_NOT_TRACK", "1")
os.environ.setdefault("VLLM_LOGGING_LEVEL", "ERROR")  # until `_log_to` sends it all to a file

from agent.engine.vllm.internals import INTERNALS
from agent.internals import check

check(INTERNALS)  # before those that are imported by name: a wrong version of vLLM is told in words

import psutil
import vllm
from starlette.datastructures import State
from vllm.engine.arg_utils import AsyncEngineArgs
from vllm.entrypoints.launchers.api_server.app_state import init_app_state
from vllm.entrypoints.launchers.cli_args import make_arg_parser
from vllm.platforms import current_platform
from vllm.reasoning import ReasoningParserManager
from vllm.tool_parsers import ToolParserManager
from vllm.utils.argparse_utils import FlexibleArgumentParser
from vllm.v1.engine.async_llm import AsyncLLM

from agent.engine.openai_format import template_markup
from agent.engine.vllm.load_failure import explain_failed_load
from agent.errors import SettingsError

logger = logging.getLogger(__name__)

VERSION = vllm.__version__
CPU_KV_CACHE_BYTES = 2**30
CPU_BLOCK_TOKENS = 32  # vLLM's 128 leaves up to as many of a chat's tokens to be read anew at each turn
GPU_STREAM_INTERVAL = 2  # tokens to a piece: a GPU writes more pieces than a page shows, and each costs the event loop
SPARE_HOST_GIB = 4


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
        windows = config.cache_config.kv_cache_max_concurrency or math.inf  # None if a model needs no KV cache
        return max(1, int(min(windows, config.scheduler_config.max_num_seqs)))


class _Parser(FlexibleArgumentParser):  # type: ignore[misc]
    """Raises what argparse would print before it ends the process."""

    def error(self, message: str) -> NoReturn:
        raise SettingsError(
            f"vLLM {VERSION} refuses the engine's arguments: {message}. Correct them in .env.",
            f"vLLM {VERSION} 不接受引擎参数：{message}。请在 .env 里改正。",
        )


def load(
    folder: str, model: str, arguments: Mapping[str, Any], tool_parser: str, reasoning_parser: str, log_file: Path
) -> Any:
    """Start the engine's process and load the model from `folder`; blocks for as long as that takes.

    `arguments` are engine arguments by vLLM's own names; `log_file` gets what vLLM and its processes have to say.
    Returns what `open_chat` takes. Raises SettingsError if vLLM refuses an argument, OutOfMemory, and ModelError.
    """
    _log_to(log_file)
    if current_platform.is_cpu():
        # enforce_eager leaves the sampler to torch.compile, and that needs a C++ compiler, which few laptops have.
        os.environ.setdefault("TORCHDYNAMO_DISABLE", "1")
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
        "loggers": {
            "vllm": {"handlers": ["file"], "level": "INFO", "propagate": False},
            "vllm.parser.abstract_parser": {"level": "ERROR"},  # it warns that it does not constrain calls: we do
        },
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
    """Take back the KV cache's place in host memory if the host has none to spare; vLLM would pin it, and fail."""
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
    tool_parser = get_tool_parser(args.tool_call_parser)
    return Loaded(llm, chat, model, llm.model_config.max_model_len, control_tokens, tool_parser)


def get_tool_parser(name: str) -> Any:
    """vLLM's class that reads calls. GLM's would have arguments free beside our grammar, and without one as well."""
    parser = ToolParserManager.get_tool_parser(name)
    parser.default_tool_strict_level = None
    return parser


def read_control_tokens(tokenizer: Any) -> frozenset[str]:
    """What the model reads as structure and not as text: its tokenizer's added tokens, and its template's tags."""
    template = tokenizer.chat_template  # several by name, or none, in a few models
    return frozenset(tokenizer.get_added_vocab()) | template_markup(template if isinstance(template, str) else "")
