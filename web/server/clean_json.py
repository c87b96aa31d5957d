"""Cleaning of what a browser sends: the JSON of its events and bodies, and its forms, are read cleaned."""

from __future__ import annotations

import json
from types import SimpleNamespace
from urllib.parse import unquote_plus

from tools.text import clean, read_json
from web.server import ready_json
from web.server.chainlit_internals import replace


def install() -> None:
    """Put it in the place of what socket.io and Starlette read JSON and forms with. May be called again."""
    reader = SimpleNamespace(**vars(json) | {"loads": _loads})
    replace("chainlit.server.sio.packet_class.json", SimpleNamespace(**vars(reader) | {"dumps": ready_json.dumps}))
    replace("starlette.requests.json", reader)
    replace("starlette.formparsers.unquote_plus", lambda text: clean(unquote_plus(text)))
    replace("starlette.formparsers._user_safe_decode", _decode)


def _decode(text: bytes, charset: str) -> str:
    """The text, cleaned: UTF-8, whatever charset the form names."""
    cleaned: str = clean(text.decode(errors="replace"))
    return cleaned


def _loads(text: str | bytes, **_: object) -> object:
    """The value, cleaned. What cannot be read is a JSONDecodeError for both callers, also what is nested too deeply."""
    try:
        return read_json(text)
    except json.JSONDecodeError:
        raise
    except ValueError as error:
        raise json.JSONDecodeError(str(error), "", 0) from error
