"""A page to render in: real Chainlit messages and steps, and an emitter that keeps what it sends."""

from __future__ import annotations

from typing import Any

from chainlit.context import ChainlitContext, context_var, local_steps
from chainlit.emitter import BaseChainlitEmitter
from chainlit.session import HTTPSession

from agent.engine.protocol import Sampling
from agent.events import Event
from tools.base import ToolCall
from web.render.metadata import NOTICE
from web.render.turn import TurnRenderer
from web.texts import ENGLISH

WEATHER = ToolCall("c1", "get_current_weather", '{"city": "广州"}')
CLOCK = ToolCall("c2", "get_current_time", '{"city": "Tokyo"}')


class Page(BaseChainlitEmitter):
    """What the browser has: its messages and steps in order, the badge, and how often each was sent."""

    def __init__(self, session: HTTPSession) -> None:
        super().__init__(session)
        self.items: dict[str, dict[str, Any]] = {}
        self.modes: list[Any] = []
        self.elements: list[str] = []
        self.updates: list[str] = []

    async def send_step(self, step_dict: Any) -> None:
        self.items[step_dict["id"]] = dict(step_dict)

    async def update_step(self, step_dict: Any) -> None:
        self.items[step_dict["id"]] = dict(step_dict)
        self.updates.append(step_dict["id"])

    async def delete_step(self, step_dict: Any) -> None:
        del self.items[step_dict["id"]]

    async def stream_start(self, step_dict: Any) -> None:
        self.items[step_dict["id"]] = dict(step_dict)

    async def send_token(self, id: str, token: str, is_sequence: bool = False, is_input: bool = False) -> None:
        self.items[id]["output"] = token if is_sequence else self.items[id]["output"] + token

    async def send_element(self, element_dict: Any) -> None:
        self.elements.append(element_dict["name"])

    async def set_modes(self, modes: Any) -> None:
        self.modes = modes

    def shown(self) -> list[tuple[str, str, str]]:
        """(type, name, text) of all that is there; the name of a message is the app's."""
        return [(item["type"], item["name"], item["output"]) for item in self.items.values()]

    def texts(self) -> list[str]:
        """What is said: by the model, or by a line of ours, whose text is its title."""
        return [item["name"] if NOTICE in item["metadata"] else item["output"] for item in self.items.values()]

    def only(self) -> dict[str, Any]:
        (item,) = self.items.values()
        return item


def enter(page: Page) -> None:
    context_var.set(ChainlitContext(page.session, page))
    local_steps.set(None)


async def render(page: Page, *events: Event, texts: Any = ENGLISH, schema: Any = None) -> TurnRenderer:
    enter(page)
    sampling = Sampling(max_tokens=512, answer_schema=schema)
    turn = TurnRenderer(texts, 8, sampling, is_behind=lambda: False, shows_usage=True)
    for event in events:
        await turn.render(event)
    return turn
