"""Writes the figures of docs/benchmarks/*.json as tables into docs/benchmarks.md, between its marks, and prints them.

    python -m dev.bench.report

A mark is a line `<!-- cpu: streaming -->`, up to the line `<!-- end -->`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from dev.bench.measurements import RESULTS

PAGE = RESULTS.parent / "benchmarks.md"
PLOTTED = {  # what dev/bench/plot.py draws
    "streaming": "Tokens a second and first text over the number of chats",
    "tools": "Turns a second and first text over the number of chats",
    "turns": "First token and context over the turns of a chat",
}
MARKED = re.compile(r"(<!-- (\w+): (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)


def fill(page: str, folder: Path = RESULTS) -> str:
    """The page with the newest figures at its marks; a mark without figures stays as it is."""

    def table(mark: re.Match[str]) -> str:
        file = folder / f"{mark[2]}.json"
        results = json.loads(file.read_text()) if file.exists() else {}
        if mark[3] not in results:
            return mark[0]
        plot = f"\n\n![{PLOTTED[mark[3]]}](benchmarks/{mark[2]}-{mark[3]}.png)" if mark[3] in PLOTTED else ""
        return f"{mark[1]}\n{render(mark[3], results[mark[3]])}{plot}\n\n{mark[4]}"

    return MARKED.sub(table, page)


def render(part: str, found: dict[str, Any]) -> str:
    """One part's tables, under a line that says where and with what they were measured."""
    return f"{_about(found['run'])}\n\n{TABLES[part](found)}"


def _about(run: dict[str, Any]) -> str:
    machine, versions = run["machine"], run["versions"]
    parts = [
        run["date"],
        f"commit {run['commit'] or 'unknown'}",
        machine["gpu"],
        f"{machine['processor']}, {machine['cores']} cores, {machine['memory_gib']} GiB",
        ", ".join(f"{name} {number}" for name, number in versions.items()),
        f"load before it {run['load_average']}",
        f"`{run['command']}`",
    ]
    return "; ".join(part for part in parts if part) + "."


def _against_bare(rate: str, unit: str, has_gaps: bool) -> Callable[[dict[str, Any]], str]:
    def table(found: dict[str, Any]) -> str:
        titles = ["chats", unit, "bare engine", "ratio", "first text p50, p95", "bare engine", "added p50"]
        titles += ["gap p50, p95, p99", "frames/s of a chat"] if has_gaps else []
        rows = []
        for ours, bare in zip(found["app"], found["bare"], strict=True):
            row = [
                str(ours["chats"]),
                _number(ours[rate]),
                _number(bare[rate]),
                f"{100 * ours[rate] / bare[rate]:.1f} %",
                _times(ours["first_text_ms"]),
                _times(bare["first_text_ms"]),
                f"{ours['first_text_ms']['p50'] - bare['first_text_ms']['p50']:+,.1f} ms",
            ]
            row += [_times(ours["gap_ms"]), _number(ours["frames_per_s_of_a_chat"])] if has_gaps else []
            rows.append([*row, f"{ours['broken']} of {ours['turns']}"])
        return _markdown([*titles, "broken"], rows)

    return table


def _baseline(found: dict[str, Any]) -> str:
    rows = [[str(row["chats"]), _number(row["tokens_per_s"]), _times(row["first_text_ms"])] for row in _rows(found)]
    return _markdown(["chats", "tokens/s", "first text p50, p95"], rows)


def _rows(found: dict[str, Any]) -> list[dict[str, Any]]:
    return next(value for value in found.values() if isinstance(value, list))


def _people(found: dict[str, Any]) -> str:
    row = [str(found["chats"]), str(found["turns"]), _times(found["first_text_ms"]), _times(found["end_ms"])]
    return _markdown(
        ["chats", "turns", "first text p50, p95", "end p50, p95", "broken"], [[*row, str(found["broken"])]]
    )


def _turns(found: dict[str, Any]) -> str:
    """The figures of the whole chats, then some of their turns."""
    first, last = min(found["hit_rate"]), max(found["hit_rate"])
    whole = [
        ["tokens from the cache, of all prompt tokens: least and most", f"{100 * first:.1f} %, {100 * last:.1f} %"],
        ["first token at turn 20 to that at turn 2", f"{found['turn_20_to_turn_2']}"],
        ["turns at which earlier ones left, in the first chat", ", ".join(map(str, found["shortened_at"][0]))],
    ]
    shortened = found["shortened_at"][0]
    chosen = {1, 2, 3, 10, 20, 30, 40, 49, 50} | {near for turn in shortened[:2] for near in (turn - 1, turn, turn + 1)}
    names = "turn", "calls", "prompt_tokens", "cached_tokens", "context_tokens"
    rows = [
        [*(f"{row[name]:,.0f}" for name in names), f"{1000 * row['first_token_s']:.0f} ms", f"{row['model_s']:.2f} s"]
        for row in found["turns"]
        if row["turn"] in chosen
    ]
    titles = ["turn", "calls", "tokens in", "of them cached", "context at the end", "first token, or whole call"]
    return "\n\n".join((_markdown(["figure", "measured"], whole), _markdown([*titles, "model's time"], rows)))


def _figures(found: dict[str, Any]) -> str:
    """All single figures, with the names that they have in the JSON."""
    return _markdown(["figure", "measured"], [[f"`{name}`", value] for name, value in _flat(found)])


def _flat(found: dict[str, Any], before: str = "") -> list[tuple[str, str]]:
    flat = []
    for name, value in found.items():
        if isinstance(value, dict) and name != "run":
            flat += _flat(value, f"{before}{name}.")
        elif not isinstance(value, dict):
            flat.append((before + name, f"{value:,}"))
    return flat


TABLES: dict[str, Callable[[dict[str, Any]], str]] = {
    "streaming": _against_bare("tokens_per_s", "tokens/s", has_gaps=True),
    "tools": _against_bare("turns_per_s", "turns/s", has_gaps=False),
    "article": _baseline,
    "transformers": _baseline,
    "people": _people,
    "turns": _turns,
    "idle": _figures,
    "memory": _figures,
    "start": _figures,
}


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}"


def _times(milliseconds: dict[str, float]) -> str:
    """`12, 34, 56 ms`; in seconds from ten of them on."""
    values = list(milliseconds.values())
    if values[0] >= 10_000:
        return f"{', '.join(f'{value / 1000:.1f}' for value in values)} s"
    return f"{', '.join(f'{value:,.0f}' for value in values)} ms"


def _markdown(titles: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [titles, ["---"] * len(titles), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def main() -> None:
    for file in sorted(RESULTS.glob("*.json")):
        for part, found in json.loads(file.read_text()).items():
            print(f"\n{file.stem}, {part}: {render(part, found)}")
    PAGE.write_text(fill(PAGE.read_text("utf-8")), "utf-8")


if __name__ == "__main__":
    main()
