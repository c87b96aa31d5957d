"""The Hugging Face SDK as the child process uses it."""

from __future__ import annotations

import errno
import hashlib
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx2
from huggingface_hub import HfApi, errors, snapshot_download
from huggingface_hub.constants import HF_HUB_CACHE
from tqdm import tqdm  # type: ignore[import-untyped]

from agent.engine.weights.hub import ByteCounter, Failed, HubFile, Job


class HuggingFace:
    """huggingface_hub: keeps whole files (a half one only while it runs), checks sizes; we check sha256."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self._revision = job.revision or "main"
        self._api = HfApi(endpoint=job.endpoint, token=job.token)

    def root(self) -> Path:
        return Path(self._job.cache_dir or HF_HUB_CACHE)

    def cached(self) -> Path | None:
        try:
            path = snapshot_download(
                self._job.model,
                revision=self._revision,
                cache_dir=self._job.cache_dir,
                allow_patterns=["config.json"],  # else it asks for every file of the repository, also those we leave
                local_files_only=True,
            )
        except errors.LocalEntryNotFoundError:
            return None
        return Path(path)

    def files(self) -> list[HubFile]:
        info = self._api.model_info(self._job.model, revision=self._revision, files_metadata=True)
        return [
            HubFile(one.rfilename, one.size or 0, one.lfs.sha256 if one.lfs else None) for one in info.siblings or ()
        ]

    def download(self, files: Sequence[HubFile], counter: ByteCounter) -> Path:
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
                    counter.add("", more)

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
    """Raise Failed, and delete the file, if its content is not what the hub lists."""
    if file.sha256 is None:
        return
    with path.open("rb") as content:
        digest = hashlib.file_digest(content, "sha256").hexdigest()
    if digest != file.sha256:
        path.resolve().unlink()  # in this cache the file is a link to a blob
        path.unlink(missing_ok=True)
        raise Failed("damaged", file=file.path)
