"""Whether answers can be held to a JSON Schema: what xgrammar, vLLM's grammar engine, says of it. Knows no vllm."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

import xgrammar

_PLACE_IN_ITS_SOURCE = re.compile(r"^\[[\d:]+\] \S+:\d+: ")


def why_not(schema: Mapping[str, Any]) -> str:
    """Why xgrammar cannot take `schema`, in its own words; '' where it can."""
    try:
        xgrammar.Grammar.from_json_schema(json.dumps(schema))
    except RuntimeError as error:
        return _PLACE_IN_ITS_SOURCE.sub("", str(error).strip())
    return ""
