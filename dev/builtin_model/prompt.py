"""Qwen2.5-Instruct's prompt format: the template that ships, and the same rendering as a list of parts for training."""

from __future__ import annotations

import json
from typing import Any

Message = dict[str, Any]

QWEN_SYSTEM = "You are Qwen, created by Alibaba Cloud. You are a helpful assistant."

TOOLS_BEFORE = (
    "\n\n# Tools\n\nYou may call one or more functions to assist with the user query.\n\n"
    "You are provided with function signatures within <tools></tools> XML tags:\n<tools>"
)
TOOLS_AFTER = (
    "\n</tools>\n\nFor each function call, return a json object with function name and arguments within "
    "<tool_call></tool_call> XML tags:\n<tool_call>\n"
    '{"name": <function-name>, "arguments": <args-json-object>}\n</tool_call>'
)

CHAT_TEMPLATE = r"""{%- if tools %}
    {{- '<|im_start|>system\n' }}
    {%- if messages[0]['role'] == 'system' %}
        {{- messages[0]['content'] }}
    {%- else %}
        {{- 'You are Qwen, created by Alibaba Cloud. You are a helpful assistant.' }}
    {%- endif %}
    {{- "\n\n# Tools\n\nYou may call one or more functions to assist with the user query.\n\nYou are provided with function signatures within <tools></tools> XML tags:\n<tools>" }}
    {%- for tool in tools %}
        {{- "\n" }}
        {{- tool | tojson }}
    {%- endfor %}
    {{- "\n</tools>\n\nFor each function call, return a json object with function name and arguments within <tool_call></tool_call> XML tags:\n<tool_call>\n{\"name\": <function-name>, \"arguments\": <args-json-object>}\n</tool_call><|im_end|>\n" }}
{%- else %}
    {%- if messages[0]['role'] == 'system' %}
        {{- '<|im_start|>system\n' + messages[0]['content'] + '<|im_end|>\n' }}
    {%- else %}
        {{- '<|im_start|>system\nYou are Qwen, created by Alibaba Cloud. You are a helpful assistant.<|im_end|>\n' }}
    {%- endif %}
{%- endif %}
{%- for message in messages %}
    {%- if (message.role == "user") or (message.role == "system" and not loop.first) or (message.role == "assistant" and not message.tool_calls) %}
        {{- '<|im_start|>' + message.role + '\n' + message.content + '<|im_end|>' + '\n' }}
    {%- elif message.role == "assistant" %}
        {{- '<|im_start|>' + message.role }}
        {%- if message.content %}
            {{- '\n' + message.content }}
        {%- endif %}
        {%- for tool_call in message.tool_calls %}
            {%- if tool_call.function is defined %}
                {%- set tool_call = tool_call.function %}
            {%- endif %}
            {{- '\n<tool_call>\n{"name": "' }}
            {{- tool_call.name }}
            {{- '", "arguments": ' }}
            {{- tool_call.arguments | tojson }}
            {{- '}\n</tool_call>' }}
        {%- endfor %}
        {{- '<|im_end|>\n' }}
    {%- elif message.role == "tool" %}
        {%- if (loop.index0 == 0) or (messages[loop.index0 - 1].role != "tool") %}
            {{- '<|im_start|>user' }}
        {%- endif %}
        {{- '\n<tool_response>\n' }}
        {{- message.content }}
        {{- '\n</tool_response>' }}
        {%- if loop.last or (messages[loop.index0 + 1].role != "tool") %}
            {{- '<|im_end|>\n' }}
        {%- endif %}
    {%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}
    {{- '<|im_start|>assistant\n' }}
{%- endif %}
"""  # noqa: E501 - byte for byte what it has to be


def parts(messages: list[Message], tools: list[Message] | None = None) -> list[tuple[str, bool]]:
    """Render a dialogue as (text, learn) parts, whose texts joined equal the template's output.

    `learn` marks what the model has to write itself: an assistant's text up to and including <|im_end|>. A message with
    `"learn": False` (a cut answer, a repeated call) is context only.
    """
    rest = messages
    system = QWEN_SYSTEM
    if messages and messages[0]["role"] == "system":
        system, rest = messages[0]["content"], messages[1:]
    rendered: list[tuple[str, bool]] = [("<|im_start|>system\n" + system, False)]
    if tools:
        rendered.append((TOOLS_BEFORE, False))
        rendered += [("\n" + json.dumps(tool, ensure_ascii=False), False) for tool in tools]
        rendered.append((TOOLS_AFTER, False))
    rendered.append(("<|im_end|>\n", False))
    previous = ""
    for index, message in enumerate(rest):
        role = message["role"]
        if role == "tool":
            opening = "" if previous == "tool" else "<|im_start|>user"
            is_last = index + 1 == len(rest) or rest[index + 1]["role"] != "tool"
            closing = "<|im_end|>\n" if is_last else ""
            rendered.append((f"{opening}\n<tool_response>\n{message['content']}\n</tool_response>{closing}", False))
        else:
            rendered.append((f"<|im_start|>{role}\n", False))
            rendered.append((body(message) + "<|im_end|>", role == "assistant" and message.get("learn", True)))
            rendered.append(("\n", False))
        previous = role
    return rendered


def body(message: Message) -> str:
    """The text of a user's, system's or assistant's message, its tool calls included."""
    calls = message.get("tool_calls") or []
    texts = [message["content"]] if message.get("content") or not calls else []
    for call in calls:
        function = call["function"]
        arguments = json.dumps(function["arguments"], ensure_ascii=False)
        texts.append(f'<tool_call>\n{{"name": "{function["name"]}", "arguments": {arguments}}}\n</tool_call>')
    return "\n".join(texts)
