"""Changes to Chainlit itself: no third-party hosts, two languages, errors in words, a broken save changes nothing.

All that is changed or used of it stands in web/server/chainlit_internals.py. What the page needs in place of a CDN
(KaTeX's stylesheet and fonts) is in public/.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from functools import wraps
from typing import Any

from chainlit.config import config
from chainlit.context import context
from chainlit.emitter import ChainlitEmitter
from chainlit.message import ErrorMessage
from chainlit.step import StepDict
from chainlit.types import ThreadDict

from web.server import clean_json, closed_pages, event_loop, html, opening
from web.server.chainlit_internals import original, replace
from web.texts import texts_for

Shown = Callable[[StepDict], StepDict]


def install(shown: Shown, *, for_operator: bool) -> None:
    """Put the changes into Chainlit's server. May be called again, as every hot reload does.

    `shown` makes of each message and step what the page gets of it; the database and the model get it as it is.
    `for_operator` says that whoever comes runs this app.
    """
    # None is the page's own origin. Chainlit's [] checks none at all, and lets the script of any other site chat here.
    replace("chainlit.server.sio.eio.cors_allowed_origins", config.project.allow_origins or None)
    clean_json.install()
    closed_pages.install()
    event_loop.install()
    html.install(for_operator=for_operator)
    _tell_errors_in_words()
    _send_as(shown)
    _keep_the_app_if_a_save_is_broken()
    _lack_unknown_names()


def _tell_errors_in_words() -> None:
    """Let what breaks in a handler be told as what it is for a person: Chainlit shows what the exception says."""
    init = original("chainlit.message.ErrorMessage.__init__")

    @wraps(init)
    def told(message: ErrorMessage, content: str, *rest: Any, **fields: Any) -> None:
        init(message, texts_for(context.session.language).ended_error, *rest, **fields)

    replace("chainlit.message.ErrorMessage.__init__", told)


def _send_as(shown: Shown) -> None:
    """Let every message and step go through `shown` on its way to the page."""

    def showing(send: Callable[..., Any]) -> Callable[..., Any]:
        return wraps(send)(lambda emitter, step: send(emitter, shown(step)))

    for name in ("send_step", "update_step", "stream_start"):
        target = f"chainlit.emitter.ChainlitEmitter.{name}"
        replace(target, showing(original(target)))
    resume = original("chainlit.emitter.ChainlitEmitter.resume_thread")

    @wraps(resume)
    async def resume_shown(emitter: ChainlitEmitter, thread: ThreadDict) -> None:
        await resume(emitter, await asyncio.to_thread(opening.as_sent, thread, shown))

    replace("chainlit.emitter.ChainlitEmitter.resume_thread", resume_shown)


def _keep_the_app_if_a_save_is_broken() -> None:
    """Leave handlers and modules as they were if the app cannot be imported: the page would be dead until it can."""
    load = original("chainlit.server.load_module")
    handlers = config.code  # of the app that is being imported; it fills them in after this

    @wraps(load)
    def load_or_keep(target: str, force_refresh: bool = False) -> None:
        modules = dict(sys.modules)
        try:
            load(target, force_refresh)
        except Exception:  # Chainlit has dropped both
            replace("chainlit.config.config.code", handlers)
            sys.modules.update(modules)
            raise

    replace("chainlit.server.load_module", load_or_keep)


def _lack_unknown_names() -> None:
    """Let the module chainlit say in Python's way that it lacks a name: torch.compile asks every module for any."""
    find = original("chainlit.__getattr__")

    @wraps(find)
    def find_or_lack(name: str) -> Any:
        try:
            return find(name)
        except KeyError:
            raise AttributeError(f"module 'chainlit' has no attribute {name!r}") from None

    replace("chainlit.__getattr__", find_or_lack)
