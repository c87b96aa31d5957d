"""What cannot work, said in one line before anything is tried. Old Pythons read this too: no syntax newer than 3.6."""

import errno
import glob
import os
import platform
import re
import shutil
import socket
import subprocess
import sys

OLDEST, NEWEST = (3, 11), (3, 14)
OLDEST_GLIBC = (2, 31)
OLDEST_DRIVER = 580  # what CUDA 13, for which torch 2.13 is built, needs
SUGGESTED = ["python3.13", "python3.12", "python3.11", "python3.14"]


class Problem(Exception):
    """What is wrong and what to do, in one line for a person."""


def read_setting(root, key, default):
    """The value of `key` in the environment, else in root/.env, else the default; empty counts as not set."""
    if os.environ.get(key):
        return os.environ[key]
    try:
        with open(os.path.join(root, ".env"), encoding="utf-8") as lines:
            found = [re.match(r"\s*(?:export\s+)?%s\s*=\s*['\"]?([^'\"#\s]*)" % re.escape(key), line) for line in lines]
    except OSError:
        return default
    values = [match.group(1) for match in found if match]
    return values[-1] if values and values[-1] else default


def check_platform(engine, system=None, machine=None, glibc=None):
    """vLLM has builds for Linux only; a remote engine asks for nothing but Python."""
    system, machine = system or platform.system(), machine or platform.machine()
    if engine == "remote":
        return
    if system != "Linux":
        raise Problem(
            "vLLM runs on Linux only, and this is %s. On Windows use WSL2; elsewhere use a server that has the model:"
            " ENGINE=remote REMOTE_BASE_URL=http://server:8001/v1 make run" % system
        )
    if machine not in ("x86_64", "aarch64"):
        raise Problem("vLLM has no build for %s processors: use a remote engine (ENGINE=remote make run)." % machine)
    glibc = platform.libc_ver()[1] if glibc is None else glibc
    version = tuple(int(part) for part in re.findall(r"\d+", glibc)[:2])
    if version < OLDEST_GLIBC:
        raise Problem(
            "vLLM needs glibc %d.%d or newer, and this system has %s: use a newer one (as in Debian 11, Ubuntu 20.04)"
            " or a remote engine (ENGINE=remote make run)." % (*OLDEST_GLIBC, glibc or "another C library")
        )


def find_python(candidates=None):
    """The first interpreter that can make the environment, and its version: the one that runs this, else another on the
    PATH.
    """
    probe = "import sys, venv, ensurepip; print(*sys.version_info[:2])"
    seen = []
    for name in candidates or [getattr(sys, "_base_executable", sys.executable), *SUGGESTED]:
        path = shutil.which(name)
        if not path:
            continue
        answer = subprocess.run([path, "-c", probe], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        if answer.returncode == 0:
            version = tuple(int(part) for part in answer.stdout.split())
            if OLDEST <= version <= NEWEST:
                return path, version
            seen.append("%d.%d" % version)
        elif b"ensurepip" in answer.stderr or b"venv" in answer.stderr:
            seen.append("no venv")
    ours = "%d.%d" % sys.version_info[:2]
    if "no venv" in seen and OLDEST <= sys.version_info[:2] <= NEWEST:
        raise Problem("This Python %s has no venv module: sudo apt install python%s-venv, then again." % (ours, ours))
    raise Problem(
        "Python %d.%d to %d.%d is needed, and this is %s: install one (on Debian and Ubuntu: sudo apt install python3"
        " python3-venv; anywhere: uv python install 3.12), or name it: PYTHON=/path/to/python3.12 make run"
        % (OLDEST + NEWEST + (ours,))
    )


def has_nvidia_gpu(dev="/dev", wsl="/usr/lib/wsl/lib"):
    """Whether an NVIDIA driver offers a GPU here. Files first: asking nvidia-smi can take seconds."""
    if glob.glob(dev + "/nvidia[0-9]*"):
        return True
    if os.path.exists(dev + "/dxg") and os.path.exists(wsl + "/libcuda.so.1"):
        return True
    if not shutil.which("nvidia-smi"):
        return False
    answer = subprocess.run(["nvidia-smi", "-L"], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    return answer.returncode == 0 and b"GPU 0" in answer.stdout


def check_driver(path="/proc/driver/nvidia/version"):
    """An NVIDIA driver that is too old for this build of torch; where the version cannot be read, nothing is said."""
    try:
        with open(path, encoding="utf-8") as lines:
            version = re.search(r"\s(\d+)\.\d+(\.\d+)?\s", lines.read())
    except OSError:
        return
    if version and int(version.group(1)) < OLDEST_DRIVER:
        raise Problem(
            "The NVIDIA driver here is %s, and CUDA 13 needs %d or newer: update the driver, or run without the GPU"
            " (ACCELERATOR=cpu make run)." % (version.group(0).strip(), OLDEST_DRIVER)
        )


def check_space(folder, needed_gib, remedy="make room there and run it again"):
    """Whether the disk of this folder has room."""
    free_gib = shutil.disk_usage(folder).free / 2.0**30
    if free_gib < needed_gib:
        text = "Set-up needs %.1f GB of disk at %s, and %.1f GB are free: %s."
        raise Problem(text % (needed_gib, folder, free_gib, remedy))


def check_port(host, port):
    """Whether Chainlit can listen there."""
    if not port.isdigit() or not 0 < int(port) < 65536:
        raise Problem("CHAINLIT_PORT is %r: it must be a number from 1 to 65535." % port)
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, int(port), type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as the server will: a closed port may linger
            probe.bind(address)
    except OSError as error:
        if isinstance(error, socket.gaierror):
            message = "CHAINLIT_HOST is %r: this machine has no such address; 0.0.0.0 means all of its own." % host
        elif error.errno == errno.EADDRINUSE:
            other = int(port) % 65535 + 1
            message = (
                "Port %s is taken by another program: stop it, or take another port: CHAINLIT_PORT=%d make run"
                % (
                    port,
                    other,
                )
            )
        elif error.errno == errno.EACCES:
            message = "Port %s is for root only: take one above 1023: CHAINLIT_PORT=8000 make run" % port
        else:
            message = "Cannot listen on %s port %s: %s. CHAINLIT_HOST=127.0.0.1 works." % (host, port, error.strerror)
        raise Problem(message) from None
