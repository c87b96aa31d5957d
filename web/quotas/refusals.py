"""Why a quota refuses something, in words: what is too much, and when or how it goes on. Counts nothing."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Literal

from agent.errors import AgentError

Reason = Literal["turns", "tokens", "uploads", "kept", "chats", "waiting", "link_today", "link_kept"]

# English and Chinese, and the setting. {limit} is a number, or a size; {when} a time from now.
TEXTS: Mapping[Reason, tuple[str, str, str]] = {
    "turns": (
        "That were many questions within a minute. Send this one again in {when}.",
        "一分钟内的问题太多了。请在{when}后重新发送这一条。",
        "QUOTA_TURNS_A_MINUTE",
    ),
    "tokens": (
        "You have used today's {limit} tokens. Send this question again in {when}.",
        "你今天的 {limit} 个 token 已经用完。请在{when}后重新发送这个问题。",
        "QUOTA_TOKENS_A_DAY",
    ),
    "uploads": (
        "You can upload {limit} a day, and this would be more. It goes on in {when}.",
        "每天最多上传 {limit}，这次会超出。请在{when}后再试。",
        "QUOTA_UPLOADS_MB_A_DAY",
    ),
    "kept": (
        "Your chats and their files would take more than the {limit} that there are for you. Delete chats that you no "
        "longer need; then it goes on.",
        "你的对话和文件会超出 {limit} 的空间。请删除不再需要的对话，然后就可以继续。",
        "QUOTA_KEPT_MB",
    ),
    "chats": (
        "You can have {limit} chats. Delete some that you no longer need; then this one goes on.",
        "最多可以有 {limit} 个对话。请删除不再需要的对话，然后这个就可以继续。",
        "QUOTA_CHATS",
    ),
    "waiting": (
        "{limit} files can be attached that are not sent yet. Send those first, or reload the page to drop them.",
        "最多可以有 {limit} 个还没发送的附件。请先发送它们，或者刷新页面放弃它们。",
        "QUOTA_WAITING_FILES",
    ),
    "link_today": (
        "All guests of this demo together have used what there is for today. It goes on in {when}.",
        "这次演示今天给所有来宾的额度已经用完。请在{when}后再试。",
        "",
    ),
    "link_kept": (
        "The guests of this demo together have used all of its space. Delete chats that you no longer need, or ask "
        "whoever gave you the link.",
        "这次演示给所有来宾的空间已经用完。请删除不再需要的对话，或者联系给你链接的人。",
        "",
    ),
}


class OverQuota(AgentError):
    """More than there is for this user. `seconds` is how long until it goes on, if only time helps."""

    def __init__(self, reason: Reason, limit: int | str = "", seconds: float = 0) -> None:
        english, chinese, setting = TEXTS[reason]
        shown = f"{limit:,}" if isinstance(limit, int) else limit
        told = (
            english.format(limit=shown, when=_duration(seconds, "s", "minute", "hour")),
            chinese.format(limit=shown, when=_duration(seconds, "秒", "分钟", "小时")),
        )
        about = (f" {setting} in .env sets that limit.", f"这个上限是 .env 里的 {setting}。") if setting else ("", "")
        super().__init__(told[0] + about[0], told[1] + about[1], visitors=told)
        self.reason = reason


def _duration(seconds: float, second: str, minute: str, hour: str) -> str:
    """12.3 -> '13 s'; 600 -> '10 minutes'; 7_300 -> '3 hours': never too short."""
    if seconds <= 90:
        return f"{max(1, math.ceil(seconds))} {second}"
    count, unit = (math.ceil(seconds / 60), minute) if seconds <= 5400 else (math.ceil(seconds / 3600), hour)
    return f"{count} {unit}{'s' if unit.isascii() else ''}"
