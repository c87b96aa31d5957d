"""The engine over vLLM, with the installed vLLM and without an engine: refusals, and what a request asks."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any

import pytest
from transformers import AutoTokenizer

from agent.engine.openai_format import openai_messages
from agent.engine.protocol import Sampling
from agent.engine.vllm.backend import BUILTIN_FOLDER
from agent.errors import ContextFull, EngineError
from agent.history import Message
from tools.base import ToolCall

pytestmark = pytest.mark.slow  # importing vLLM takes 13 s


@pytest.fixture(scope="module")
def vllm() -> Any:
    import agent.engine.vllm.engine

    return agent.engine.vllm.engine


@pytest.mark.parametrize(
    ("max_tokens", "ceiling", "kept_free"), [(8192, 4096, 512), (512, 512, 512), (100, 100, 100), (1, 1, 1)]
)
async def test_of_the_window_an_eighth_at_most_is_kept_for_the_answer(
    vllm: Any, max_tokens: int, ceiling: int, kept_free: int
) -> None:
    chat = Chat()
    engine = vllm.VllmEngine(vllm.Loaded(Engine("auto"), chat, "m", 4096, frozenset(), None))
    async for _ in engine.stream([Message("user", "hi")], [], Sampling(max_tokens=max_tokens)):
        pass
    limits = chat.request.build_tok_params(SimpleNamespace(max_model_len=4096))
    assert limits.max_input_tokens == 4096 - kept_free
    assert chat.request.max_completion_tokens == ceiling


async def test_a_death_that_vllm_has_not_read_of_is_told_to_all_who_wait_when_the_engine_is_ended(vllm: Any) -> None:
    from vllm.sampling_params import RequestOutputKind
    from vllm.v1.engine.async_llm import AsyncLLM
    from vllm.v1.engine.exceptions import EngineDeadError
    from vllm.v1.engine.output_processor import OutputProcessor, RequestOutputCollector

    processor, waiting = OutputProcessor(None, log_stats=False), RequestOutputCollector(RequestOutputKind.DELTA, "1")
    processor.request_states["1"] = SimpleNamespace(queue=waiting)
    reader = asyncio.create_task(asyncio.Event().wait())  # what the engine wrote last has not come yet
    llm: Any = SimpleNamespace(output_handler=reader, output_processor=processor)
    llm.shutdown = lambda timeout: AsyncLLM.shutdown(llm, timeout)
    await asyncio.to_thread(vllm.VllmEngine(vllm.Loaded(llm, None, "m", 4096, frozenset(), None)).shut_down)
    with pytest.raises(EngineDeadError):
        await asyncio.wait_for(waiting.get(), 5)
    assert reader.cancelled()


def test_what_is_counted_has_no_limit(vllm: Any) -> None:
    request = vllm._LongRequest(messages=[{"role": "user", "content": "hi"}])
    limits = request.build_tok_params(SimpleNamespace(max_model_len=4096))
    assert (limits.max_input_tokens, limits.truncate_prompt_tokens) == (None, None)
    assert limits.get_encode_kwargs()["truncation"] is False


def test_no_text_from_outside_becomes_a_control_token() -> None:
    tokenizer = AutoTokenizer.from_pretrained(BUILTIN_FOLDER)
    control_tokens = tokenizer.get_added_vocab()
    injected = " ".join(control_tokens)

    def chat(text: str) -> list[Message]:
        call = ToolCall("c1", "f", json.dumps({"text": text}))
        result = Message("tool", text, tool_call_id="c1")
        return [Message("system", text), Message("user", text), Message("assistant", text, (call,)), result]

    def count(messages: list[Message]) -> Counter[int]:
        rendered = tokenizer.apply_chat_template(
            openai_messages(messages, control_tokens), tokenize=False, add_generation_prompt=True
        )
        return Counter(token for token in tokenizer(rendered).input_ids if token in set(control_tokens.values()))

    assert count(chat(injected)) == count(chat("harmless"))


def tool_parser(name: str) -> Any:
    from agent.engine.vllm.load import get_tool_parser

    return get_tool_parser(name)


class ParserWithoutTag:
    """A tool parser of which vLLM has no grammar."""

    def __init__(self, tokenizer: Any, tools: Any) -> None: ...

    def get_structural_tag(self, request: Any) -> None: ...


class Chat:
    """vLLM's serving layer, which answers nothing and keeps the request."""

    async def create_chat_completion(self, request: Any) -> AsyncIterator[str]:
        self.request = request

        async def answer() -> AsyncIterator[str]:
            yield "data: [DONE]"

        return answer()


