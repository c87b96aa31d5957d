"""A model id -> its folder, fetched by a child process (`download_worker.py`). Knows the child's lines, no SDK.

A child, because an SDK's threads cannot be stopped from outside while a process can: leaving never waits for a stalled
read, and the SDK's bars, environment and import time (5 s of `import modelscope`) stay out of the page's process.
"""

from __future__ import annotations

import json
import logging
import subprocess
import sys
import tempfile
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Literal

from pydantic import SecretStr

from agent import PROJECT
from agent.errors import ModelError, ModelNotFound

logger = logging.getLogger(__name__)

Source = Literal["modelscope", "huggingface"]

SPEED_WINDOW_S = 10.0
GRACE_S = 1.0


class DownloadStopped(ModelError):
    """The person, or the end of the program, stopped a download."""


@dataclass(frozen=True)
class Progress:
    """How far a download is. Bytes that were here before it began are part of `done_bytes`."""

    files: int
    done_bytes: int
    total_bytes: int
    speed_bytes_s: float
    remaining_s: float | None  # None until there is a speed to tell it from

    @property
    def percent(self) -> float:
        """0 to 100."""
        return 100 * self.done_bytes / self.total_bytes if self.total_bytes else 0.0

    def __str__(self) -> str:
        """For the terminal: 42 %, 6,400 of 15,231 MB, 31.0 MB/s, 285 s left."""
        done, total, speed = (count / 1e6 for count in (self.done_bytes, self.total_bytes, self.speed_bytes_s))
        left = "" if self.remaining_s is None else f", {self.remaining_s:.0f} s left"
        return f"{self.percent:.0f} %, {done:,.0f} of {total:,.0f} MB, {speed:.1f} MB/s{left}"


@dataclass(frozen=True)
class Hub:
    """What a person needs to know about a hub, besides the model."""

    name: str
    other: Source
    token_key: str
    command: str  # fetches {model} into {folder}


HUBS: Mapping[Source, Hub] = {
    "modelscope": Hub(
        "ModelScope", "huggingface", "MODELSCOPE_API_TOKEN", "modelscope download --model {model} --local_dir {folder}"
    ),
    "huggingface": Hub("Hugging Face", "modelscope", "HF_TOKEN", "hf download {model} --local-dir {folder}"),
}


def fetch(
    model: str,
    *,
    source: Source,
    by_hand: Path,
    cache_dir: Path | None,
    revision: str | None,
    token: SecretStr | None,
    endpoint: str | None,
    report: Callable[[Progress], None],
    stop: threading.Event,
) -> Path:
    """The folder with the model `model` (`owner/name`), from the SDK's cache where it is whole, else from the hub.

    `by_hand` is the folder to name to a person who has to put the model there. Raises ModelNotFound, ModelError, and
    DownloadStopped soon after `stop` is set (2 s at most); what has arrived by then is kept for the next time.
    """
    job = {
        "source": source,
        "model": model,
        "cache_dir": str(cache_dir.expanduser().absolute()) if cache_dir else None,
        "revision": revision,
        "token": token.get_secret_value() if token else None,
        "endpoint": endpoint,
    }
    pace = Pace()
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as log:
        child = subprocess.Popen(
            [sys.executable, "-m", "agent.engine.weights.download_worker"],
            cwd=PROJECT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            start_new_session=True,  # Ctrl-C is for us; we then stop the child
        )
        try:
            for line in _converse(child, job):
                if stop.is_set():
                    raise DownloadStopped(
                        f"The download of {model} was stopped. The next start goes on from there.",
                        f"{model} 的下载已停止。下次启动会接着下载。",
                    )
                match json.loads(line):
                    case {"folder": str(path)}:
                        return Path(path)
                    case {"failed": str(kind), "figures": dict(figures)}:
                        _log_tail(log)
                        raise explain(kind, figures, model=model, source=source, by_hand=by_hand)
                    case {"total": int(total), "done": int(done), "files": int(files)} if total:
                        report(pace.progress(files, done, total))
        finally:
            _end(child)
        _log_tail(log)
    raise ModelError(
        f"The download of {model} ended before it was done (exit code {child.returncode}; the log says more). "
        "Start again: it goes on from where it was.",
        f"{model} 没有下载完就中断了（退出码 {child.returncode}，详情见日志）。请重新启动，会接着下载。",
    )


class Pace:
    """Speed and time left, from how many bytes there were a few seconds ago."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._seen: deque[tuple[float, int]] = deque()

    def progress(self, files: int, done: int, total: int) -> Progress:
        """The figures for `done` of `total` bytes, now."""
        now = self._clock()
        self._seen.append((now, done))
        while now - self._seen[0][0] > SPEED_WINDOW_S:
            self._seen.popleft()
        since, before = self._seen[0]
        speed = max(0.0, (done - before) / (now - since)) if now > since else 0.0
        return Progress(files, done, total, speed, (total - done) / speed if speed else None)


def _converse(child: subprocess.Popen[str], job: Mapping[str, str | None]) -> IO[str]:
    """Hand over the job on the child's standard input (a token must not show in `ps`); its lines come back."""
    assert child.stdin is not None
    assert child.stdout is not None
    json.dump(job, child.stdin)
    child.stdin.close()
    return child.stdout


