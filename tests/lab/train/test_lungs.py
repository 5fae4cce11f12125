from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from lab.train.synthetic_films import labelled
from PIL import Image

from cxr.lab.train.lungs import LUNG, SIDE, UNKNOWN, outline_loss, outline_maps, read_outlines


def two_lungs() -> np.ndarray:
    outline = np.zeros((224, 224), dtype=np.uint8)
    outline[40:180, 20:90] = outline[40:180, 140:200] = 255
    return outline


def outlined(folder: Path, source: str) -> np.ndarray:
    film, missing = (
        replace(made, path=folder / made.path) for made in (labelled(1, source=source), labelled(2))
    )
    (folder / "lungs").mkdir()
    Image.fromarray(two_lungs()).save(folder / "lungs" / "001.png")
    found = read_outlines([film, missing], folder / "labels.csv", folder / "lungs")
    assert found.keys() == {film.path}
    return found[film.path]


def test_outlines_are_found_beside_the_films_of_the_same_name(tmp_path: Path) -> None:
    outline = outlined(tmp_path, "east")

    assert outline.shape == (SIDE, SIDE)
    assert (outline[20:90, 10:45] == LUNG).all() and (outline == LUNG).mean() == 70 * 65 / SIDE**2


def test_between_the_lungs_nothing_is_known_where_the_publisher_left_the_heart_out(tmp_path: Path) -> None:
    outline = outlined(tmp_path, "jsrt")

    assert (outline[20:90, 45:70] == UNKNOWN).all()
    assert (outline == UNKNOWN).sum() == 70 * 25


def test_lungs_that_are_where_they_were_outlined_cost_next_to_nothing() -> None:
    maps = torch.zeros(2, 2, SIDE, SIDE)
    maps[:, 0, : SIDE // 2] = 1
    maps[:, 1] = 1
    right = torch.full((2, 1, 14, 14), -12.0)
    right[:, :, :7] = 12

    assert outline_loss(right, maps) < 1e-3
    assert outline_loss(-right, maps) > 10


def test_films_without_outline_and_unknown_parts_teach_nothing() -> None:
    film = labelled(1)
    outline = np.zeros((SIDE, SIDE), dtype=np.uint8)
    outline[:56], outline[56:84] = LUNG, UNKNOWN
    maps = outline_maps([film, labelled(2)], {film.path: outline})
    logits = torch.zeros(2, 1, 4, 4, requires_grad=True)

    outline_loss(logits, maps).backward()

    assert logits.grad is not None
    assert (logits.grad[0, 0, [0, 1, 3]] != 0).all()
    assert (logits.grad[0, 0, 2] == 0).all() and (logits.grad[1] == 0).all()
    assert outline_loss(logits, outline_maps([labelled(2)] * 2, {})) == 0
