"""What the tests of attachments share: a file read from its bytes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from agent.attachments.document import Document
from agent.attachments.pdf import read_pdf
from agent.attachments.reading import read


@pytest.fixture
def read_bytes(tmp_path: Path) -> Callable[..., Document]:
    def read_one(content: bytes, name: str = "file", max_chars: int = 10_000) -> Document:
        path = tmp_path / "upload"
        path.write_bytes(content)
        return read(path, name, max_chars)

    return read_one


@pytest.fixture
def read_one(tmp_path: Path) -> Callable[[bytes], Document]:
    """Reads a PDF from its bytes."""

    def read(content: bytes) -> Document:
        path = tmp_path / "upload"
        path.write_bytes(content)
        return read_pdf(path, "file", 10_000)

    return read
