"""The one place that every event of a page passes on its way to whoever handles it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from chainlit import server

Check = Callable[[str, str], Awaitable[bool]]
OPENS_AND_ENDS = ("connect", "disconnect")  # the one asks by itself who comes, the other must always be heard


def ask_first(may_pass: Check) -> None:
    """Handle an event only if `may_pass`, which gets its name and the connection's id, says so. May be called again."""
    trigger = type(server.sio)._trigger_event  # the class's: so a second call does not wrap the first one's work

    async def asking(event: str, namespace: str, *values: Any) -> Any:
        if event not in OPENS_AND_ENDS and not await may_pass(event, str(values[0])):
            return server.sio.not_handled
        return await trigger(server.sio, event, namespace, *values)

    server.sio._trigger_event = asking
