"""Messages with plots and files: tool results as they are better seen, and answers in JSON."""

from __future__ import annotations

import json
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import ClassVar

import chainlit as cl
from chainlit.element import Element, ElementType

from web.render import messages, tool_results
from web.render.steps import READY
from web.texts import Texts

logger = logging.getLogger(__name__)
FILES = {"json": "application/json", "csv": "text/csv"}


class Plot(Element):  # type: ignore[misc]  # Chainlit's own types are not followed
    """Chainlit's own, without the Python package of Plotly: the page has Plotly, and what it reads is JSON."""

    type: ClassVar[ElementType] = "plotly"


@asynccontextmanager
async def or_without_files(words: Texts) -> AsyncIterator[None]:
    """Show something with its files; where there is no room for these, that is said, and the turn goes on."""
    try:
        yield
    except OSError as error:
        logger.error("a file of an answer could not be stored: %s", error)
        await messages.say(words.no_room)


async def send_card(card: tool_results.Card) -> None:
    """What a tool gave, to look at, as a message of its own: inside of its step nobody would see it."""
    plot = [Plot(name="plot", content=json.dumps(card.plot), mime="application/json")] if card.plot else []
    await cl.Message(card.markdown, elements=plot, metadata={READY: True}).send()
