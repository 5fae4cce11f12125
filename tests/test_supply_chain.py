import datetime
import json
import re
from pathlib import Path

import pytest
import supply_chain
from supply_chain import (
    ALL,
    DEFAULT,
    EXCUSES,
    Excuse,
    Finding,
    complaints,
    licence_findings,
    locked,
    read_excuses,
)

TODAY = datetime.date(2026, 11, 28)


NONE = "UNKNOWN"


def row(expression: str = NONE, metadata: str = NONE, classifier: str = NONE) -> dict[str, str]:
    kinds = ("Name", "License-Expression", "License-Metadata", "License-Classifier")
    return dict(zip(kinds, ("Some_Package", expression, metadata, classifier), strict=True))


@pytest.mark.parametrize(
    "stated",
    [
        row(expression="GPL-3.0-or-later"),
        row(expression="MIT AND AGPL-3.0-only"),
        row(metadata="GPLv2+"),
        row(classifier="GNU General Public License v3 (GPLv3)"),
        row(metadata="CC BY-NC 4.0"),
        row(),
    ],
)
def test_a_licence_that_binds_the_program_or_is_not_stated_is_a_finding(stated: dict[str, str]) -> None:
    (finding,) = licence_findings([stated], {"some-package"})

    assert (finding.package, finding.what) == ("some-package", "licence")
    assert licence_findings([stated], {"another"}) == []


@pytest.mark.parametrize(
    "stated",
    [
        row(expression="LGPL-2.1-or-later"),
        row(classifier="GNU Lesser General Public License v3 (LGPLv3)"),
        row(metadata="MPL-2.0 AND MIT"),
        row(metadata="BSD 3-Clause License\n\nNot the GPL"),
    ],
)
def test_a_licence_that_binds_only_the_library_is_accepted(stated: dict[str, str]) -> None:
    assert licence_findings([stated], {"some-package"}) == []


def test_a_finding_is_excused_by_its_name_until_its_date() -> None:
    found = [Finding("made", "CVE-1", "fixed in 2.0"), Finding("made", "CVE-2")]
    excuse = Excuse("made", "CVE-1", TODAY, "the code is not reached")

    assert complaints(found, [excuse], TODAY) == ["made: CVE-2"]
    tomorrow = TODAY + datetime.timedelta(days=1)
    assert complaints(found, [excuse], tomorrow) == [
        "made: the excuse for CVE-1 expired on 2026-11-28",
        "made: CVE-1 fixed in 2.0",
        "made: CVE-2",
    ]


def test_what_is_excused_is_locked_and_has_a_reason() -> None:
    excuses = read_excuses(EXCUSES)

    assert {one.package for one in excuses} <= locked(ALL) and all(one.reason for one in excuses)


def test_the_sbom_names_each_locked_package_with_the_hashes_of_its_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supply_chain, "SBOM", tmp_path / "sbom.json")
    supply_chain._write_sbom()
    written = (tmp_path / "sbom.json").read_text()
    supply_chain._write_sbom()
    assert (tmp_path / "sbom.json").read_text() == written

    parts = json.loads(written)["components"]
    assert {part["name"] for part in parts} == locked(DEFAULT)
    hashes = [one["content"] for part in parts for one in part["externalReferences"][0]["hashes"]]
    assert sorted(hashes) == sorted(re.findall(r"--hash=sha256:(\w+)", DEFAULT.read_text()))
