"""The child process that fetches a model with a hub's SDK: one job in on stdin, lines of JSON out on stdout.

Run by `download.py` as `python -m agent.engine.hub`. The only module that imports the hubs' SDKs, each where it is
chosen: both take a part of a second. It takes `modelscope_hub`, the part of the ModelScope SDK that downloads, since
`import modelscope` brings torch along.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import shutil
import signal
import sys
import threading
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, TextIO

from agent.engine import folder

TICK_S = 0.25
SPARE_BYTES = 100_000_000
"""Left free on the disk, for locks, listings and whatever else goes on."""

TEXTS = (".json", ".jinja", ".txt", ".model", ".tiktoken", ".py")
EXTRA_FOLDERS = ("original/", "onnx/", "openvino/", "metal/", "gguf/", "figures/")


@dataclass(frozen=True)
class Job:
    """What `download.py` asks for."""

    source: str
    model: str
    cache_dir: str | None
    revision: str | None
    token: str | None
    endpoint: str | None


@dataclass(frozen=True)
class HubFile:
    """One file as the hub lists it."""

    path: str
    size: int
    sha256: str | None


class Failed(Exception):
    """Why there is no model; `explain` in download.py has the words for each kind."""

    def __init__(self, kind: str, **figures: str | int) -> None:
        super().__init__(kind)
        self.kind = kind
        self.figures = figures


class Hub(Protocol):
    """What the work needs of an SDK."""

    def root(self) -> Path:
        """The folder of its cache."""

    def cached(self) -> Path | None:
        """The folder where the model is or will be, if there is anything in it; asks no network."""

    def files(self) -> list[HubFile]:
        """What the hub lists."""

    def download(self, files: Sequence[HubFile], meter: Meter) -> Path:
        """Fetch and check what is not here yet."""

    def failure(self, error: BaseException) -> Failed | None:
        """The SDK's exception as one of our kinds; None for one that is not the SDK's."""


class Meter:
    """Counts bytes from whatever thread, and writes them to stdout four times a second."""

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self._lock = threading.Lock()
        self._sizes: dict[str, int] = {}
        self._here: dict[str, int] = {}
        self._arrived: dict[str, int] = {}
        self._stopped = False

    def expect(self, files: Iterable[HubFile], at: Path | None) -> int:
        """Set the total, and count what is on disk already, half files too. Gives the number of bytes still to come."""
        for file in files:
            self._sizes[file.path] = file.size
            target = at / file.path if at else None
            if target is None:
                continue
            half = target.with_name(target.name + ".incomplete")
            if target.is_file() and target.stat().st_size == file.size:
                self._here[file.path] = file.size
            elif half.is_file():
                self._here[file.path] = min(half.stat().st_size, file.size)
        return sum(self._sizes.values()) - self.done

    def begin(self, path: str) -> None:
        """An SDK fetches this file: a whole one that it fetches all the same was not good."""
        if self._here.get(path) == self._sizes.get(path):
            self._here.pop(path, None)
        self._arrived[path] = 0

    def add(self, path: str, count: int) -> None:
        """More bytes of a file, or fewer where it had to begin again. Raises once the work is to stop."""
        if self._stopped:
            raise SystemExit(1)
        with self._lock:
            self._arrived[path] = self._arrived.get(path, 0) + count

    def stop(self, *_: object) -> None:
        """Signal handler: ends this thread at once, and an SDK's threads at their next chunk."""
        self._stopped = True
        raise SystemExit(1)

    @property
    def total(self) -> int:
        """Bytes of the whole model."""
        return sum(self._sizes.values())

    @property
    def done(self) -> int:
        """Bytes that are here."""
        arrived = self._arrived.copy()
        known = sum(max(have, arrived.pop(path, 0)) for path, have in self._here.copy().items())
        return min(known + sum(arrived.values()), self.total)

    def tell(self, **line: Any) -> None:
        """One line to the parent."""
        with self._lock:
            self._out.write(json.dumps(line) + "\n")
            self._out.flush()

    def tell_progress(self) -> None:
        """How far it is. Sent even when nothing moves: the parent looks at its stop flag when a line comes."""
        self.tell(total=self.total, done=self.done, files=len(self._sizes))

    def keep_telling(self) -> None:
        """Thread body; a parent that is gone ends the process."""
        while True:
            try:
                self.tell_progress()
            except BrokenPipeError:
                os._exit(1)
            time.sleep(TICK_S)


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


