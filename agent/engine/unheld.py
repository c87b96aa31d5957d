"""Rules of a schema that the grammar does not hold: left for the check afterwards, or refused."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from agent.engine.schema_keywords import NOTES
from agent.errors import AgentError
from agent.schema_parts import has_pattern


class CannotHold(AgentError):
    """Answers cannot be held to the schema; says to what of it, at which place, and what to do."""


def contradiction(path: str) -> CannotHold:
    """The refusal of rules at `path` that no value fits."""
    return CannotHold(
        f"No value fits the schema at {path}: its rules contradict each other. Correct it there.",
        f"没有任何值符合 Schema 的 {path}：那里的规则互相矛盾。请在那里改正。",
    )


@dataclass
class Unheld:
    """The rules of the schema `root` that were left so far, such as `uniqueItems at $.tags`."""

    root: Mapping[str, Any]
    rules: list[str] = field(default_factory=list)

    def leave(self, keyword: str, path: str) -> None:
        """Note a rule that the grammar does not hold."""
        rule = f"{keyword} at {path}"
        if keyword == "pattern":  # which the check afterwards leaves to the grammar
            raise CannotHold(
                f"Answers cannot be held to {rule} together with what stands beside it. Move it to where the type of "
                "the text is given, or leave it out.",
                f"引擎无法同时按 {rule} 和与它并列的规则约束回答。请把它移到写明类型的地方，或者去掉它。",
            )
        if rule not in self.rules:
            self.rules.append(rule)

    def check_no_pattern(self, rule: Any, keyword: str, path: str) -> None:
        """The check afterwards leaves patterns to the grammar, so a rule that it has to check may have none."""
        if has_pattern(self.root, rule):
            raise CannotHold(
                f"Answers cannot be held to the pattern within {keyword} at {path}. Leave it out, or move it to where "
                "the type of the text is given.",
                f"引擎无法约束 {path} 的 {keyword} 里的 pattern。请去掉它，或者把它移到写明类型的地方。",
            )

    def leave_but(self, keywords: Sequence[str], node: Mapping[str, Any], path: str) -> None:
        """Note each rule of `node` but for those of `keywords`."""
        for keyword in node:
            if keyword not in keywords and keyword not in NOTES:
                self.leave(keyword, path)
