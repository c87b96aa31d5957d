"""Routes of ours before Chainlit's. A hot reload's take the place of those before."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from chainlit import server
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route


def answer_at(path: str, report: Callable[[], Awaitable[tuple[dict[str, Any], int]]]) -> None:
    """Answer GET requests at `path` with what `report` says: a JSON object and a status."""

    async def endpoint(request: Request) -> Response:
        value, status = await report()
        return JSONResponse(value, status)

    put_first(Route(path, endpoint))


def put_first(route: BaseRoute) -> None:
    """Let `route` answer before, and instead of, any other like it at its path. A hot reload's route wins."""

    def is_same(other: BaseRoute) -> bool:
        return all(getattr(other, name, None) == getattr(route, name, None) for name in ("path", "methods"))

    routes = server.app.router.routes
    routes[:] = [route, *(other for other in routes if not is_same(other))]
