"""Files on a disk that is full: whole, or not at all."""

from __future__ import annotations

import resource
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from web.store.files import Files


@contextmanager
def full_disk() -> Iterator[None]:
    """No file gets longer than 1,000 bytes; nor does pytest's own log, so only for as long as something is tried."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, before)


@pytest.mark.parametrize("others", [0, 1])
async def test_a_file_that_does_not_fit_leaves_no_half(tmp_path: Path, others: int) -> None:
    files = Files(tmp_path, "/kept/{key}")
    with full_disk():
        for number in range(others):
            await files.upload_file(f"chat/{number}", b"x" * 1000)
        with pytest.raises(OSError, match="large"):
            await files.upload_file("chat/big", b"x" * 1001)
    assert sorted(path.name for path in tmp_path.rglob("*") if path.is_file()) == [str(one) for one in range(others)]
