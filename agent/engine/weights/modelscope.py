"""The ModelScope SDK as the child process uses it: its part that downloads (`import modelscope` brings torch along)."""

from __future__ import annotations

import errno
from collections.abc import Sequence
from pathlib import Path

from modelscope_hub import HubApi, ProgressCallback, errors
from modelscope_hub.config import get_default_config

from agent.engine.weights.hub import ByteCounter, Failed, HubFile, Job


class ModelScope:
    """modelscope_hub: resumes half files with Range, checks sizes and sha256, also of what is in its cache."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self._api = HubApi(token=job.token, endpoint=job.endpoint)

    def root(self) -> Path:
        return Path(self._job.cache_dir or get_default_config().cache_dir)

    def cached(self) -> Path | None:
        try:
            return self._api.download_repo(
                self._job.model,
                "model",
                revision=self._job.revision,
                cache_dir=self._job.cache_dir,
                local_files_only=True,
            )
        except errors.CacheError:
            return None

    def files(self) -> list[HubFile]:
        listed = self._api.list_repo_files(self._job.model, "model", revision=self._job.revision)
        return [HubFile(file.path, file.size, file.sha256) for file in listed if file.type != "tree"]

    def download(self, files: Sequence[HubFile], counter: ByteCounter) -> Path:
        class Count(ProgressCallback):
            def __init__(self, filename: str, file_size: int) -> None:
                super().__init__(filename, file_size)
                counter.begin(filename)

            def update(self, size: int) -> None:
                counter.add(self.filename, size)

        return self._api.download_repo(
            self._job.model,
            "model",
            revision=self._job.revision,
            cache_dir=self._job.cache_dir,
            file_list=[{"Path": file.path, "Size": file.size, "Sha256": file.sha256} for file in files],
            progress_callbacks=[Count],
        )

    def failure(self, error: BaseException) -> Failed | None:
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
