"""Films, files and cards made in memory for tests; no patient's."""

import struct
import zlib
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import torch
from film.film_files import dicom_file, picture_file
from grey_png import grey_png
from PIL import Image

from cxr.film import Film, FilmErrorCode, Population
from cxr.model.card import (
    Architecture,
    Calibration,
    Card,
    HeatScale,
    OperatingPoints,
    PopulationCard,
    Preprocessing,
    QualityHeadCard,
    Training,
)
from cxr.model.network import CxrNet
from cxr.model.preprocess import to_input
from cxr.model.trunk import TRUNK_CHANNELS
from cxr.quality.check import RefusalCode
from cxr.quality.head import GRID, QualityHead

Grey = npt.NDArray[np.uint8]

QUALITY_KINDS = (RefusalCode.INVERTED, RefusalCode.NOT_CHEST)


def grey_level(seed: int, height: int = 224, width: int = 224) -> Grey:
    """Draw a smooth cloud from black to white that differs from seed to seed."""
    cells = np.random.default_rng(seed).random((9, 9)).astype(np.float32)
    cloud = cv2.resize(cells, (width, height), interpolation=cv2.INTER_CUBIC)
    return np.round(255 * (cloud - cloud.min()) / np.ptp(cloud)).astype(np.uint8)


def grey_levels(count: int) -> Grey:
    return np.stack([grey_level(seed) for seed in range(count)])


def made_film(seed: int = 0, height: int = 224, width: int = 224, **header: Any) -> Film:
    return Film(grey_level(seed, height, width), sha256=f"{seed:064x}", **header)


def png(seed: int) -> bytes:
    return picture_file(Image.fromarray(grey_level(seed)), "PNG")


def dicom(seed: int, age: str) -> bytes:
    return dicom_file(grey_level(seed), PatientAge=age)


def made_card(
    name: str = "made",
    populations: tuple[Population, ...] = (Population.CHILD,),
    low: float = 0.3,
    high: float = 0.7,
) -> Card:
    points = PopulationCard(
        calibration=Calibration(slope=1.0, intercept=0.0, fitted_prevalence=0.5),
        operating_points=OperatingPoints(low=low, high=high),
    )
    return Card(
        name=name,
        created="2024-01-01",
        architecture=Architecture(trunks=("mobilenet_v2",), output_stride=16, hidden=16),
        preprocessing=Preprocessing(size=224, slope_limit=4.0),
        populations=dict.fromkeys(populations, points),
        heat=HeatScale(full=0.01, contour=0.5),
        quality_head=QualityHeadCard(kinds=QUALITY_KINDS, threshold=0.0),
        training=Training(
            command="none",
            seed=0,
            data_sha256="0" * 64,
            epochs=0,
            best_epoch=0,
            films={},
            versions={},
            licence="none",
        ),
    )


def made_quality_head(refuses: RefusalCode | None = None) -> QualityHead:
    """Make the quality head of a made card, which accepts every film, or refuses each for one reason."""
    features = TRUNK_CHANNELS * GRID * GRID
    zeros = np.zeros(features, np.float32)
    bias = np.array([1, *(2 if kind is refuses else -1 for kind in QUALITY_KINDS)], np.float32)
    weight = np.zeros((features, len(bias)), np.float32)
    return QualityHead(QUALITY_KINDS, zeros, zeros + 1, weight, bias, threshold=0.0)


def bad_files() -> dict[str, tuple[bytes, FilmErrorCode]]:
    """Files that are added as films and are not films, with the code each is refused with."""
    jpeg = picture_file(Image.fromarray(grey_level(0)), "JPEG")
    frames = [Image.fromarray(grey_level(seed)) for seed in (1, 2)]
    animation = picture_file(frames[0], "PNG", save_all=True, append_images=frames[1:])
    photograph = Image.fromarray(np.stack([grey_level(seed) for seed in (3, 4, 5)], axis=2))
    return {
        "unknown.png": (bytes(range(64)), FilmErrorCode.NOT_AN_IMAGE),
        "cut_short.jpg": (jpeg[: len(jpeg) // 2], FilmErrorCode.DAMAGED),
        "nothing.png": (b"", FilmErrorCode.EMPTY_FILE),
        "bomb.png": (black_png(30_000), FilmErrorCode.TOO_MANY_PIXELS),
        "animation.png": (animation, FilmErrorCode.MULTIPLE_IMAGES),
        "photograph.jpg": (picture_file(photograph, "JPEG"), FilmErrorCode.COLOUR),
    }


def black_png(side: int) -> bytes:
    """Write a black square as a PNG without ever holding its pixels.

    A thousandth of the rows is deflated, and repeated: after a full flush the stream begins anew. The
    Adler-32 of n zeros is n mod 65521, then 1.
    """
    row = side + 1  # with the filter's byte
    deflate = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    part = deflate.compress(bytes(row * side // 1000)) + deflate.flush(zlib.Z_FULL_FLUSH)
    adler = struct.pack(">HH", row * side % 65521, 1)
    return grey_png(side, side, b"\x78\xda" + part * 1000 + b"\x03\x00" + adler)


def scale_to_films(network: torch.nn.Module, batch: torch.Tensor) -> None:
    """Give random weights batch norms of the scale of films, without which every logit would be the same."""
    norms = [layer for layer in network.modules() if isinstance(layer, torch.nn.BatchNorm2d)]
    for norm in norms:
        norm.momentum = 1.0
    with torch.no_grad():
        network.train()(batch)
    for norm in norms:
        norm.momentum = 0.1


def shown_films(network: CxrNet, films: Grey, preprocessing: Preprocessing) -> CxrNet:
    """Make a network that scores of random weights, scaled to some films."""
    scale_to_films(network, to_input(films, preprocessing))
    return network.eval().requires_grad_(False)
