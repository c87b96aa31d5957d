"""Chat settings: the profile that a person chooses for a chat, and what its settings panel holds.

Knows no engine.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import chainlit as cl
from chainlit.input_widget import InputWidget, MultiSelect, NumberInput, Slider, TextInput

from agent.answer_schema import BadSchema, Schema, read_schema
from agent.engine.protocol import Sampling
from agent.errors import AgentError
from agent.profiles import Profile
from web.chat.unsaved import has_own_settings
from web.texts import Texts

Unheld = Callable[[Schema], Awaitable[Sequence[str]]]  # the rules of a schema that answers are not held to


class RefusedValue(Exception):
    """A control holds what it cannot; the text says which, and what is allowed."""


@dataclass(frozen=True)
class ChatOptions:
    """How one chat is answered."""

    sampling: Sampling
    system_prompt: str
    tools: tuple[str, ...]


class ChatSettings:
    """What the chat whose event is being handled is set to, and the panel that its page has for that."""

    def __init__(self, profiles: Sequence[Profile], unheld: Unheld) -> None:
        self._profiles = profiles
        self._unheld = unheld

    def options(self, texts: Texts) -> ChatOptions:
        """What the current chat is set to."""
        return restore(cl.context.session.chat_settings, self._profile(), texts)

    def shown(self, texts: Texts, wanted: Mapping[str, Any] | None = None, *, is_new: bool = False) -> cl.ChatSettings:
        """The controls, to be sent: of a new chat with its profile's defaults; with what was `wanted`, if it was."""
        options = defaults(self._profile(), texts) if is_new else self.options(texts)
        return cl.ChatSettings(controls(options, self._profile().tools, texts, wanted))

    async def send(self, texts: Texts, *, is_new: bool = False) -> None:
        """Give the page its panel. In a thread, as a schema takes time to be read."""
        await (await asyncio.to_thread(self.shown, texts, is_new=is_new)).send()

    async def refresh(self, texts: Texts, wanted: Mapping[str, Any] | None = None) -> None:
        """Set the page's panel to what holds, or to what was `wanted`."""
        await (await asyncio.to_thread(self.shown, texts, wanted)).refresh()

    async def change(
        self, values: Mapping[str, Any], texts: Texts, keep: Callable[[], Awaitable[None]], *, is_busy: bool
    ) -> None:
        """Set the current chat to `values`, `keep` them, and say so; or say why not, and give the panel back."""
        session, emitter = cl.context.session, cl.context.emitter
        wanted = {**session.chat_settings, **values}
        try:
            notice = await check(wanted, texts, self._unheld)
        except RefusedValue as refusal:  # what was set before stays
            await self.refresh(texts, wanted)
            if is_busy:  # the page opens no panel then
                await emitter.send_toast(str(refusal), "error")
            await cl.send_window_message({"refused": str(refusal)})
        except (LookupError, TypeError, ValueError):  # no panel of ours sends that
            await self.refresh(texts)
        else:
            session.chat_settings = wanted
            has_own_settings.set(session, True)
            await keep()
            await emitter.send_toast(texts.settings_saved, "success")
            if notice:
                await emitter.send_toast(notice, "warning")

    def choices(self, texts: Texts) -> list[cl.ChatProfile]:
        """The profiles as the page lists them, the first one chosen."""
        language = texts.language
        return [
            cl.ChatProfile(
                name=profile.id,
                display_name=profile.name.in_language(language),
                markdown_description=profile.description.in_language(language),
                icon=profile.icon,
                default=profile is self._profiles[0],
                starters=[
                    cl.Starter(one.label.in_language(language), one.message.in_language(language), icon=one.icon)
                    for one in profile.starters
                ],
            )
            for profile in self._profiles
        ]

    def _profile(self) -> Profile:
        return chosen(self._profiles, cl.user_session.get("chat_profile"))


def chosen(profiles: Sequence[Profile], name: str | None) -> Profile:
    """The profile whose id is `name`; the first if there is none, or no longer."""
    return next((profile for profile in profiles if profile.id == name), profiles[0])


def defaults(profile: Profile, texts: Texts) -> ChatOptions:
    """What a chat of this profile begins with."""
    schema = read_schema(profile.answer_schema.in_language(texts.language)) if profile.answer_schema else None
    return ChatOptions(replace(profile.sampling, answer_schema=schema), profile.system_prompt, profile.tools)


