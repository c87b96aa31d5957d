"""The grammar of an answer that fits a JSON Schema: a structural tag that is nothing but that value. Knows no vllm."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

import xgrammar

MAX_WHITE_SPACE = 1  # in a row: given leave, a small model goes on in white space until its tokens end
_PLACE_IN_ITS_SOURCE = re.compile(r"^\[[\d:]+\] \S+:\d+: ")


def answer_grammar(schema: Mapping[str, Any]) -> str:
    """The grammar as JSON, for vLLM's `structural_tag`."""
    content = {"type": "json_schema", "json_schema": dict(schema), "max_whitespace_cnt": MAX_WHITE_SPACE}
    return json.dumps({"type": "structural_tag", "format": content})


def why_not(schema: Mapping[str, Any]) -> str:
    """Why xgrammar cannot take `schema`, in its own words; '' where it can."""
    try:
        xgrammar.Grammar.from_structural_tag(answer_grammar(schema))
    except RuntimeError as error:
        return _PLACE_IN_ITS_SOURCE.sub("", str(error).strip())
    return ""