def _end(child: subprocess.Popen[str]) -> None:
    child.terminate()
    try:
        child.wait(GRACE_S)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()
    if child.stdout is not None:
        child.stdout.close()


def _log_tail(log: IO[str]) -> None:
    log.seek(0)
    if tail := log.read().strip().splitlines()[-20:]:
        logger.warning("the download's own log ends with:\n%s", "\n".join(tail))


def explain(kind: str, figures: Mapping[str, Any], *, model: str, source: Source, by_hand: Path) -> ModelError:
    """The child's failure in words for a person, with the next step."""
    hub = HUBS[source]
    instead = f"or set MODEL_SOURCE={hub.other} to try the other hub"
    instead_zh = f"或者设置 MODEL_SOURCE={hub.other}，改从另一个站点下载"
    match kind:
        case "unknown":
            return ModelNotFound(
                f"{hub.name} has no model {model}, or it is private. Check the spelling of MODEL (and MODEL_REVISION); "
                f"for a private model set {hub.token_key}; {instead}.",
                f"{hub.name} 上没有 {model}，或者它是私有模型。请检查 MODEL（和 MODEL_REVISION）有没有写错；"
                f"私有模型请设置 {hub.token_key}；{instead_zh}。",
            )
        case "forbidden":
            return ModelError(
                f"{hub.name} does not let us read {model}. Accept its terms on the model's page, then put your access "
                f"token into {hub.token_key} and start again; {instead}.",
                f"{hub.name} 不允许我们读取 {model}。请在模型的页面上接受它的条款，把你的访问令牌填入 {hub.token_key}，"
                f"然后重新启动；{instead_zh}。",
            )
        case "unreachable":
            command = hub.command.format(model=model, folder=model)
            return ModelNotFound(
                f"{hub.name} cannot be reached, and there is no whole copy of {model} on this machine.{_kept(figures)} "
                "Start again when the network is back, or bring the model by hand: on a machine with a network run "
                f"`{command}`, copy that folder to {by_hand}, and start again. "
                "MODEL=builtin needs no network.",
                f"连不上 {hub.name}，这台机器上也没有 {model} 的完整副本。{_kept_zh(figures)}请在网络恢复后重新启动；"
                f"或者手动搬运模型：在能联网的机器上运行 `{command}`，把得到的文件夹复制到 {by_hand}，然后重新启动。"
                "MODEL=builtin 不需要网络。",
            )
        case "disk_full":
            needed, free = figures.get("needed"), figures.get("free")
            why = f"needs {_gigabytes(needed)}, and {_gigabytes(free)} are free" if needed else "filled the disk"
            why_zh = f"还需要 {_gigabytes(needed)}，可用空间只有 {_gigabytes(free)}" if needed else "时磁盘写满了"
            return ModelError(
                f"The download of {model} {why} ({figures['at']}). Free some space and start again, or name a folder "
                "on a larger disk in MODEL_CACHE.",
                f"下载 {model} {why_zh}（{figures['at']}）。请腾出空间后重新启动，或者用 MODEL_CACHE 指定更大磁盘上的"
                "文件夹。",
            )
        case "damaged":
            file_zh = f"文件 {figures['file']} " if "file" in figures else "一个文件"
            return ModelError(
                f"{figures.get('file', 'A file')} of {model} arrived damaged: it is not what {hub.name} lists. It is "
                f"gone, the other files are kept. Start again to fetch it anew, {instead}.",
                f"{model} 的{file_zh}下载后已损坏，与 {hub.name} 列出的不一致。它已被删除，其他文件都保留。"
                f"请重新启动，程序会重新下载它，{instead_zh}。",
            )
        case "not_loadable":
            return ModelError(
                f"{model} at {hub.name} has no {figures['lacks']}, so vLLM cannot load it. Take a model in the Hugging "
                "Face format (config.json and *.safetensors), not one that has only GGUF files.",
                f"{hub.name} 上的 {model} 没有 {figures['lacks']}，vLLM 无法加载。请换成 Hugging Face 格式的模型"
                "（含 config.json 和 *.safetensors），不要选只有 GGUF 文件的。",
            )
    return ModelError(
        f"The download of {model} from {hub.name} failed in a way that we do not know; the log says more. Start again "
        f"(it goes on from where it was), {instead}, or set MODEL=builtin.",
        f"从 {hub.name} 下载 {model} 失败，原因未知，详情见日志。请重新启动（会接着下载），{instead_zh}，"
        "或者设置 MODEL=builtin。",
    )


def _kept(figures: Mapping[str, Any]) -> str:
    if not figures.get("done"):
        return ""
    return f" {_gigabytes(figures['done'])} of {_gigabytes(figures['total'])} have arrived and are kept."


def _kept_zh(figures: Mapping[str, Any]) -> str:
    if not figures.get("done"):
        return ""
    return f"已下载 {_gigabytes(figures['done'])}（共 {_gigabytes(figures['total'])}），都会保留。"


def _gigabytes(count_bytes: int | None) -> str:
    return f"{(count_bytes or 0) / 1e9:,.2f} GB"