def controls(
    options: ChatOptions, tools: Sequence[str], texts: Texts, wanted: Mapping[str, Any] | None = None
) -> list[InputWidget]:
    """The panel's controls, set to `options`: if answers fit a schema, it can be changed, and there are no tools.

    `wanted` is what a person has filled in and was refused: the controls hold it, for them to go on from there.
    """
    sampling = options.sampling
    made = [
        _schema_control(sampling.answer_schema, texts)
        if sampling.answer_schema
        else _tools_control(options, tools, texts),
        Slider("temperature", initial=sampling.temperature, min=0, max=2, step=0.05, **_named(texts.temperature)),
        Slider("top_p", initial=sampling.top_p, min=0.01, max=1, step=0.01, **_named(texts.top_p)),
        NumberInput("max_tokens", initial=sampling.max_tokens, **_named(texts.max_tokens)),
        TextInput("system_prompt", initial=options.system_prompt, multiline=True, **_named(texts.system_prompt)),
    ]
    for control in made:
        control.initial = (wanted or {}).get(control.id, control.initial)
    return made


def _schema_control(schema: Mapping[str, Any], texts: Texts) -> InputWidget:
    text = json.dumps(schema, ensure_ascii=False, indent=2)
    return TextInput("answer_schema", initial=text, multiline=True, **_named(texts.answer_schema))


def _tools_control(options: ChatOptions, tools: Sequence[str], texts: Texts) -> InputWidget:
    titles = [texts.tool_name(name) for name in tools]
    items = {title if titles.count(title) == 1 else name: name for title, name in zip(titles, tools, strict=True)}
    return MultiSelect("tools", initial=list(options.tools), items=items, **_named(texts.tools))


def _named(setting: Any) -> dict[str, str]:
    return {"label": setting.label, "description": setting.description}


def read(values: Mapping[str, Any], texts: Texts) -> ChatOptions:
    """The panel's values as options. Raises RefusedValue."""
    return ChatOptions(
        Sampling(
            _number(values["temperature"], texts.temperature.label, 0, 2, texts),
            _number(values["top_p"], texts.top_p.label, 0.01, 1, texts),
            int(_number(values["max_tokens"], texts.max_tokens.label, 1, 1_000_000, texts)),
            _schema(values["answer_schema"] or "", texts) if "answer_schema" in values else None,
        ),
        str(values["system_prompt"] or "").strip(),
        _tools(values.get("tools") or ()),
    )


async def check(values: Mapping[str, Any], texts: Texts, unheld: Unheld) -> str:
    """What the person should know of the values, '' if nothing: the schema's rules that `unheld` names.

    Raises RefusedValue for values that cannot be read, and for a schema that `unheld` refuses.
    """
    schema = (await asyncio.to_thread(read, values, texts)).sampling.answer_schema
    try:
        rules = await unheld(schema) if schema else ()
    except AgentError as error:
        raise RefusedValue(error.in_language(texts.language)) from error
    return texts.schema_unheld.format(rules=texts.comma.join(rules)) if rules else ""


def _tools(names: Any) -> tuple[str, ...]:
    """Raises TypeError for what an older version, or an import, has left that is none."""
    if not isinstance(names, (list, tuple)) or not all(isinstance(name, str) for name in names):
        raise TypeError(f"{names!r} are no names of tools")
    return tuple(names)


def _schema(text: str, texts: Texts) -> Mapping[str, Any]:
    try:
        return read_schema(text)
    except BadSchema as error:
        raise RefusedValue(error.in_language(texts.language)) from error


def restore(values: Mapping[str, Any], profile: Profile, texts: Texts) -> ChatOptions:
    """What a saved chat was set to; the profile's defaults if another version of the panel left something else."""
    try:
        return read(values, texts) if values else defaults(profile, texts)
    except (RefusedValue, LookupError, TypeError, ValueError):
        return defaults(profile, texts)


def _number(value: Any, label: str, lowest: float, highest: float, texts: Texts) -> float:
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        number = float("nan")
    if not lowest <= number <= highest:
        allowed = f"{lowest:g} – {highest:,}"
        shown = "—" if value is None else str(value).strip() or "—"
        raise RefusedValue(texts.settings_refused.format(label=label, value=shown, allowed=allowed))
    return number
