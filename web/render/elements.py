"""Messages with plots and files: tool results as they are better seen, and answers in JSON."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import ClassVar

import chainlit as cl
from chainlit.element import Element, ElementType

from agent.answer_check import Unchecked, misfit
from agent.answer_schema import Schema
from web.render import notices, tables, tool_results
from web.render.metadata import FOR_PAGE
from web.texts import Texts

logger = logging.getLogger(__name__)
FILES = {"json": "application/json", "csv": "text/csv"}


class Plot(Element):  # type: ignore[misc]  # Chainlit's own types are not followed
    """Chainlit's own, without the Python package of Plotly: the page has Plotly, and what it reads is JSON."""

    type: ClassVar[ElementType] = "plotly"


async def send_view(view: tool_results.ToolResultView, texts: Texts) -> None:
    """What a tool gave, to look at, as a message of its own: inside of its step nobody would see it."""
    plot = [Plot(name="plot", content=json.dumps(view.plot), mime="application/json")] if view.plot else []
    async with _or_without_files(texts):
        await cl.Message(view.markdown, elements=plot, metadata={FOR_PAGE: True}).send()


async def render_structured(message: cl.Message, schema: Schema, texts: Texts) -> None:
    """Put a whole answer in JSON in its better form, with its files; say so if it does not fit the schema."""
    given = message.content
    answer = await asyncio.to_thread(tables.structured_answer, given, texts)
    if answer is None:
        return
    message.language, message.content = None, answer.markdown
    message.metadata = {**(message.metadata or {}), FOR_PAGE: True}
    message.elements = [
        cl.File(name=name, content=text, mime=FILES[name.rpartition(".")[2]], display="inline")
        for name, text in answer.files.items()
    ]
    async with _or_without_files(texts):
        await message.update()
    try:
        if unfit := await misfit(given, schema):
            await notices.send(texts.answer_unfit.format(misfit=unfit))
    except Unchecked:
        await notices.send(texts.answer_unchecked)


@asynccontextmanager
async def _or_without_files(texts: Texts) -> AsyncIterator[None]:
    """Show something with its files; if there is no room for these, that is said, and the turn goes on."""
    try:
        yield
    except OSError as error:
        logger.error("a file of an answer could not be stored: %s", error)
        await notices.send(texts.no_room)
