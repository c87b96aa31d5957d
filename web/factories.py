"""The parts of the app as the settings ask for them. Knows no page."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from agent.engine import supervisor
from agent.engine.backend import Backend
from agent.engine.remote import RemoteBackend
from agent.engine.turn_queue import TurnQueue
from agent.engine.vllm.backend import HubOptions, LocalBackend
from agent.errors import SettingsError, StoreError
from agent.profiles import Profile
from agent.settings import Settings
from tools import build_registry
from tools.registry import Registry
from web.auth.login import Login
from web.quotas.limits import read_limits
from web.quotas.quotas import Quotas
from web.server.health import Probe, disk, report, word
from web.store.database import Database

Value = TypeVar("Value")


def read_or_exit(read: Callable[[], Value]) -> Value:
    """What `read` gives. Where it cannot, the app ends with the reason; at a hot reload it goes on with what it has."""
    try:
        return read()
    except (SettingsError, StoreError) as error:
        if supervisor.is_started():
            raise
        sys.exit(str(error))


def make_probes(database: Database, data_dir: Path) -> dict[str, Probe]:
    """What is looked at for /health, besides the engine and the line."""
    return {
        "database": Probe("the database", database.look, lambda: database.writes.is_stuck),
        "disk": Probe("the disk", disk(data_dir)),
    }


async def health(backend: Backend, turn_queue: TurnQueue, probes: Mapping[str, Probe]) -> tuple[dict[str, Any], int]:
    """How the app and its parts are, and the status of an answer that says so: 503 if no chat can be begun.

    A line that is full for now and a disk that is nearly full hinder nobody yet, and so leave it 200.
    """
    engine = supervisor.health(backend)
    engine["model"] = _name(engine["model"])
    parts = {"engine": word(engine["stage"] == "ready"), "line": word(not turn_queue.is_full)} | await report(probes)
    is_well = parts["engine"] == parts["database"] == "ok"
    return engine | {"turns": turn_queue.health(), "parts": parts}, 200 if is_well else 503


def _name(model: str) -> str:
    """The model as anybody may hear of it: no folder, and no address, which a remote one is called until it answers."""
    if "://" in model:
        return ""
    return Path(model).name if Path(model).is_absolute() or model.startswith(("~", ".")) else model


def make_backend(settings: Settings, profile: Profile, registry: Registry) -> Backend:
    """The backend, not yet started. It warms up with what most chats begin with: the profile's prompt and tools."""
    if settings.engine == "remote":
        return RemoteBackend(settings.remote_base_url, settings.remote_api_key, settings.model)
    token = settings.modelscope_api_token if settings.model_source == "modelscope" else settings.hf_token
    return LocalBackend(
        model=settings.model,
        arguments=settings.engine_arguments(),
        data_dir=settings.data_dir,
        hub=HubOptions(
            settings.model_source, settings.model_cache, settings.model_revision, token, settings.model_endpoint
        ),
        tool_parser=settings.tool_call_parser,
        reasoning_parser=settings.reasoning_parser,
        constrain_tool_calls=settings.constrain_tool_calls,
        visible_devices=settings.cuda_visible_devices,
        warm_up_system=profile.system_prompt,
        warm_up_tools=registry.schemas(profile.tools),
        warm_up_sampling=profile.sampling,
    )


def make_registry(settings: Settings) -> Registry:
    """The tools."""
    return build_registry(
        weather_provider=settings.weather_provider,
        amap_api_key=settings.amap_api_key,
        timeout_s=settings.tool_timeout_s,
        max_result_chars=settings.tool_result_max_chars,
    )


def make_turn_queue(settings: Settings, backend: Backend) -> TurnQueue:
    """The line in which turns wait for a place in the engine."""
    return TurnQueue(
        lambda: supervisor.places(backend, settings.max_running_turns),
        max_waiting=settings.max_waiting_turns,
        per_person=settings.max_turns_per_person,
    )


def make_login(settings: Settings, database: Database) -> Login:
    """Who may use the page. Raises SettingsError."""
    return Login(
        settings.auth,
        database,
        Quotas(database, *read_limits(settings)),
        header=settings.auth_header,
        allowed=settings.oauth_allowed,
        hosts=settings.allowed_hosts,
        trusted_proxies=settings.trusted_proxies,
        connections=settings.max_connections_per_address,
    )
