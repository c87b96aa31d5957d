"""Known browsers: a mark of a name that has logged in there, so that strangers elsewhere do not slow it.

The mark lets nobody in. It is signed for one name, and outlives a logout.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets

COOKIE = "known_browser"
LASTS_S = 180 * 24 * 3600


def mark(secret: str, name: str, browser: str | None = None) -> str:
    """The cookie's value for a browser in which `name` has logged in; `browser` is its id, if it has one."""
    browser = browser or secrets.token_urlsafe(12)
    return f"{browser}.{_sign(secret, name, browser)}"


def read_mark(secret: str, name: str, value: str | None) -> str | None:
    """The id of the browser, if `name` has logged in there."""
    browser, _, signature = (value or "").partition(".")
    known = _sign(secret, name, browser)
    return browser if browser and hmac.compare_digest(signature.encode(), known.encode()) else None


def _sign(secret: str, name: str, browser: str) -> str:
    said = "\0".join(("known browser", browser, name))
    return hmac.new(secret.encode(), said.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()
