"""The door for what a browser sends: the JSON of its events and bodies, and its forms, are read cleaned."""

from __future__ import annotations

import json
import sys
from types import SimpleNamespace
from urllib.parse import unquote_plus

from chainlit import server

from tools.text import clean, read_json
from web.server import ready_json


def prepare() -> None:
    """Put it in the place of what socket.io and Starlette read JSON and forms with. May be called again."""
    reader = SimpleNamespace(**vars(json) | {"loads": _loads})
    server.sio.packet_class.json = SimpleNamespace(**vars(reader) | {"dumps": ready_json.dumps})
    vars(sys.modules["starlette.requests"])["json"] = reader
    forms = vars(sys.modules["starlette.formparsers"])
    forms["unquote_plus"] = lambda text: clean(unquote_plus(text))
    forms["_user_safe_decode"] = lambda text, charset: clean(text.decode(errors="replace"))  # whatever charset it names


def _loads(text: str | bytes, **_: object) -> object:
    """The value, cleaned. What cannot be read is a JSONDecodeError for both callers, also what is nested too deeply."""
    try:
        return read_json(text)
    except json.JSONDecodeError:
        raise
    except ValueError as error:
        raise json.JSONDecodeError(str(error), "", 0) from error
