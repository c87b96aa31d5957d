"""The rules of objects, arrays, texts and numbers as xgrammar can hold answers to them."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from agent.engine.pattern import BadPattern, whole
from agent.engine.schema_keywords import FORMATS, Node
from agent.engine.unheld import CannotHold, Unheld, contradiction

LARGEST_DIVISOR = 1000  # of multipleOf: xgrammar counts the remainders one by one
LARGEST_BOUND = 2**53  # of whole numbers


@dataclass(frozen=True)
class HeldTypes:
    """Holds the rules for one type at a time; `_hold` does so for a schema within them, at its path."""

    _hold: Callable[[Node, str], Node]
    _unheld: Unheld

    def object(self, rules: Mapping[str, Any], path: str) -> dict[str, Any]:
        held = dict(rules)
        properties = self._properties(held, path)
        for name in held.get("required", ()):
            if name not in properties:
                self._require(name, properties, held, path)
        is_open = not properties and "patternProperties" not in held
        if properties or "properties" in held:
            held["properties"] = properties
        if "patternProperties" in held:
            held["patternProperties"] = self._by_pattern(held["patternProperties"], path)
            if held.get("additionalProperties") is not False:
                held.pop("additionalProperties", None)  # xgrammar would let a name have either schema
        if isinstance(held.get("additionalProperties"), Mapping):
            held["additionalProperties"] = self._hold(held["additionalProperties"], f"{path}.additionalProperties")
        if "propertyNames" in held:
            names = held.pop("propertyNames")
            if is_open and held.get("additionalProperties") is False:
                pass  # there are no names; xgrammar would let them in again
            elif not is_open or not isinstance(names, Mapping):
                self._unheld.check_no_pattern(names, "propertyNames", path)
                self._unheld.leave("propertyNames", path)
            else:
                held["propertyNames"] = self._hold({"type": "string", **names}, f"{path}.propertyNames")
        if held.pop("unevaluatedProperties", True) is not True:
            if "additionalProperties" in held:
                pass
            elif rules["unevaluatedProperties"] is False:
                held["additionalProperties"] = is_open = False
            else:
                self._unheld.leave("unevaluatedProperties", path)
        fewest, most = held.get("minProperties", 0), held.get("maxProperties", math.inf)
        if "additionalProperties" not in held and (
            (is_open and held) or (fewest > len(properties) and "patternProperties" not in held)
        ):
            held["additionalProperties"] = True
        if most < max(fewest, len(held.get("required", ()))):
            raise contradiction(path)
        return held

    def _properties(self, held: Mapping[str, Any], path: str) -> dict[str, Any]:
        properties = {}
        for name, value in held.get("properties", {}).items():
            made = self._hold(value, f"{path}.properties.{name}")
            if made is not False:
                properties[name] = made
            elif name in held.get("required", ()):
                raise contradiction(f"{path}.properties.{name}")
            elif held.get("additionalProperties", False) is not False:
                self._unheld.leave(f"properties.{name}", path)
        return properties

    def _require(self, name: str, properties: dict[str, Any], held: Mapping[str, Any], path: str) -> None:
        """A name that is required and has no schema: xgrammar would leave it out."""
        others = held.get("additionalProperties", True)
        if "patternProperties" in held:
            self._unheld.leave("required", path)
        elif others is False:
            raise contradiction(f"{path}.required")
        else:
            properties[name] = self._hold(others, f"{path}.additionalProperties")

    def _by_pattern(self, patterns: Mapping[str, Any], path: str) -> dict[str, Any]:
        held = {}
        for pattern, value in patterns.items():
            made = self._hold(value, f"{path}.patternProperties.{pattern}")
            if made is False:
                self._unheld.leave(f"patternProperties.{pattern}", path)
            else:
                held[self._whole(pattern, f"{path}.patternProperties")] = made
        return held

    def array(self, rules: Mapping[str, Any], path: str) -> dict[str, Any]:
        held = {name: value for name, value in rules.items() if name not in ("additionalItems", "unevaluatedItems")}
        others = held.pop("items", None)
        if isinstance(others, list):  # before draft 2020-12
            held["prefixItems"], others = others, rules.get("additionalItems")
        if others is None:
            unevaluated = rules.get("unevaluatedItems", True)
            others = None if unevaluated is True else unevaluated
        if "prefixItems" in held:
            first = [self._hold(one, f"{path}.prefixItems[{index}]") for index, one in enumerate(held["prefixItems"])]
            held["prefixItems"] = first
            if others is None and held.get("minItems", 0) > len(first):
                others = True
        elif others is None and held:
            others = True
        if others is not None:
            held["items"] = self._hold(others, f"{path}.items")
        return held

    def string(self, rules: Mapping[str, Any], path: str) -> dict[str, Any]:
        held = dict(rules)
        if "pattern" in held:
            held["pattern"] = self._whole(held["pattern"], f"{path}.pattern")
        if "format" in held and ("pattern" in held or held["format"] not in FORMATS):
            self._unheld.leave("format", path)
            del held["format"]
        for name in ("minLength", "maxLength"):
            if name in held and ("pattern" in held or "format" in held):
                self._unheld.leave(name, path)
                del held[name]
        return held

    def _whole(self, pattern: str, path: str) -> str:
        try:
            return whole(pattern)
        except BadPattern as error:
            raise CannotHold(
                f"Answers cannot be held to {str(error)!r} in the regular expression at {path}. Write it without that.",
                f"引擎无法按 {path} 处正则表达式里的 {str(error)!r} 约束回答。请换一种不用它的写法。",
            ) from error

    def number(self, rules: Mapping[str, Any], path: str, *, is_real: bool) -> dict[str, Any]:
        held = _new_bounds(rules)
        for name in ("minimum", "exclusiveMinimum", "maximum", "exclusiveMaximum"):
            if name in held and not is_real:
                self._whole_bound(held, name, path)
            elif name in held and not math.isfinite(held[name]):
                self._unheld.leave(name, path)
                del held[name]
        divisor = held.get("multipleOf")
        if divisor is not None and (
            is_real or len(held) > 1 or divisor != int(divisor) or not 1 <= divisor <= LARGEST_DIVISOR
        ):
            self._unheld.leave("multipleOf", path)
            del held["multipleOf"]
        return held

    def _whole_bound(self, held: dict[str, Any], name: str, path: str) -> None:
        """A bound of whole numbers as xgrammar takes it: whole, and not too large."""
        value = held[name]
        if not abs(value) <= LARGEST_BOUND:
            self._unheld.leave(name, path)
            del held[name]
        elif value != int(value):
            del held[name]
            plain = "minimum" if name.endswith("inimum") else "maximum"
            bound, stricter = (math.ceil(value), max) if plain == "minimum" else (math.floor(value), min)
            held[plain] = stricter(bound, held.get(plain, bound))
        else:
            held[name] = int(value)


def _new_bounds(rules: Mapping[str, Any]) -> dict[str, Any]:
    """Draft 4 has booleans for exclusive bounds."""
    held = dict(rules)
    for exclusive, bound in (("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum")):
        if isinstance(held.get(exclusive), bool) and held.pop(exclusive) and bound in held:
            held[exclusive] = held.pop(bound)
    return held