def obtain(hub: Hub, meter: Meter) -> Path:
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
    needed = meter.expect(files, cached)
    free = free_bytes(hub.root())
    if needed and needed + SPARE_BYTES > free:
        raise Failed("disk_full", needed=needed, free=free, at=str(hub.root()))
    path = hub.download(files, meter)
    folder.record_sizes(path, {file.path: file.size for file in files})
    meter.expect(files, path)
    meter.tell_progress()
    return path


def free_bytes(path: Path) -> int:
    """Free space where `path` is, or will be."""
    while not path.exists():
        path = path.parent
    return shutil.disk_usage(path).free


class ModelScope:
    """modelscope_hub: resumes half files with Range, checks sizes and sha256, also of what is in its cache."""

    def __init__(self, job: Job) -> None:
        self._job = job
        # Read at import. Its own limit of an hour a file would end a slow download that is doing well.
        os.environ.setdefault("MODELSCOPE_DOWNLOAD_TOTAL_TIMEOUT", str(7 * 24 * 3600))
        os.environ.setdefault("MODELSCOPE_DOWNLOAD_MAX_RETRIES", "12")  # about 7 minutes without a byte
        os.environ.setdefault("MODELSCOPE_REPO_TREE_PAGE_MAX_ATTEMPTS", "2")
        from modelscope_hub import HubApi

        self._api = HubApi(token=job.token, endpoint=job.endpoint)

    def root(self) -> Path:
        from modelscope_hub.config import get_default_config

        return Path(self._job.cache_dir or get_default_config().cache_dir)

    def cached(self) -> Path | None:
        from modelscope_hub.errors import CacheError

        try:
            return self._api.download_repo(
                self._job.model,
                "model",
                revision=self._job.revision,
                cache_dir=self._job.cache_dir,
                local_files_only=True,
            )
        except CacheError:
            return None

    def files(self) -> list[HubFile]:
        listed = self._api.list_repo_files(self._job.model, "model", revision=self._job.revision)
        return [HubFile(file.path, file.size, file.sha256) for file in listed if file.type != "tree"]

    def download(self, files: Sequence[HubFile], meter: Meter) -> Path:
        from modelscope_hub import ProgressCallback

        class Count(ProgressCallback):
            def __init__(self, filename: str, file_size: int) -> None:
                super().__init__(filename, file_size)
                meter.begin(filename)

            def update(self, size: int) -> None:
                meter.add(self.filename, size)

        return self._api.download_repo(
            self._job.model,
            "model",
            revision=self._job.revision,
            cache_dir=self._job.cache_dir,
            file_list=[{"Path": file.path, "Size": file.size, "Sha256": file.sha256} for file in files],
            progress_callbacks=[Count],
        )

    def failure(self, error: BaseException) -> Failed | None:
        from modelscope_hub import errors

        match error:
            case errors.FileDownloadError():
                causes = [(self.failure(cause), path) for path, cause in error.failed_files.items()]
                known = [Failed(cause.kind, **{"file": path, **cause.figures}) for cause, path in causes if cause]
                return min(known, key=lambda cause: cause.kind == "unreachable", default=None)
            case OSError(errno=errno.ENOSPC):
                return Failed("disk_full", at=str(self.root()))
            case errors.NotExistError():
                return Failed("unknown")
            case errors.AuthenticationError() | errors.PermissionDeniedError():
                return Failed("forbidden")
            case errors.FileIntegrityError():
                return Failed("damaged")
            case errors.NetworkError() | errors.ServerError() | errors.RateLimitError():
                return Failed("unreachable")
        return None


