"""Real films as DICOM: several patients, studies and transfer syntaxes."""

import csv
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import numpy as np
from PIL import Image
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.uid import (
    UID,
    ComputedRadiographyImageStorage,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    JPEGLSLossless,
    RLELossless,
)

SYNTAXES = (
    *(ImplicitVRLittleEndian, ExplicitVRLittleEndian, DeflatedExplicitVRLittleEndian, RLELossless),
    *(JPEGBaseline8Bit, JPEGLSLossless, JPEG2000Lossless),
)


@dataclass(frozen=True, slots=True)
class RealFilm:
    """A film as a PACS holds it."""

    content: bytes
    study: str
    instance: str
    patient: str


def real_films(data_dir: Path, count: int, syntaxes: tuple[UID, ...] = SYNTAXES) -> list[RealFilm]:
    """Films of children and adults in turn, two to a patient and three to two studies."""
    with (data_dir / "labels.csv").open() as file:
        rows = [row for row in csv.DictReader(file) if row["split"] == "val"]
    children = [row for row in rows if row["population"] == "child"]
    adults = [row for row in rows if row["population"] == "adult"]
    chosen = [row for pair in zip(children, adults, strict=False) for row in pair][:count]
    assert len(chosen) == count
    return [_film(data_dir, i, row, syntaxes[i % len(syntaxes)]) for i, row in enumerate(chosen)]


def _film(data_dir: Path, number: int, row: dict[str, str], syntax: UID) -> RealFilm:
    path = data_dir / row["file"]
    patient, study = number // 2, number * 2 // 3
    film = Dataset()
    film.SpecificCharacterSet = "ISO_IR 100"
    film.SOPClassUID = ComputedRadiographyImageStorage
    film.StudyInstanceUID = f"1.2.826.0.1.3680043.9.7{patient}.{study}"
    film.SeriesInstanceUID = f"{film.StudyInstanceUID}.1"
    film.SOPInstanceUID = f"{film.SeriesInstanceUID}.{number}"
    film.PatientName, film.PatientID = f"MÜLLER^JÖRG {patient}", f"4711-{patient}"
    film.PatientBirthDate = "20200101" if row["population"] == "child" else "19600101"
    film.StudyDate, film.StudyTime, film.StudyID = "20240503", "093000", str(study)
    film.PatientSex, film.AccessionNumber, film.ReferringPhysicianName = "O", f"A{study}", "BIANCHI^ANNA"
    film.Modality, film.BodyPartExamined, film.ViewPosition = "CR", "CHEST", "PA"
    film.SeriesNumber, film.InstanceNumber, film.PatientOrientation = 1, number, ["L", "F"]
    with Image.open(path) as picture:
        pixels = np.asarray(picture.convert("L"))
    film.Rows, film.Columns = pixels.shape
    film.SamplesPerPixel, film.PhotometricInterpretation, film.PixelRepresentation = 1, "MONOCHROME2", 0
    film.BitsAllocated, film.BitsStored, film.HighBit = 8, 8, 7
    film.PixelData = pixels.tobytes()
    film["PixelData"].VR = "OW" if syntax == ImplicitVRLittleEndian else "OB"
    film.file_meta = FileMetaDataset()
    film.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    if syntax == JPEGBaseline8Bit:
        film.file_meta.TransferSyntaxUID = syntax
        film.PixelData = encapsulate([path.read_bytes()])
        film.LossyImageCompression = "01"
    elif syntax.is_encapsulated:
        film.compress(syntax, generate_instance_uid=False)
    else:
        film.file_meta.TransferSyntaxUID = syntax
    file = BytesIO()
    film.save_as(file, enforce_file_format=True)
    return RealFilm(file.getvalue(), film.StudyInstanceUID, film.SOPInstanceUID, film.PatientID)
