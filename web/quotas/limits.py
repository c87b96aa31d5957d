"""Limits: how much one user may save and use, as the settings say; those of a guest, and of all guests of a link."""

from __future__ import annotations

from dataclasses import dataclass

from agent.settings import Settings

MB = 1_000_000
A_LINK = 20  # all guests of one link together have as much as so many of them


@dataclass(frozen=True)
class Limits:
    """What one user may save and use; 0 is no limit."""

    turns_a_minute: int = 0
    tokens_a_day: int = 0
    uploads_mb_a_day: int = 0
    kept_mb: int = 0
    chats: int = 0
    waiting_files: int = 0

    def of_link(self) -> Limits:
        """What all guests of one link may together, if these are a guest's."""
        together = ("tokens_a_day", "uploads_mb_a_day", "kept_mb", "chats")
        return Limits(**{name: A_LINK * getattr(self, name) for name in together})


def read_limits(settings: Settings) -> tuple[Limits, Limits]:
    """A person's and a guest's. If nobody logs in, everybody is one person, and only the disk has an end."""
    pairs = (
        settings.quota_turns_a_minute,
        settings.quota_tokens_a_day,
        settings.quota_uploads_mb_a_day,
        settings.quota_kept_mb,
        settings.quota_chats,
        settings.quota_waiting_files,
    )
    person, guest = (Limits(*numbers) for numbers in zip(*pairs, strict=True))
    return (person if settings.has_visitors else Limits(kept_mb=person.kept_mb)), guest
