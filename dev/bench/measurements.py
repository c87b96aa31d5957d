"""The parts of a measurement, each by itself: the app and what it is compared with, on whatever machine this is."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from dev.app_process import PROJECT, App, copy_project, run_module
from dev.bench import load
from dev.bench.figures import STORY, TOOL_QUESTIONS, Load, percentile
from dev.bench.machine import about

RESULTS = PROJECT / "docs" / "benchmarks"
IDLE_CHATS = 1000
WARMING_CHATS = 200
SETTLING_S = 15.0  # the page's grace, and then some until free memory is given back
NO_LINE = {"MAX_RUNNING_TURNS": "512"}  # the engine is measured, not the line before it


@dataclass(frozen=True)
class Place:
    """Where the parts run. The talker is a model that talks to its limit; the built-in one calls tools."""

    scratch: Path
    talker: Path
    tokens: int  # of an answer of the talker
    question_words: int  # how often the story's sentence stands in a question
    sizes: Sequence[int]
    article_sizes: Sequence[int]
    article_environment: Mapping[str, str]
    rounds: int = 0  # see `Load`
    arguments: Mapping[str, Any] = field(default_factory=dict)  # vLLM's, for either model
    talker_arguments: Mapping[str, Any] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)

    @property
    def project(self) -> Path:
        """A copy of the project, made at first use: a save in the original must not reload the app."""
        folder = self.scratch / "qingtan"
        return folder if folder.exists() else copy_project(folder)

    def env(self, **env: str) -> dict[str, str]:
        """The environment of an app, and of the bare engine that it is compared with."""
        return NO_LINE | {"DATA_DIR": f"{self.scratch}/data"} | dict(self.environment) | env

    @property
    def talking(self) -> dict[str, str]:
        """The environment in which the talker answers."""
        arguments = json.dumps(dict(self.talker_arguments) | dict(self.arguments))
        return self.env(MODEL=str(self.talker), MAX_TOKENS=str(self.tokens), ENGINE_ARGS=arguments)

    @property
    def calling(self) -> dict[str, str]:
        """The environment in which the built-in model answers."""
        return self.env(MODEL="builtin", WEATHER_PROVIDER="simulated", ENGINE_ARGS=json.dumps(dict(self.arguments)))

    def log(self, name: str) -> Path:
        return self.scratch / f"{name}.log"

    def app(self, name: str, **env: str) -> App:
        return App(self.project, log=self.log(name), **env)


def talk(place: Place) -> Load:
    """One question in each chat, answered up to the limit."""
    return Load(("({fresh}) " + STORY * place.question_words,), tokens=place.tokens, rounds=place.rounds)


def streaming(place: Place) -> dict[str, Any]:
    """Text at the page against text at the bare engine, the same questions in new chats."""
    return _compare(place, "streaming", "stream", place.talking, talk(place))


def tools(place: Place) -> dict[str, Any]:
    """Turns of question, call, result and answer, against a client of the bare engine that runs the tools itself."""
    return _compare(place, "tools", "converse", place.calling, Load(TOOL_QUESTIONS, tools=1, rounds=place.rounds))


def _compare(place: Place, name: str, way: str, env: Mapping[str, str], asked: Load) -> dict[str, Any]:
    with place.app(name, **env) as app:
        app.wait_until_loaded()
        ours = [_said(load.measure(app.url, asked, size)) for size in place.sizes]
    arguments = way, json.dumps(asdict(asked)), *map(str, place.sizes)
    return {"app": ours, "bare": run_module(place.project, "dev.bench.bare", *arguments, log=place.log("bare"), **env)}


def turns(place: Place) -> dict[str, Any]:
    """What each of 50 turns costs in a chat that outgrows its window, on the loop over the bare engine."""
    (found,) = run_module(place.project, "dev.bench.turns", log=place.log("turns"))
    return found


def people(place: Place) -> dict[str, Any]:
    """Sixty chats of people who think about ten seconds before each question."""
    with place.app("people", **place.calling) as app:
        app.wait_until_loaded()
        return _said(load.measure(app.url, Load(TOOL_QUESTIONS, tools=1, think_s=10, rounds=1), 60))


def idle(place: Place) -> dict[str, Any]:
    """What open chats that say nothing take of the app's memory."""
    with place.app("idle", **place.calling) as app:
        app.wait_until_loaded()
        with load.idle(app.url, 20):  # what the first chats need once for all
            pass
        before = app.rss_mib
        started = time.perf_counter()
        with load.idle(app.url, IDLE_CHATS):
            opened_s = time.perf_counter() - started
            after = app.rss_mib
            answers_s = sorted(_seconds(app.health) for _ in range(20))
        return {
            "chats": IDLE_CHATS,
            "opened_s": round(opened_s, 1),
            "rss_mib": {"before": round(before), "open": round(after)},
            "mib_per_chat": round((after - before) / IDLE_CHATS, 3),
            "health_ms_p50": round(1000 * percentile(answers_s, 0.5), 1),
        }


