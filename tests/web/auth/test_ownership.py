"""Ownership: in each place in which an id can stand, another's is as one that is not there.

All routes and events are tried by tests/e2e/test_isolation.py.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pytest
from chainlit.session import WebsocketSession
from fastapi import HTTPException
from fastapi.exceptions import RequestValidationError
from sqlalchemy import insert
from starlette.requests import Request

from tests.web.auth.house import Browser, House
from web.auth import ownership
from web.store.tables import feedbacks, steps

NOTHING: Any = None
ELEMENT = {"id": "e", "name": "n", "type": "text", "display": "inline"}


@dataclass(frozen=True)
class Ids:
    """What belongs to one user."""

    browser: Browser
    session: str
    thread: str
    step: str
    feedback: str


async def ids_of(house: House, name: str) -> Ids:
    browser = house.browser()
    assert await browser.log_in(name) == 200
    assert await browser.open()
    user = await house.layer.get_user(name)
    assert user
    thread, step, feedback = (str(uuid.uuid4()) for _ in range(3))
    await house.layer.update_thread(thread, name="a chat", user_id=user.id)
    step_row = {"id": step, "thread_id": thread, "type": "run", "output": "", "fields": {}}
    await house.database.write(lambda connection: connection.execute(insert(steps), step_row).rowcount)
    feedback_row = {"id": feedback, "step_id": step, "value": 1}
    await house.database.write(lambda connection: connection.execute(insert(feedbacks), feedback_row).rowcount)
    return Ids(browser, browser.session_id, thread, step, feedback)


@pytest.fixture
async def both(house: House) -> tuple[Ids, Ids]:
    """Anna's, and Bob's."""
    await house.add("anna", "bob")
    house.let_in_by("password")
    return await ids_of(house, "anna"), await ids_of(house, "bob")


async def answer(
    house: House,
    *,
    query: str = "",
    path: Mapping[str, str] | None = None,
    body: bytes = b"",
    kind: str = "application/json",
    address: str = "/project/thread",
) -> int:
    """The status for Anna; 200 if the request may go on."""

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body}

    scope = {
        "type": "http",
        "method": "POST",
        "path": address,
        "headers": [(b"content-type", kind.encode())],
        "query_string": query.encode(),
        "path_params": dict(path or {}),
    }
    try:
        await ownership.check_request(Request(scope, receive), "anna", house.database)
    except HTTPException as refusal:
        return refusal.status_code
    except RequestValidationError:
        return 422
    return 200


def request(place: str, ids: Ids) -> dict[str, Any]:
    """A request that names what is in `ids` at this place alone."""
    bodies: dict[str, Any] = {
        "body threadId": {"threadId": ids.thread},
        "body sessionId": {"sessionId": ids.session},
        "body element.threadId": {"element": {**ELEMENT, "threadId": ids.thread}},
        "body feedback.forId": {"feedback": {"forId": ids.step, "value": 1}},
        "body feedbackId": {"feedbackId": ids.feedback},
    }
    match place.split():
        case ["query", "thread_id"]:
            return {"query": f"thread_id={ids.thread}"}
        case ["query", "session_id"]:
            return {"query": f"session_id={ids.session}"}
        case ["path", "thread_id"]:
            return {"path": {"thread_id": ids.thread}}
        case ["path", "session_id"]:
            return {"path": {"session_id": ids.session}}
    return {"body": json.dumps(bodies[place]).encode()}


PLACES = (
    "query thread_id", "query session_id", "path thread_id", "path session_id", "body threadId", "body sessionId",
    "body element.threadId", "body feedback.forId", "body feedbackId",
)  # fmt: skip


async def test_in_each_place_ones_own_id_passes_and_anothers_is_as_none(house: House, both: tuple[Ids, Ids]) -> None:
    mine, others = both
    absent = Ids(mine.browser, *(str(uuid.uuid4()) for _ in range(4)))
    answers = {
        place: [await answer(house, **request(place, ids)) for ids in (mine, others, absent)] for place in PLACES
    }
    assert answers == {place: [200, 404, 404] for place in PLACES}


async def test_one_foreign_id_among_ones_own_is_enough(house: House, both: tuple[Ids, Ids]) -> None:
    mine, others = both
    for said, status in (
        ({"threadId": mine.thread, "sessionId": mine.session}, 200),
        ({"threadId": others.thread, "sessionId": mine.session}, 404),
        ({"threadId": mine.thread, "sessionId": others.session}, 404),
        ({"threadId": mine.thread, "element": {**ELEMENT, "threadId": others.thread}}, 404),
        ({"threadId": [mine.thread]}, 404),
        ({"threadId": {"id": mine.thread}}, 404),
        ({"threadId": "", "sessionId": None}, 200),
    ):
        assert await answer(house, body=json.dumps(said).encode()) == status, said
    body = json.dumps({"threadId": mine.thread}).encode()
    assert await answer(house, query=f"thread_id={others.thread}", body=body) == 404


async def test_a_chat_that_is_not_saved_yet_is_whose_page_shows_it(house: House, both: tuple[Ids, Ids]) -> None:
    mine, others = both
    for ids, status in ((mine, 200), (others, 404)):
        said = {"sessionId": ids.session, "threadId": ids.browser.session.thread_id}
        assert await answer(house, body=json.dumps(said).encode()) == status
    said = {"sessionId": mine.session, "threadId": others.browser.session.thread_id}
    assert await answer(house, body=json.dumps(said).encode()) == 404


async def test_the_body_is_read_under_any_type_but_a_forms(house: House, both: tuple[Ids, Ids]) -> None:
    body = json.dumps({"threadId": both[1].thread}).encode()
    for kind, status in (
        ("application/json", 404), ("text/plain", 404), ("", 404), ("multipart/form-data; boundary=x", 200),
        ("application/x-www-form-urlencoded", 200),
    ):  # fmt: skip
        assert await answer(house, body=body, kind=kind) == status, kind


async def test_what_is_not_what_it_is_called_is_refused_and_nothing_is_shared(
    house: House, both: tuple[Ids, Ids]
) -> None:
    assert await answer(house, body=b'{"element": {"id": 7}}') == 422
    assert await answer(house, address="/project/share/x") == 404
    assert await answer(house, address="/project/thread/share", body=request("body threadId", both[0])["body"]) == 404


async def test_a_page_that_leaves_amid_its_request_is_no_failure_of_the_app() -> None:
    async def receive() -> dict[str, Any]:
        return {"type": "http.disconnect"}

    scope = {"type": "http", "method": "POST", "path": "/project/threads", "headers": [], "query_string": b""}
    with pytest.raises(HTTPException) as refusal:
        await ownership.check_request(Request(scope, receive), "anna", NOTHING)
    assert refusal.value.status_code == 400


@pytest.mark.parametrize("body", [b"[" * 200_000, b'{"a":' * 200_000, b"{", b"\xff", b"[1]", b""])
async def test_a_body_that_is_no_object_names_nothing(body: bytes) -> None:
    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body}

    scope = {"type": "http", "method": "POST", "path": "/project/threads", "headers": [], "query_string": b""}
    await ownership.check_request(Request(scope, receive), "anna", NOTHING)


async def test_a_connection_is_used_by_its_own_user_alone(house: House, both: tuple[Ids, Ids]) -> None:
    mine, others = both
    nobody = house.browser()
    path = "/ws/socket.io/?EIO=4&transport={}&sid={}"
    for browser, transport, sid, status in (
        (mine.browser, "polling", mine.browser.sid, 200),
        (others.browser, "polling", mine.browser.sid, 400),
        (nobody, "polling", mine.browser.sid, 400),
        (mine.browser, "polling", "AAAAAAAAAAAAAAAAAAAA", 400),
        (mine.browser, "websocket", mine.browser.sid, 400),
        (mine.browser, "polling&transport=websocket", mine.browser.sid, 400),
    ):
        given = await browser.http.post(path.format(transport, sid), content="3")
        assert given.status_code == status, (transport, sid)
        is_ours = (browser, transport) != (mine.browser, "polling")
        assert (given.text == "Unknown session.\n") == is_ours


@pytest.mark.parametrize(("whose", "said", "is_taken"), [
    ("own", {}, True), ("own", {"threadId": ""}, True), ("own", {"threadId": "thread"}, True),
    ("other", {"threadId": "thread"}, False), ("own", {"threadId": ["thread"]}, False),
    ("own", {"sessionId": "../../tmp/x"}, False), ("own", {"sessionId": None}, False),
    ("own", {"sessionId": "{" + str(uuid.uuid4()) + "}"}, False),
    ("own", {"sessionId": str(uuid.uuid4()).upper()}, False),
])  # fmt: skip
async def test_a_page_connects_under_a_name_that_is_one_and_to_no_chat_but_its_own(
    house: House, both: tuple[Ids, Ids], whose: str, said: dict[str, Any], is_taken: bool
) -> None:
    thread = both[0 if whose == "own" else 1].thread
    page = house.browser()
    assert await page.log_in("anna") == 200
    asked = {"sessionId": page.session_id, "clientType": "webapp", "userEnv": "{}", "chatProfile": ""}
    named = {key: thread if value == "thread" else value for key, value in said.items()}
    assert (await page.connect({**asked, **named})).startswith("40" if is_taken else "44")
    session = WebsocketSession.get_by_id(page.session_id)
    assert (session is not None) == is_taken
    assert (session and session.thread_id_to_resume) == ((named.get("threadId") or None) if is_taken else None)
