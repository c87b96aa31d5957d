"""Draws docs/benchmarks/*.json: throughput and first text over the number of chats, and what 50 turns cost.

python -m dev.bench.plot
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from dev.bench.measurements import RESULTS

# Okabe and Ito's colours, which people with any colour vision tell apart; markers too, for print without colour.
LOOKS = {
    "this app": ("#0072B2", "o"),
    "bare engine": ("#E69F00", "s"),
    "synchronous app": ("#009E73", "^"),
    "Transformers": ("#CC79A7", "D"),
}
INK, GRID = "#333333", "#DDDDDD"


def main(folder: Path = RESULTS) -> None:
    for file in sorted(folder.glob("*.json")):
        results = json.loads(file.read_text())
        if "streaming" in results:
            streaming(results, folder / f"{file.stem}-streaming.png")
        if "tools" in results:
            tools(results, folder / f"{file.stem}-tools.png")
        if "turns" in results:
            turns(results, folder / f"{file.stem}-turns.png")


def streaming(results: dict[str, Any], file: Path) -> None:
    """Tokens a second and first text over the number of chats, for all that were measured."""
    rows = {"this app": results["streaming"]["app"], "bare engine": results["streaming"]["bare"]}
    if "article" in results:
        rows["synchronous app"] = results["article"]["app"]
    if "transformers" in results:
        rows["Transformers"] = results["transformers"]["batches"]
    _two_panels(rows, "tokens_per_s", "tokens a second, all chats", file)


def tools(results: dict[str, Any], file: Path) -> None:
    """Turns with a tool call, and the answer's first text, over the number of chats."""
    rows = {"this app": results["tools"]["app"], "bare engine": results["tools"]["bare"]}
    _two_panels(rows, "turns_per_s", "turns with a tool call a second, all chats", file)


def turns(results: dict[str, Any], file: Path) -> None:
    """The first token, or whole call, of each turn of a chat that outgrows its window, and what its prompts hold."""
    figure, (left, right) = _figure(2)
    rows = results["turns"]["turns"]
    for name, calls, (colour, marker) in (
        ("a sum, with a tool call", 1, LOOKS["bare engine"]),
        ("small talk", 0, LOOKS["this app"]),
    ):
        same = [row for row in rows if row["calls"] == calls]
        numbers = [row["turn"] for row in same]
        left.plot(
            numbers,
            [1000 * row["first_token_s"] for row in same],
            color=colour,
            marker=marker,
            label=name,
            markersize=3,
        )
        right.plot(numbers, [row["context_tokens"] for row in same], color=colour, marker=marker, markersize=3)
    for axes in (left, right):
        axes.set_ylim(bottom=0)
    _label(left, "turn of one chat", "first token, or whole call, ms")
    _label(right, "turn of one chat", "context at the turn's end, tokens")
    left.legend(frameon=False, fontsize=8)
    figure.savefig(file)


def _two_panels(rows: dict[str, list[dict[str, Any]]], rate: str, rate_label: str, file: Path) -> None:
    figure, (left, right) = _figure(2)
    sizes = sorted({row["chats"] for found in rows.values() for row in found})
    for name, found in rows.items():
        colour, marker = LOOKS[name]
        chats = [row["chats"] for row in found]
        line = {"color": colour, "marker": marker, "label": name, "linewidth": 1.5, "markersize": 5}
        left.plot(chats, [row[rate] for row in found], **line)
        right.plot(chats, [row["first_text_ms"]["p50"] / 1000 for row in found], **line)
    for axes in (left, right):
        axes.set_xscale("log", base=2)
        axes.set_xticks(sizes, [str(size) for size in sizes])
    left.set_ylim(bottom=0)
    right.set_yscale("log")
    for axes in (left, right):
        axes.minorticks_off()
        axes.yaxis.set_major_formatter("{x:,g}")
    _label(left, "chats at once", rate_label)
    _label(right, "chats at once", "first text of the answer, median, s")
    left.legend(frameon=False, fontsize=8)
    figure.savefig(file)


def _figure(panels: int) -> tuple[Figure, Sequence[Axes]]:
    figure = Figure(figsize=(4.5 * panels, 3.2), dpi=110, layout="constrained", facecolor="white")
    return figure, [figure.add_subplot(1, panels, number + 1) for number in range(panels)]


def _label(axes: Axes, x: str, y: str) -> None:
    axes.set_xlabel(x, color=INK, fontsize=9)
    axes.set_ylabel(y, color=INK, fontsize=9)
    axes.tick_params(colors=INK, labelsize=8)
    axes.grid(color=GRID, linewidth=0.6)
    axes.spines[["top", "right"]].set_visible(False)


if __name__ == "__main__":
    main()
