"""Ends turns that were cut by the end of their process, in what their chats show, with a line that says so."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chainlit.types import ThreadDict

from web.render import notices, reasoning, tool_steps
from web.store.data_layer import DataLayer
from web.texts import Texts


async def end_cut_turn(thread: ThreadDict, layer: DataLayer, texts: Texts) -> str:
    """End what was still going on in `thread`, and say so below it; gives the text of the answer that was cut."""
    said = ""
    for number, step in enumerate(thread["steps"]):
        ended = {**step, "streaming": False}
        if step["type"] == "assistant_message" and step.get("streaming"):
            said = step["output"]
        elif step["type"] == "tool" and not step.get("end"):
            ended = tool_steps.stopped(ended, texts)
        elif step["type"] == "run" and not step.get("end"):
            if (step.get("metadata") or {}).get("icon") == reasoning.THOUGHTS:
                ended["name"] = texts.thoughts
            ended["end"] = step.get("start") or step.get("createdAt")
        if ended != step:
            thread["steps"][number] = ended
            await _save(ended, layer)
    line = notices.make(texts.ended_cut, "unplug")
    line.parent_id = thread["steps"][-1].get("parentId") if thread["steps"] else None
    thread["steps"].append({**line.to_dict(), "feedback": None})
    await _save(line.to_dict(), layer)
    return said


async def _save(step: Mapping[str, Any], layer: DataLayer) -> None:
    await layer.background.run(layer.save_step(step), "what ends a cut turn was not saved")
