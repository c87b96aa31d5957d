"""The session secret: made once, the same for all who ask at the same time, and readable for its owner alone."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from agent import PROJECT
from web.auth.secret import NAME, session_secret

ASK = (
    "import sys; from pathlib import Path; from web.auth.secret import session_secret as s; print(s(Path(sys.argv[1])))"
)


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def test_it_is_made_once_and_nobody_else_can_read_it(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    secret = session_secret(folder)
    assert len(secret) >= 43  # 32 bytes of chance
    assert session_secret(folder) == secret
    assert (mode(folder), mode(folder / NAME)) == (0o700, 0o600)
    assert [path.name for path in folder.iterdir()] == [NAME]
    assert session_secret(tmp_path / "another") != secret


def test_a_mode_that_lets_others_read_is_put_right(tmp_path: Path) -> None:
    secret = session_secret(tmp_path)
    (tmp_path / NAME).chmod(0o644)
    assert session_secret(tmp_path) == secret
    assert mode(tmp_path / NAME) == 0o600


def test_processes_that_start_at_once_get_the_same(tmp_path: Path) -> None:
    command = [sys.executable, "-c", ASK, str(tmp_path)]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=PROJECT) for _ in range(6)]
    assert len({one.communicate()[0] for one in running}) == 1
