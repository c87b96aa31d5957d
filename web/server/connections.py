"""uvicorn's connections, replaced by ours, and how many files the process may have open for them."""

from __future__ import annotations

import resource
from collections import Counter
from contextlib import suppress
from typing import Any

from uvicorn import config as uvicorn_config

from web.server.address_limit import AddressLimit
from web.server.http_connection import ConnectionLimits, Http
from web.server.websocket_connection import WebSocket

MOST_FILES = 65_536
OTHER_FILES = 300  # that the process has open besides connections: the database, uploads, the engine


def protocols(allowed: AddressLimit, limits: ConnectionLimits) -> tuple[type[Http], type[WebSocket]]:
    """uvicorn's classes for connections under these limits; they count together."""
    return type("Http", (Http,), {"allowed": allowed, "limits": limits, "opened": Counter[str]()}), WebSocket


def install(allowed: AddressLimit) -> None:
    """Let uvicorn, which is about to start, take these. May be called again, as every hot reload does: to no effect."""
    files = _open_files()
    http, websocket = protocols(allowed, ConnectionLimits(in_all=max(files - OTHER_FILES, files // 2)))
    names: Any = uvicorn_config  # whose tables are typed for names, and take classes too
    names.HTTP_PROTOCOLS["auto"], names.WS_PROTOCOLS["auto"] = http, websocket


def _open_files() -> int:
    """How many files this process may have open, connections among them; raised as far as the system lets it."""
    now, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    wished = MOST_FILES if most == resource.RLIM_INFINITY else min(most, MOST_FILES)
    if now == resource.RLIM_INFINITY or now >= wished:
        return wished
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (wished, most))
        return wished
    return now
