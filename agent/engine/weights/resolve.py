"""Resolves MODEL to the folder that an engine loads. Knows neither the engine nor the settings: it gets values."""

from __future__ import annotations

import logging
import re
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import SecretStr

from agent.engine.weights import folder
from agent.engine.weights.download import Progress, fetch
from agent.engine.weights.hub import Source
from agent.errors import ModelError, ModelNotFound

logger = logging.getLogger(__name__)

AUTO_MODEL = "Qwen/Qwen2.5-7B-Instruct"

AUTO_NEEDS_BYTES = 18 * 2**30
"""What the 7B wants of one GPU: 14.2 GiB of weights in bf16, about 2 for activations and CUDA graphs, and 1.75 for the
KV cache of one full 32,768-token chat (28 layers x 2 x 4 heads x 128 x 2 bytes a token). 24 GB cards have that."""

MODEL_ID = re.compile(r"[\w.-]+/[\w.-]+")


@dataclass(frozen=True)
class GpuMemory:
    """One GPU's memory, as the driver reports it."""

    total_bytes: int
    free_bytes: int


def resolve(
    model: str, *, builtin_folder: Path, gpus: Sequence[GpuMemory] = (), gpu_memory_utilization: float = 0.9
) -> Path | str:
    """What `model` means: the folder to load, or the id to fetch. Only looks; fetches nothing.

    `auto`, `builtin`, a folder (`/...`, `./...`, `~/...`, or any that exists), or an id (`owner/name`).
    Raises ModelNotFound for a text that is none of these.
    """
    if model == "auto":
        model = choose_auto(gpus, gpu_memory_utilization)
        logger.info("MODEL=auto takes %s", model)
    if model == "builtin":
        return builtin_folder
    path = Path(model).expanduser()
    if model.startswith(("/", "./", "../", "~")) or (model and path.is_dir()):
        return path.absolute()
    if MODEL_ID.fullmatch(model):
        return model
    raise ModelNotFound(
        f"MODEL={model!r} is neither auto, nor builtin, nor a folder on this machine, nor an id such as {AUTO_MODEL}. "
        "Correct MODEL in .env and start again.",
        f"MODEL={model!r} 既不是 auto 或 builtin，也不是本机的文件夹，也不是 {AUTO_MODEL} 这样的模型 id。"
        "请在 .env 里改正 MODEL，然后重新启动。",
    )


def choose_auto(gpus: Sequence[GpuMemory], gpu_memory_utilization: float = 0.9) -> str:
    """The 7B's id if the first GPU (the one that vLLM takes) has room for it, else `builtin`.

    vLLM claims `gpu_memory_utilization` of a GPU's *total* memory, and refuses to start if less than that is free.
    """
    if not gpus:
        return "builtin"
    claimed_bytes = gpus[0].total_bytes * gpu_memory_utilization
    return AUTO_MODEL if AUTO_NEEDS_BYTES <= claimed_bytes <= gpus[0].free_bytes else "builtin"


def read_gpus(visible_devices: str | None = None) -> tuple[GpuMemory, ...]:
    """The memory of the NVIDIA GPUs that `visible_devices` (CUDA_VISIBLE_DEVICES) leaves; empty without a driver.

    Asks the driver through NVML: CUDA stays uninitialized, so that the engine's process can be forked from ours.
    """
    try:
        import pynvml  # type: ignore[import-not-found,import-untyped,unused-ignore]  # vLLM's GPU build brings it
    except ImportError:
        return ()
    try:
        pynvml.nvmlInit()
    except pynvml.NVMLError:
        return ()
    try:
        if visible_devices is None:
            names = [str(index) for index in range(pynvml.nvmlDeviceGetCount())]
        else:
            names = [name.strip() for name in visible_devices.split(",") if name.strip() not in ("", "-1")]
        handles = [
            pynvml.nvmlDeviceGetHandleByIndex(int(name)) if name.isdigit() else pynvml.nvmlDeviceGetHandleByUUID(name)
            for name in names
        ]
        memory = [pynvml.nvmlDeviceGetMemoryInfo(handle) for handle in handles]
        return tuple(GpuMemory(total_bytes=int(one.total), free_bytes=int(one.free)) for one in memory)
    except pynvml.NVMLError as error:
        logger.warning("the GPUs' memory could not be read, so MODEL=auto takes the built-in model: %s", error)
        return ()
    finally:
        pynvml.nvmlShutdown()


def locate(
    model: Path | str,
    *,
    models_folder: Path,
    source: Source = "modelscope",
    cache_dir: Path | None = None,
    revision: str | None = None,
    token: SecretStr | None = None,
    endpoint: str | None = None,
    report: Callable[[Progress], None] = lambda progress: None,
    stop: threading.Event | None = None,
) -> Path:
    """The folder that holds the model, whole; fetches it if it is an id that is not here yet. Blocks: use a thread.

    `model` is what `resolve` gave. An id is looked for in `models_folder`/owner/name first (where a person puts a model
    by hand), then in the hub SDK's cache (`cache_dir`, or the SDK's own default), then at the hub. `report` is called
    from this thread, about four times a second while bytes arrive; `stop` ends the work within 2 seconds.

    Raises ModelNotFound or ModelError; their texts name what is missing and the next step.
    """
    if isinstance(model, Path):
        return _check(
            model,
            hint="Complete it, or set MODEL to another folder, an id, or builtin.",
            hint_zh="请把它补全，或者把 MODEL 改成别的文件夹、模型 id 或 builtin。",
        )
    by_hand = models_folder.absolute() / model
    if by_hand.is_dir():
        return _check(
            by_hand,
            hint="Complete it, or delete the folder to have the model fetched.",
            hint_zh="请把它补全，或者删除这个文件夹，让程序自动下载。",
        )
    return fetch(
        model,
        source=source,
        by_hand=by_hand,
        cache_dir=cache_dir,
        revision=revision,
        token=token,
        endpoint=endpoint,
        report=report,
        stop=stop or threading.Event(),
    )


def _check(path: Path, hint: str, hint_zh: str) -> Path:
    if path.suffix == ".gguf":
        raise ModelError(
            f"{path} is a GGUF file, which is not supported. Use a folder with *.safetensors weights.",
            f"{path} 是 GGUF 文件，这种格式不受支持。请改用带有 *.safetensors 权重的文件夹。",
        )
    if not path.is_dir():
        raise ModelNotFound(
            f"There is no model folder {path}. Put the model there, or set MODEL to another folder, a model id or "
            "builtin.",
            f"没有模型文件夹 {path}。请把模型放到那里，或者把 MODEL 改成别的文件夹、模型 id 或 builtin。",
        )
    if gap := folder.missing(path):
        raise ModelNotFound(
            f"In the model folder {path}, {gap.english} is missing. {hint}",
            f"模型文件夹 {path} 不完整，缺少：{gap.chinese}。{hint_zh}",
        )
    return path
