"""Make .venv what the lock files say, and do nothing when it is: `prepare.py run`, or `test` for the dev tools too.

Old Pythons read this too, to be told that they are old: no syntax newer than 3.6.
"""

import errno
import fcntl
import os
import re
import signal
import subprocess
import sys
import tempfile
import textwrap
import time

from checks import Problem, check_driver, check_platform, check_port, check_space, has_nvidia_gpu, read_setting
from environment import (
    LOCKS,
    PYTHON,
    ROOT,
    VENV,
    find_clashing,
    find_missing,
    forget_half_installed,
    is_whole,
    make_environment,
    measure_gib,
)

LOG = os.path.join(VENV, "setup.log")
TORCH_CPU_INDEX = "https://download.pytorch.org/whl/cpu"
DEV_LOCK = "requirements/dev.txt"
# What an environment takes, with a reserve; and what pip downloads meanwhile, into the folder for temporary files.
INSTALLED_GIB = {"requirements.txt": 12, "requirements/cpu.txt": 4, "requirements/remote.txt": 1, DEV_LOCK: 1}
DOWNLOADED_GIB = {"requirements.txt": 6, "requirements/cpu.txt": 1.5, "requirements/remote.txt": 0.5, DEV_LOCK: 0.5}


def choose_lock():
    """Which lock this machine needs: by ENGINE and ACCELERATOR, else by whether there is an NVIDIA GPU."""
    engine = read_setting(ROOT, "ENGINE", "local")
    check_platform(engine)
    if engine == "remote":
        return LOCKS["remote"]
    accelerator = read_setting(ROOT, "ACCELERATOR", "")
    if accelerator not in ("", "cpu", "cuda"):
        raise Problem("ACCELERATOR is %r: cpu and cuda are allowed; leave it out to have it found." % accelerator)
    if not accelerator and has_nvidia_gpu():
        check_driver()
        accelerator = "cuda"
    return LOCKS[accelerator or "cpu"]


def is_unreachable(output):
    return re.search(r"NewConnectionError|NameResolutionError|ConnectTimeout|ReadTimeout|Connection\w*Error", output)


def explain(output):
    """One line for what pip said."""
    if "No space left on device" in output:
        return "The disk is full: make room and run it again; set-up goes on where it stopped."
    missing = re.search(r"No matching distribution found for (\S+)", output)
    if is_unreachable(output):
        return "No package index answers: check the network, or set a mirror: pip config set global.index-url"
    if missing:
        return "pip finds no %s for this machine: see `pip config list`, and %s" % (missing.group(1), LOG)
    errors = [line for line in output.splitlines() if "ERROR" in line]
    return "pip failed: %s (all of it: %s)" % (errors[-1] if errors else "no message", LOG)


def run_pip(command, total):
    """Run pip, show how far it is, and keep what it says in LOG; returns (its exit status, its output)."""
    shown = sys.stdout.isatty()
    seen, lines = 0, []
    with open(LOG, "a", encoding="utf-8") as log:
        # pip inherits the lock on the folder: should this process be killed, the next set-up waits for pip to end.
        pip = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, close_fds=False)
        try:
            for line in (raw.decode(errors="replace") for raw in pip.stdout):
                log.write(line)
                lines.append(line)
                if line.startswith(("Collecting ", "Requirement already satisfied")):
                    seen += 1
                if shown and line.startswith(("Collecting ", "  Downloading ", "Installing ")):
                    print("\r\033[Ksetup: %d of %d: %s" % (seen, total, line.strip()[:60]), end="", flush=True)
            status = pip.wait()
        except BaseException:
            pip.send_signal(signal.SIGINT)  # at which it removes what it downloaded
            pip.wait()
            raise
    if shown:
        print("\r\033[K", end="", flush=True)
    return status, "".join(lines)


def pip_torch(pip, torch, run=run_pip):
    """Run pip for the CPU build of torch alone: from where this machine's pip looks, else from PyTorch's own index.

    An index that cannot be reached would hold up every package that is asked of it, so it is never asked of any other.
    """
    status, output = run([*pip, torch], 1)
    if status != 0 and "No matching distribution" in output:
        status, output = run([*pip, "--index-url", TORCH_CPU_INDEX, torch], 1)
        if status != 0 and is_unreachable(output):
            raise Problem(
                "pip finds no %s here, and %s does not answer: check the network, or put the wheel in a folder and name"
                " that: pip config set global.find-links FOLDER" % (torch, TORCH_CPU_INDEX)
            )
    if status != 0:
        raise Problem(explain(output))


def install(lock, pins):
    forget_half_installed()
    names = textwrap.shorten(", ".join(pins), 80, placeholder=" ...")
    print("setup: installing %d of the packages in %s: %s" % (len(pins), lock, names), flush=True)
    started = time.time()
    pip = [PYTHON, "-m", "pip", "install", "--disable-pip-version-check", "--no-input", "--no-deps"]
    for torch in pins:
        if re.match(r"torch==\S+\+cpu", torch):
            pip_torch(pip, torch)
    status, output = run_pip([*pip, *pins], len(pins))
    if status != 0:
        raise Problem(explain(output))
    print("setup: done in %.0f s" % (time.time() - started), flush=True)


def why_anew(missing):
    """What is to be said where .venv has to be made (anew), and nothing where it can stay."""
    if missing is None and not os.path.exists(VENV):
        return "making .venv"
    if missing is None:
        return "making .venv anew: it does not work, was moved, or is of another Python"
    for lock in missing:
        clashing = find_clashing(lock) if missing[lock] else []
        if clashing:
            return "making .venv anew: it has %s, which cannot stay next to %s" % (", ".join(clashing), lock)
    return ""


def prepare(locks):
    """Bring .venv to the state of these locks; the first one is the app's. What it has beyond them stays."""
    folder = os.open(os.path.join(ROOT, "dev", "setup"), os.O_RDONLY)
    os.set_inheritable(folder, True)
    fcntl.flock(folder, fcntl.LOCK_EX)  # one set-up at a time
    missing = find_missing(locks) if is_whole() else None
    anew = why_anew(missing)
    asked = [lock for lock in locks if anew or missing[lock]]
    if not asked:
        return
    check_space(ROOT, max(INSTALLED_GIB[asked[0]] - measure_gib(), 0.5))  # what is there is kept, or makes room
    check_space(tempfile.gettempdir(), DOWNLOADED_GIB[asked[0]], "make room there, or: TMPDIR=/a/larger/disk make run")
    if anew:
        print("setup: %s" % anew, flush=True)
        make_environment()
        missing = find_missing(locks)
    for lock in asked:
        install(lock, missing[lock])


def main(purpose):
    lock = choose_lock()
    if purpose == "test":
        prepare([lock, DEV_LOCK])
        return
    prepare([lock])
    check_port(read_setting(ROOT, "CHAINLIT_HOST", "127.0.0.1"), read_setting(ROOT, "CHAINLIT_PORT", "8000"))


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        main(sys.argv[1])
    except Problem as problem:
        sys.exit("setup: %s" % problem)
    except OSError as error:
        full = "make room and run it again; set-up goes on where it stopped" if error.errno == errno.ENOSPC else ROOT
        sys.exit("setup: %s: %s" % (error.strerror, full))
    except KeyboardInterrupt:
        sys.exit("\nsetup: interrupted; run it again to go on.")
