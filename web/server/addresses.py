"""Which addresses there can be: what no file, no id and no host can be called is nowhere, before anybody looks."""

from __future__ import annotations

from urllib.parse import unquote_to_bytes

from starlette.datastructures import URL
from starlette.types import Scope

MAX_SEGMENT_BYTES = 255  # of a file's name, in the usual file systems


def is_possible(scope: Scope) -> bool:
    """Whether the request's host, path and query can be those of anything here."""
    path = str(scope["path"])
    if "\0" in path or b"\0" in unquote_to_bytes(scope.get("query_string", b"")):
        return False
    if any(len(part.encode("utf-8", "replace")) > MAX_SEGMENT_BYTES for part in path.split("/")):
        return False
    try:
        url = URL(scope=scope)
        return bool(url.path is not None and (url.port or True))
    except ValueError:  # an address in brackets that is none, a port that is no number
        return False
