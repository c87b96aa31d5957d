"""The grammar of calls, compiled by xgrammar over the built-in model's tokens: what it lets through, and what not."""

from __future__ import annotations

from typing import Any

import pytest
import xgrammar
from transformers import AutoTokenizer

from agent.engine.vllm.backend import BUILTIN_FOLDER
from agent.engine.vllm.call_grammar import call_grammar
from tools.base import ToolSchema

pytestmark = pytest.mark.slow  # xgrammar and transformers take seconds to import

WEATHER = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
VOCABULARY = 6144
PLACE = {"type": "object", "properties": {"name": {"type": "string"}, "floor": {"type": "integer"}}}
MEETING = {
    "type": "object",
    "properties": {"at": {"$ref": "#/$defs/Place"}, "with": {"type": "array", "items": {"type": "string"}}},
    "required": ["at", "with"],
    "$defs": {"Place": PLACE | {"additionalProperties": False, "required": ["name"]}},
}
NOTHING = {"type": "object", "properties": {}, "additionalProperties": False}


def schema(name: str, parameters: dict[str, Any]) -> ToolSchema:
    return {"type": "function", "function": {"name": name, "description": "", "parameters": parameters}}


TOOLS = [
    schema("weather", WEATHER | {"additionalProperties": False}),
    schema("meet", MEETING | {"additionalProperties": False}),
    schema("toss", NOTHING),
]


def hermes(tools: list[ToolSchema]) -> dict[str, Any]:
    """vLLM's tag for strict tools, as its Hermes parser gives it."""
    assert all(tool["function"]["strict"] is True for tool in tools)
    forms = (('<tool_call>\n{"name": "', "}\n</tool_call>"), ('<tool_call>{"name": "', "}</tool_call>"))
    tags = [
        {
            "type": "tag",
            "begin": f'{begin}{tool["function"]["name"]}", "arguments": ',
            "content": xgrammar.structural_tag.JSONSchemaFormat(
                json_schema=tool["function"]["parameters"]
            ).model_dump(),
            "end": end,
        }
        for tool in tools
        for begin, end in forms
    ]
    return {
        "type": "structural_tag",
        "format": {"type": "triggered_tags", "triggers": ["<tool_call>"], "tags": tags},
    }


@pytest.fixture(scope="module")
def compiler() -> xgrammar.GrammarCompiler:
    return xgrammar.GrammarCompiler(
        xgrammar.TokenizerInfo.from_huggingface(AutoTokenizer.from_pretrained(BUILTIN_FOLDER))
    )


def matcher(compiler: xgrammar.GrammarCompiler, tools: list[ToolSchema]) -> xgrammar.GrammarMatcher:
    return xgrammar.GrammarMatcher(compiler.compile_structural_tag(call_grammar(tools, hermes)))


def call(name: str, arguments: str) -> str:
    return f'<tool_call>\n{{"name": "{name}", "arguments": {arguments}}}\n</tool_call>'


SHANGHAI = call("weather", '{"city": "上海"}')


@pytest.mark.parametrize(
    "text",
    [
        "Tea? 茶！\n\n{} <b> <tool <tools> </tool_call> 3 < 4",
        SHANGHAI,
        SHANGHAI.replace("\n", ""),
        call("weather", '{"city":"\\u4e0a海 \\"\\\\ <tool_call> 3 < 4"}'),
        call("meet", '{"at": {"name": "茶馆", "floor": -2}, "with": ["a", "b"]}'),
        call("meet", '{"at": {"name": ""}, "with": []}'),
        call("toss", "{}"),
        f"好的。\n{SHANGHAI}\n{call('toss', '{}')}\nThat was all.",
    ],
)
def test_text_and_calls_that_fit_are_let_through(compiler: xgrammar.GrammarCompiler, text: str) -> None:
    assert matcher(compiler, TOOLS).accept_string(text)


@pytest.mark.parametrize(
    "text",
    [
        call("climate", '{"city": "上海"}'),
        call("weather", "{}"),
        call("weather", '{"town": "上海"}'),
        call("weather", '{"city": 3}'),
        call("weather", '{"city": "上海", "day": 1}'),
        call("weather", '{"city":  "上海"}'),
        call("weather", '{"city": "上\n海"}'),
        call("weather", '{"city": "</tool_call>"}'),
        call("meet", '{"at": {"floor": 2}, "with": []}'),
        call("meet", '{"at": {"name": "", "floor": 2.5}, "with": []}'),
        call("toss", '{"coin": 1}'),
        '<tool_call>\n{"arguments": {}, "name": "toss"}\n</tool_call>',
        "<tool_call>\nI would say",
        f"{SHANGHAI}\n{call('climate', '{}')}",
    ],
)
def test_calls_that_do_not_fit_cannot_be_written(compiler: xgrammar.GrammarCompiler, text: str) -> None:
    assert not matcher(compiler, TOOLS).accept_string(text)


@pytest.mark.parametrize("said", ["", "Tea houses, ", "茶馆\n", f"{SHANGHAI}\n"])
def test_outside_of_a_call_every_token_may_follow(compiler: xgrammar.GrammarCompiler, said: str) -> None:
    at = matcher(compiler, TOOLS)
    assert at.accept_string(said)
    mask = xgrammar.allocate_token_bitmask(1, VOCABULARY)
    assert not at.fill_next_token_bitmask(mask)  # there is nothing to mask
    assert set(mask.flatten().tolist()) == {-1}


def test_a_string_with_a_length_keeps_it(compiler: xgrammar.GrammarCompiler) -> None:
    code = schema("open", {"type": "object", "properties": {"code": {"type": "string", "maxLength": 3}}})
    assert matcher(compiler, [code]).accept_string(call("open", '{"code": "abc"}'))
    assert not matcher(compiler, [code]).accept_string(call("open", '{"code": "abcd"}'))


def test_a_schema_that_xgrammar_refuses_leaves_only_its_own_tool_free(
    compiler: xgrammar.GrammarCompiler, caplog: pytest.LogCaptureFixture
) -> None:
    lost = schema("lost", {"type": "object", "properties": {"a": {"$ref": "#/nowhere"}}})
    tools = [*TOOLS, lost]
    assert matcher(compiler, tools).accept_string(call("lost", '{"anything": [1]}'))
    assert not matcher(compiler, tools).accept_string(call("lost", '"no object"'))
    assert not matcher(compiler, tools).accept_string(call("weather", "{}"))
    (line, *_) = caplog.messages
    assert line.startswith("the arguments of lost are not constrained: xgrammar refuses their schema: ")
    assert lost["function"]["parameters"]["properties"] == {"a": {"$ref": "#/nowhere"}}


@pytest.mark.parametrize("tag", [None, {"type": "structural_tag", "format": {"type": "sequence", "elements": []}}])
def test_where_there_is_no_tag_that_leaves_text_free_there_is_no_grammar(tag: dict[str, Any] | None) -> None:
    assert call_grammar(TOOLS, lambda tools: tag) is None
