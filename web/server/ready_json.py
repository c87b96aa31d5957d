"""JSON that is large and goes to a browser: made beside the event loop, and sent as it is."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

COMPACT = (",", ":")


@dataclass(frozen=True)
class Ready:
    """The data of an event as JSON already."""

    json: str


def dumps(value: Any, **options: Any) -> str:
    """As json.dumps, for an event of socket.io, whose data may be Ready."""
    match value:
        case [str(event), Ready(data)]:
            return f"[{json.dumps(event)},{data}]"
    return json.dumps(value, **options)
