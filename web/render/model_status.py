"""The model's status in the page: its badge beside the input, and sentences. Knows no engine."""

from __future__ import annotations

from collections.abc import AsyncIterator

import chainlit as cl
from chainlit.mode import Mode, ModeOption

from agent.engine.backend import Status
from agent.engine.turn_queue import Wait
from web.render import notices
from web.texts import Texts, size


async def render(
    statuses: AsyncIterator[Status],
    words: Texts,
    remote_url: str,
    *,
    is_told: bool = False,
) -> None:
    """Keep the model's badge in this chat up to date, and a notice below while it loads, or if it failed.

    `is_told` says that this chat has the notice about the built-in model already.
    """
    async with notices.progress() as line:
        async for status in statuses:
            await _send_badge(status, words, remote_url)
            if status.model == "builtin" and not is_told:
                await notices.send(words.builtin_about, icon="info")
                is_told = True
            await line("" if status.stage in ("ready", "failed") else describe(status, words))
            if status.stage == "failed":
                await notices.send(describe(status, words), icon="triangle-alert")


async def _send_badge(status: Status, words: Texts, remote_url: str) -> None:
    """Which model runs, or how far it is, beside the input; a click shows more about it."""
    name = _name(status, words)
    about = words.builtin_about if status.model == "builtin" else words.local_about.format(model=name)
    if remote_url:
        about = words.remote_about.format(model=name, url=remote_url)
    match status.stage:
        case "ready":
            title = name
        case "failed":
            title, about = words.badge_failed.format(name=name), describe(status, words)
        case "restarting":
            title = words.badge_restarting.format(name=name)
        case "downloading" if status.progress:
            title = words.badge_downloading.format(name=name, percent=f"{status.progress.percent:.0f}")
        case _:
            title = words.badge_loading.format(name=name)
    option = ModeOption(id="model", name=title, description=about, icon="cpu")
    await cl.context.emitter.set_modes([Mode(id="model", name=words.model_title, options=[option])])


def describe_wait(status: Status, wait: Wait, words: Texts) -> str:
    """Why a turn does not begin yet, as a sentence or two."""
    if status.stage != "ready":
        return f"{describe(status, words)} {words.answer_when_ready}"
    return words.waiting_in_queue.format(place=wait.place, wait=words.duration(wait.seconds))


def describe(status: Status, words: Texts) -> str:
    """What the model does now, as a sentence."""
    name = _name(status, words)
    is_foreign = words.language == "zh" and name.isascii()  # Latin letters among Chinese ones have spaces around them
    return _sentence(status, words, f" {name} " if is_foreign else name).strip()


def _sentence(status: Status, words: Texts, model: str) -> str:
    match status.stage:
        case "downloading" if status.progress:
            progress = status.progress
            return words.model_downloading.format(
                model=model,
                percent=f"{progress.percent:.0f}",
                done=size(progress.done_bytes),
                total=size(progress.total_bytes),
                speed=size(progress.speed_bytes_s),
                remaining="…" if progress.remaining_s is None else words.duration(progress.remaining_s),
            )
        case "loading":
            return words.model_loading.format(model=model)
        case "warming":
            return words.model_warming.format(model=model)
        case "ready":
            return words.model_ready.format(model=model)
        case "restarting":
            return words.model_restarting.format(model=model)
        case "failed":
            reason = status.reason_zh if status.reason_zh and words.language == "zh" else status.reason
            return words.model_failed.format(model=model, reason=reason)
        case _:
            return words.model_resolving.format(model=model)


def _name(status: Status, words: Texts) -> str:
    """The model without its owner or its folders; what is known before a server has named one is its address."""
    if "://" in status.model:
        return words.model_title
    return words.builtin_name if status.model == "builtin" else short_name(status)


def short_name(status: Status) -> str:
    """The same, as an answer keeps it, in no language."""
    return status.model.rstrip("/").rsplit("/", 1)[-1]
