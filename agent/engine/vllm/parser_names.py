"""Which of vLLM's parsers reads a model's tool calls and its reasoning, by the model's name. Knows no vLLM."""

from __future__ import annotations

import re

# First match wins; the names are those of vLLM 0.32 (vllm/tool_parsers, vllm/reasoning).
_TOOL_PARSERS = (
    (r"qwen-?3-?coder|qwen-?3\.[5-9]", "qwen3_coder"),
    (r"deepseek-?v3\.2", "deepseek_v32"),
    (r"deepseek-?v3\.1", "deepseek_v31"),
    (r"deepseek-?(v3|r1)", "deepseek_v3"),  # before qwen: R1's distilled models keep its format
    (r"qwen|qwq|hermes|builtin", "hermes"),
    (r"llama-?4", "llama4_pythonic"),
    (r"llama-?3", "llama3_json"),
    (r"mistral|mixtral|magistral|devstral|ministral", "mistral"),
    (r"glm-?4\.7|glm-?5", "glm47"),
    (r"glm-?4\.[56]", "glm45"),
    (r"kimi-?k2", "kimi_k2"),
    (r"minimax-?m2", "minimax_m2"),
    (r"internlm", "internlm"),
    (r"granite-?4", "granite4"),
    (r"granite", "granite"),
    (r"gpt-?oss", "openai"),
    (r"ernie-?4\.5", "ernie45"),
    (r"seed-?oss", "seed_oss"),
    (r"hunyuan", "hunyuan_a13b"),
    (r"phi-?4-?mini", "phi4_mini_json"),
)
_REASONING_PARSERS = (
    (r"qwq|deepseek-?r1", "deepseek_r1"),  # before qwen3: R1's distilled models think as it does
    (r"qwen-?3(?!-?coder)(?!.*instruct)", "qwen3"),
    (r"deepseek-?v3\.[12]", "deepseek_v3"),
    (r"glm-?4\.7|glm-?5", "glm47"),
    (r"glm-?4\.[56]", "glm45"),
    (r"kimi-?k2-?thinking", "kimi_k2"),
    (r"minimax-?m2", "minimax_m2"),
    (r"magistral", "mistral"),
    (r"gpt-?oss", "openai_gptoss"),
    (r"ernie-?4\.5.*thinking", "ernie45"),
    (r"seed-?oss", "seed_oss"),
    (r"hunyuan", "hunyuan_a13b"),
)


def tool_parser(model: str) -> str:
    """'Qwen/Qwen2.5-7B-Instruct' -> 'hermes'; also 'hermes', the most common format, for an unknown model."""
    return _first_match(_TOOL_PARSERS, model) or "hermes"


def reasoning_parser(model: str) -> str:
    """'Qwen/Qwen3-8B' -> 'qwen3'; '' for a model that is not known to reason."""
    return _first_match(_REASONING_PARSERS, model)


def _first_match(table: tuple[tuple[str, str], ...], model: str) -> str:
    name = model.rstrip("/").rsplit("/", 1)[-1].lower().replace("_", "-")
    return next((parser for pattern, parser in table if re.search(pattern, name)), "")
