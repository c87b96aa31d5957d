"""A turn's usage under its answer: one line, and the details that open under it."""

from __future__ import annotations

from chainlit.utils import utc_now

from agent.events import Receipt
from web.render import messages
from web.texts import Texts


async def send(receipt: Receipt, words: Texts) -> None:
    """A step that opens. It has an end, else the page would show it as at work."""
    step = messages.step(line(receipt, words), "run", "receipt-text")
    step.output = details(receipt, words)
    step.start = step.end = utc_now()
    await step.send()


def line(receipt: Receipt, words: Texts) -> str:
    """`64 tokens · first after 0.2 s · 131 tokens/s`; without the tokens where the server counts none."""
    parts = [words.receipt_first.format(first=words.duration(receipt.first_token_s))]
    if receipt.completion_tokens:
        parts.insert(0, words.tokens(receipt.completion_tokens))
        parts.append(words.receipt_pace.format(rate=_number(receipt.tokens_a_second)))
    return " · ".join(parts)


def details(receipt: Receipt, words: Texts) -> str:
    """A list in Markdown: tokens, times, tools, and how much of the window is used, as far as they are known."""
    rows = [words.receipt_detail_first.format(first=words.duration(receipt.first_token_s))]
    if receipt.prompt_tokens:
        rows = [
            words.receipt_detail_in.format(
                tokens=words.tokens(receipt.prompt_tokens), cached=_number(receipt.cached_tokens)
            ),
            words.receipt_detail_out.format(tokens=words.tokens(receipt.completion_tokens)),
            *rows,
            words.receipt_detail_pace.format(rate=_number(receipt.tokens_a_second)),
        ]
    if receipt.tools:
        tools = words.receipt_comma.join(
            f"{words.tool_name(name)} {words.duration(seconds)}" for name, seconds in receipt.tools
        )
        rows.append(words.receipt_detail_tools.format(tools=tools))
    if receipt.prompt_tokens and receipt.window:
        percent = round(100 * receipt.context_tokens / receipt.window)
        used, window = _number(receipt.context_tokens), _number(receipt.window)
        rows.append(words.receipt_detail_context.format(used=used, window=window, percent=percent))
    return "\n".join(f"- {row}" for row in rows)


def _number(value: float) -> str:
    """1234.5 -> '1,234'; 7.25 -> '7.2'."""
    return f"{value:,.0f}" if isinstance(value, int) or value >= 10 else f"{value:.1f}"
