"""A saved chat as Markdown to mail: questions, answers, and a line for each tool. Knows no database and no page."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tools.text import read_json
from web.render import tables, tool_results
from web.render.metadata import MODEL, NOTICE, TOOL
from web.render.saved_steps import Step, renew
from web.texts import CHINESE, ENGLISH, Texts

MAX_RESULT = 160  # characters of a tool's result
_STOPPED = "(stopped)"  # what the history has in the place of an answer that never began
_FENCE = re.compile(r"^ {0,3}(`{3,}|~{3,})", re.MULTILINE)
_PICTURE = "](/public/weather/"  # of a weather card


def to_markdown(thread: Mapping[str, Any], history: Mapping[str, Any], texts: Texts) -> str:
    """What was asked and answered, as it was written, with its files and tools; no times, thoughts or settings.

    `thread` is the chat as Chainlit has it, `history` the model's side of it in its JSON form.
    """
    written = history["messages"]
    said = [message["content"] for message in written if message["role"] == "assistant"]
    steps = renew(thread["steps"], said, texts)
    parts = [f"# {_one_line(thread['name']) or '—'}", _head(thread, steps, texts)]
    for turn in _turns(steps):
        parts += [f"## {texts.export_person}", _whole(turn[0]["output"])]
        if files := [_one_line(one["name"]) for one in thread.get("elements") or () if one["forId"] == turn[0]["id"]]:
            parts.append(f"📎 {texts.comma.join(files)}")
        parts += _answered(turn[1:], _written(turn[0]["id"], written), texts)
    return "\n\n".join(part for part in parts if part) + "\n"


def _head(thread: Any, steps: Sequence[Step], texts: Texts) -> str:
    models = dict.fromkeys(str(name) for step in steps if (name := (step.get("metadata") or {}).get(MODEL)))
    names = texts.comma.join(texts.builtin_name if name == "builtin" else name for name in models)
    date = f"{thread['createdAt'][:16].replace('T', ' ')} UTC" if thread["createdAt"] else ""
    return " · ".join(part for part in (date, names and texts.export_model_name.format(model=names)) if part)


def _turns(steps: Sequence[Step]) -> Iterator[Sequence[Step]]:
    """Each question with what came after it."""
    starts = [place for place, step in enumerate(steps) if step["type"] == "user_message"]
    for start, end in itertools.pairwise([*starts, len(steps)]):
        yield steps[start:end]


def _written(question: str, history: Sequence[Step]) -> list[str]:
    """What the model wrote in answer to a question, message by message."""
    written, is_here = [], False
    for message in history:
        if message["role"] == "user":
            is_here = message.get("id") == question
        elif is_here and message["role"] == "assistant" and message["content"] not in ("", _STOPPED):
            written.append(str(message["content"]))
    return written


def _answered(steps: Sequence[Step], written: Sequence[str], texts: Texts) -> Iterator[str]:
    """The parts of one answer. The page may have rendered the model's words in another form: `written` counts."""
    views = _views(steps)
    answers = [step for step in steps if step["type"] == "assistant_message" and step["output"] not in views]
    ids = [str(step["id"]) for step in answers]
    by_id = dict(zip(ids, written, strict=True)) if len(ids) == len(written) else {}
    is_headed = False
    for step in steps:
        line = _line(step, texts)
        if not is_headed and (line or step["type"] == "assistant_message"):
            yield f"## {texts.export_model}"
            is_headed = True
        if line:
            yield line
        elif step["type"] == "assistant_message" and step["output"] in views:
            if _PICTURE not in step["output"]:  # whose text the tool's line has
                yield tables.plain(step["output"])
        elif step["type"] == "assistant_message":
            yield _answer(by_id.get(step["id"], str(step["output"])), step["output"])


def _views(steps: Sequence[Step]) -> set[str]:
    """What of the messages is no answer, but the view of a tool's result."""
    results = [step["output"] for step in steps if step["type"] == "tool" and not step.get("isError")]
    views = {
        view.markdown
        for result in results
        for texts in (CHINESE, ENGLISH)
        if (view := tool_results.view(result, texts))
    }
    messages = (step["output"] for step in steps if step["type"] == "assistant_message")
    return views | {text for text in messages if _PICTURE in text}


def _line(step: Step, texts: Texts) -> str:
    """A tool's call, or a line of ours; '' for any other step."""
    metadata = step.get("metadata") or {}
    if step["type"] == "tool":
        given = _arguments(step.get("input") or "")
        if step.get("isError"):
            why = _short(step["output"]) or step["name"].partition(" · ")[2]
            return f"🔧 {texts.tool_name(metadata[TOOL])}{given} → {why}"
        result = tool_results.summary(step["output"], texts) or _value(step["output"], texts)
        return f"🔧 {texts.tool_name(metadata[TOOL])}{given} → {_short(result) or '—'}"
    return f"> {_one_line(step['name'])}" if step["type"] == "run" and metadata.get(NOTICE) else ""


def _answer(text: str, shown: str) -> str:
    """The model's own words or, if the page has made them the table that they are, that one."""
    forms = (tables.structured_answer(text, texts) for texts in (CHINESE, ENGLISH))
    is_table = any(form and form.markdown == shown for form in forms)
    return tables.plain(shown) if is_table else _whole(text)


def _arguments(text: str) -> str:
    try:
        values = read_json(text or "{}")
    except ValueError:
        return f"({_short(text)})"
    given = values.items() if isinstance(values, dict) else ()
    return f"({_short(', '.join(f'{name}: {_scalar(value)}' for name, value in given))})" if given else ""


def _value(text: str, texts: Texts) -> str:
    """A result that has no sentence of its own, without the marks of JSON."""
    try:
        value = read_json(text)
    except ValueError:
        return text
    if isinstance(value, list):
        return texts.export_row if len(value) == 1 else texts.export_rows.format(rows=len(value))
    if isinstance(value, dict):
        return ", ".join(f"{name}: {_scalar(one)}" for name, one in value.items())
    return str(value)


def _scalar(value: Any) -> str:
    return "…" if isinstance(value, (dict, list)) else str(value)


def _whole(text: str) -> str:
    """The text, in which no block of code stays open: it would take all that follows for its own."""
    fence = ""
    for mark in _FENCE.findall(text):
        if not fence:
            fence = mark
        elif mark.startswith(fence):
            fence = ""
    return f"{text}\n{fence}" if fence else text


def _short(text: str) -> str:
    line = _one_line(text)
    return line if len(line) <= MAX_RESULT else f"{line[: MAX_RESULT - 1]}…"


def _one_line(text: object) -> str:
    return " ".join(str(text or "").split())