class BrokenChat:
    """vLLM's serving layer over an engine that died: it raises, or tells of it amid the text."""

    def __init__(self, problem: Exception | str) -> None:
        self.problem = problem

    async def create_chat_completion(self, request: Any) -> AsyncIterator[str]:
        if isinstance(self.problem, Exception):
            raise self.problem
        text = self.problem

        async def answer() -> AsyncIterator[str]:
            yield text

        return answer()


class Engine:
    """An engine as far as the grammar of its calls needs one."""

    errored = True  # it died

    def __init__(self, backend: str) -> None:
        self.vllm_config = SimpleNamespace(structured_outputs_config=SimpleNamespace(backend=backend))

    def get_tokenizer(self) -> Any:
        return AutoTokenizer.from_pretrained(BUILTIN_FOLDER)


TOOLS = [
    {"type": "function", "function": {"name": name, "description": "", "parameters": {"type": "object"}}}
    for name in ("get_a", "get_b")
]


def grammar(vllm: Any, parser: Any, backend: str = "auto") -> Any:
    text = vllm._call_grammar(vllm.Loaded(Engine(backend), None, "m", 4096, frozenset(), parser), json.dumps(TOOLS))
    return json.loads(text) if text else None


HELD = pytest.mark.parametrize(
    "name", ["hermes", "qwen3_coder", "deepseek_v32", "glm45", "glm47", "kimi_k2", "minimax_m2"]
)


@HELD
def test_vllms_own_grammars_name_the_tools(vllm: Any, name: str, caplog: pytest.LogCaptureFixture) -> None:
    text = json.dumps(grammar(vllm, tool_parser(name)))
    assert "get_a" in text
    assert "get_b" in text
    assert caplog.messages == []


def test_the_grammar_of_the_built_in_model_and_of_qwen(vllm: Any) -> None:
    found = grammar(vllm, tool_parser("hermes"))["format"]
    assert found["triggers"] == ["<tool_call>"]
    assert [(tag["begin"], tag["end"]) for tag in found["tags"]] == [
        (f'<tool_call>{line}{{"name": "{name}", "arguments": ', f"}}{line}</tool_call>")
        for name in ("get_a", "get_b")
        for line in ("\n", "")
    ]
    limits = {(tag["content"]["max_whitespace_cnt"], *tag["content"]["excludes"]) for tag in found["tags"]}
    assert limits == {(1, "</tool_call>")}


def test_without_a_grammar_calls_are_free_and_the_log_says_so(vllm: Any, caplog: pytest.LogCaptureFixture) -> None:
    assert grammar(vllm, ParserWithoutTag) is None
    assert grammar(vllm, tool_parser("openai")) is None
    assert grammar(vllm, tool_parser("hermes"), "guidance") is None
    assert caplog.messages == [
        f"tool calls are not constrained: vLLM has no grammar for {what}"
        for what in (
            "ParserWithoutTag over auto",
            "GptOssToolParser over auto",
            "Hermes2ProToolParser over guidance",
        )
    ]


@pytest.mark.parametrize(
    ("constrain_calls", "tools", "is_held"), [(True, TOOLS, True), (False, TOOLS, False), (True, [], False)]
)
async def test_calls_are_held_to_their_tools_and_the_prompt_does_not_know(
    vllm: Any, constrain_calls: bool, tools: list[Any], is_held: bool
) -> None:
    hermes, chat = tool_parser("hermes"), Chat()
    engine = vllm.VllmEngine(vllm.Loaded(Engine("auto"), chat, "m", 4096, frozenset(), hermes), constrain_calls)
    async for _ in engine.stream([Message("user", "hi")], tools, Sampling()):
        pass
    assert bool(chat.request.structured_outputs) == is_held
    assert [tool.model_dump(exclude_unset=True) for tool in chat.request.tools or ()] == tools
    params = chat.request.to_sampling_params(100, {})
    assert (params.structured_outputs is not None) == is_held


