"""`chainlit run -w`: five saves leave one engine, loaded once, and the next answer comes from the new code."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from dev.app_process import App
from tests.e2e.conftest import wait_until

SAVED = (
    "web/texts/english.py",
    "agent/conversation.py",
    "agent/engine/vllm/engine.py",
    "tools/weather/__init__.py",
    "tools/registry.py",
)


async def test_five_saves_leave_one_engine_and_new_code(app: App, project: Path, chat: Any) -> None:
    texts = project / "web/texts/english.py"
    text = texts.read_text("utf-8")
    for number, name in enumerate(SAVED, 1):
        before = app.log.read_text().count("Reloading app")
        changed = (project / name).read_text("utf-8") + f"\n# save {number}\n"
        if name == "web/texts/english.py":
            changed = changed.replace('"get_current_weather": "Weather"', '"get_current_weather": "Saved weather"')
        (project / name).write_text(changed, "utf-8")
        await wait_until(lambda seen=before: app.log.read_text().count("Reloading app") > seen, 20)
        await asyncio.sleep(1.5)  # Chainlit looks away for a second after each reload
    page = await chat("en-US")
    answer = await page.ask("What's the weather in Toronto?")
    assert [tool["name"].split(" · ")[0] for tool in answer.tools] == ["Saved weather"]
    well = {"parts": dict.fromkeys(("engine", "line", "database", "disk"), "ok")}
    turns = {"running": 0, "waiting": 0, "places": 64}  # the KV cache has 262,144 tokens, and the window 4,096
    assert app.health() == {"stage": "ready", "model": "builtin", "running": 0, "loads": 1, "turns": turns} | well
    assert "Error reloading" not in app.log.read_text()
    texts.write_text(text, "utf-8")


async def test_a_save_that_cannot_be_imported_leaves_the_chat_as_it_was(app: App, project: Path, chat: Any) -> None:
    tools = project / "tools/__init__.py"
    text = tools.read_text("utf-8")
    before = app.log.read_text().count("Error reloading")
    tools.write_text(text + "\nroll_dice\n", "utf-8")
    await wait_until(lambda: app.log.read_text().count("Error reloading") > before, 20)
    await asyncio.sleep(1.5)
    reloads = app.log.read_text().count("Reloading app")
    try:
        page = await chat("en-US")
        assert (await page.ask("What's the weather in Toronto?")).tools
    finally:
        tools.write_text(text, "utf-8")
    await wait_until(lambda: app.log.read_text().count("Reloading app") > reloads, 20)
    assert (await page.ask("and in Paris?")).tools
