"""The shape of an exported chat, and in words what is wrong with a file of another. Knows no database and no page."""

from __future__ import annotations

from datetime import datetime
from itertools import pairwise
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import PydanticCustomError

from agent.errors import AgentError
from tools.text import clean_json


class NotATranscript(AgentError):
    """The file is none of ours, or is broken; says where, and what has to stand there."""


NOT_OURS = (
    'This file is not a chat that was exported here. Choose one made by "Export as JSON".',
    "这个文件不是从这里导出的对话。请选择用“导出为 JSON”得到的文件。",
)
_PLACES = {  # by the name of the list that a thing stands in, counted from 1
    "steps": ("step {}", "第 {} 步"),
    "messages": ("message {} of the model's history", "模型历史的第 {} 条消息"),
    "tool_calls": ("call {}", "第 {} 个调用"),
}
_PROBLEMS = {  # by the type of pydantic's error, or by ours
    "missing": ("is missing", "缺失"),
    "string_type": ("has to be text", "应为文字"),
    "int_type": ("has to be a whole number", "应为整数"),
    "bool_type": ("has to be true or false", "应为 true 或 false"),
    "list_type": ("has to be a list", "应为列表"),
    "dict_type": ("has to be an object", "应为对象"),
    "model_type": ("has to be an object", "应为对象"),
    "literal_error": ("has a value that there is not", "的值不存在"),
    "greater_than_equal": ("must not be below 0", "不能小于 0"),
    "string_too_short": ("must not be empty", "不能为空"),
    "time": ("has to be a time, such as 2026-11-22T10:00:00Z", "应为时间，例如 2026-11-22T10:00:00Z"),
    "setting": ("has to be a number, a text, or a list of texts", "应为数字、文字或文字的列表"),
    "twice": ("is that of another step too", "与另一步重复"),
    "unasked": ("answers no call that is open there", "没有对应的未完成调用"),
    "not_its": ("is only for answers of the model", "只能出现在模型的回答里"),
    "unanswered": ("comes before the results of the calls above it", "出现在上面的调用得到结果之前"),
    "no_question": ("has to be the place of a question", "应为某个问题的位置"),
}
_ELSE = ("has a value that cannot stand there", "的值不能写在这里")


def _time(text: str) -> str:
    try:
        datetime.fromisoformat(text)
    except ValueError as error:
        raise PydanticCustomError("time", "no time") from error
    return text


def _setting(value: Any) -> Any:
    is_list_of_names = isinstance(value, list) and all(isinstance(one, str) for one in value)
    if not is_list_of_names and not isinstance(value, (str, int, float, bool, type(None))):
        raise PydanticCustomError("setting", "no setting")
    return value


Time = Annotated[str, AfterValidator(_time)]
Setting = Annotated[Any, AfterValidator(_setting)]


class _Shape(BaseModel):
    model_config = ConfigDict(strict=True, extra="ignore")


class _Call(_Shape):
    id: Annotated[str, Field(min_length=1)]
    name: str
    arguments: Annotated[str, AfterValidator(clean_json)]


class _Message(_Shape):
    role: Literal["user", "assistant", "tool"]
    content: str
    tool_calls: list[_Call] = []
    tool_call_id: str | None = None
    id: str | None = None


class _History(_Shape):
    messages: list[_Message]
    start: Annotated[int, Field(ge=0)]


class _Step(_Shape):
    id: Annotated[str, Field(min_length=1)]
    type: Literal["user_message", "assistant_message", "system_message", "tool", "run", "llm", "embedding", "retrieval",
                  "rerank", "undefined"]  # fmt: skip
    name: str | None = None
    output: str | None = None
    input: str | None = None
    createdAt: Time
    start: Time | None = None
    end: Time | None = None
    parentId: str | None = None
    metadata: dict[str, Any] | None = None
    tags: list[str] | None = None
    isError: bool | None = None
    showInput: bool | str | None = None
    defaultOpen: bool | None = None
    autoCollapse: bool | None = None
    language: str | None = None
    icon: str | None = None


class _Kept(_Shape):
    chat_settings: dict[str, Setting] | None = None
    chat_profile: str | None = None


class _Chat(_Shape):
    name: str | None = None
    tags: list[str] | None = None
    metadata: _Kept | None = None
    steps: list[_Step]
    history: _History


def check(chat: Any) -> dict[str, Any]:
    """The chat as plain values, with nothing but what is known here. Raises NotATranscript for any other shape."""
    try:
        checked = _Chat.model_validate(chat)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        raise _wrong(first["loc"], first["type"]) from error
    _check_ids(checked.steps)
    _check_history(checked.history)
    return checked.model_dump()


def _check_ids(steps: list[_Step]) -> None:
    seen = set[str]()
    for place, step in enumerate(steps):
        if step.id in seen:
            raise _wrong(("steps", place, "id"), "twice")
        seen.add(step.id)


def _check_history(history: _History) -> None:
    """That every result answers the first call that is open, as engines demand, and that the start is a question."""
    waiting = list[str]()
    for place, message in enumerate(history.messages):
        if message.role == "tool":
            if message.tool_call_id not in waiting[:1]:
                raise _wrong(("history", "messages", place, "tool_call_id"), "unasked")
            del waiting[0]
        elif waiting:
            raise _wrong(("history", "messages", place, "role"), "unanswered")
        elif message.role == "assistant":
            waiting = [call.id for call in message.tool_calls]
        if message.tool_calls and message.role != "assistant":
            raise _wrong(("history", "messages", place, "tool_calls"), "not_its")
    start = history.start
    if start and (start >= len(history.messages) or history.messages[start].role != "user"):
        raise _wrong(("history", "start"), "no_question")


def _wrong(place: tuple[int | str, ...], problem: str) -> NotATranscript:
    """What is wrong, where, and what to do: `place` is pydantic's path."""
    english, chinese = _PROBLEMS.get(problem, _ELSE)
    things = [
        tuple(text.format(number + 1) for text in _PLACES.get(str(name), (f"{name} {{}}", f"{name} 的第 {{}} 项")))
        for name, number in pairwise(place)
        if isinstance(number, int)
    ]
    where, where_zh = ", ".join(one for one, _ in things), "".join(f"{one}的" for _, one in things)
    last = place[-1] if place else "chat"
    named = where if isinstance(last, int) else f"{where}: {last}" if where else last
    named_zh = where_zh.removesuffix("的") if isinstance(last, int) else f"{where_zh}{last}"
    return NotATranscript(
        f"This file was changed, and cannot be opened: {named} {english}. Correct it there, or export the chat again. "
        "Nothing was kept.",
        f"这个文件被改动过，无法打开：{named_zh} {chinese}。请在那里改正，或者重新导出对话。没有保存任何内容。",
    )
