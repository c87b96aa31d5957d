"""A step for the page and the step itself: what streams, what is kept, and what is left as it is."""

from __future__ import annotations

from typing import Any

import chainlit as cl
import pytest
from chainlit.context import ChainlitContext, context_var
from chainlit.emitter import BaseChainlitEmitter
from chainlit.session import HTTPSession

from web.render.metadata import FOR_PAGE as MARK
from web.render.page_form import PageStream, render
from web.render.tables import structured_answer
from web.render.tool_results import view
from web.texts import CHINESE

ANSWER = r"是**“重点”**：costs $5 and $3, \(E = mc^2\), 3~5 days"
FOR_PAGE = r"&#26159;**“重点”**：costs \$5 and \$3, $E = mc^2$, 3\~5 days"


class Page(BaseChainlitEmitter):
    """What the browser has of one message."""

    text = ""
    metadata: Any = None

    async def stream_start(self, step_dict: Any) -> None:
        self.text, self.metadata = step_dict["output"], step_dict["metadata"]

    async def send_token(self, id: str, token: str, is_sequence: bool = False, is_input: bool = False) -> None:
        self.text = token if is_sequence else self.text + token

    async def update_step(self, step_dict: Any) -> None:
        self.text = render(step_dict, "not loaded")["output"]

    send_step = update_step


@pytest.fixture
async def page() -> Page:
    return Page(HTTPSession(id="page", client_type="webapp"))


def step(**fields: Any) -> Any:
    return {"type": "assistant_message", "output": ANSWER, "metadata": {}, "language": None} | fields


@pytest.mark.parametrize("kind", ["assistant_message", "run", "tool"])
def test_a_step_is_shown_as_it_was_meant_and_stays_as_it_was(kind: str) -> None:
    written = step(type=kind)
    assert render(written, "not loaded") == step(type=kind, output=FOR_PAGE)
    assert written == step(type=kind)


@pytest.mark.parametrize(
    "fields", [{"type": "user_message"}, {"language": "json"}, {"metadata": {MARK: True}}, {"output": ""}]
)
def test_what_a_person_wrote_and_code_and_what_is_ready_is_left_as_it_is(fields: dict[str, Any]) -> None:
    assert render(step(**fields), "not loaded") == step(**fields)


@pytest.mark.parametrize("size", [1, 4, 200])
@pytest.mark.parametrize("kind", ["message", "step"])
async def test_what_streams_is_kept_as_it_was_written(page: Page, kind: str, size: int) -> None:
    context_var.set(ChainlitContext(page.session, page))
    stream = cl.Message("") if kind == "message" else cl.Step("thinking", type="run")
    growing = PageStream(stream, "not loaded")
    for at in range(0, len(ANSWER), size):
        await growing.stream_token(ANSWER[at : at + size])
    assert page.text == growing.to_dict()["output"] == FOR_PAGE
    assert page.metadata[MARK]
    await growing.update()
    assert (page.text, stream.to_dict()["output"]) == (FOR_PAGE, ANSWER)
    assert MARK not in stream.to_dict()["metadata"]


async def test_a_text_of_which_nothing_could_be_shown_is_shown_in_the_end(page: Page) -> None:
    context_var.set(ChainlitContext(page.session, page))
    message = cl.Message("")
    growing = PageStream(message, "not loaded")
    await growing.stream_token("$")
    assert page.text == ""
    await growing.update()
    assert (page.text, message.content) == (r"\$", "$")


def test_cards_of_an_older_chat_which_are_not_marked_are_shown_as_they_were() -> None:
    weather = view('{"city": "St. John\'s (NL)", "condition": "clear", "temperature_c": -1.5, "wind_kmh": 5}', CHINESE)
    table = structured_answer('[{"a": "costs $5 ~ $6", "b": "x*y_z <br> **c** (Ontario)"}]', CHINESE)
    assert weather
    assert table
    for markdown in (weather.markdown, table.markdown):
        assert render(step(output=markdown), "not loaded")["output"] == markdown
