"""A remote model whose answers hold all that Markdown has: what a page that looks right has to show."""

from __future__ import annotations

from typing import Any

from tests.e2e.storyteller import chunk, decide

COLUMNS = 10
SENTENCE = {
    "en": "Delivered late because the road over the pass was closed for two days, and paid in full on the same day.",
    "zh": "因为山口的公路封闭了两天，货物晚到，但当天就全额付清了款项，双方对此都没有异议，也没有再提出别的要求。",
}
FORMULA = r"f(x) = " + " + ".join(rf"\frac{{a_{{{n}}} x^{{{n}}}}}{{{n}!}}" for n in range(1, 19)) + r" + R_{19}(x)"
CODE = "def total(prices: dict[str, float]) -> float:\n    return sum(price for name, price in prices.items() if " + (
    " and ".join(f"name != 'item {n}'" for n in range(9)) + ")"
)
TEXT = {
    "en": ("Result", "Details", "Numbers", "Notes", "A claim with a source[^1], and another[^two]."),
    "zh": ("结论", "详情", "数据", "备注", "这句话有出处[^1]，这一句也有[^two]。"),
}
LAST = {"en": "These are the very last words.", "zh": "这就是最后一句话。"}


def table(language: str) -> str:
    """Ten columns, one of which holds a sentence."""
    head = [f"{'列' if language == 'zh' else 'Column '}{number}" for number in range(1, COLUMNS + 1)]
    rows = [[f"{row}-{column}" for column in range(1, COLUMNS + 1)] for row in range(1, 4)]
    rows[1][3] = SENTENCE[language]
    return "\n".join(f"| {' | '.join(row)} |" for row in [head, ["---"] * COLUMNS, *rows])


def everything(language: str) -> str:
    """One answer with headings, a wide table, a long formula, code, a list and footnotes."""
    first, second, third, fourth, claim = TEXT[language]
    return f"""# {first}

{claim}

## {second}

{table(language)}

### {third}

$$
{FORMULA}
$$

#### {fourth}

```python
{CODE}
```

- `one`
- **two**

{LAST[language]}

[^1]: https://example.org/one
[^two]: {third}
"""


def long_answer(language: str) -> str:
    """More than a page, with code whose line is longer than a page is wide."""
    lines = [f"{number}. {SENTENCE[language]}" for number in range(1, 60)]
    return "\n".join([*lines, "", "```python", CODE, "```", "", LAST[language]])


ANSWERS = {"everything": ("en", everything), "全部": ("zh", everything)}
ANSWERS |= {"a long one": ("en", long_answer), "长文": ("zh", long_answer)}


def show(messages: list[dict[str, Any]]) -> list[Any]:
    """What the storyteller says, but for the words of `ANSWERS`, and "a moment" for an answer of three seconds."""
    asked = messages[-1]["content"] if messages[-1]["role"] == "user" else ""
    if "a moment" in asked:
        return [part for number in range(60) for part in (0.05, chunk({"content": f"moment {number} "}))]
    for word, (language, answer) in ANSWERS.items():
        if word in asked:
            return [chunk({"content": answer(language)}), chunk({}, "stop")]
    return decide(messages)
