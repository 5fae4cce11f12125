"""Structured reports as radiologists' systems write them, made in memory."""

from io import BytesIO
from typing import Any

from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.sequence import Sequence
from pydicom.sr.codedict import codes
from pydicom.sr.coding import Code
from pydicom.uid import UID, BasicTextSRStorage, ExplicitVRLittleEndian, generate_uid

PNEUMONIA = Code("233604007", "SCT", "Pneumonia")
PNEUMONIA_RADLEX = Code("RID5350", "RADLEX", "pneumonia")
ATELECTASIS = Code("46621007", "SCT", "Atelectasis")
FINDINGS, HISTORY = codes.DCM.Findings, codes.DCM.History
FINDING, IMPRESSION = codes.DCM.Finding, codes.DCM.Impression


def code(value: Code) -> Dataset:
    made = Dataset()
    made.CodeValue, made.CodingSchemeDesignator, made.CodeMeaning = value[0], value[1], value[2]
    return made


def item(kind: str, name: Code, *inner: Dataset, by: str = "CONTAINS", **content: Any) -> Dataset:
    made = Dataset()
    made.RelationshipType, made.ValueType = by, kind
    made.ConceptNameCodeSequence = Sequence([code(name)])
    for keyword, value in content.items():
        setattr(made, keyword, value)
    if kind == "CONTAINER":
        made.ContinuityOfContent = "SEPARATE"
    if inner:
        made.ContentSequence = Sequence(inner)
    return made


def coded(name: Code, value: Code, *inner: Dataset, by: str = "CONTAINS") -> Dataset:
    return item("CODE", name, *inner, by=by, ConceptCodeSequence=Sequence([code(value)]))


def said(name: Code, words: str) -> Dataset:
    return item("TEXT", name, TextValue=words)


def section(name: Code, *inner: Dataset) -> Dataset:
    return item("CONTAINER", name, *inner)


def report(study: str, *content: Dataset, kind: UID = BasicTextSRStorage, **header: Any) -> Dataset:
    """A complete report that Grace Hopper verified; a change to `None` leaves the element out."""
    made = item("CONTAINER", Code("18748-4", "LN", "Diagnostic imaging report"))
    del made.RelationshipType
    made.ContentSequence = Sequence(content)
    made.SOPClassUID, made.SOPInstanceUID, made.Modality = kind, generate_uid(), "SR"
    made.StudyInstanceUID, made.SeriesInstanceUID = study, generate_uid()
    made.PatientName, made.PatientID, made.Manufacturer = "ROSSI^MARIA", "MRN-4711", "Reporting Ltd"
    made.CompletionFlag, made.VerificationFlag = "COMPLETE", "VERIFIED"
    verified = Dataset()
    verified.VerifyingObserverName, verified.VerificationDateTime = "HOPPER^GRACE", "20240504101500+0100"
    made.VerifyingObserverSequence = Sequence([verified])
    for keyword, value in header.items():
        if value is None:
            delattr(made, keyword)
        else:
            setattr(made, keyword, value)
    made.file_meta = FileMetaDataset()
    made.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    return made


def as_file(made: Dataset) -> bytes:
    file = BytesIO()
    made.save_as(file, enforce_file_format=True)
    return file.getvalue()
