"""Make .venv what the lock files say, and do nothing when it is: `prepare.py run`, or `test` for the dev tools too.

Old Pythons read this too, to be told that they are old: no syntax newer than 3.6.
"""

import errno
import fcntl
import glob
import hashlib
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

from checks import (
    Problem,
    check_driver,
    check_platform,
    check_port,
    check_space,
    find_python,
    has_nvidia_gpu,
    read_setting,
)

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
VENV = os.path.join(ROOT, ".venv")
PYTHON = os.path.join(VENV, "bin", "python")
LOG = os.path.join(VENV, "setup.log")

TORCH_CPU_INDEX = "https://download.pytorch.org/whl/cpu"
LOCKS = {"cuda": "requirements.txt", "cpu": "requirements-cpu.txt", "remote": "requirements-remote.txt"}
DEV_LOCK = "requirements-dev.txt"
# What an environment takes, with a reserve; and what pip downloads meanwhile, into the folder for temporary files.
INSTALLED_GIB = {"requirements.txt": 12, "requirements-cpu.txt": 4, "requirements-remote.txt": 1, DEV_LOCK: 1}
DOWNLOADED_GIB = {"requirements.txt": 6, "requirements-cpu.txt": 1.5, "requirements-remote.txt": 0.5, DEV_LOCK: 0.5}


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


def stamp_path(lock):
    return os.path.join(VENV, "dev.stamp" if lock == DEV_LOCK else "app.stamp")


def stamp_text(lock):
    """What the stamp says once `lock` is installed. The folder too: a moved environment does not work."""
    with open(os.path.join(ROOT, lock), "rb") as content:
        return "%s\n%s\n%s\n" % (lock, VENV, hashlib.sha256(content.read()).hexdigest())


def read_stamp(lock):
    try:
        with open(stamp_path(lock), encoding="utf-8") as stamp:
            return stamp.read()
    except OSError:
        return ""


def is_environment_whole():
    """Whether .venv's Python starts and has pip: it does not after an update of the system's Python."""
    if not os.path.exists(PYTHON):
        return False
    return subprocess.run([PYTHON, "-I", "-c", "import pip"], stderr=subprocess.DEVNULL).returncode == 0


def measure_gib(folder):
    sizes = (os.lstat(os.path.join(base, name)).st_size for base, _, names in os.walk(folder) for name in names)
    return sum(sizes) / 2.0**30


def make_environment():
    python = find_python()
    print("setup: making .venv", flush=True)
    command = [python, "-m", "venv", "--clear", VENV]
    answer = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if answer.returncode != 0:
        raise Problem("Cannot make %s: %s" % (VENV, answer.stdout.decode(errors="replace").strip().splitlines()[-1]))


def forget_half_installed():
    """Let pip see what an interruption left half done: a package without RECORD, which it writes last."""
    for folder in glob.glob(os.path.join(VENV, "lib", "python*", "site-packages", "*.dist-info")):
        if not os.path.exists(os.path.join(folder, "RECORD")):
            shutil.rmtree(folder)


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


def install(lock):
    with open(os.path.join(ROOT, lock), encoding="utf-8") as content:
        pins = [line.strip() for line in content if "==" in line and not line.startswith("#")]
    forget_half_installed()
    print("setup: installing %s (%d packages) into .venv" % (lock, len(pins)), flush=True)
    started = time.time()
    pip = [PYTHON, "-m", "pip", "install", "--disable-pip-version-check", "--no-input", "--no-deps"]
    for torch in pins:
        if re.match(r"torch==\S+\+cpu", torch):
            pip_torch(pip, torch)
    status, output = run_pip([*pip, "-r", os.path.join(ROOT, lock)], len(pins))
    if status != 0:
        raise Problem(explain(output))
    with open(stamp_path(lock), "w", encoding="utf-8") as stamp:
        stamp.write(stamp_text(lock))
    print("setup: done in %.0f s" % (time.time() - started), flush=True)


def prepare(locks):
    """Bring .venv to the state of these locks; the first one is the app's."""
    folder = os.open(os.path.join(ROOT, "setup"), os.O_RDONLY)
    os.set_inheritable(folder, True)
    fcntl.flock(folder, fcntl.LOCK_EX)  # one set-up at a time
    stamp = read_stamp(locks[0])
    made_for_another = stamp and stamp.splitlines()[:2] != [locks[0], VENV]
    is_new = made_for_another or not is_environment_whole()
    missing = [lock for lock in locks if is_new or read_stamp(lock) != stamp_text(lock)]
    if not missing:
        return
    there_gib = 0 if is_new else measure_gib(VENV)
    check_space(ROOT, max(INSTALLED_GIB[missing[0]] - there_gib, 0.5))
    check_space(
        tempfile.gettempdir(), DOWNLOADED_GIB[missing[0]], "make room there, or: TMPDIR=/a/larger/disk make run"
    )
    if is_new:
        make_environment()
    for lock in missing:
        install(lock)


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
