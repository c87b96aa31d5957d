"""Makes steps that stand where the messages of a turn are too."""

from __future__ import annotations

from typing import Literal

import chainlit as cl


def make_step(name: str, kind: Literal["run", "tool"], icon: str) -> cl.Step:
    """A step under the same parent as the turn's messages, as the page sorts by parents first."""
    parent = cl.context.current_step
    return cl.Step(name, type=kind, icon=icon, show_input="json", parent_id=parent.id if parent else None)
