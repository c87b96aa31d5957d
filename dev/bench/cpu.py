"""Measures the app without a GPU, with the built-in model and one of its shape that talks on. `make bench`.

    python -m dev.bench.cpu [--parts start,streaming] [--out FOLDER]

Times are from the start of the app's process, and from a question's sending; all clients run on the same cores.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from dev.app_process import App
from dev.bench import load, measurements
from dev.bench.figures import TOOL_QUESTIONS, Load, figures
from dev.bench.measurements import Place

SAVED = (
    "web/texts/english.py",
    "agent/conversation.py",
    "agent/engine/vllm/engine.py",
    "tools/weather/__init__.py",
    "tools/registry.py",
)


def start(place: Place) -> dict[str, Any]:
    """A start as a newcomer meets it: page, model, first questions, saves."""
    with place.app("start", **place.calling) as app:
        report: dict[str, Any] = {"page_s": round(app.wait_for_page(), 1)}
        report["ready_s"] = round(app.wait_until_loaded(), 1)
        rounds = load.generate(app.url, Load(TOOL_QUESTIONS, tools=1, rounds=6), 1)
        report["very_first_text_ms"] = round(1000 * rounds[0][0][0].first_text_s)
        report["one_chat"] = figures(1, rounds, tokens=0)
        save_files(place.project, app)
        report["after_5_saves"] = {
            "loads": app.health()["loads"],
            "broken": load.measure(app.url, Load(TOOL_QUESTIONS, tools=1, rounds=1), 1)["broken"],
        }
    return report


def save_files(folder: Path, app: App) -> None:
    """Save five files, each once Chainlit has taken note of the one before."""
    for number, name in enumerate(SAVED, 1):
        with (folder / name).open("a") as file:
            file.write(f"\n# save {number}\n")
        while app.log.read_text().count("Reloading app") < number:
            time.sleep(0.05)
        time.sleep(1.5)  # Chainlit looks away for a second after each reload


def make_place(scratch: Path) -> Place:
    from dev.bench import babbler  # torch, which each of the load generator's processes would import

    babbler.make(scratch / "babbler", calls=False)
    # The app sees to these itself; an article's does not.
    eager = {"TORCHDYNAMO_DISABLE": "1", "ENGINE_ARGS": '{"enforce_eager": true, "kv_cache_memory_bytes": 1073741824}'}
    return Place(
        scratch,
        scratch / "babbler",
        tokens=200,
        question_words=4,
        sizes=(1, 8, 32),
        article_sizes=(1, 8, 16),
        article_environment=eager,
    )


if __name__ == "__main__":
    measurements.main("cpu", {"start": start} | measurements.PARTS, make_place)
