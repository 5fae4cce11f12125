"""Check what the program is built from: `python tests/supply_chain.py`.

Known vulnerabilities and licences of all that is locked are findings, unless `supply_chain.toml` excuses them
by name until a date. The parts of the default installation are written as a CycloneDX SBOM.
"""

import datetime
import json
import re
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cyclonedx.model import ExternalReference, ExternalReferenceType, HashAlgorithm, HashType, XsUri
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component
from cyclonedx.output.json import JsonV1Dot6
from packageurl import PackageURL

ROOT = Path(__file__).resolve().parents[1]
DEFAULT, ALL = ROOT / "requirements.lock", ROOT / "requirements-all.lock"
EXCUSES, SBOM = ROOT / "tests" / "supply_chain.toml", ROOT / "sbom.cdx.json"
LOCKED = r"^([\w.-]+)==([^\s;]+)(.*(?:\n    --hash=.*)*)"
"""Name, version and hashes of a package in a lock file."""
LICENCE, NOT_CHECKED = "licence", "not checked: no vulnerability database reachable"
# The GPL and its like bind the whole program, and terms against commercial use its users. LGPL and MPL bind
# changes to the library itself: such a library is installed as published, and never copied in here.
REFUSED = re.compile(
    r"(?<!L)(?<!lesser )\bA?GPL|(?<!lesser )general public|\bSSPL|\bEUPL|commons clause|\bNC\b"
    r"|non-?commercial|proprietary",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong with a package: the number of a vulnerability, or `licence`."""

    package: str
    what: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Excuse:
    """A finding that is accepted until a date, and why."""

    package: str
    what: str
    until: datetime.date
    reason: str


def read_excuses(path: Path = EXCUSES) -> list[Excuse]:
    """Read the committed excuses."""
    return [Excuse(**one) for one in tomllib.loads(path.read_text()).get("excuse", [])]


def complaints(findings: Iterable[Finding], excuses: Sequence[Excuse], today: datetime.date) -> list[str]:
    """List the findings without an excuse, and the excuses that have expired."""
    valid = {(one.package, one.what) for one in excuses if one.until >= today}
    expired = [
        f"{one.package}: the excuse for {one.what} expired on {one.until}"
        for one in excuses
        if one.until < today
    ]
    return expired + [
        f"{one.package}: {one.what} {one.detail}".rstrip()
        for one in findings
        if (one.package, one.what) not in valid
    ]


def locked(lock: Path) -> set[str]:
    """Names of the packages in a lock file."""
    return {_normal(name) for name in re.findall(r"^([\w.-]+)==", lock.read_text(), re.MULTILINE)}


def licence_findings(rows: Iterable[dict[str, str]], packages: set[str]) -> list[Finding]:
    """Judge the licences that pip-licenses found; a package that states none is a finding too."""
    findings = []
    for row in rows:
        # Some packages give a licence's whole text, which may name other licences: its first line says which.
        stated = [row[kind].strip().partition("\n")[0] for kind in LICENCE_FIELDS if row[kind] != "UNKNOWN"]
        known = [one for one in stated if one]
        name = _normal(row["Name"])
        if name in packages and (not known or any(REFUSED.search(one) for one in known)):
            findings.append(Finding(name, LICENCE, "; ".join(known) or "none stated"))
    return findings


LICENCE_FIELDS = ("License-Expression", "License-Metadata", "License-Classifier")


def vulnerabilities(lock: Path) -> list[Finding] | None:
    """Ask pip-audit about everything in a lock file; `None` where its database cannot be reached.

    Where an index carries no vulnerabilities, pip-audit skips every package and says that there are none.
    """
    first, *_ = re.findall(r"^[\w.-]+==[^\s;]+", lock.read_text(), re.MULTILINE)
    with tempfile.TemporaryDirectory() as folder:
        probe = Path(folder) / "probe.txt"
        probe.write_text(f"{first}\n")
        answer = _audit("--no-deps", "--requirement", str(probe))
    if not answer or all("skip_reason" in one for one in answer):
        return None
    if (answer := _audit("--requirement", str(lock))) is None:
        return None
    if skipped := [one["name"] for one in answer if "skip_reason" in one]:
        print(f"vulnerabilities: not checked, the database lacks them: {', '.join(skipped)}")
    return [
        Finding(
            _normal(one["name"]), found["id"], f"fixed in {', '.join(found['fix_versions']) or 'none yet'}"
        )
        for one in answer
        for found in one.get("vulns", [])
    ]


def _audit(*options: str) -> list[dict[str, Any]] | None:
    command = ["pip_audit", "--disable-pip", "--format", "json", "--progress-spinner", "off", *options]
    ended = subprocess.run(
        [sys.executable, "-m", *command], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False
    )
    found: list[dict[str, Any]] | None = json.loads(ended.stdout)["dependencies"] if ended.stdout else None
    return found


def _licences() -> list[dict[str, str]]:
    command = [sys.executable, "-m", "piplicenses", "--from", "all", "--format", "json"]
    rows: list[dict[str, str]] = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
    return rows


def _write_sbom() -> int:
    parts = [_component(*part) for part in re.findall(LOCKED, DEFAULT.read_text(), re.MULTILINE)]
    bom = json.loads(JsonV1Dot6(Bom(components=parts)).output_as_string())
    # The same lock file gives the same SBOM.
    del bom["serialNumber"], bom["metadata"]["timestamp"]
    SBOM.write_text(json.dumps(bom, indent=2) + "\n")
    return len(bom["components"])


def _component(name: str, version: str, hashes: str) -> Component:
    """Describe a locked package, with the hashes of its files."""
    digests = [
        HashType(alg=HashAlgorithm.SHA_256, content=one) for one in re.findall(r"sha256:(\w+)", hashes)
    ]
    purl = PackageURL("pypi", name=name, version=version)
    address = XsUri(str(purl))
    files = ExternalReference(type=ExternalReferenceType.DISTRIBUTION, url=address, hashes=digests)
    return Component(name=name, version=version, purl=purl, bom_ref=str(purl), external_references=[files])


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def main() -> None:
    """Run the three checks; exit code 1 for a finding."""
    print(f"SBOM: {_write_sbom()} components in {SBOM.name}")
    packages = locked(DEFAULT) | locked(ALL)
    rows = _licences()
    if unseen := packages - {_normal(row["Name"]) for row in rows}:
        print(f"licences: not checked, not installed here: {', '.join(sorted(unseen))}")
    found = licence_findings(rows, packages)
    print(f"licences: {len(packages)} packages, {len(found)} findings")
    vulnerable = vulnerabilities(ALL)
    print(f"vulnerabilities: {NOT_CHECKED if vulnerable is None else f'{len(vulnerable)} findings'}")
    wrong = complaints(
        [*found, *(vulnerable or [])], read_excuses(), datetime.datetime.now(datetime.UTC).date()
    )
    for line in wrong:
        print(f"supply chain: {line}")
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
