"""Events of a page: who handles one, and the one place that every one passes on its way there."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from chainlit import server

from web.server.chainlit_internals import replace

Check = Callable[[str, str], Awaitable[bool]]
Handler = Callable[..., Awaitable[object]]
OPENS_AND_ENDS = ("connect", "disconnect")  # the one asks by itself who comes, the other must always be heard


def handle(event: str, handler: Handler) -> None:
    """Handle an event in the place of Chainlit's handler. Raises LookupError if that has none."""
    if event not in server.sio.handlers["/"]:
        raise LookupError(f"Chainlit handles no event {event}")
    server.sio.on(event, handler)


def ask_first(may_pass: Check) -> None:
    """Handle an event only if `may_pass`, which gets its name and the connection's id, says so. May be called again."""
    trigger = type(server.sio)._trigger_event  # the class's: a second call does not wrap the first one's work

    async def asking(event: str, namespace: str, *values: Any) -> Any:
        if event not in OPENS_AND_ENDS and not await may_pass(event, str(values[0])):
            return server.sio.not_handled
        return await trigger(server.sio, event, namespace, *values)

    replace("chainlit.server.sio._trigger_event", asking)
