"""Well-formed requests: what no file, no id and no host can be called is refused before anybody looks."""

from __future__ import annotations

from urllib.parse import unquote_to_bytes, urlsplit

from starlette.datastructures import Headers
from starlette.types import Scope

MAX_SEGMENT_BYTES = 255  # of a file's name, in the usual file systems


def is_wellformed(scope: Scope) -> bool:
    """Whether the request's host, path, query and length can be those of anything here."""
    path = str(scope["path"])
    if "\0" in path or b"\0" in unquote_to_bytes(scope.get("query_string", b"")):
        return False
    if any(len(part.encode("utf-8", "replace")) > MAX_SEGMENT_BYTES for part in path.split("/")):
        return False
    headers = Headers(scope=scope)
    length = headers.get("content-length", "0")
    try:
        host = urlsplit(f"//{headers.get('host', '')}")
        return (host.port or 0) >= 0 and length.isascii() and length.isdigit() and len(length) < 20
    except ValueError:  # an address in brackets that is none, a port that is no number
        return False
