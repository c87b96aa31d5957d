"""OpenAI's chat format: our messages as its messages, its streamed chunks as our parts. Knows no vendor's client."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Any

from agent.engine.protocol import StreamPart, Usage
from agent.events import ReasoningDelta, TextDelta
from agent.history import Message
from tools.base import ToolCall
from tools.text import clean, clean_json

ZERO_WIDTH_SPACE = "\u200b"
NEVER = r"(?!)"  # matches no text
TAG = r"</?[a-z_]+>|<\|[^|>\s]+\|>"
NO_ARGUMENTS = ("", "{}")  # vLLM also sends "{}" for a call that was cut off before its arguments
NO_NAME = "unknown"  # for a call without one: servers refuse a chat with an empty name in it
UNFINISHED = ("abort", "error", "cancelled")  # reasons that say that the answer is not whole
THOUGHTS = ("text", "thinking", "reasoning", "summary_text", "reasoning_text")
CUT_OFF = "{"  # the arguments of such a call; no JSON, so that it does not run


def template_markup(template: str) -> frozenset[str]:
    """The tags that a chat template writes around what is not text, such as <tool_response>.

    The model reads them as structure even if its tokenizer has no token of its own for them.
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


class StreamJoiner:
    """Joins the chunks of one streamed answer: text passes through, the fragments of a call become one whole call.

    `max_tokens` and `window` are the answer's limits, 0 if not known: vLLM does not say which answer with calls was
    cut by one. Reads what servers make of the format, and leaves out what it does not know.
    """

    def __init__(self, max_tokens: int = 0, window: int = 0) -> None:
        self._max_tokens = max_tokens
        self._window = window
        self._is_in_call = False
        self._index: Any = None
        self._id = self._name = self._arguments = ""
        self._ids: set[str] = set()
        self._half = self._half_thought = ""  # of a character, whose other half the next piece brings
        self._has_text = False
        self._is_cut = False
        self._is_finished = False
        self._usage: Mapping[str, Any] = {}

    def feed(self, chunk: Mapping[str, Any]) -> Iterator[StreamPart]:
        """The parts that `chunk` completes. A call is whole when the next one begins or the answer ends.

        A chunk with a `message` in the place of a `delta` is a whole answer, from a server that does not stream.
        """
        self._usage = _mapping(chunk.get("usage")) or self._usage
        for choice in map(_mapping, _list(chunk.get("choices"))):
            is_whole = "message" in choice and not choice.get("delta")
            delta = _mapping(choice.get("message") if is_whole else choice.get("delta"))
            yield from self._delta(delta)
            if reason := choice.get("finish_reason") or ("stop" if is_whole else None):
                self._is_cut |= reason == "length"
                self._is_finished |= reason not in UNFINISHED
                if self._arguments not in NO_ARGUMENTS:  # else only the usage tells whether they were cut off
                    yield from self._whole_call()

    def finish(self) -> Iterator[StreamPart]:
        """What is left when the stream has ended: a call without arguments or end, and always the usage."""
        details = _mapping(self._usage.get("prompt_tokens_details"))
        prompt, completion = _count(self._usage.get("prompt_tokens")), _count(self._usage.get("completion_tokens"))
        self._is_cut |= 0 < self._max_tokens <= completion or 0 < self._window <= prompt + completion
        yield from self._text("", is_last=True)
        yield from self._whole_call()
        is_broken = not self._is_finished and not self._is_cut
        yield Usage(prompt, _count(details.get("cached_tokens")), completion, self._is_cut, is_broken)

    def _delta(self, delta: Mapping[str, Any]) -> Iterator[StreamPart]:
        content = delta.get("content")
        thought = _text_of(delta.get("reasoning") or delta.get("reasoning_content"), THOUGHTS)
        thoughts = [part for part in _list(content) if isinstance(part, Mapping)]
        thought += _text_of(thoughts, ("thinking", "reasoning"))
        thought, self._half_thought = _without_half(self._half_thought + thought)
        if thought:
            yield ReasoningDelta(thought)
        yield from self._text(_text_of(content) or _text_of(delta.get("refusal")))
        for fragment in _list(delta.get("tool_calls")) or _list(_legacy_call(delta)):
            if isinstance(fragment, Mapping):
                yield from self._fragment(fragment)

    def _text(self, piece: str, *, is_last: bool = False) -> Iterator[TextDelta]:
        """Without the white space before the first word, which would open an empty answer above a call."""
        text, self._half = _without_half(self._half + piece)
        if is_last:
            text, self._half = text + clean(self._half), ""
        if not self._has_text:
            text = text.lstrip()
        if text:
            self._has_text = True
            yield TextDelta(text)

    def _fragment(self, fragment: Mapping[str, Any]) -> Iterator[ToolCall]:
        index, call_id = fragment.get("index"), str(fragment.get("id") or "")
        function = _mapping(fragment.get("function"))
        name, arguments = _text_of(function.get("name")), function.get("arguments")
        if self._begins_another(index, call_id, name):
            yield from self._whole_call()
        self._is_in_call = True
        self._index = index
        self._id = self._id or call_id
        self._name = self._name or name
        is_text = isinstance(arguments, str) or arguments is None
        self._arguments += (arguments or "") if is_text else json.dumps(arguments, ensure_ascii=False)

    def _begins_another(self, index: Any, call_id: str, name: str) -> bool:
        """By its index, by its id, or, if it has neither, by its name."""
        if index is not None and index != self._index:
            return True
        if call_id and self._id:
            return call_id != self._id
        return index is None and not call_id and bool(name) and bool(self._name)

    def _whole_call(self) -> Iterator[ToolCall]:
        if self._is_in_call:
            is_new = self._id and self._id not in self._ids
            call_id = self._id if is_new else f"call_{uuid.uuid4().hex}"
            self._ids.add(call_id)
            is_lost = self._is_cut and self._arguments in NO_ARGUMENTS
            arguments = CUT_OFF if is_lost else clean_json(self._arguments.strip()) or "{}"
            yield ToolCall(clean(call_id), clean(self._name) or NO_NAME, arguments)
        self._is_in_call, self._index, self._id, self._name, self._arguments = False, None, "", "", ""


def _without_half(text: str) -> tuple[str, str]:
    """The text, cleaned, and the first half of a character at its end, which the next piece may make whole."""
    half = text[-1:] if "\ud800" <= text[-1:] <= "\udbff" else ""
    return clean(text.removesuffix(half)), half


def _text_of(value: Any, kinds: Collection[str] = ("text", "output_text")) -> str:
    """A text, also if it comes as a list of parts; of those, the ones of these kinds."""
    if isinstance(value, list):
        return "".join(_text_of(part, kinds) for part in value)
    if isinstance(value, Mapping) and value.get("type", "text") in kinds:
        return next((_text_of(value[key], THOUGHTS) for key in ("text", "thinking", "value") if value.get(key)), "")
    return value if isinstance(value, str) else ""


def _legacy_call(delta: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The one call of OpenAI's first API for calls."""
    return [{"index": 0, "function": delta["function_call"]}] if delta.get("function_call") else []


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _count(value: Any) -> int:
    return value if isinstance(value, int) and value > 0 else 0
