"""What comes with the app: the licence of each package, and which are known to be vulnerable (`make audit`).

An unknown kind of licence ends it with status 1, until somebody has read it. A vulnerability does not: it is said, and
kept in .ci/out. Where nobody can be asked for those, there is the list of versions, and that is said too.
"""

import json
import re
import subprocess
import sys
import tempfile
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path

import environment
from installed import read_pins

ROOT = Path(environment.ROOT)
OUT = ROOT / ".ci" / "out"
ASK_S = 60

# Kinds under which we may use a package and pass the app on, by SPDX's names and by those that packages write.
ALLOWED = frozenset(
    name.casefold()
    for name in (
        *("0BSD", "BSD", "BSD-2-Clause", "BSD-3-Clause", "BSD License", "3-Clause BSD License", "BSL-1.0"),
        *("MIT", "MIT-0", "MIT-CMU", "MIT License", "ISC", "ISC License (ISCL)", "CC0-1.0", "HPND", "Zlib"),
        *("Apache-2.0", "Apache 2.0", "Apache License 2.0", "Apache 2.0 License", "Apache Software License"),
        *("LLVM-exception", "CNRI-Python", "PSF-2.0", "Python Software Foundation License", "Unlicense"),
        *("The Unlicense (Unlicense)", "BSD-derived (http://www.repoze.org/LICENSE.txt)", "dependency licenses"),
        *("MPL-2.0", "Mozilla Public License 2.0 (MPL 2.0)"),  # its files stay under it; ours need not be
        *("LGPL-2.1-only", "LGPL-3.0-only"),  # used as they are, and replaceable: pycountry, psycopg
        *(
            "Other/Proprietary License",
            "LicenseRef-NVIDIA-Proprietary",
        ),  # Intel's OpenMP, NVIDIA's CUDA: may be passed on
    )
)
READ = {  # packages whose metadata names none, and what their files say
    "oss-harmony": "Apache-2.0",
    "setuptools": "MIT",
    "axe-playwright-python": "MIT",
    "prometheus-fastapi-instrumentator": "ISC",
}


def licence(name):
    """What a package says of its licence, in the first of the places where it can; None if it is not installed."""
    try:
        about = metadata(name)
    except PackageNotFoundError:
        return None
    kinds = [kind.rpartition(" :: ")[2] for kind in about.get_all("Classifier", []) if kind.startswith("License ::")]
    said = about.get("License-Expression") or " AND ".join(kinds) or (about.get("License") or "").strip()
    return READ.get(name) or said.partition("\n")[0] or "none that is named"


def is_allowed(said):
    """Whether each part of what is said is allowed, or each of one of its alternatives. What is nested is left to a
    person."""
    choices = [re.split(r"\s+(?:AND|WITH)\s+|, ", choice) for choice in re.split(r"\s+OR\s+", said)]
    return said.casefold() in ALLOWED or any(all(part.casefold() in ALLOWED for part in parts) for parts in choices)


def list_licences(pins):
    """A line for each package that is here, and the names of those under a licence that nobody has read."""
    said = {pin.name: (str(pin.specifier), licence(pin.name)) for pin in pins}
    here = {name: (version, kind) for name, (version, kind) in said.items() if kind is not None}
    lines = [f"{name}{version}: {kind}" for name, (version, kind) in sorted(here.items())]
    if left := len(said) - len(here):
        lines.append(f"({left} more are for another machine, and not installed here)")
    return lines, sorted(name for name, (_, kind) in here.items() if not is_allowed(kind))


def ask(pins):
    """What pip-audit's source knows: name -> the ids of its vulnerabilities. None if it cannot be asked, or knows too
    few of them to count as an answer: an index that only mirrors packages says of each that there is none."""
    with tempfile.TemporaryDirectory() as folder:
        chosen = Path(folder, "pins.txt")
        chosen.write_text("".join(f"{pin.name}{pin.specifier}\n" for pin in pins), encoding="utf-8")
        what = [
            "-r",
            str(chosen),
            "--no-deps",
            "--disable-pip",
            "--progress-spinner=off",
            "--format=json",
            "--timeout=5",
        ]
        try:
            done = subprocess.run(
                [sys.executable, "-m", "pip_audit", *what], capture_output=True, text=True, timeout=ASK_S
            )
            found = json.loads(done.stdout)["dependencies"]
        except (subprocess.TimeoutExpired, ValueError, LookupError, TypeError):
            return None
    known = {one["name"]: sorted(each["id"] for each in one["vulns"]) for one in found if "vulns" in one}
    return known if 2 * len(known) > len(pins) else None


def list_vulnerabilities(pins):
    """What is known to be vulnerable, or that nobody could be asked, with the versions to look up by hand."""
    # One first: where it gets no answer, two hundred would not.
    known = ask(pins[:1]) and ask(pins)
    if known is None:
        versions = [f"{pin.name}{pin.specifier}" for pin in pins]
        return [
            "NOT AUDITED: nobody could be asked for vulnerabilities from here; instead, the list of versions:",
            *versions,
        ]
    vulnerable = [f"{name}: {', '.join(ids)}" for name, ids in sorted(known.items()) if ids]
    return [
        f"Asked about {len(pins)} packages, {len(known)} were known, {len(vulnerable)} are vulnerable.",
        *vulnerable,
    ]


def main():
    pins = {pin.name: pin for lock in sorted(ROOT.glob("requirements*.txt")) for pin in read_pins(lock)}
    chosen = [pins[name] for name in sorted(pins)]
    licences, unread = list_licences(chosen)
    found = list_vulnerabilities(chosen)
    OUT.mkdir(parents=True, exist_ok=True)
    for name, lines in (("licences.txt", licences), ("audit.txt", found)):
        (OUT / name).write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(f"{len(licences)} licences: .ci/out/licences.txt. {found[0]} .ci/out/audit.txt")
    if unread:
        kinds = "; ".join(f"{name}: {licence(name)}" for name in unread)
        print(
            f"Read the licence, and add its kind to ALLOWED in dev/setup/audit.py if it may stay: {kinds}",
            file=sys.stderr,
        )
    return 1 if unread else 0


if __name__ == "__main__":
    sys.exit(main())
