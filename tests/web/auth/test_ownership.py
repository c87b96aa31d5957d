"""Ownership of what a request names. All routes and events are tried by tests/e2e/test_isolation.py."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi import HTTPException
from starlette.requests import Request

from web.auth import ownership


async def test_a_page_that_leaves_amid_its_request_is_no_failure_of_the_app() -> None:
    async def receive() -> dict[str, Any]:
        return {"type": "http.disconnect"}

    scope = {"type": "http", "method": "POST", "path": "/project/threads", "headers": [], "query_string": b""}
    nothing: Any = None
    with pytest.raises(HTTPException) as refusal:
        await ownership.check_request(Request(scope, receive), "anna", nothing)
    assert refusal.value.status_code == 400


@pytest.mark.parametrize("body", [b"[" * 200_000, b'{"a":' * 200_000, b"{", b"\xff", b"[1]", b""])
async def test_a_body_that_is_no_object_names_nothing(body: bytes) -> None:
    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body}

    scope = {"type": "http", "method": "POST", "path": "/project/threads", "headers": [], "query_string": b""}
    nothing: Any = None
    await ownership.check_request(Request(scope, receive), "anna", nothing)
