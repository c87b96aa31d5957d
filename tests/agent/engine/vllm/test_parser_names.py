"""Which of vLLM's parsers read a model's tool calls and its reasoning, by its name."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

from agent.engine.vllm.parser_names import reasoning_parser, tool_parser

NAMES = {
    "builtin": ("hermes", ""),
    "Qwen/Qwen2.5-0.5B-Instruct": ("hermes", ""),
    "Qwen/Qwen2.5-7B-Instruct": ("hermes", ""),
    "Qwen/Qwen2.5-7B-Instruct-AWQ": ("hermes", ""),
    "Qwen/Qwen2.5-Coder-7B-Instruct": ("hermes", ""),
    "Qwen/QwQ-32B": ("hermes", "deepseek_r1"),
    "Qwen/Qwen3-8B": ("hermes", "qwen3"),
    "Qwen/Qwen3-8B-FP8": ("hermes", "qwen3"),
    "Qwen/Qwen3-4B-Instruct-2507": ("hermes", ""),
    "Qwen/Qwen3-4B-Thinking-2507": ("hermes", "qwen3"),
    "Qwen/Qwen3-Next-80B-A3B-Instruct": ("hermes", ""),
    "Qwen/Qwen3-Coder-30B-A3B-Instruct": ("qwen3_coder", ""),
    "Qwen/Qwen3.5-27B": ("qwen3_coder", "qwen3"),
    "deepseek-ai/DeepSeek-V3-0324": ("deepseek_v3", ""),
    "deepseek-ai/DeepSeek-V3.1": ("deepseek_v31", "deepseek_v3"),
    "deepseek-ai/DeepSeek-V3.2": ("deepseek_v32", "deepseek_v3"),
    "deepseek-ai/DeepSeek-R1-0528": ("deepseek_v3", "deepseek_r1"),
    "deepseek-ai/DeepSeek-R1-Distill-Qwen-7B": ("deepseek_v3", "deepseek_r1"),
    "deepseek-ai/DeepSeek-R1-0528-Qwen3-8B": ("deepseek_v3", "deepseek_r1"),
    "meta-llama/Llama-3.1-8B-Instruct": ("llama3_json", ""),
    "LLM-Research/Meta-Llama-3.1-8B-Instruct": ("llama3_json", ""),
    "meta-llama/Llama-4-Scout-17B-16E-Instruct": ("llama4_pythonic", ""),
    "NousResearch/Hermes-3-Llama-3.1-8B": ("hermes", ""),
    "mistralai/Mistral-7B-Instruct-v0.3": ("mistral", ""),
    "mistralai/Magistral-Small-2506": ("mistral", "mistral"),
    "ZhipuAI/GLM-4.5-Air": ("glm45", "glm45"),
    "ZhipuAI/GLM-4.6": ("glm45", "glm45"),
    "zai-org/GLM-4.7": ("glm47", "glm47"),
    "moonshotai/Kimi-K2-Instruct": ("kimi_k2", ""),
    "moonshotai/Kimi-K2-Thinking": ("kimi_k2", "kimi_k2"),
    "MiniMax/MiniMax-M2": ("minimax_m2", "minimax_m2"),
    "internlm/internlm2_5-7b-chat": ("internlm", ""),
    "ibm-granite/granite-3.3-8b-instruct": ("granite", ""),
    "ibm-granite/granite-4.0-h-small": ("granite4", ""),
    "openai/gpt-oss-20b": ("openai", "openai_gptoss"),
    "baidu/ERNIE-4.5-21B-A3B-Thinking": ("ernie45", "ernie45"),
    "ByteDance-Seed/Seed-OSS-36B-Instruct": ("seed_oss", "seed_oss"),
    "Tencent-Hunyuan/Hunyuan-A13B-Instruct": ("hunyuan_a13b", "hunyuan_a13b"),
    "microsoft/Phi-4-mini-instruct": ("phi4_mini_json", ""),
    "someone/unheard-of-7b": ("hermes", ""),
}


@pytest.mark.parametrize(("model", "parsers"), NAMES.items())
def test_a_models_name_tells_its_parsers(model: str, parsers: tuple[str, str]) -> None:
    assert (tool_parser(model), reasoning_parser(model)) == parsers


@pytest.mark.parametrize(
    ("folder", "parsers"),
    [
        ("/data/models/Qwen2.5-7B-Instruct", ("hermes", "")),
        ("/data/models/Qwen3-8B/", ("hermes", "qwen3")),
        ("/data/deepseek-r1/qwen3_8b", ("hermes", "qwen3")),
        ("/data/DeepSeek_R1_Distill_Qwen_7B", ("deepseek_v3", "deepseek_r1")),
        ("/data/mistral-experiments/my-model", ("hermes", "")),
    ],
)
def test_a_folder_is_judged_by_its_own_name_alone(folder: str, parsers: tuple[str, str]) -> None:
    assert (tool_parser(folder), reasoning_parser(folder)) == parsers


@pytest.mark.skipif(not importlib.util.find_spec("vllm"), reason="the installed engine is a remote one")
def test_the_installed_vllm_has_these_parsers() -> None:
    spec = importlib.util.find_spec("vllm")
    assert spec is not None
    for package, column in (("tool_parsers", 0), ("reasoning", 1)):
        registered = (Path(str(spec.origin)).parent / package / "__init__.py").read_text("utf-8")
        wanted = {parsers[column] for parsers in NAMES.values()} - {""}
        assert {name for name in wanted if f'"{name}": (' not in registered} == set()
