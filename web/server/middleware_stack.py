"""Middleware stack: ours before Chainlit's, in its order; a hot reload's takes the place of that before."""

from __future__ import annotations

from typing import Any

from chainlit import server


def put_first(*layers: Any) -> None:
    """Put these before all that is there, the first of them outermost. One of the same name goes."""
    names = {layer.cls.__name__ for layer in layers}
    app = server.app
    app.user_middleware = [*layers, *(one for one in app.user_middleware if one.cls.__name__ not in names)]
    app.middleware_stack = None  # is built at the next request
