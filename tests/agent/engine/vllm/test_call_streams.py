"""A call's tokens, cut at every boundary, through vLLM's own detokenizer, parser and stream format, and our joiner."""

from __future__ import annotations

import importlib
import json
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from transformers import AutoTokenizer

from agent.engine.openai_format import CUT_OFF, StreamJoiner
from agent.engine.protocol import StreamPart, Usage
from agent.engine.vllm.backend import BUILTIN_FOLDER
from agent.events import TextDelta
from tools.base import ToolCall

pytestmark = pytest.mark.slow  # importing vLLM takes 13 s

NAMES = ("toss_coin", "get_current_weather", "calculate", "plan_way")
TOOLS = [{"type": "function", "function": {"name": name, "parameters": {"type": "object"}}} for name in NAMES]
NESTED = '{"stops": [{"place": "茶馆 \\"A\\"", "nights": 2}, {"place": "{}"}], "by": {"kind": "bus", "seats": [1, 2]}}'


def call(name: str, arguments: str) -> str:
    return f'<tool_call>\n{{"name": "{name}", "arguments": {arguments}}}\n</tool_call>'


CASES: dict[str, tuple[str, str, list[tuple[str, str]]]] = {
    "no arguments": (call("toss_coin", "{}"), "", [("toss_coin", "{}")]),
    "Chinese": (
        call("get_current_weather", '{"city": "呼和浩特 🍵"}'),
        "",
        [("get_current_weather", '{"city": "呼和浩特 🍵"}')],
    ),
    "escaped": (
        call("get_current_weather", '{"city": "\\u5e7f\\n"}'),
        "",
        [("get_current_weather", '{"city": "\\u5e7f\\n"}')],
    ),
    "quotes and braces": (
        call("calculate", '{"expression": "\\"}}\\" \\\\ {3 < 4}"}'),
        "",
        [("calculate", '{"expression": "\\"}}\\" \\\\ {3 < 4}"}')],
    ),
    "nested": (call("plan_way", NESTED), "", [("plan_way", NESTED)]),
    "on one line": (
        call("calculate", '{"expression":"1+1"}').replace("\n", ""),
        "",
        [("calculate", '{"expression":"1+1"}')],
    ),
    "two calls": (
        call("calculate", '{"expression": "1"}') + "\n" + call("toss_coin", "{}"),
        "",
        [("calculate", '{"expression": "1"}'), ("toss_coin", "{}")],
    ),
    "text before a call": (
        "好的，我查一下 <b>.\n" + call("get_current_weather", '{"city": "上海"}'),
        "好的，我查一下 <b>.\n",
        [("get_current_weather", '{"city": "上海"}')],
    ),
    "text alone": ("3 < 4 <tool> {}", "3 < 4 <tool> {}", []),
}
Stream = Callable[..., list[StreamPart]]


@pytest.fixture(scope="module")
def tokenizer() -> Any:
    return AutoTokenizer.from_pretrained(BUILTIN_FOLDER)


@pytest.fixture(scope="module")
def stream(tokenizer: Any) -> Stream:
    """What becomes of an answer whose tokens come in these pieces; `finish_reason` is the engine's."""
    importlib.import_module("agent.engine.vllm.load")  # sets the environment that vLLM reads at its import
    from vllm.entrypoints.openai.chat_completion.protocol import ChatCompletionRequest
    from vllm.parser import ParserManager
    from vllm.sampling_params import SamplingParams
    from vllm.v1.engine import EngineCoreRequest
    from vllm.v1.engine.detokenizer import IncrementalDetokenizer

    parser_class = ParserManager.get_parser(tool_parser_name="hermes", enable_auto_tools=True)
    prompt = tokenizer("<|im_start|>assistant\n").input_ids

    def play(pieces: Sequence[Sequence[int]], finish_reason: str = "stop") -> list[StreamPart]:
        request = ChatCompletionRequest(messages=[{"role": "user", "content": "?"}], tools=TOOLS, stream=True)
        parser = parser_class(tokenizer, request.tools)
        parser.adjust_request(request)
        params = SamplingParams(skip_special_tokens=request.skip_special_tokens)
        detokenizer = IncrementalDetokenizer.from_new_request(
            tokenizer, EngineCoreRequest("r", prompt, None, params, None, 0.0, None, None, None)
        )
        joiner = StreamJoiner(max_tokens=sum(map(len, pieces)) if finish_reason == "length" else 0)
        parts: list[StreamPart] = []
        has_calls = False
        for number, tokens in enumerate(pieces, 1):
            detokenizer.update(list(tokens), stop_terminated=False)
            is_last = number == len(pieces)
            text = detokenizer.get_next_output_text(finished=is_last, delta=True)
            delta = parser.parse_delta(text, list(tokens), request, prompt, finished=is_last)
            has_calls |= bool(delta and delta.tool_calls)
            reason = ("tool_calls" if has_calls else finish_reason) if is_last else None  # as vLLM's serving layer says
            value = delta.model_dump(exclude_unset=True) if delta else {}
            parts += joiner.feed({"choices": [{"delta": value, "finish_reason": reason}]})
        parts += joiner.feed({"choices": [], "usage": {"completion_tokens": sum(map(len, pieces))}})
        return parts + list(joiner.finish())

    return play


def said(parts: Sequence[StreamPart]) -> tuple[str, list[tuple[str, str]]]:
    """The text, and the calls by name and arguments."""
    text = "".join(part.text for part in parts if isinstance(part, TextDelta))
    return text, [(part.name, part.arguments) for part in parts if isinstance(part, ToolCall)]


@pytest.mark.parametrize(("answer", "text", "calls"), CASES.values(), ids=CASES)
def test_an_answer_is_the_same_wherever_its_tokens_are_cut(
    stream: Stream, tokenizer: Any, answer: str, text: str, calls: list[tuple[str, str]]
) -> None:
    tokens = tokenizer(answer).input_ids
    assert len(tokens) > 10
    assert said(stream([tokens])) == (text, calls)
    assert said(stream([[token] for token in tokens])) == (text, calls)
    for cut in range(1, len(tokens)):
        assert said(stream([tokens[:cut], tokens[cut:]])) == (text, calls)
        assert said(stream([*([token] for token in tokens[:cut]), tokens[cut:]])) == (text, calls)


@pytest.mark.parametrize(("answer", "text", "calls"), CASES.values(), ids=CASES)
def test_an_answer_that_ends_at_any_token_has_no_call_but_its_own_or_a_broken_one(
    stream: Stream, tokenizer: Any, answer: str, text: str, calls: list[tuple[str, str]]
) -> None:
    tokens = tokenizer(answer).input_ids
    for end in range(1, len(tokens)):
        parts = stream([[token] for token in tokens[:end]], "length")
        assert isinstance(parts[-1], Usage)
        assert parts[-1].is_cut
        found = said(parts)[1]
        whole = [one for one in found if is_json(one[1])]
        assert whole == calls[: len(whole)]
        assert len(found) <= len(calls)
        assert [name for name, _ in found] == [name for name, _ in calls[: len(found)]]


def test_a_call_that_ends_before_its_arguments_does_not_run_without_them(stream: Stream, tokenizer: Any) -> None:
    tokens = tokenizer('<tool_call>\n{"name": "toss_coin", "argu').input_ids
    assert said(stream([[token] for token in tokens], "length")) == ("", [("toss_coin", CUT_OFF)])
    assert not is_json(CUT_OFF)


def is_json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True
