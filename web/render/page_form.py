"""Messages and steps in the form for the page: the model's Markdown as it was meant. What is saved is what it wrote."""

from __future__ import annotations

from typing import Any

import chainlit as cl
from chainlit.step import StepDict

from web.render.markdown import for_page
from web.render.markdown.growing import Growing
from web.render.metadata import FOR_PAGE


def render(step: StepDict, not_loaded: str) -> StepDict:
    """A step as the page gets it. A person's own text is no Markdown there, and code stays code."""
    metadata: dict[str, Any] = step.get("metadata") or {}
    output = step.get("output")
    if not output or step["type"] == "user_message" or step.get("language") or metadata.get(FOR_PAGE):
        return step
    return {**step, "output": for_page(output, not_loaded)}


class PageStream:
    """A message or a step that streams. It keeps what the model wrote; the page gets the text as `for_page` has it."""

    def __init__(self, stream: cl.Message | cl.Step, not_loaded: str) -> None:
        self._stream = stream
        self._text = Growing(not_loaded)

    async def stream_token(self, token: str) -> None:
        stream, change = self._stream, self._text.add(token)
        if isinstance(stream, cl.Message):
            stream.content += token
        else:
            stream.output += token
        if not change.text:
            return
        if not stream.streaming:
            stream.streaming = True
            await cl.context.emitter.stream_start(self.to_dict())
        else:
            await cl.context.emitter.send_token(stream.id, change.text, is_sequence=change.is_whole)

    async def update(self) -> None:
        """End it: the page gets the whole text once more."""
        await (self._stream.update() if self._text.shown else self._stream.send())

    def to_dict(self) -> StepDict:
        """As the page has it so far."""
        step: StepDict = self._stream.to_dict()
        return {**step, "output": self._text.shown, "metadata": {**step["metadata"], FOR_PAGE: True}}
