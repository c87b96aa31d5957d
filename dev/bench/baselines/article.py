"""The app that articles show: Chainlit over vLLM's synchronous `LLM`. One answer after another, each shown when whole.

MODEL=FOLDER chainlit run dev/bench/baselines/article.py
"""

from __future__ import annotations

import json
import re
import uuid
from typing import Any

import chainlit as cl
from vllm import LLM, SamplingParams

from agent.settings import read_settings
from dev.engines import SYSTEM
from tools import build_registry
from tools.base import ToolCall

CALL = re.compile(r"<tool_call>\s*(.*?)\s*</tool_call>", re.DOTALL)


def _let_torch_look(find_lazily: Any) -> Any:
    """Without this the engine dies at start on a GPU, as articles' apps do: see web/server/patches.py."""

    def find(name: str) -> Any:
        try:
            return find_lazily(name)
        except KeyError:
            raise AttributeError(name) from None

    return find


cl.__getattr__ = _let_torch_look(vars(cl)["__getattr__"])
settings = read_settings()
sampling = SamplingParams(temperature=settings.temperature, top_p=settings.top_p, max_tokens=settings.max_tokens)
registry = build_registry(weather_provider="simulated")
llm = LLM(model=settings.model, **settings.engine_args)


@cl.on_message
async def answer(message: cl.Message) -> None:
    messages: list[dict[str, Any]] = cl.user_session.get("messages") or [{"role": "system", "content": SYSTEM}]
    messages.append({"role": "user", "content": message.content})
    while True:
        text = llm.chat(messages, sampling, tools=registry.schemas(), use_tqdm=False)[0].outputs[0].text
        messages.append({"role": "assistant", "content": text})
        if not (call := CALL.search(text)):
            break
        wanted = json.loads(call[1])
        result = await registry.call(ToolCall(uuid.uuid4().hex, wanted["name"], json.dumps(wanted["arguments"])))
        messages.append({"role": "tool", "content": result.for_model})
    cl.user_session.set("messages", messages)
    await cl.Message(text).send()