def memory(place: Place) -> dict[str, Any]:
    """What chats that were opened, used and closed leave in the app's memory."""
    with place.app("memory", CLOSED_TAB_GRACE_S="1", **place.calling) as app:
        app.wait_until_loaded()
        before, after = _rss_after(app, WARMING_CHATS), _rss_after(app, IDLE_CHATS)
        return {
            "chats": IDLE_CHATS,
            "rss_mib": {"before": round(before), "after": round(after)},
            "left_percent": round(100 * (after / before - 1), 1),
        }


def _rss_after(app: App, chats: int) -> float:
    """The memory of the app, in MiB, once so many chats more have come and gone."""
    at_once = 10
    load.measure(app.url, Load(TOOL_QUESTIONS[:1], tools=1, rounds=chats // at_once - 1), at_once)
    time.sleep(SETTLING_S)
    return app.rss_mib


def _seconds(act: Callable[[], object]) -> float:
    started = time.perf_counter()
    act()
    return time.perf_counter() - started


def article(place: Place) -> dict[str, Any]:
    """The app that articles show, by the same load generator."""
    env, target = place.talking | place.article_environment, "dev/bench/baselines/article.py"
    with App(place.project, log=place.log("article"), target=target, **env) as app:
        app.wait_for_page()  # it loads the model before it serves the page
        asked = Load(talk(place).questions, place.tokens, rounds=1)
        return {"app": [_said(load.measure(app.url, asked, size, is_ours=False)) for size in place.article_sizes]}


def transformers(place: Place) -> dict[str, Any]:
    """Hugging Face Transformers, a batch at once."""
    arguments = [str(place.talker), str(place.tokens), *talk(place).questions, "1", "8", "32"]
    log = place.log("transformers")
    return {"batches": run_module(place.project, "dev.bench.baselines.transformers_chat", *arguments, log=log)}


def _said(figures: dict[str, Any]) -> dict[str, Any]:
    print(json.dumps(figures), file=sys.stderr, flush=True)
    return figures


PARTS: dict[str, Callable[[Place], dict[str, Any]]] = {
    part.__name__: part for part in (streaming, tools, people, turns, idle, memory, article, transformers)
}


def main(
    name: str, parts: Mapping[str, Callable[[Place], dict[str, Any]]], make_place: Callable[[Path], Place]
) -> None:
    """Run the parts that the command line asks for; each one's figures are written as soon as it ends."""
    parser = argparse.ArgumentParser(description=f"Measures the app. Writes {name}.json, part by part.")
    parser.add_argument("--parts", default=",".join(parts), help="some of these: %(default)s")
    parser.add_argument("--out", type=Path, default=RESULTS, help="the folder for the figures (%(default)s)")
    parser.add_argument("--rounds", type=int, default=0, help="of each number of chats; fewer is quicker, and worse")
    parser.add_argument("--arguments", type=json.loads, default={}, help="more of vLLM's arguments, as JSON")
    chosen = parser.parse_args()
    chosen.out.mkdir(parents=True, exist_ok=True)
    file = chosen.out / f"{name}.json"
    scratch = Path(tempfile.mkdtemp(prefix="qingtan-bench-"))  # kept: the logs are in it
    place = replace(make_place(scratch), rounds=chosen.rounds, arguments=chosen.arguments)
    failed = []
    for part in chosen.parts.split(","):
        print(f"{time.strftime('%H:%M:%S')} {part}; logs in {scratch}", file=sys.stderr, flush=True)
        rounds = f" --rounds {chosen.rounds}" if chosen.rounds else ""
        arguments = f" --arguments '{json.dumps(chosen.arguments)}'" if chosen.arguments else ""
        run, started = about(f"python -m dev.bench.{name} --parts {part}{rounds}{arguments}"), time.perf_counter()
        try:
            found = parts[part](place)
        except Exception:
            traceback.print_exc()
            failed.append(part)
            continue
        found |= {"took_s": round(time.perf_counter() - started), "run": run}
        print(json.dumps({part: found}), flush=True)
        results = json.loads(file.read_text()) if file.exists() else {}
        file.write_text(json.dumps(results | {part: found}, indent=1) + "\n")
    if failed:
        sys.exit(f"These parts failed: {', '.join(failed)}")
