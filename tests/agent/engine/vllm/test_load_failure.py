"""Why a model could not be loaded: vLLM's and PyTorch's own sentences, in logs as vLLM writes them."""

from __future__ import annotations

import ast
import importlib.util
from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.engine.vllm.load_failure import explain_failed_load
from agent.errors import EngineError, ModelError, OutOfMemory

LOG_FILE = Path("/data/qingtan/engine.log")
MODEL = "Qwen/Qwen2.5-7B-Instruct"
NEXT_STEP_ZH = (
    "请调低 MAX_MODEL_LEN（KV 缓存要放得下一段占满窗口的对话），或者调整 GPU_MEMORY_UTILIZATION（调高，vLLM 可用的显存"
    "更多；调低，给同一块 GPU 上的其他程序留出显存），或者设置 QUANTIZATION 并把 MODEL 换成量化模型，例如 "
    "Qwen/Qwen2.5-7B-Instruct-AWQ；然后重新启动。"
)
NEXT_STEP = (
    "Lower MAX_MODEL_LEN (the KV cache of one full chat has to fit), set GPU_MEMORY_UTILIZATION (higher gives vLLM "
    "more of the GPU, lower leaves room for other programs on it), or set QUANTIZATION and a quantized MODEL such as "
    "Qwen/Qwen2.5-7B-Instruct-AWQ; then start again."
)

# vLLM 0.32 and PyTorch 2.13.
GPU_TAKEN = (
    "ValueError: Free memory on device cuda:0 (3.12/23.64 GiB) on startup is less than desired GPU memory utilization "
    "(0.9, 21.28 GiB). Decrease GPU memory utilization or reduce GPU memory used by other processes."
)
HOST_TAKEN = (
    "ValueError: Available memory on node 0 (5.25/31.29 GiB) on startup is less than desired CPU memory utilization "
    "(0.9, 28.16 GiB). On the CPU backend, the `--gpu-memory-utilization` flag controls the fraction of CPU memory "
    "reserved (despite its name). To resolve: decrease `--gpu-memory-utilization` (e.g. `--gpu-memory-utilization 0.5`)"
    " or reduce CPU memory used by other processes."
)
HOST_LACKS_CACHE = (
    "ValueError: Available memory on node 0 (0.42/7.7 GiB) on kv cache allocation is less than requested memory for kv "
    "(1.0 GiB). Decrease --kv-cache-memory-bytes, VLLM_CPU_KVCACHE_SPACE, or reduce CPU memory used by other processes."
)
HOST_LACKS_SHARE = (
    "ValueError: Available memory on node 0 (2.5/7.7 GiB) on kv cache allocation is less than requested memory for kv "
    "(3.08/6.93 GiB). Reduce CPU memory used by other processes."
)
WINDOW_TOO_LONG = (
    "ValueError: To serve at least one request with the model's max seq len (32768), (1.75 GiB KV cache is needed, "
    "which is larger than the available KV cache memory (0.61 GiB). Based on the available memory, the estimated "
    "maximum model length is 11408. Try increasing `gpu_memory_utilization` (which also controls CPU memory on the CPU "
    "backend) or decreasing `max_model_len` when initializing the engine. See "
    "https://docs.vllm.ai/en/latest/configuration/conserving_memory/ for more details."
)
TORCH_GPU = (
    "torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 1.02 GiB. GPU 0 has a total capacity of 14.56 GiB "
    "of which 260.81 MiB is free. Including non-PyTorch memory, this process has 14.30 GiB memory in use. Of the "
    "allocated memory 14.06 GiB is allocated by PyTorch, and 132.30 MiB is reserved by PyTorch but unallocated."
)
TORCH_GPU_FULL = (
    "torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 260.00 MiB. GPU 0 has a total capacity of 7.78 GiB "
    "of which 0 bytes is free. Process 1042 has 7.10 GiB memory in use."
)
TORCH_HOST = (
    "RuntimeError: [enforce fail at alloc_cpu.cpp:127] err == 0. DefaultCPUAllocator: can't allocate memory: you tried "
    "to allocate 15231233024 bytes. Error code 12 (Cannot allocate memory)"
)
NO_BLOCKS = (
    "ValueError: No available memory for the cache blocks. Try increasing `gpu_memory_utilization` when initializing "
    "the engine (this flag also controls CPU memory reservation on the CPU backend, despite its name). See "
    "https://docs.vllm.ai/en/latest/configuration/conserving_memory/ for more details."
)
HOST_HAS_NO_SHARE = (
    "ValueError: Available memory on node 0 (2.5/7.7 GiB) on kv cache allocation is less than requested memory for kv "
    "(-0.35/0.77 GiB). Reduce CPU memory used by other processes."
)
SAMPLER = (
    "RuntimeError: CUDA out of memory occurred when warming up sampler with 1024 dummy requests. Please try lowering "
    "`max_num_seqs` or `gpu_memory_utilization` when initializing the engine."
)
NOT_ONE_TOKEN = (
    "ValueError: Cannot auto-fit max_model_len: not enough GPU memory available to serve even a single token. Try "
    "increasing `gpu_memory_utilization`."
)

# What vLLM also says, in starts that go well.
HARMLESS = (
    "Free memory on device (138.11/139.8 GiB) on startup. Desired GPU memory utilization is (0.9, 125.82 GiB). Actual "
    "usage is 14.35 GiB for consumed memory (weights + non-torch), 5.58 GiB for peak activation, and 0.55 GiB for "
    "CUDAGraph memory. Current kv cache memory in use is 105.3 GiB."
)


