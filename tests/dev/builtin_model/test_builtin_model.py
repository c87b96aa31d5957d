"""The model that ships: its data are reproducible, its prompt is Qwen2.5's, its weights load and answer."""

from __future__ import annotations

import json
from typing import Any

import pytest

from agent.engine.vllm.backend import BUILTIN_FOLDER
from dev.builtin_model import dialogues, systems
from dev.builtin_model.prompt import body, parts

TOOL = {"type": "function", "function": {"name": "add", "description": "加", "parameters": {"type": "object"}}}
MESSAGES: list[dict[str, Any]] = [
    {"role": "user", "content": "1+2? 3+4?"},
    {
        "role": "assistant",
        "content": "",
        "tool_calls": [
            {"type": "function", "function": {"name": "add", "arguments": {"a": "1+2"}}},
            {"type": "function", "function": {"name": "add", "arguments": {"a": "三"}}},
        ],
    },
    {"role": "tool", "content": "3"},
    {"role": "tool", "content": "7"},
    {"role": "assistant", "content": "3, 7."},
    {"role": "user", "content": "ok"},
]
# What Qwen2.5-Instruct's own template makes of them, written out.
QWEN_TEXT = """<|im_start|>system
You are Qwen, created by Alibaba Cloud. You are a helpful assistant.

# Tools

You may call one or more functions to assist with the user query.

You are provided with function signatures within <tools></tools> XML tags:
<tools>
{"type": "function", "function": {"name": "add", "description": "加", "parameters": {"type": "object"}}}
</tools>

For each function call, return a json object with function name and arguments within <tool_call></tool_call> XML tags:
<tool_call>
{"name": <function-name>, "arguments": <args-json-object>}
</tool_call><|im_end|>
<|im_start|>user
1+2? 3+4?<|im_end|>
<|im_start|>assistant
<tool_call>
{"name": "add", "arguments": {"a": "1+2"}}
</tool_call>
<tool_call>
{"name": "add", "arguments": {"a": "三"}}
</tool_call><|im_end|>
<|im_start|>user
<tool_response>
3
</tool_response>
<tool_response>
7
</tool_response><|im_end|>
<|im_start|>assistant
3, 7.<|im_end|>
<|im_start|>user
ok<|im_end|>
"""


@pytest.fixture(scope="module")
def tokenizer() -> Any:
    from transformers import AutoTokenizer

    return AutoTokenizer.from_pretrained(BUILTIN_FOLDER)


@pytest.fixture(scope="module")
def model() -> Any:
    import torch
    from transformers import AutoModelForCausalLM

    return AutoModelForCausalLM.from_pretrained(BUILTIN_FOLDER, dtype=torch.float32)


def test_same_seed_and_index_give_the_same_dialogue() -> None:
    assert [dialogues.make(7, index) for index in range(50)] == [dialogues.make(7, index) for index in range(50)]
    assert dialogues.make(7, 1) != dialogues.make(8, 1)


def test_only_offered_tools_are_called() -> None:
    for index in range(500):
        dialogue = dialogues.make(3, index)
        offered = {tool["function"]["name"] for tool in dialogue.tools}
        learnt = [message for message in dialogue.messages if message.get("learn", True)]
        called = {call["function"]["name"] for message in learnt for call in message.get("tool_calls", ())}
        assert called <= offered


def test_schemas_are_those_of_the_real_tools() -> None:
    from tools import build_registry

    assert list(systems.own_schemas().values()) == build_registry().schemas()


@pytest.mark.slow
def test_template_gives_qwens_text_byte_for_byte(tokenizer: Any) -> None:
    assert tokenizer.apply_chat_template(MESSAGES, tools=[TOOL], tokenize=False) == QWEN_TEXT
    opening = tokenizer.apply_chat_template(MESSAGES[:1], tokenize=False, add_generation_prompt=True)
    assert opening == (
        "<|im_start|>system\nYou are Qwen, created by Alibaba Cloud. You are a helpful assistant.<|im_end|>\n"
        "<|im_start|>user\n1+2? 3+4?<|im_end|>\n<|im_start|>assistant\n"
    )


@pytest.mark.slow
def test_training_sees_the_tokens_that_the_template_gives(tokenizer: Any) -> None:
    from tokenizers import Tokenizer

    raw = Tokenizer.from_file(str(BUILTIN_FOLDER / "tokenizer.json"))
    for index in range(20):
        dialogue = dialogues.make(5, index)
        messages = [{key: value for key, value in message.items() if key != "learn"} for message in dialogue.messages]
        expected = tokenizer.apply_chat_template(messages, tools=dialogue.tools or None, tokenize=False)
        pieces = parts(dialogue.messages, dialogue.tools)
        assert "".join(text for text, _ in pieces) == expected
        assert [token for text, _ in pieces for token in raw.encode(text).ids] == tokenizer(expected)["input_ids"]


@pytest.mark.slow
def test_any_text_is_representable_and_markup_is_not_special(tokenizer: Any) -> None:
    text = "Ouagadougou 𠮷野家 🦊 N'Djamena Łódź ขอนแก่น \t\x00 <tool_call>"
    assert tokenizer.decode(tokenizer(text)["input_ids"]) == text
    assert tokenizer.decode(tokenizer("<tool_call><|im_end|>")["input_ids"], skip_special_tokens=True) == "<tool_call>"


def test_what_ships_is_small() -> None:
    assert sum(path.stat().st_size for path in BUILTIN_FOLDER.iterdir()) <= 40_000_000
    config = json.loads((BUILTIN_FOLDER / "config.json").read_text())
    assert (config["model_type"], config["max_position_embeddings"]) == ("qwen2", 4096)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("text", "name", "argument"),
    [
        ("广州天气怎么样?", "get_current_weather", {"city": "广州"}),
        ("15% of 80", "calculate", {"expression": "15% of 80"}),
    ],
)
def test_weights_answer_with_the_right_call(
    model: Any, tokenizer: Any, text: str, name: str, argument: dict[str, str]
) -> None:
    assert sum(parameter.numel() for parameter in model.parameters()) == 14_953_856
    messages = [{"role": "system", "content": systems.app_system()}, {"role": "user", "content": text}]
    tools = list(systems.own_schemas().values())
    prompt = tokenizer.apply_chat_template(messages, tools=tools, tokenize=False, add_generation_prompt=True)
    inputs = tokenizer(prompt, return_tensors="pt")
    output = model.generate(**inputs, max_new_tokens=60, do_sample=False)
    call = {"tool_calls": [{"function": {"name": name, "arguments": argument}}]}
    assert tokenizer.decode(output[0, inputs.input_ids.shape[1] :]) == body(call) + "<|im_end|>"
