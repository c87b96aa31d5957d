"""What is left of a request's own words about who sent it, behind the middleware that believes proxies alone."""

from __future__ import annotations

from typing import Any

import pytest

from web.server.proxies import TrustedProxies, read_networks

FROM, PROTO, HOST = "x-forwarded-for", "x-forwarded-proto", "x-forwarded-host"


async def seen(peer: Any, kind: str = "http", proxies: str | None = "10.0.0.0/8, 2001:db8::1", **headers: str) -> Any:
    """The scope behind the middleware, with its headers by name."""
    given: list[Any] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        given.append(scope)

    nothing: Any = None
    pairs = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    scope = {"type": kind, "scheme": "http" if kind == "http" else "ws", "client": peer, "headers": pairs}
    await TrustedProxies(app, read_networks(proxies), "X-User")(scope, nothing, nothing)
    return {**given[0], "headers": {name.decode(): value.decode() for name, value in given[0]["headers"]}}


@pytest.mark.parametrize("peer", [("192.0.2.1", 1), ("11.0.0.1", 1), ("2001:db8::2", 1), ("unix", 0), ("", 0), None])
async def test_a_strangers_words_are_taken_away(peer: Any) -> None:
    scope = await seen(
        peer, x_user="anna", x_forwarded_for="10.0.0.1", x_forwarded_proto="https", x_forwarded_host="evil.example",
        forwarded="for=10.0.0.1", x_real_ip="10.0.0.1", host="localhost", cookie="a=b",
    )  # fmt: skip
    assert scope["headers"] == {"host": "localhost", "cookie": "a=b"}
    assert (scope["client"], scope["scheme"]) == (peer, "http")


@pytest.mark.parametrize(("way", "client"), [
    ("192.0.2.1", "192.0.2.1"), ("6.6.6.6, 192.0.2.1", "192.0.2.1"), ("6.6.6.6,192.0.2.1,10.0.0.9", "192.0.2.1"),
    ("10.0.0.8, 10.0.0.9", "10.0.0.8"), ("192.0.2.1:4711", "192.0.2.1"), ("[2001:db8::7]:443", "2001:db8::7"),
    ("2001:db8::7", "2001:db8::7"), ("::ffff:192.0.2.1", "192.0.2.1"), ("192.0.2.1, unknown", "10.0.0.1"),
    ("192.0.2.1, unknown, 10.0.0.9", "10.0.0.9"), ("", "10.0.0.1"), (",,", "10.0.0.1"), ("x" * 9999, "10.0.0.1"),
    ("192.0.2.1 ,", "10.0.0.1"), ("  192.0.2.1  ", "192.0.2.1"), ("[192.0.2.1", "192.0.2.1"),
])  # fmt: skip
async def test_the_sender_is_the_last_address_that_is_no_proxys(way: str, client: str) -> None:
    scope = await seen(("10.0.0.1", 1), x_forwarded_for=way, x_user="anna")
    assert scope["client"][0] == client
    assert scope["headers"]["x-user"] == "anna"


@pytest.mark.parametrize(("kind", "said", "scheme"), [
    ("http", "https", "https"), ("http", "HTTPS ", "https"), ("http", "wss", "https"), ("websocket", "https", "wss"),
    ("websocket", "http", "ws"), ("http", "gopher", "http"), ("http", "https, http", "http"), ("http", "", "http"),
])  # fmt: skip
async def test_the_scheme_is_the_proxys(kind: str, said: str, scheme: str) -> None:
    assert (await seen(("10.0.0.1", 1), kind, x_forwarded_proto=said))["scheme"] == scheme


async def test_loopback_is_believed_where_nothing_is_said() -> None:
    for peer, client in (("127.0.0.1", "192.0.2.1"), ("::1", "192.0.2.1"), ("10.0.0.1", "10.0.0.1")):
        assert (await seen((peer, 1), proxies=None, x_forwarded_for="192.0.2.1"))["client"][0] == client
