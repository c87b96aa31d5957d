"""Headers of every answer: what a page may load, who may show it, what is kept of it."""

from __future__ import annotations

import re

from chainlit.config import config
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

# Also stops pictures that a model's answer would fetch from elsewhere, a known way to leak a chat. `unsafe-inline`:
# Chainlit writes its theme into an inline script, and React its styles; `blob:` and `data:` are files made in the page.
POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; media-src 'self' data: blob:; font-src 'self' data:; "
    "connect-src 'self'; worker-src 'self' blob:; object-src 'none'; base-uri 'self'; form-action 'self'"
)
UNFRAMED = "frame-ancestors 'none'"
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",  # not stricter: under no-referrer a form's Origin would be null
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
}
HSTS = "max-age=31536000"  # of this name alone: what else its owner has is not ours to decide
COOKIE = {"HttpOnly": "", "SameSite": "=lax"}
_FOR_ALL = re.compile(r"/((public|assets|copilot|avatars)/.*|favicon|logo)", re.DOTALL)  # the same whoever asks


class Headers:
    """Adds to each HTTP answer what it does not say by itself; a policy of its own stays, but for who may frame it."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                complete(MutableHeaders(scope=message), str(scope["path"]), is_encrypted=scope.get("scheme") == "https")
            await send(message)

        await self._app(scope, receive, sending)


def complete(headers: MutableHeaders, path: str, *, is_encrypted: bool) -> None:
    """Add what lacks. `is_encrypted`: the browser came by TLS, here or at a proxy that is trusted to say so."""
    policy = headers.get("Content-Security-Policy", POLICY)
    headers["Content-Security-Policy"] = policy if "frame-ancestors" in policy else f"{policy}; {UNFRAMED}"
    for name, value in HEADERS.items():
        headers.setdefault(name, value)
    kind = headers.get("Content-Type", "")
    if kind.startswith("application/json") or not (_is_for_all(path) or kind.startswith("text/html")):
        headers.setdefault("Cache-Control", "no-store")
    if is_encrypted:
        headers["Strict-Transport-Security"] = HSTS
    if cookies := headers.getlist("Set-Cookie"):
        del headers["Set-Cookie"]
        for cookie in cookies:
            headers.append("Set-Cookie", _guarded(cookie, is_encrypted=is_encrypted))


def _is_for_all(path: str) -> bool:
    return _FOR_ALL.fullmatch(path.removeprefix(config.run.root_path.rstrip("/"))) is not None


def _guarded(cookie: str, *, is_encrypted: bool) -> str:
    """The cookie, out of reach for scripts and other sites, and with TLS for connections without."""
    said = {part.partition("=")[0].strip().lower() for part in cookie.split(";")[1:]}
    wanted = COOKIE | ({"Secure": ""} if is_encrypted else {})
    return cookie + "".join(f"; {name}{value}" for name, value in wanted.items() if name.lower() not in said)
