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
    texts: Texts,
    remote_url: str,
    *,
    is_told: bool = False,
) -> None:
    """Keep the model's badge in this chat up to date, and a notice below while it loads, or if it failed.

    `is_told` says that this chat has the notice about the built-in model already.
    """
    async with notices.progress() as line:
        async for status in statuses:
            await _send_badge(status, texts, remote_url)
            if status.model == "builtin" and not is_told:
                await notices.send(texts.builtin_about, icon="info")
                is_told = True
            await line("" if status.stage in ("ready", "failed") else describe(status, texts))
            if status.stage == "failed":
                await notices.send(describe(status, texts), icon="triangle-alert")


async def _send_badge(status: Status, texts: Texts, remote_url: str) -> None:
    """Which model runs, or how far it is, beside the input; a click shows more about it."""
    name = _name(status, texts)
    about = texts.builtin_about if status.model == "builtin" else texts.local_about.format(model=name)
    if remote_url:
        about = texts.remote_about.format(model=name, url=remote_url)
    match status.stage:
        case "ready":
            title = name
        case "failed":
            title, about = texts.badge_failed.format(name=name), describe(status, texts)
        case "restarting":
            title = texts.badge_restarting.format(name=name)
        case "downloading" if status.progress:
            title = texts.badge_downloading.format(name=name, percent=f"{status.progress.percent:.0f}")
        case _:
            title = texts.badge_loading.format(name=name)
    option = ModeOption(id="model", name=title, description=about, icon="cpu")
    await cl.context.emitter.set_modes([Mode(id="model", name=texts.model_title, options=[option])])


def describe_wait(status: Status, wait: Wait, texts: Texts) -> str:
    """Why a turn does not begin yet, as a sentence or two."""
    if status.stage != "ready":
        return f"{describe(status, texts)} {texts.answer_when_ready}"
    return texts.waiting_in_queue.format(place=wait.place, wait=texts.duration(wait.seconds))


def describe(status: Status, texts: Texts) -> str:
    """What the model does now, as a sentence."""
    name = _name(status, texts)
    is_foreign = texts.language == "zh" and name.isascii()  # Latin letters among Chinese ones have spaces around them
    return _sentence(status, texts, f" {name} " if is_foreign else name).strip()


def _sentence(status: Status, texts: Texts, model: str) -> str:
    match status.stage:
        case "downloading" if status.progress:
            progress = status.progress
            return texts.model_downloading.format(
                model=model,
                percent=f"{progress.percent:.0f}",
                done=size(progress.done_bytes),
                total=size(progress.total_bytes),
                speed=size(progress.speed_bytes_s),
                remaining="…" if progress.remaining_s is None else texts.duration(progress.remaining_s),
            )
        case "loading":
            return texts.model_loading.format(model=model)
        case "warming":
            return texts.model_warming.format(model=model)
        case "ready":
            return texts.model_ready.format(model=model)
        case "restarting":
            return texts.model_restarting.format(model=model)
        case "failed":
            reason = status.reason_zh if status.reason_zh and texts.language == "zh" else status.reason
            return texts.model_failed.format(model=model, reason=reason)
        case _:
            return texts.model_resolving.format(model=model)


def _name(status: Status, texts: Texts) -> str:
    """The model without its owner or its folders; what is known before a server has named one is its address."""
    if "://" in status.model:
        return texts.model_title
    return texts.builtin_name if status.model == "builtin" else short_name(status)


def short_name(status: Status) -> str:
    """The same, as an answer keeps it, in no language."""
    return status.model.rstrip("/").rsplit("/", 1)[-1]
