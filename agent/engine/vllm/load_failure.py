"""Why a model could not be loaded, read from vLLM's log: the engine's process dies with the reason. Knows no vllm."""

from __future__ import annotations

import re
from pathlib import Path

from agent.errors import ModelError, OutOfMemory

_GIB = r"([\d.]+) GiB"
_ANY = r"([\d.]+ (?:[KMG]iB|bytes))"
# Each with the names of its groups, and each a sentence on one line of the log; from vLLM 0.32
# (v1/worker/utils.py, v1/worker/cpu_worker.py, v1/core/kv_cache_utils.py) and from PyTorch's allocators.
_OUT_OF_MEMORY = (
    (rf"emory on (?:device|node) \S+ \(([\d.]+)/.*? utilization \([\d.]+, {_GIB}\)", ("free", "needed")),
    (r"emory on node \S+ \(([\d.]+)/.*? memory for kv \(([\d.]+)(?:/[\d.]+)? GiB\)", ("free", "needed")),
    (rf"\({_GIB} KV cache is needed.*?available KV cache memory \({_GIB}\)", ("needed", "free")),
    (rf"Tried to allocate {_ANY}.*?of which {_ANY} is free", ("needed", "free")),
    (
        r"No available memory for the cache blocks|less than requested memory for kv|out of memory"
        r"|Cannot allocate memory|not enough (?:GPU )?memory",
        (),
    ),
)
_NEXT_STEP = (
    "Lower MAX_MODEL_LEN (the KV cache of one full chat has to fit), set GPU_MEMORY_UTILIZATION (higher gives vLLM "
    "more of the GPU, lower leaves room for other programs on it), or set QUANTIZATION and a quantized MODEL such as "
    "Qwen/Qwen2.5-7B-Instruct-AWQ; then start again."
)
_NEXT_STEP_ZH = (
    "请调低 MAX_MODEL_LEN（KV 缓存要放得下一段占满窗口的对话），或者调整 GPU_MEMORY_UTILIZATION（调高，vLLM 可用的显存"
    "更多；调低，给同一块 GPU 上的其他程序留出显存），或者设置 QUANTIZATION 并把 MODEL 换成量化模型，例如 "
    "Qwen/Qwen2.5-7B-Instruct-AWQ；然后重新启动。"
)


def explain_failed_load(model: str, log: str, log_file: Path) -> ModelError | OutOfMemory:
    """OutOfMemory with the figures if the log tells of it, else a ModelError that names the log."""
    for pattern, names in _OUT_OF_MEMORY:
        if match := re.search(pattern, log):
            figures = dict(zip(names, (_with_unit(group) for group in match.groups()), strict=True))
            amounts = f": {figures['needed']} needed, {figures['free']} free" if figures else ""
            amounts_zh = f"：需要 {figures['needed']}，可用 {figures['free']}" if figures else ""
            return OutOfMemory(
                f"{model} does not fit into the memory{amounts}. {_NEXT_STEP}",
                f"显存或内存不足，放不下 {model}{amounts_zh}。{_NEXT_STEP_ZH}",
            )
    return ModelError(
        f"vLLM could not load {model}. The reason is in {log_file}; correct it and start again.",
        f"vLLM 没能加载 {model}。原因见 {log_file}，请排除后重新启动。",
    )


def _with_unit(amount: str) -> str:
    return amount if " " in amount else f"{amount} GiB"
