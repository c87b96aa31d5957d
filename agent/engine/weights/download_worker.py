"""The child process that fetches a model with a hub's SDK: one job in on stdin, lines of JSON out on stdout.

Run by `download.py` as a module. Knows of the SDKs only what the environment has to say to them.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

from agent.engine.weights import folder
from agent.engine.weights.hub import ByteCounter, Failed, HubClient, HubFile, Job

SPARE_BYTES = 100_000_000
"""Left free on the disk, for locks, listings and whatever else goes on."""

TEXTS = (".json", ".jinja", ".txt", ".model", ".tiktoken", ".py")
EXTRA_FOLDERS = ("original/", "onnx/", "openvino/", "metal/", "gguf/", "figures/")

SDK_DEFAULTS = {
    "TQDM_DISABLE": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    # The SDK's own limit, an hour a file, would end a slow download that is doing well.
    "MODELSCOPE_DOWNLOAD_TOTAL_TIMEOUT": str(7 * 24 * 3600),
    "MODELSCOPE_DOWNLOAD_MAX_RETRIES": "12",  # about 7 minutes without a byte
    "MODELSCOPE_REPO_TREE_PAGE_MAX_ATTEMPTS": "2",
}
"""The SDKs read these when they are imported; what a person has set stands."""


def select(files: Sequence[HubFile]) -> list[HubFile]:
    """The files that vLLM loads: texts, and one set of weights from the top folder (safetensors rather than .bin)."""
    weights = [file for file in files if "/" not in file.path and file.path.endswith(".safetensors")]
    if any(not file.path.startswith("consolidated") for file in weights):
        weights = [file for file in weights if not file.path.startswith("consolidated")]
    weights = weights or [file for file in files if "/" not in file.path and file.path.endswith(".bin")]
    texts = [file for file in files if file.path.endswith(TEXTS) and not file.path.startswith(EXTRA_FOLDERS)]
    if not any(file.path == "config.json" for file in texts):
        raise Failed("not_loadable", lacks="config.json")
    if not weights:
        raise Failed("not_loadable", lacks="*.safetensors")
    return texts + weights


def obtain(hub: HubClient, counter: ByteCounter) -> Path:
    """The model's folder. A copy that was checked once is taken as it is, without asking the network."""
    cached = hub.cached()
    if cached and folder.recorded_sizes(cached) and not folder.missing(cached):
        return cached
    try:
        files = select(hub.files())
    except Exception as error:
        failure = hub.failure(error)
        if failure and failure.kind == "unreachable" and cached and not folder.missing(cached):
            return cached
        raise
    needed = counter.expect(files, cached)
    free = free_bytes(hub.root())
    if needed and needed + SPARE_BYTES > free:
        raise Failed("disk_full", needed=needed, free=free, at=str(hub.root()))
    path = hub.download(files, counter)
    folder.record_sizes(path, {file.path: file.size for file in files})
    counter.expect(files, path)
    counter.tell_progress()
    return path


def free_bytes(path: Path) -> int:
    """Free space where `path` is, or will be."""
    while not path.exists():
        path = path.parent
    return shutil.disk_usage(path).free


def open_hub(job: Job) -> HubClient:
    """The job's hub. Imports its SDK here: only one is needed, and after the environment is set."""
    for name, value in SDK_DEFAULTS.items():
        os.environ.setdefault(name, value)
    if job.source == "modelscope":
        from agent.engine.weights.modelscope import ModelScope

        return ModelScope(job)
    if job.endpoint:
        os.environ["HF_ENDPOINT"] = job.endpoint
    from agent.engine.weights.huggingface import HuggingFace

    return HuggingFace(job)


def run(job: Job, counter: ByteCounter) -> None:
    """Do the job and tell how it ended."""
    hub = open_hub(job)
    try:
        counter.tell(folder=str(obtain(hub, counter)))
    except Failed as failed:
        counter.tell(failed=failed.kind, figures=failed.figures)
    except Exception as error:
        failure = hub.failure(error)
        if failure is None:
            counter.tell(failed="other", figures={})
            raise
        counter.tell(failed=failure.kind, figures={"done": counter.done, "total": counter.total, **failure.figures})


def main() -> None:
    """Entry of the child process."""
    out, sys.stdout = sys.stdout, sys.stderr  # what an SDK prints is not ours
    counter = ByteCounter(out)
    signal.signal(signal.SIGTERM, counter.stop)
    threading.Thread(target=counter.keep_telling, daemon=True).start()
    run(Job(**json.load(sys.stdin)), counter)


if __name__ == "__main__":
    main()
