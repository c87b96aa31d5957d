"""Keeps the page on this host: takes every outside address out of Chainlit's HTML, and has the browser refuse the rest.

Knows nothing of chats or models. What the page needs instead (KaTeX's stylesheet and fonts) is served from public/.
"""

from __future__ import annotations

import functools
import re

from chainlit import server

# Chainlit 2.12 links Google's font hosts and a CDN's KaTeX stylesheet, and names its own site in <meta> tags.
_OUTSIDE_TAG = re.compile(
    r"""\s*<(?:link|meta|script)\b[^>]*\b(?:href|src|content)=["'](?:https?:)?//[^>]*>(?:\s*</script>)?"""
)

# Also stops pictures that a model's answer would fetch from elsewhere, a known way to leak a chat. `unsafe-inline`:
# Chainlit writes its theme into an inline script, and React its styles; `blob:` and `data:` are files made in the page.
_POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; media-src 'self' data: blob:; font-src 'self' data:; "
    "connect-src 'self'; worker-src 'self' blob:; object-src 'none'; base-uri 'self'; form-action 'self'"
)
_POLICY_TAG = f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}" />'


def without_outside_hosts(html: str) -> str:
    """The same page without tags that name another host, and with a policy under which the browser asks no other."""
    html = _OUTSIDE_TAG.sub("", html)
    return html.replace("<head>", f"<head>\n    {_POLICY_TAG}", 1)


def keep_page_local() -> None:
    """Have Chainlit serve its page through `without_outside_hosts`. May be called again, as every hot reload does."""
    original = getattr(server.get_html_template, "__wrapped__", server.get_html_template)

    @functools.wraps(original)
    def local_page(root_path: str) -> str:
        return without_outside_hosts(original(root_path))

    server.get_html_template = local_page
