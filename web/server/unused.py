"""What Chainlit and FastAPI answer at addresses that nobody here needs: nothing, and so nothing can go wrong there."""

from __future__ import annotations

from chainlit import server
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from web.server.failures import told

ABOUT_THE_SERVER = ("/docs", "/docs/oauth2-redirect", "/redoc", "/openapi.json")  # for who writes for it
STICKY = "/set-session-cookie"  # for many servers behind one address; the page asks for it, and wants JSON


def prepare() -> None:
    """Answer there in their place. May be called again, as every hot reload does."""
    sticky = f"{server.router.prefix}{STICKY}"
    ours = [*(Route(path, _nothing) for path in ABOUT_THE_SERVER), Route(sticky, _taken, methods=["POST"])]
    paths = (*ABOUT_THE_SERVER, sticky)
    routes = server.app.router.routes
    routes[:] = [*ours, *(route for route in routes if getattr(route, "path", "") not in paths)]


async def _nothing(request: Request) -> Response:
    return told(request, 404)


async def _taken(request: Request) -> Response:
    return JSONResponse({"message": "There is one server."})
