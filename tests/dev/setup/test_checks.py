"""What cannot work is said in one line, with what to do."""

import ast
import os
import socket
import stat
import sys
from pathlib import Path

import checks
import pytest

SETUP = Path(checks.__file__).parent


def a_python_that(folder: Path, shell: str) -> str:
    """An interpreter in `folder` that answers every call with these shell commands."""
    path = folder / "python3"
    path.write_text(f"#!/bin/sh\n{shell}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return str(path)


@pytest.mark.parametrize("name", ["checks.py", "environment.py", "prepare.py"])
def test_an_old_python_can_read_what_tells_it_that_it_is_old(name: str) -> None:
    ast.parse((SETUP / name).read_text(), feature_version=(3, 6))


def test_an_old_python_is_refused_with_what_to_install(tmp_path: Path) -> None:
    with pytest.raises(checks.Problem, match=r"Python 3\.11 to 3\.14 is needed.*sudo apt install python3 python3-venv"):
        checks.find_python([a_python_that(tmp_path, "echo 3 9")])


def test_a_python_that_is_too_new_is_refused(tmp_path: Path) -> None:
    with pytest.raises(checks.Problem, match=r"Python 3\.11 to 3\.14 is needed"):
        checks.find_python([a_python_that(tmp_path, "echo 3 15")])


def test_a_python_without_venv_is_refused_with_the_package_to_install(tmp_path: Path) -> None:
    shell = "echo \"ModuleNotFoundError: No module named 'ensurepip'\" >&2; exit 1"
    with pytest.raises(checks.Problem, match=r"sudo apt install python3\.\d+-venv"):
        checks.find_python([a_python_that(tmp_path, shell)])


def test_another_python_on_the_path_is_taken_where_the_first_is_too_old(tmp_path: Path) -> None:
    found = checks.find_python([a_python_that(tmp_path, "echo 3 9"), sys.executable])
    assert found == (sys.executable, sys.version_info[:2])


@pytest.mark.parametrize(
    ("system", "machine", "glibc", "words"),
    [
        ("Darwin", "arm64", "", "On Windows use WSL2; elsewhere .* ENGINE=remote"),
        ("Linux", "riscv64", "2.41", "no build for riscv64 processors"),
        ("Linux", "x86_64", "2.28", r"needs glibc 2\.31 or newer, and this system has 2\.28"),
        ("Linux", "x86_64", "", "this system has another C library"),
    ],
)
def test_a_platform_without_vllm_is_refused(system: str, machine: str, glibc: str, words: str) -> None:
    with pytest.raises(checks.Problem, match=words):
        checks.check_platform("local", system, machine, glibc)


def test_a_remote_engine_runs_anywhere() -> None:
    checks.check_platform("remote", "Darwin", "arm64", "")


def test_a_disk_with_too_little_room_is_named(tmp_path: Path) -> None:
    with pytest.raises(
        checks.Problem, match=rf"needs 1000000.0 GB of disk at {tmp_path}, and [\d.]+ GB are free: make"
    ):
        checks.check_space(str(tmp_path), 1_000_000)


def test_a_taken_port_is_named_with_another_to_take() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(checks.Problem, match=rf"Port {port} is taken .* CHAINLIT_PORT={port + 1} make run"):
            checks.check_port("127.0.0.1", str(port))
    checks.check_port("127.0.0.1", str(port))


@pytest.mark.parametrize(
    ("host", "port", "words"),
    [
        ("127.0.0.1", "http", "CHAINLIT_PORT is 'http': it must be a number"),
        ("127.0.0.1", "70000", "CHAINLIT_PORT is '70000'"),
        ("192.0.2.1", "8000", "Cannot listen on 192.0.2.1 port 8000"),
    ],
)
def test_an_address_that_cannot_be_listened_on_is_refused(host: str, port: str, words: str) -> None:
    with pytest.raises(checks.Problem, match=words):
        checks.check_port(host, port)


def test_a_gpu_is_seen_by_its_device_file_or_by_wsl(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    dev, wsl = tmp_path / "dev", tmp_path / "wsl"
    dev.mkdir()
    wsl.mkdir()
    assert not checks.has_nvidia_gpu(str(dev), str(wsl))
    (dev / "nvidiactl").touch()  # there in a container that was given no GPU
    (dev / "dxg").touch()  # there in WSL2 with a GPU of any maker
    assert not checks.has_nvidia_gpu(str(dev), str(wsl))
    (wsl / "libcuda.so.1").touch()
    assert checks.has_nvidia_gpu(str(dev), str(wsl))
    (dev / "dxg").unlink()
    (dev / "nvidia3").touch()
    assert checks.has_nvidia_gpu(str(dev), str(wsl))


def test_a_driver_too_old_for_cuda_13_is_named(tmp_path: Path) -> None:
    version = tmp_path / "version"
    line = "NVRM version: NVIDIA UNIX x86_64 Kernel Module  {}  Fri Jan  1 00:00:00 UTC 2026\n"
    version.write_text(line.format("550.54.15"))
    with pytest.raises(checks.Problem, match=r"driver here is 550\.54\.15.*ACCELERATOR=cpu make run"):
        checks.check_driver(str(version))
    version.write_text(line.format("580.95.05"))
    checks.check_driver(str(version))
    checks.check_driver(str(tmp_path / "nothing"))


def test_a_setting_comes_from_the_environment_then_from_env_then_from_its_default(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CHAINLIT_PORT", raising=False)
    assert checks.read_setting(str(tmp_path), "CHAINLIT_PORT", "8000") == "8000"
    (tmp_path / ".env").write_text("#CHAINLIT_PORT=1\nCHAINLIT_PORT = '9000'  # ours\nENGINE=\n")
    assert checks.read_setting(str(tmp_path), "CHAINLIT_PORT", "8000") == "9000"
    assert checks.read_setting(str(tmp_path), "ENGINE", "local") == os.environ.get("ENGINE", "local")
    monkeypatch.setenv("CHAINLIT_PORT", "9001")
    assert checks.read_setting(str(tmp_path), "CHAINLIT_PORT", "8000") == "9001"
