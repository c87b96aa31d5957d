"""Warnings at the start: what is easily overlooked of who may come in."""

from __future__ import annotations

import ipaddress
import logging
import sys
from collections.abc import Iterable, Iterator

from web.auth.identity import Identity
from web.server.proxies import Network

logger = logging.getLogger(__name__)


def find(identity: Identity, proxies: Iterable[Network], host: str, port: int, *, has_people: bool) -> Iterator[str]:
    """The sentences for whoever starts the app; `has_people` is whether anybody has a password."""
    if identity.auth == "none" and not _is_loopback(host):
        yield (
            f"ANYBODY WHO REACHES {host}:{port} CAN USE THIS APP AND READ EVERY CHAT: it listens on the "
            "network, and AUTH=none asks nobody who they are. Set AUTH=password in .env and add people with "
            "`python -m web.auth add NAME`, or set CHAINLIT_HOST=127.0.0.1."
        )
    if identity.auth == "header" and any(one.prefixlen == 0 for one in proxies):
        yield (
            f"AUTH=header BELIEVES {identity.header} FROM ANYBODY WHO REACHES {host}:{port}. Name in "
            "TRUSTED_PROXIES your proxy's address alone."
        )
    if identity.auth == "oauth" and not identity.allowed:
        yield "AUTH=oauth lets in whoever the provider knows. OAUTH_ALLOWED names who may come."
    if identity.auth == "password" and not has_people:
        yield "AUTH=password, and nobody can log in yet. Add somebody: python -m web.auth add NAME"


def shout(sentence: str) -> None:
    """Say it in the log, and where the app was started."""
    logger.warning("%s", sentence)
    sys.stderr.write(f"\n*** {sentence}\n\n")
    sys.stderr.flush()


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