def log_of(sentence: str) -> str:
    """An engine's log that ends in `sentence`: lines before it, the traceback, and what the app's process adds."""
    head = "2026-11-03 10:04:{:02d},417 4242 {} vllm.{}: {}\n"
    lines = [head.format(n % 60, "INFO", "v1.worker.gpu_worker", f"{HARMLESS} ({n})") for n in range(2000)]
    lines.append(head.format(7, "INFO", "v1.core.kv_cache_utils", "GPU KV cache size: 1,971,584 tokens"))
    lines.append(head.format(8, "ERROR", "v1.engine.core", "EngineCore failed to start."))
    lines.append('Traceback (most recent call last):\n  File "core.py", line 861, in run_engine_core\n')
    lines.append(f"    raise ValueError(\n{sentence}\n")
    lines += [head.format(9, "INFO", "v1.worker.gpu_worker", f"{HARMLESS} ({n})") for n in range(20)]
    return "".join([*lines, "Engine core initialization failed. See root cause above. Failed core proc(s): {}"])


@pytest.mark.parametrize(
    ("sentence", "needed", "free"),
    [
        (GPU_TAKEN, "21.28 GiB", "3.12 GiB"),
        (HOST_TAKEN, "28.16 GiB", "5.25 GiB"),
        (HOST_LACKS_CACHE, "1.0 GiB", "0.42 GiB"),
        (HOST_LACKS_SHARE, "3.08 GiB", "2.5 GiB"),
        (WINDOW_TOO_LONG, "1.75 GiB", "0.61 GiB"),
        (TORCH_GPU, "1.02 GiB", "260.81 MiB"),
        (TORCH_GPU_FULL, "260.00 MiB", "0 bytes"),
    ],
)
def test_too_little_memory_is_told_with_both_figures_and_the_three_settings(
    sentence: str, needed: str, free: str
) -> None:
    error = explain_failed_load(MODEL, log_of(sentence), LOG_FILE)
    assert (type(error), str(error), error.in_language("zh")) == (
        OutOfMemory,
        f"{MODEL} does not fit into the memory: {needed} needed, {free} free. {NEXT_STEP}",
        f"显存或内存不足，放不下 {MODEL}：需要 {needed}，可用 {free}。{NEXT_STEP_ZH}",
    )


@pytest.mark.parametrize("sentence", [TORCH_HOST, NO_BLOCKS, HOST_HAS_NO_SHARE, SAMPLER, NOT_ONE_TOKEN])
def test_too_little_memory_without_figures_is_told_with_the_three_settings(sentence: str) -> None:
    error = explain_failed_load(MODEL, log_of(sentence), LOG_FILE)
    assert (type(error), str(error), error.in_language("zh")) == (
        OutOfMemory,
        f"{MODEL} does not fit into the memory. {NEXT_STEP}",
        f"显存或内存不足，放不下 {MODEL}。{NEXT_STEP_ZH}",
    )


@pytest.mark.parametrize(
    "sentence",
    [
        "ValueError: Unknown quantization method: gptq9.",
        "RuntimeError: NCCL error: unhandled system error (run with NCCL_DEBUG=INFO for details)",
        HARMLESS,
        "",
    ],
)
def test_any_other_failure_names_the_log(sentence: str) -> None:
    error = explain_failed_load(MODEL, log_of(sentence), LOG_FILE)
    assert (type(error), str(error), error.in_language("zh")) == (
        ModelError,
        f"vLLM could not load {MODEL}. The reason is in {LOG_FILE}; correct it and start again.",
        f"vLLM 没能加载 {MODEL}。原因见 {LOG_FILE}，请排除后重新启动。",
    )


def test_figures_of_different_lines_are_not_put_together() -> None:
    log = "Tried to allocate 2.00 GiB, and it went well.\nGPU 0 has 8 GiB of which 1.00 GiB is free.\n"
    assert type(explain_failed_load(MODEL, log, LOG_FILE)) is ModelError


def test_an_out_of_memory_is_the_engines_error() -> None:
    assert issubclass(OutOfMemory, EngineError)


def raised_texts(file: Path) -> Iterator[str]:
    """The texts that a module raises, with a figure in place of each value."""
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call) and node.exc.args:
            parts = getattr(node.exc.args[0], "values", [node.exc.args[0]])
            yield "".join(str(part.value) if isinstance(part, ast.Constant) else "7.5" for part in parts)


@pytest.mark.skipif(not importlib.util.find_spec("vllm"), reason="the installed engine is a remote one")
@pytest.mark.parametrize(
    ("file", "marks"),
    [
        ("v1/worker/utils.py", {"less than desired GPU memory": True}),
        ("v1/worker/cpu_worker.py", {"on startup": True, "requested memory for kv (7.5 ": True, "kv (7.5/": True}),
        ("v1/core/kv_cache_utils.py", {"KV cache is needed": True, "No available memory": False, "not enough": False}),
        ("v1/worker/gpu_model_runner.py", {"warming up sampler": False}),
    ],
)
def test_the_sentences_are_those_of_the_installed_vllm(file: str, marks: dict[str, bool]) -> None:
    spec = importlib.util.find_spec("vllm")
    assert spec is not None
    texts = list(raised_texts(Path(str(spec.origin)).parent / file))
    for mark, has_figures in marks.items():
        (text,) = [text for text in texts if mark in text and "emory" in text]
        error = explain_failed_load(MODEL, text, LOG_FILE)
        figures = ": 7.5 GiB needed, 7.5 GiB free" if has_figures else ""
        assert str(error) == f"{MODEL} does not fit into the memory{figures}. {NEXT_STEP}", text
