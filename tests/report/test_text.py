from report.reported_cases import NOW, VERSION, read_case, refused_case, waiting_case

from cxr import RESEARCH_USE
from cxr.language.language import Language
from cxr.report.text import report_text
from cxr.worklist.case import Finding, Report
from cxr.worklist.location import Location, Side, Zone


def test_a_report_to_copy_holds_finding_note_reader_and_result() -> None:
    text = report_text(read_case(), NOW, 0.2)
    for words in ("Case 12", "Finding: pneumonia", "Read by Ada, 3 May 2024, 10:00 UTC", "estimate 87.0 %"):
        assert words in text
    assert "where 20 in 100 show pneumonia, about 87 show it" in text
    assert text.endswith(f"Model {VERSION}. {RESEARCH_USE}")


def test_where_a_reader_sees_pneumonia_is_said_in_each_language() -> None:
    report = Report(Finding.PNEUMONIA, NOW, location=Location(Side.RIGHT, Zone.LOWER))
    case = read_case(report=report)
    assert "Finding: pneumonia, right lower zone\n" in report_text(case, NOW, 0.2)
    spanish = report_text(case, NOW, 0.2, Language.SPANISH)
    assert "neumonía, zona inferior derecha\n" in spanish


def test_without_a_finding_or_a_score_the_text_says_so() -> None:
    assert "Finding: not read yet" in report_text(waiting_case(), NOW, 0.2)
    refused = report_text(refused_case(), NOW, 0.2)
    assert "not scored" in refused and "estimate" not in refused
