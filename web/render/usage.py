"""A turn's usage under its answer: one line, and the details that open under it."""

from __future__ import annotations

from chainlit.utils import utc_now

from agent.events import TurnUsage
from web.render.steps import make_step
from web.texts import Texts


async def send(usage: TurnUsage, texts: Texts) -> None:
    """A step that opens. It has an end, else the page would show it as at work."""
    step = make_step(line(usage, texts), "run", "receipt-text")
    step.output = details(usage, texts)
    step.start = step.end = utc_now()
    await step.send()


def line(usage: TurnUsage, texts: Texts) -> str:
    """`64 tokens · first after 0.2 s · 131 tokens/s`; without the tokens if the server counts none."""
    parts = [texts.usage_first.format(first=texts.duration(usage.first_token_s))]
    if usage.completion_tokens:
        parts.insert(0, texts.tokens(usage.completion_tokens))
        parts.append(texts.usage_pace.format(rate=_number(usage.tokens_a_second)))
    return " · ".join(parts)


def details(usage: TurnUsage, texts: Texts) -> str:
    """A list in Markdown: tokens, times, tools, and how much of the window is used, as far as they are known."""
    rows = [texts.usage_detail_first.format(first=texts.duration(usage.first_token_s))]
    if usage.prompt_tokens:
        rows = [
            texts.usage_detail_in.format(tokens=texts.tokens(usage.prompt_tokens), cached=_number(usage.cached_tokens)),
            texts.usage_detail_out.format(tokens=texts.tokens(usage.completion_tokens)),
            *rows,
            texts.usage_detail_pace.format(rate=_number(usage.tokens_a_second)),
        ]
    if usage.tools:
        tools = texts.clause_comma.join(
            f"{texts.tool_name(name)} {texts.duration(seconds)}" for name, seconds in usage.tools
        )
        rows.append(texts.usage_detail_tools.format(tools=tools))
    if usage.prompt_tokens and usage.window:
        percent = round(100 * usage.context_tokens / usage.window)
        used, window = _number(usage.context_tokens), _number(usage.window)
        rows.append(texts.usage_detail_context.format(used=used, window=window, percent=percent))
    return "\n".join(f"- {row}" for row in rows)


def _number(value: float) -> str:
    """1234.5 -> '1,234'; 7.25 -> '7.2'."""
    return f"{value:,.0f}" if isinstance(value, int) or value >= 10 else f"{value:.1f}"
