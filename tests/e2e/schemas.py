"""JSON Schemas that tests ask answers to fit."""

from __future__ import annotations

from typing import Any


def rows_of(**columns: dict[str, Any]) -> dict[str, Any]:
    """Two or three flat rows with these columns, which the page shows as a table."""
    row = {
        "type": "object",
        "properties": columns,
        "required": list(columns),
        "additionalProperties": False,
    }
    return {"type": "array", "minItems": 2, "maxItems": 3, "items": row}
