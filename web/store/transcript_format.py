"""The format of an exported chat, and sentences for what is wrong with a file. Knows no database and no page."""

from __future__ import annotations

from datetime import datetime
from itertools import pairwise
from typing import Annotated, Any, Literal, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import PydanticCustomError

from agent.errors import AgentError
from tools.text import clean_json


class NotATranscript(AgentError):
    """The file is none of ours, or is broken; says at which place, and what has to stand there."""


MAX_STEPS = 10_000
MAX_MESSAGES = 10_000  # of the model's history
MAX_CALLS = 100  # in one of them
MAX_NESTING = 50  # of lists and objects; ours are 5 deep

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


_S = TypeVar("_S", bound=BaseModel)


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
    messages: list[Any]
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
    steps: list[Any]
    history: _History


def check(chat: Any) -> dict[str, Any]:
    """The chat as plain values, with nothing but what is known here. Raises NotATranscript for any other shape, and for
    one that is too much."""
    _check_nesting(chat)
    checked = _checked(_Chat, chat, ())
    if len(checked.steps) > MAX_STEPS:
        raise too_much(f"{MAX_STEPS:,} steps", f"{MAX_STEPS:,} 个步骤")
    if len(checked.history.messages) > MAX_MESSAGES:
        raise too_much(f"{MAX_MESSAGES:,} messages in the model's history", f"模型历史里的 {MAX_MESSAGES:,} 条消息")
    # One by one, and not as a list by pydantic in one go: that lets nothing else run meanwhile.
    steps = [_checked(_Step, step, ("steps", place)) for place, step in enumerate(checked.steps)]
    messages = [
        _checked(_Message, message, ("history", "messages", place))
        for place, message in enumerate(checked.history.messages)
    ]
    _check_ids(steps)
    _check_history(messages, checked.history.start)
    whole = checked.model_dump(exclude={"steps": True, "history": True})
    history = {"messages": [message.model_dump() for message in messages], "start": checked.history.start}
    return whole | {"steps": [step.model_dump() for step in steps], "history": history}


def too_much(english: str, chinese: str) -> NotATranscript:
    """The refusal of a file that has more than so many of something."""
    return NotATranscript(
        f"This chat is too much to be opened here: the most is {english}. Take its oldest turns out of the file. "
        "Nothing was kept.",
        f"这个对话太大，无法在这里打开：最多 {chinese}。请从文件里去掉最早的几轮。没有保存任何内容。",
    )


def too_nested() -> NotATranscript:
    """The refusal of a file whose values are nested too deeply."""
    return too_much(f"{MAX_NESTING} lists and objects inside of each other", f"嵌套 {MAX_NESTING} 层列表和对象")


def _checked(shape: type[_S], value: Any, place: tuple[int | str, ...]) -> _S:
    try:
        return shape.model_validate(value)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        raise _wrong((*place, *first["loc"]), first["type"]) from error


def _check_nesting(value: Any) -> None:
    """By levels: no depth is too much for this."""
    level = [value]
    for _ in range(MAX_NESTING):
        if not level:
            return
        inner = (one.values() if isinstance(one, dict) else one for one in level if isinstance(one, dict | list))
        level = [one for values in inner for one in values]
    raise too_nested()


def _check_ids(steps: list[_Step]) -> None:
    seen = set[str]()
    for place, step in enumerate(steps):
        if step.id in seen:
            raise _wrong(("steps", place, "id"), "twice")
        seen.add(step.id)


def _check_history(messages: list[_Message], start: int) -> None:
    """That every result answers the first call that is open, as engines demand, and that the start is a question."""
    waiting = list[str]()
    for place, message in enumerate(messages):
        if len(message.tool_calls) > MAX_CALLS:
            raise too_much(f"{MAX_CALLS} calls of tools in one answer", f"一个回答里的 {MAX_CALLS} 个工具调用")
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
    if start and (start >= len(messages) or messages[start].role != "user"):
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
