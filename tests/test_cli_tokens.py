"""Tokens and findings from elsewhere, from the shell."""

from pathlib import Path

import pytest
from commands import run
from film.film_files import dicom_file
from made_films import grey_level

from cxr.film import Population
from cxr.settings import Settings
from cxr.worklist.case import Finding
from cxr.worklist.worklist import Worklist

pytestmark = pytest.mark.usefixtures("worklist_set")


def test_a_token_is_shown_once_listed_without_it_and_revoked() -> None:
    added = run("token", "add", "ris", "--days", 30)
    token = added.stdout.strip()
    listed = run("token", "list")
    revoked = run("token", "revoke", "RIS")

    assert token.startswith("cxr_") and len(token) > 40 and token not in added.stderr
    assert listed.stdout.startswith("ris: valid until ") and listed.stdout.endswith(", never used\n")
    assert revoked.stdout.startswith("ris: revoked ")
    assert token not in listed.stdout + run("audit", "show").stdout
    assert run("audit", "show").stdout.count("token changed") == 2


def test_what_is_not_possible_with_a_token_is_explained() -> None:
    run("token", "add", "ris")

    assert "Choose another name" in run("token", "add", "ris").stderr
    assert "is not a valid name" in run("token", "add", "(ris)").stderr
    assert "There is no such token." in run("token", "revoke", "pacs 2").stderr
    for days in (0, 3651):
        assert run("token", "add", "router", "--days", days).exit_code == 2


def test_findings_of_a_csv_file_are_taken_line_by_line(tmp_path: Path) -> None:
    worklist = Worklist.of(Settings())
    numbers = []
    for seed in (1, 2):
        uids = {"StudyInstanceUID": f"1.2.3.{seed}", "SOPInstanceUID": f"1.2.3.{seed}.1"}
        content = dicom_file(grey_level(seed), AccessionNumber=f"A{seed}", **uids)
        numbers.append(worklist.intake.accept("a film", content, Population.CHILD, "Ada").number)
    file = tmp_path / "findings.csv"
    file.write_text(
        "study_uid,accession,finding,reader,reported_at\n"
        "1.2.3.1,,Pneumonia,Dr. Weiss,2026-03-31T14:30+01:00\n"
        ",A2,no pneumonia,,\n"
        ",A2,no pneumonia,,\n"
        ",A9,other,,\n"
        ",A1,MARIA ROSSI,,\n"
        ",A1,other,,MARIA ROSSI\n"
        "1.2.3.1,A1,other,,\n"
    )
    taken = run("findings", file)
    cases = [worklist.ranked.case(number) for number in numbers]

    assert taken.exit_code == 1
    assert taken.stdout.splitlines() == [
        "line 2: case 1, stored",
        "line 3: case 2, stored",
        "line 4: case 2, unchanged",
        "line 5: not taken. No case on the worklist belongs to this report.",
        "line 6: not taken. The finding is none of: pneumonia, no pneumonia, other, cannot judge.",
        "line 7: not taken. reported_at is not a time such as 2026-03-31T14:30+01:00.",
        "line 8: not taken. Name one of film, study_uid and accession.",
        "3 findings taken: stored 2, unchanged 1; 4 not taken.",
    ]
    reports = [case.report for case in cases if case and case.report]
    assert [report.finding for report in reports] == [Finding.PNEUMONIA, Finding.NO_PNEUMONIA]
    assert all(report.elsewhere for report in reports)
    assert "2 cases read, 2 of them reported elsewhere" in run("monitor").stdout


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"a,b\n1,2\n", "needs a column finding"),
        (b"finding,film,patient\n", "has 1 other column"),
        (b"\xff\xfe\x00", "not text in UTF-8"),
        (b'finding,film\n"other,1\n', "Line 2: its quotation marks"),
        (None, "cannot be read (No such file or directory)"),
    ],
)
def test_a_file_that_is_no_list_of_findings_is_refused(
    tmp_path: Path, content: bytes | None, said: str
) -> None:
    file = tmp_path / "findings.csv"
    if content is not None:
        file.write_bytes(content)
    refused = run("findings", file)

    assert refused.exit_code == 1 and said in refused.stderr.replace("\n", " ")
