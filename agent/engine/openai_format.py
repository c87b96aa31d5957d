"""OpenAI's chat format: our messages as its messages, its streamed chunks as our parts. Knows no vendor's client."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Any

from agent.engine.protocol import Part, Reasoning, Text, Usage
from agent.history import Message
from tools.base import ToolCall

ZERO_WIDTH_SPACE = "\u200b"
NEVER = r"(?!)"  # matches no text
TAG = r"</?[a-z_]+>|<\|[^|>\s]+\|>"
NO_ARGUMENTS = ("", "{}")  # the latter also from vLLM, of its own accord, for a call that was cut before they began
CUT_OFF = "{"  # the arguments of such a call; no JSON, so that it does not run


def template_markup(template: str) -> frozenset[str]:
    """The tags that a chat template writes around what is not text, such as <tool_response>.

    The model reads them as structure even where its tokenizer has no token of its own for them.
    """
    return frozenset(re.findall(TAG, template))


def openai_messages(messages: Sequence[Message], control_tokens: Collection[str] = ()) -> list[dict[str, Any]]:
    """The messages as the API takes them.

    `control_tokens` are the texts that the model would read as control tokens, such as <|im_end|>. In a message, a call
    or a result they are data: an invisible space after their first character keeps them text.
    """
    tokens = sorted(control_tokens, key=len, reverse=True)
    pattern = re.compile("|".join(map(re.escape, tokens)) or NEVER)

    def as_text(text: str) -> str:
        return pattern.sub(lambda token: token[0][0] + ZERO_WIDTH_SPACE + token[0][1:], text)

    return [_openai_message(message, as_text) for message in messages]


def _openai_message(message: Message, as_text: Callable[[str], str]) -> dict[str, Any]:
    value: dict[str, Any] = {"role": message.role, "content": as_text(message.content)}
    if message.tool_calls:
        functions = [
            {"name": as_text(call.name), "arguments": as_text(_json_object(call))} for call in message.tool_calls
        ]
        calls = zip(message.tool_calls, functions, strict=True)
        value["tool_calls"] = [{"id": call.id, "type": "function", "function": function} for call, function in calls]
    if message.tool_call_id:
        value["tool_call_id"] = message.tool_call_id
    return value


def _json_object(call: ToolCall) -> str:
    """The arguments, or a JSON object around what is none: vLLM parses them again and would refuse the whole chat."""
    try:
        is_object = isinstance(json.loads(call.arguments), dict)
    except (ValueError, RecursionError):
        is_object = False
    return call.arguments if is_object else json.dumps({"invalid": call.arguments}, ensure_ascii=False)


class Joiner:
    """Joins the chunks of one streamed answer: text passes through, the fragments of a call become one whole call.

    `max_tokens` and `window` are the answer's limits, 0 where not known: vLLM does not say which answer with calls was
    cut by one.
    """

    def __init__(self, max_tokens: int = 0, window: int = 0) -> None:
        self._max_tokens = max_tokens
        self._window = window
        self._index: int | None = None
        self._id = self._name = self._arguments = ""
        self._ids: set[str] = set()
        self._has_text = False
        self._is_cut = False
        self._usage: Mapping[str, Any] = {}

    def feed(self, chunk: Mapping[str, Any]) -> Iterator[Part]:
        """The parts that `chunk` completes. A call is whole when the next one begins or the answer ends."""
        self._usage = chunk.get("usage") or self._usage
        for choice in chunk.get("choices") or ():
            delta = choice.get("delta") or {}
            if thought := delta.get("reasoning") or delta.get("reasoning_content"):
                yield Reasoning(thought)
            yield from self._text(delta.get("content") or "")
            for fragment in delta.get("tool_calls") or ():
                yield from self._fragment(fragment)
            if reason := choice.get("finish_reason"):
                self._is_cut = reason == "length"
                if self._arguments not in NO_ARGUMENTS:  # else only the usage tells whether they were cut off
                    yield from self._whole_call()

    def finish(self) -> Iterator[Part]:
        """What is left when the stream has ended: a call without arguments or end, and always the usage."""
        details = self._usage.get("prompt_tokens_details") or {}
        prompt, completion = self._usage.get("prompt_tokens") or 0, self._usage.get("completion_tokens") or 0
        self._is_cut |= 0 < self._max_tokens <= completion or 0 < self._window <= prompt + completion
        yield from self._whole_call()
        yield Usage(prompt, details.get("cached_tokens") or 0, completion, self._is_cut)

    def _text(self, text: str) -> Iterator[Text]:
        """Without the white space before the first word, which would open an empty answer above a call."""
        if not self._has_text:
            text = text.lstrip()
        if text:
            self._has_text = True
            yield Text(text)

    def _fragment(self, fragment: Mapping[str, Any]) -> Iterator[ToolCall]:
        index, call_id = fragment.get("index") or 0, fragment.get("id") or ""
        if index != self._index or (call_id and self._id and call_id != self._id):
            yield from self._whole_call()
            self._index = index
        function = fragment.get("function") or {}
        self._id = self._id or call_id
        self._name = self._name or function.get("name") or ""
        self._arguments += function.get("arguments") or ""

    def _whole_call(self) -> Iterator[ToolCall]:
        if self._index is not None:
            is_new = self._id and self._id not in self._ids
            call_id = self._id if is_new else f"call_{uuid.uuid4().hex}"
            self._ids.add(call_id)
            is_lost = self._is_cut and self._arguments in NO_ARGUMENTS
            yield ToolCall(call_id, self._name, CUT_OFF if is_lost else self._arguments or "{}")
        self._index, self._id, self._name, self._arguments = None, "", "", ""
