"""The process that tries a schema's grammar: makes it, compiles it, and gives it with the rules that it does not hold.

xgrammar takes a short schema for minutes, now and then, and in the engine's process nobody could end that.
"""

from __future__ import annotations

from typing import Any

import xgrammar

from agent.engine.unheld import CannotHold
from agent.engine.vllm.answer_grammar import answer_grammar, unheld
from tools.sandbox.process import serve

# Tokens to compile for: those of bytes, and pairs of letters. A model's are more, and the engine has more time.
_TOKENS = [bytes([value]) for value in range(256)] + [
    bytes([first, second]) for first in range(32, 127) for second in range(32, 127)
]


def main(job: dict[str, Any]) -> dict[str, Any]:
    """{"schema"} -> {"grammar", "unheld"}, or {"refused": [English, Chinese]}."""
    try:
        rules = list(unheld(job["schema"]))
        grammar = answer_grammar(job["schema"])
        tokens = xgrammar.TokenizerInfo(_TOKENS, stop_token_ids=[0])
        xgrammar.GrammarCompiler(tokens, max_threads=1, cache_enabled=False).compile_structural_tag(grammar)
    except CannotHold as error:
        return {"refused": [str(error), error.chinese]}
    except RecursionError:
        return {"refused": ["The schema is nested too deeply. Simplify it.", "Schema 嵌套太深。请简化它。"]}
    return {"grammar": grammar, "unheld": rules}


if __name__ == "__main__":
    serve(main)
