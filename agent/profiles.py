"""Chat profiles, as agent/profiles.toml defines them. Knows neither the page nor the engine."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any, Literal

import pydantic
from pydantic import ConfigDict, Field
from pydantic.dataclasses import dataclass as checked

from agent import PROJECT
from agent.answer_schema import read_schema
from agent.engine.protocol import Sampling
from agent.errors import AgentError, SettingsError
from tools.text import clean

FILE = Path(__file__).with_name("profiles.toml")
SYSTEM_PROMPT = Path(__file__).parent / "prompts" / "system.md"
STRICT = ConfigDict(extra="forbid")
NonEmpty = Annotated[str, Field(min_length=1)]
IconPath = Annotated[str, Field(pattern=r"^/public/\S+$")]


@checked(frozen=True, config=STRICT)
class Localized:
    """One text in both of the page's languages."""

    zh: NonEmpty
    en: NonEmpty

    def in_language(self, language: Literal["zh", "en"]) -> str:
        """The text for the page."""
        return self.zh if language == "zh" else self.en


@checked(frozen=True, config=STRICT)
class Starter:
    """One suggested first question; `icon` is a path that the page can fetch."""

    label: Localized
    message: Localized
    icon: IconPath | None = None


@dataclass(frozen=True)
class Profile:
    """One way in which a chat can be answered. `answer_schema`, a JSON Schema, is what a person finds filled in."""

    id: str
    name: Localized
    description: Localized
    icon: str | None
    system_prompt: str
    tools: tuple[str, ...]
    sampling: Sampling
    starters: tuple[Starter, ...]
    answer_schema: Localized | None = None


@checked(frozen=True, config=STRICT)
class _SamplingTable:
    temperature: float | None = Field(default=None, ge=0, le=2)
    top_p: float | None = Field(default=None, ge=0.01, le=1)
    max_tokens: int | None = Field(default=None, ge=1, le=1_000_000)


@checked(frozen=True, config=STRICT)
class _ProfileTable:
    """What may stand in a table of the file; the file itself explains each key."""

    name: Localized
    description: Localized
    icon: IconPath | None = None
    system_prompt: NonEmpty | None = None
    system_prompt_file: NonEmpty | None = None
    tools: Literal["all"] | list[str] | None = None
    sampling: _SamplingTable = Field(default_factory=_SamplingTable)
    starters: list[Starter] = Field(default_factory=list)
    answer: Literal["text", "json"] = "text"
    answer_schema: Localized | None = None


class _Wrong(Exception):
    """A key holds what fits its type and still cannot be; leaves this module as a SettingsError."""

    def __init__(self, key: str, problem: str) -> None:
        super().__init__(key, problem)
        self.key, self.problem = key, problem


def read_profiles(
    tools: Sequence[str], system_prompt: str | None, sampling: Sampling, file: Path = FILE
) -> tuple[Profile, ...]:
    """The profiles in the order of the file, at least one; a chat begins with the first.

    `tools` are those that there are; `system_prompt` and `sampling` count if a profile has none of its own.
    Raises SettingsError: a line for each mistake, with the file, the table, the key and what is allowed.
    """
    system_prompt = system_prompt or SYSTEM_PROMPT.read_text("utf-8").strip()
    try:
        tables = pydantic.TypeAdapter(dict[str, _ProfileTable]).validate_python(
            clean(tomllib.loads(file.read_text("utf-8")))
        )
    except (OSError, UnicodeDecodeError) as error:
        raise _settings_error(file, [f"cannot be read: {error}"]) from error
    except tomllib.TOMLDecodeError as error:
        raise _settings_error(file, [f"is not valid TOML: {error}"]) from error
    except pydantic.ValidationError as error:
        raise _settings_error(
            file, [_problem_line(dict(problem)) for problem in error.errors(include_url=False)]
        ) from error
    if not tables:
        raise _settings_error(file, ["holds no profile; it needs at least one table, such as [assistant]"])
    profiles, problems = [], []
    for name, table in tables.items():
        try:
            profiles.append(_profile(name, table, file, tools, system_prompt, sampling))
        except _Wrong as wrong:
            problems.append(f"[{name}] {wrong.key}: {wrong.problem}")
    if problems:
        raise _settings_error(file, problems)
    return tuple(profiles)


def _profile(
    name: str, table: _ProfileTable, file: Path, tools: Sequence[str], system_prompt: str, sampling: Sampling
) -> Profile:
    own = {key: value for key, value in vars(table.sampling).items() if value is not None and not key.startswith("_")}
    _check_schema(table)
    for icon in (table.icon, *(starter.icon for starter in table.starters)):
        if icon and not (PROJECT / icon.lstrip("/")).is_file():
            raise _Wrong("icon", f"there is no file {icon!r}")
    return Profile(
        name,
        table.name,
        table.description,
        table.icon,
        _prompt(table, file.parent) or system_prompt,
        _tools(table, tools),
        replace(sampling, **own),
        tuple(table.starters),
        table.answer_schema,
    )


def _prompt(table: _ProfileTable, folder: Path) -> str | None:
    if table.system_prompt_file is None:
        return table.system_prompt
    if table.system_prompt is not None:
        raise _Wrong("system_prompt_file", "stands beside system_prompt; keep one of them")
    try:
        return (folder / table.system_prompt_file).read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise _Wrong("system_prompt_file", f"{table.system_prompt_file!r} cannot be read: {error}") from error


def _tools(table: _ProfileTable, known: Sequence[str]) -> tuple[str, ...]:
    """The profile's tools in the registry's order. None if answers have to fit a schema, which no call does."""
    if table.answer == "json":
        if table.tools:
            raise _Wrong("tools", 'cannot stand with answer = "json": such an answer holds no tool calls; leave it out')
        return ()
    if table.tools is None or table.tools == "all":
        return tuple(known)
    if unknown := [tool for tool in table.tools if tool not in known]:
        raise _Wrong("tools", f'there is no tool {unknown[0]!r}; there are {", ".join(known)}, or "all"')
    return tuple(tool for tool in known if tool in table.tools)


def _check_schema(table: _ProfileTable) -> None:
    if (table.answer == "json") != (table.answer_schema is not None):
        raise _Wrong("answer_schema", 'is for answer = "json", which needs it')
    if table.answer_schema:
        for language in ("zh", "en"):
            try:
                read_schema(getattr(table.answer_schema, language))
            except AgentError as error:
                raise _Wrong(f"answer_schema.{language}", str(error)) from error


def _problem_line(problem: dict[str, Any]) -> str:
    """One of pydantic's errors: [table] key: what is wrong, and the value."""
    table, *keys = [str(part) for part in problem["loc"]]
    keys = [key for key in keys if not key.startswith(("literal[", "list["))]
    match problem["type"]:
        case "missing":
            told = "is missing"
        case "unexpected_keyword_argument":
            told = "there is no such key"
        case "dataclass_type" if keys == []:
            told = f"should be a table, not {_short(problem['input'])}"
        case "dataclass_type":
            told = f"should be a table such as {{ … }}, not {_short(problem['input'])}"
        case _:
            told = f"{problem['msg'].removeprefix('Input ').replace('String', 'it')}, not {_short(problem['input'])}"
    return f"[{table}] {'.'.join(keys)}: {told}".replace(" : ", ": ")


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:60]}…"


def _settings_error(file: Path, problems: Sequence[str]) -> SettingsError:
    lines = [f"{file.name}: {problem}" for problem in problems]
    return SettingsError("\n".join([*lines, f"Correct this in {file}, and start again."]))
