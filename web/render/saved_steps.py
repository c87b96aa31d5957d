"""Steps of a saved chat as they are rendered now: versions before this one rendered some otherwise."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from web.render.metadata import NOTICE, TOOL
from web.texts import Texts

Step = Mapping[str, Any]

# What versions before 0.5 said as an answer of the model's. {} is whatever filled a blank.
_SAID_AS_ANSWER = (
    "已停止。",
    "Stopped.",
    "已达到一次提问最多 {} 轮工具调用的上限，以上是根据已有结果给出的回答。",
    "One question may take {} rounds of tool calls; the answer uses what was found in them.",
    "回答达到 {} 个 token 的上限，到此为止。可以在设置里调大“最大长度”，或者发送“继续”。",
    'The answer hit its limit of {} tokens. Raise "Max tokens" in the settings, or say "go on".',
    "这段对话已占满模型能记住的范围，回答到此为止。可以发送“继续”，较早的几轮会让出位置。",
    'This chat has filled the model\'s window, so the answer ends here. Say "go on": earlier turns then make room.',
    "服务器出了点问题，详情已记入日志。请再问一次。",
    "Something went wrong on the server; it was logged. Ask again.",
    "服务在这里中断过，上面的回答没有写完。可以让它重新回答，或者直接往下聊。",
    "The server stopped here, so the answer above is not complete. Have it answered again, or go on.",
    "对话变长了：较早的几轮已不在模型能看到的范围内。",
    "This chat has grown long: the model no longer sees its earlier turns.",
    "回答用时达到 {}的上限，到此为止。可以发送“继续”，或者把问题拆小再问。",
    'The answer reached its time limit of {}. Say "go on", or ask in smaller steps.',
    "一条消息最多带 {} 个文件，这些没有读取：{}。请在下一条消息里发送。",
    "A message may have {} files. Not read: {}. Send them with your next message.",
    "“{}”太长，模型只能看到开头的 {} 个字符。",
    "{} is long: the model sees only its first {} characters.",
    "“{}”太长，模型只能看到前 {} 页（共 {} 页）。",
    "{} is long: the model sees only its text up to page {} of {}.",
    "附件总共太长，模型看不到“{}”的内容。请单独发送它。",
    "The files are too long together: the model sees nothing of {}. Send it alone.",
    "这个回答有一处不符合 Schema：{}。引擎没有约束这条规则，请再问一次。",
    "This answer does not fit the schema: {}. The engine does not enforce that rule; ask again.",
    "回答达到 {} 个 token 的上限，JSON 不完整。请在设置里调大“最大长度”，或者少问一些。",
    'The answer hit its limit of {} tokens: its JSON is cut. Raise "Max tokens", or ask for less.',
)
_OLD_NOTICES = tuple(tuple(text.split("{}")) for text in _SAID_AS_ANSWER)
_SHORT_TIME = re.compile(r"(<0\.1|0\.\d) (s|秒)")


def renew(steps: Sequence[Step], said: Collection[str], texts: Texts) -> list[dict[str, Any]]:
    """The steps as this version renders them; `said` are the model's own answers, which stay what they are."""
    answers = {text.strip() for text in said}
    return [_renew(step, answers, texts) for step in steps]


def _renew(step: Step, answers: Collection[str], texts: Texts) -> dict[str, Any]:
    metadata = step.get("metadata") or {}
    match step["type"]:
        case "tool" if TOOL not in metadata:
            tool, *rest = str(step.get("name") or "").split(" · ")
            name = " · ".join([texts.tool_name(tool), *(part for part in rest if not _SHORT_TIME.fullmatch(part))])
            return {**step, "name": name, "metadata": {**metadata, TOOL: tool}}
        case "assistant_message" if _is_notice(step, answers):
            at = step.get("createdAt")
            notice = {"type": "run", "name": step["output"], "output": "", "defaultOpen": True, "start": at, "end": at}
            return {**step, **notice, "metadata": {**metadata, NOTICE: True, "icon": "circle-alert"}}
    return dict(step)


def _is_notice(step: Step, answers: Collection[str]) -> bool:
    text = str(step.get("output") or "")
    if step.get("isError"):
        return True
    return any(_fits(text, parts) for parts in _OLD_NOTICES) and text.strip() not in answers


def _fits(text: str, parts: Sequence[str]) -> bool:
    """Whether the text is these parts with something between them. A regular expression takes time by a power of it."""
    first, *others = parts
    if not others:
        return text == first
    if not text.startswith(first) or not text.endswith(others[-1]):
        return False
    place = len(first)
    for part in others[:-1]:
        place = text.find(part, place + 1)
        if place < 0:
            return False
        place += len(part)
    return place < len(text) - len(others[-1])
