"""Where uploads lie: in a folder of the living process; those of dead ones go, and pages that were closed long ago."""

from __future__ import annotations

import fcntl
import os
import time
from pathlib import Path

import pytest
from chainlit import config as chainlit_config
from chainlit import server, session

from web.server import upload_folder


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The uploads' folder; Chainlit's own settings are put back after."""
    monkeypatch.setattr(chainlit_config, "FILES_DIRECTORY", tmp_path / "project" / ".files")
    monkeypatch.setattr(server, "FILES_DIRECTORY", tmp_path / "project" / ".files")
    (tmp_path / "project" / ".files").mkdir(parents=True)
    return tmp_path / "data" / "uploads"


def put(folder: Path, page: str) -> Path:
    (folder / page).mkdir(parents=True)
    (folder / page / "file").write_text("hello")
    return folder / page


def test_a_process_has_a_folder_of_its_own_and_keeps_it_over_hot_reloads(folder: Path) -> None:
    upload_folder.install(folder)
    own = chainlit_config.FILES_DIRECTORY
    page = put(own, "a page")
    assert (own, server.FILES_DIRECTORY) == (folder / str(os.getpid()), own)
    for _ in range(2):
        upload_folder.install(folder)
        upload_folder.clean(folder)
    assert (chainlit_config.FILES_DIRECTORY, page.exists()) == (own, True)


def test_a_process_of_the_same_number_in_another_container_keeps_its_files(folder: Path) -> None:
    theirs = folder / str(os.getpid())
    page = put(theirs, "a page")
    lock = os.open(theirs, os.O_RDONLY)
    fcntl.flock(lock, fcntl.LOCK_EX)
    upload_folder.install(folder)
    assert folder / f"{os.getpid()}-1" == chainlit_config.FILES_DIRECTORY
    assert page.exists()
    os.close(lock)  # it was killed
    upload_folder.clean(folder)
    assert [path.name for path in folder.iterdir()] == [f"{os.getpid()}-1"]


def test_what_a_killed_process_left_goes_and_pages_that_are_open_stay(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(folder / "123456", "a page")
    put(folder / "odd name", "a page")
    (folder / "a file").write_text("hello")
    upload_folder.install(folder)
    own = chainlit_config.FILES_DIRECTORY
    assert {path.name for path in folder.iterdir()} == {own.name, "a file"}
    pages = [put(own, name) for name in ("open", "lost", "new")]
    for page in pages[:2]:
        os.utime(page, (time.time() - 7200,) * 2)
    monkeypatch.setitem(session.ws_sessions_id, "open", None)  # type: ignore[arg-type]
    upload_folder.clean(folder)
    assert [page.name for page in pages if page.exists()] == ["open", "new"]
