"""Warnings at the start: each names what to do, and only if it is so."""

from __future__ import annotations

import ipaddress

import pytest

from web.auth import start_warnings
from web.auth.allowed_accounts import Allowed
from web.auth.identity import Auth, Identity

ANYBODY, ONE = ipaddress.ip_network("0.0.0.0/0"), ipaddress.ip_network("127.0.0.1")


@pytest.mark.parametrize(("auth", "host", "proxies", "allowed", "has_people", "names"), [
    ("none", "127.0.0.1", [ONE], "", False, None), ("none", "::1", [ONE], "", False, None),
    ("none", "localhost", [ONE], "", False, None), ("none", "0.0.0.0", [ONE], "", True, "AUTH=password"),
    ("none", "192.0.2.7", [ONE], "", True, "CHAINLIT_HOST"), ("none", "chat.example.com", [ONE], "", True, "8000"),
    ("header", "0.0.0.0", [ONE], "", False, None),
    ("header", "127.0.0.1", [ONE, ANYBODY], "", False, "TRUSTED_PROXIES"),
    ("header", "127.0.0.1", [ipaddress.ip_network("::/0")], "", False, "X-User"),
    ("none", "127.0.0.1", [ANYBODY], "", False, None),
    ("oauth", "0.0.0.0", [ONE], "", False, "OAUTH_ALLOWED"), ("oauth", "0.0.0.0", [ONE], "anna", False, None),
    ("password", "0.0.0.0", [ONE], "", True, None), ("password", "127.0.0.1", [ONE], "", False, "web.auth add NAME"),
])  # fmt: skip
def test_what_is_easily_overlooked_is_said(
    auth: Auth, host: str, proxies: list[ipaddress.IPv4Network], allowed: str, has_people: bool, names: str | None
) -> None:
    identity = Identity(auth, "X-User" if auth == "header" else None, Allowed(allowed))
    found = list(start_warnings.find(identity, proxies, host, 8000, has_people=has_people))
    assert len(found) == (names is not None)
    assert all(names in one for one in found if names)


def test_it_is_said_in_the_log_and_where_the_app_was_started(
    caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    start_warnings.shout("Take care.")
    assert caplog.messages == ["Take care."]
    assert "*** Take care.\n" in capsys.readouterr().err
