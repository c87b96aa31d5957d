"""Which pins of these lock files the Python that runs this lacks, as JSON: `.venv/bin/python -I installed.py LOCK...`.

It knows no more than that, and needs no package but pip, which brings its own copy of what reads pins and versions.
"""

import json
import sys
import sysconfig
from pathlib import Path

try:
    from packaging.requirements import Requirement
    from packaging.utils import canonicalize_name
except ImportError:  # it is not installed yet; in a process that goes on, as that of tests, pip spoils distutils
    from pip._vendor.packaging.requirements import Requirement
    from pip._vendor.packaging.utils import canonicalize_name


def installed_versions(folder: Path) -> dict[str, str]:
    """Name -> version of what is installed whole: pip moves to ~ what it removes, and writes INSTALLER at the end."""
    whole = [info.stem for info in folder.glob("[!~]*.dist-info") if (info / "INSTALLER").exists()]
    return {canonicalize_name(name): version for name, _, version in (stem.rpartition("-") for stem in whole)}


def read_pins(lock: Path) -> list[Requirement]:
    """The pins that are meant for this Python and this machine."""
    lines = (line.strip() for line in lock.read_text(encoding="utf-8").splitlines())
    pins = [Requirement(line) for line in lines if line and not line.startswith("#")]
    return [pin for pin in pins if pin.marker is None or pin.marker.evaluate()]


def is_installed(pin: Requirement, versions: dict[str, str]) -> bool:
    version = versions.get(canonicalize_name(pin.name))
    return version is not None and pin.specifier.contains(version, prereleases=True)


def missing_pins(lock: Path, versions: dict[str, str]) -> list[str]:
    """The pins of `lock` that are not installed, or in another version, without the markers that let them be taken."""
    return [f"{pin.name}{pin.specifier}" for pin in read_pins(lock) if not is_installed(pin, versions)]


if __name__ == "__main__":
    versions = installed_versions(Path(sysconfig.get_path("purelib")))
    print(json.dumps({lock: missing_pins(Path(lock), versions) for lock in sys.argv[1:]}))
