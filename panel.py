"""The settings panel of one chat: its controls, and what a person set in them. Knows neither chats nor the engine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from chainlit.input_widget import InputWidget, MultiSelect, NumberInput, Slider, TextInput

from agent.engine.protocol import Sampling
from agent.texts import Texts


class RefusedValue(Exception):
    """A control holds what it cannot; the text says which, and what is allowed."""


@dataclass(frozen=True)
class ChatOptions:
    """How one chat is answered."""

    sampling: Sampling
    system_prompt: str
    tools: tuple[str, ...]


def controls(options: ChatOptions, tools: Sequence[str], words: Texts) -> list[InputWidget]:
    """The panel's controls, set to `options`."""
    sampling = options.sampling
    return [
        Slider("temperature", initial=sampling.temperature, min=0, max=2, step=0.05, **_named(words.temperature)),
        Slider("top_p", initial=sampling.top_p, min=0.01, max=1, step=0.01, **_named(words.top_p)),
        NumberInput("max_tokens", initial=sampling.max_tokens, **_named(words.max_tokens)),
        MultiSelect(
            "tools",
            initial=list(options.tools),
            items={words.tool_name(name): name for name in tools},
            **_named(words.tools),
        ),
        TextInput("system_prompt", initial=options.system_prompt, multiline=True, **_named(words.system_prompt)),
    ]


def _named(setting: Any) -> dict[str, str]:
    return {"label": setting.label, "description": setting.description}


def read(values: Mapping[str, Any], words: Texts) -> ChatOptions:
    """The panel's values as options. Raises RefusedValue."""
    return ChatOptions(
        Sampling(
            _number(values["temperature"], words.temperature.label, 0, 2, words),
            _number(values["top_p"], words.top_p.label, 0.01, 1, words),
            int(_number(values["max_tokens"], words.max_tokens.label, 1, 1_000_000, words)),
        ),
        str(values["system_prompt"] or "").strip(),
        tuple(values["tools"] or ()),
    )


def _number(value: Any, label: str, lowest: float, highest: float, words: Texts) -> float:
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = float("nan")
    if not lowest <= number <= highest:
        allowed = f"{lowest:g} – {highest:,}"
        shown = "—" if value is None else str(value).strip() or "—"
        raise RefusedValue(words.settings_refused.format(label=label, value=shown, allowed=allowed))
    return number
