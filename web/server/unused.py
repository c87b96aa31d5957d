"""Unused routes of Chainlit and FastAPI: answered with nothing, and so nothing can go wrong there."""

from __future__ import annotations

from chainlit import server
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from web.server.failures import told

ABOUT_THE_SERVER = ("/docs", "/docs/oauth2-redirect", "/redoc", "/openapi.json")  # for who writes for it
TOOL_SERVERS = "/mcp"  # a browser's own, which are off: .chainlit/config.toml; Chainlit answers with an mcp before 2
STICKY = "/set-session-cookie"  # for many servers behind one address; the page asks for it, and wants JSON


def install() -> None:
    """Answer there in their place. May be called again, as every hot reload does."""
    tool_servers, sticky = f"{server.router.prefix}{TOOL_SERVERS}", f"{server.router.prefix}{STICKY}"
    ours = [
        *(Route(path, _nothing) for path in ABOUT_THE_SERVER),
        Route(tool_servers, _nothing, methods=["POST", "DELETE"]),
        Route(sticky, _taken, methods=["POST"]),
    ]
    paths = (*ABOUT_THE_SERVER, tool_servers, sticky)
    routes = server.app.router.routes
    routes[:] = [*ours, *(route for route in routes if getattr(route, "path", "") not in paths)]


async def _nothing(request: Request) -> Response:
    return told(request, 404)


async def _taken(request: Request) -> Response:
    return JSONResponse({"message": "There is one server."})
