"""Internals of libraries: parts that we replace or use without a promise of theirs, and in which version we read them.

tests/test_internals.py compares each with the source that was read, so that an upgrade names what to read again.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from agent.errors import SettingsError


@dataclass(frozen=True)
class Internal:
    """A module's variable or function, a class or a member of one."""

    target: str  # where it is found: dotted, from the module on
    why: str
    made_for: str  # the version of the library that was read
    source: str  # the first digits of the SHA-256 of its definition there
    at: str = ""  # where that stands, if not at `target`


def listed(made_for: str, *rows: tuple[str, ...]) -> tuple[Internal, ...]:
    """Internals that were read in one version: of each the target, the source, why, and where that stands."""
    return tuple(Internal(target, why, made_for, source, *at) for target, source, why, *at in rows)


def check(internals: Iterable[Internal]) -> None:
    """Raises SettingsError, which names them, if some are not there."""
    missing = [one for one in internals if not _is_there(one.target)]
    if missing:
        english = "\n".join(f"- {one.target} (as in {one.made_for}): {one.why}" for one in missing)
        raise SettingsError(
            f"The installed libraries lack what this app relies on. Install the locked versions: make setup\n{english}",
            f"已安装的库缺少本应用依赖的部分。请安装锁定的版本：make setup\n{english}",
        )


def replace(internals: Iterable[Internal], target: str, value: Any) -> None:
    """Put `value` in the place of `target`. Raises LookupError if that and what it is part of are not listed, or it is
    not there."""
    if not any(f"{target}.".startswith(f"{one.target}.") for one in internals):
        raise LookupError(f"{target} is not listed among the internals that we replace")
    owner, name = _find(target)
    setattr(owner, name, value)


def original(target: str) -> Any:
    """What stands at `target`, as its library wrote it: what we put there has it as `__wrapped__`."""
    owner, name = _find(target)
    value = getattr(owner, name)
    return getattr(value, "__wrapped__", value)


def _is_there(target: str) -> bool:
    try:
        _find(target)
    except LookupError:
        return False
    return True


def _find(target: str) -> tuple[Any, str]:
    """Whose attribute it is, and its name."""
    *path, name = target.split(".")
    for length in range(len(path), 0, -1):
        try:
            owner = import_module(".".join(path[:length]))
        except ImportError:
            continue
        try:
            for part in path[length:]:
                owner = getattr(owner, part)
            getattr(owner, name)
        except (AttributeError, KeyError):  # the latter of chainlit's own module
            break
        return owner, name
    raise LookupError(f"{target} is not there")