@HELD
async def test_what_holds_calls_is_what_vllms_parser_leaves_on_the_request(vllm: Any, name: str) -> None:
    """vLLM warns that calls are not constrained: not by its own grammar, as there is ours."""
    from vllm.parser.parser_manager import ParserManager

    loaded = vllm.Loaded(Engine("auto"), Chat(), "m", 4096, frozenset(), tool_parser(name))
    async for _ in vllm.VllmEngine(loaded).stream([Message("user", "hi")], TOOLS, Sampling()):
        pass
    request, tokenizer = loaded.chat.request, loaded.llm.get_tokenizer()
    parser = ParserManager.get_parser(tool_parser_name=name, enable_auto_tools=True)
    adjusted = parser(tokenizer, request.tools).adjust_request(request.model_copy(deep=True))
    assert adjusted.structured_outputs == request.structured_outputs
    assert "get_a" in request.structured_outputs.structural_tag


@HELD
def test_calls_that_shall_be_free_get_no_grammar_of_vllms(vllm: Any, name: str) -> None:
    from vllm.parser.parser_manager import ParserManager

    request = vllm._Request(messages=[], tools=TOOLS)
    tool_parser(name)
    parser = ParserManager.get_parser(tool_parser_name=name, enable_auto_tools=True)
    assert parser(Engine("auto").get_tokenizer(), request.tools).adjust_request(request).structured_outputs is None


@pytest.mark.parametrize(("backend", "is_tight"), [("auto", True), ("xgrammar", True), ("guidance", False)])
async def test_an_answer_is_held_to_its_schema(vllm: Any, backend: str, is_tight: bool) -> None:
    hermes, chat = tool_parser("hermes"), Chat()
    engine = vllm.VllmEngine(vllm.Loaded(Engine(backend), chat, "m", 4096, frozenset(), hermes))
    schema = {"type": "array", "items": {"type": "string"}}
    async for _ in engine.stream([Message("user", "hi")], [], Sampling(answer_schema=schema)):
        pass
    params = chat.request.to_sampling_params(100, {}).structured_outputs
    held_by = json.loads(params.structural_tag)["format"]["json_schema"] if is_tight else params.json
    assert held_by == schema


def test_vllms_refusals_become_ours(vllm: Any) -> None:
    too_long = {"message": "This model's maximum context length is 4096 tokens. However, you requested 1 output tokens"}
    assert isinstance(vllm._refused(too_long), ContextFull)
    refusal = vllm._refused({"error": {"message": "KeyError: 'secret'", "code": 500}})
    assert isinstance(refusal, EngineError)
    assert "secret" not in str(refusal)
    with pytest.raises(EngineError):
        vllm._chunk('data: {"error": {"message": "boom"}}\n\n')
    assert (vllm._chunk("data: [DONE]\n\n"), vllm._chunk('data: {"a": 1}\n\n')) == ({}, {"a": 1})


@pytest.mark.parametrize(
    "problem",
    [
        RuntimeError("cannot schedule new futures after shutdown"),
        'data: {"error": {"message": "EngineCore encountered an issue."}}',
    ],
)
async def test_a_death_is_told_in_the_same_words_however_vllm_tells_of_it(vllm: Any, problem: Any) -> None:
    loaded = vllm.Loaded(Engine("auto"), BrokenChat(problem), "m", 4096, frozenset(), ParserWithoutTag)
    with pytest.raises(EngineError, match=r"is being started again\. Send the message once more"):
        async for _ in vllm.VllmEngine(loaded).stream([Message("user", "hi")], [], Sampling()):
            pass