class HuggingFace:
    """huggingface_hub: keeps whole files (a half one only while it runs), checks sizes; we check sha256."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self._revision = job.revision or "main"
        if job.endpoint:
            os.environ["HF_ENDPOINT"] = job.endpoint  # read at import
        os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"
        from huggingface_hub import HfApi

        self._api = HfApi(endpoint=job.endpoint, token=job.token)

    def root(self) -> Path:
        from huggingface_hub.constants import HF_HUB_CACHE

        return Path(self._job.cache_dir or HF_HUB_CACHE)

    def cached(self) -> Path | None:
        from huggingface_hub import snapshot_download
        from huggingface_hub.errors import LocalEntryNotFoundError

        try:
            path = snapshot_download(
                self._job.model,
                revision=self._revision,
                cache_dir=self._job.cache_dir,
                allow_patterns=["config.json"],  # else it asks for every file of the repository, also those we leave
                local_files_only=True,
            )
        except LocalEntryNotFoundError:
            return None
        return Path(path)

    def files(self) -> list[HubFile]:
        info = self._api.model_info(self._job.model, revision=self._revision, files_metadata=True)
        return [
            HubFile(one.rfilename, one.size or 0, one.lfs.sha256 if one.lfs else None) for one in info.siblings or ()
        ]

    def download(self, files: Sequence[HubFile], meter: Meter) -> Path:
        from huggingface_hub import snapshot_download
        from tqdm import tqdm  # type: ignore[import-untyped]

        class Count(tqdm):  # type: ignore[misc]
            """One of the SDK's bars, unseen. Those in bytes are two, of the same bytes: received and written."""

            highest = 0

            def __init__(self, *args: Any, **options: Any) -> None:
                self.counts_bytes = options.get("unit") == "B"
                super().__init__(*args, **{**options, "disable": True})

            def update(self, n: float | None = 1) -> None:
                self.n += n or 0
                if self.counts_bytes and self.n > Count.highest:
                    more, Count.highest = self.n - Count.highest, self.n
                    meter.add("", more)

        path = Path(
            snapshot_download(
                self._job.model,
                revision=self._revision,
                cache_dir=self._job.cache_dir,
                allow_patterns=[file.path for file in files],
                tqdm_class=Count,
                token=self._job.token,
                endpoint=self._job.endpoint,
                max_workers=4,
            )
        )
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(lambda file: check_sha256(path / file.path, file), files))
        return path

    def failure(self, error: BaseException) -> Failed | None:
        import httpx2
        from huggingface_hub import errors

        match error:
            case errors.GatedRepoError():
                return Failed("forbidden")
            case errors.RepositoryNotFoundError() | errors.RevisionNotFoundError():
                return Failed("unknown")
            case errors.HfHubHTTPError() if error.response.status_code in (401, 403):
                return Failed("forbidden")
            case errors.HfHubHTTPError() | httpx2.TransportError() | errors.OfflineModeIsEnabled():
                return Failed("unreachable")
            case errors.LocalEntryNotFoundError() | errors.FileMetadataError():
                return Failed("unreachable")
            case OSError(errno=errno.ENOSPC):
                return Failed("disk_full", at=str(self.root()))
            case OSError(errno=None):  # "Consistency check failed": not the size that was announced
                return Failed("damaged")
        return None


def check_sha256(path: Path, file: HubFile) -> None:
    """Raise Failed, with the file taken away, where its content is not what the hub lists."""
    if file.sha256 is None:
        return
    with path.open("rb") as content:
        digest = hashlib.file_digest(content, "sha256").hexdigest()
    if digest != file.sha256:
        path.resolve().unlink()  # in this cache the file is a link to a blob
        path.unlink(missing_ok=True)
        raise Failed("damaged", file=file.path)


def run(job: Job, meter: Meter) -> None:
    """Do the job and tell how it ended."""
    hub: Hub = HuggingFace(job) if job.source == "huggingface" else ModelScope(job)
    try:
        meter.tell(folder=str(obtain(hub, meter)))
    except Failed as failed:
        meter.tell(failed=failed.kind, figures=failed.figures)
    except Exception as error:
        failure = hub.failure(error)
        if failure is None:
            meter.tell(failed="other", figures={})
            raise
        meter.tell(failed=failure.kind, figures={"done": meter.done, "total": meter.total, **failure.figures})


def main() -> None:
    """Entry of the child process."""
    os.environ["TQDM_DISABLE"] = "1"
    out, sys.stdout = sys.stdout, sys.stderr  # what an SDK prints is not ours
    meter = Meter(out)
    signal.signal(signal.SIGTERM, meter.stop)
    threading.Thread(target=meter.keep_telling, daemon=True).start()
    run(Job(**json.load(sys.stdin)), meter)


if __name__ == "__main__":
    main()
