"""Where the outlined region lies, in words: side, zone and share of the lungs."""

from pathlib import Path

import numpy as np
import pytest

from cxr.explain.gradcam import HeatMap
from cxr.explain.lung_field import LungLayer, reaches_edge
from cxr.explain.place import OUTSIDE, ZONES, heat_sentences, place_of, place_sentence
from cxr.explain.region import NO_REGION, OUTLINED
from cxr.model.bundle import Bundle
from cxr.model.network import CxrNet
from cxr.screening import Screener

# Two lungs of 12 by 4 cells, the right one on the left of the film.
LUNGS = np.zeros((14, 14), np.float32)
LUNGS[1:13, 2:6] = LUNGS[1:13, 8:12] = 1
ROWS, COLUMNS = (2, 6, 10), (3, 9)


def heat_at(*places: tuple[int, int], lungs: np.ndarray | None = LUNGS, shown: bool = True) -> HeatMap:
    values = np.zeros((14, 14), np.float32)
    for row, column in places:
        values[row : row + 2, column : column + 2] = 0.9
    return HeatMap(values, 0.5, shown, lungs)


@pytest.mark.parametrize("zone", range(6))
def test_each_zone_is_named_by_the_patients_side(zone: int) -> None:
    place = place_of(heat_at((ROWS[zone % 3], COLUMNS[zone // 3])))

    assert place and place.zones == (ZONES[zone],)
    assert place.inside > 0.95 and 0.02 < place.of_lungs < 0.08


def test_a_region_that_reaches_into_two_zones_is_named_by_both() -> None:
    values = np.zeros((14, 14), np.float32)
    values[2:8, 8:12] = 0.9
    place = place_of(HeatMap(values, 0.5, True, LUNGS))
    assert place and place.zones == ("left upper zone", "left middle zone")
    both = "It lies in several zones (left upper zone, left middle zone) and covers "
    assert place_sentence(HeatMap(values, 0.5, True, LUNGS)).startswith(both)


def test_a_region_outside_the_lungs_is_warned_of() -> None:
    assert place_sentence(heat_at((0, 0))) == OUTSIDE
    assert heat_sentences(heat_at((0, 0))) == [f"{OUTLINED}.", OUTSIDE]


def test_the_sentence_names_zones_and_share() -> None:
    sentence = place_sentence(heat_at((10, 3)))
    assert sentence.startswith("It lies in the right lower zone and covers ")
    assert sentence.endswith(" % of the lungs.")


@pytest.mark.parametrize(
    "heat",
    [
        heat_at((10, 3), lungs=None),
        heat_at((10, 3), shown=False),
        heat_at((10, 3), lungs=np.zeros((14, 14), np.float32)),
        heat_at(),
    ],
    ids=["earlier bundle", "routine", "no lungs found", "no region"],
)
def test_nothing_is_said_where_nothing_is_known(heat: HeatMap) -> None:
    assert place_of(heat) is None and place_sentence(heat) == ""
    assert OUTSIDE not in heat_sentences(heat)


def test_without_a_region_the_report_says_that_none_stands_out() -> None:
    assert heat_sentences(heat_at()) == [f"{NO_REGION}."]


def test_a_network_without_the_layer_finds_no_lungs() -> None:
    assert LungLayer.of(CxrNet(hidden=16)) is None


def test_the_layer_is_the_networks_own() -> None:
    import torch

    network = CxrNet(hidden=16, lungs=True)
    assert network.lungs
    maps = torch.rand(2, network.lungs.in_channels, 3, 4)
    with torch.no_grad():
        expected = network.lungs(maps).sigmoid()[:, 0].numpy()
    layer = LungLayer.of(network)
    assert layer
    np.testing.assert_allclose(layer.fields(maps.numpy()), expected, atol=1e-5)


def test_lungs_of_real_films_lie_where_they_were_drawn_by_hand(
    bundle: Bundle, screener: Screener, data_dir: Path
) -> None:
    """Overlap with the hand-drawn outlines over that with a field that is everywhere the mean."""
    import cv2
    from PIL import Image

    from cxr.film import Population, read_film

    overlaps = []
    for outline in sorted((data_dir / "lungs" / "jsrt").rglob("*.png"))[:6]:
        film = data_dir / outline.relative_to(data_dir / "lungs")
        (source,) = film.parent.glob(f"{film.stem}.*")
        (result,) = screener.screen_films([read_film(source)], Population.ADULT)
        if result.heat is None or result.heat.lungs is None:
            continue
        with Image.open(outline) as image:
            drawn = np.asarray(image.convert("L").resize((112, 112))) >= 128
        found = cv2.resize(result.heat.lungs, (112, 112)) >= 0.5
        overlaps.append((drawn & found).sum() / (drawn | found).sum())
    assert len(overlaps) >= 3 and min(overlaps) > 0.5


def test_a_lung_at_an_edge_over_half_its_height_is_cut_off() -> None:
    assert not reaches_edge(LUNGS)
    assert reaches_edge(LUNGS[:, 3:]) and reaches_edge(LUNGS[:, :10])
    corner = LUNGS.copy()
    corner[1:6, 0] = 1
    assert not reaches_edge(corner)
    assert not reaches_edge(np.zeros((14, 14), np.float32))


def test_of_a_film_that_lacks_a_third_of_its_width_the_reader_is_told(
    screener: Screener, data_dir: Path
) -> None:
    from dataclasses import replace

    from cxr.film import Population, read_film

    told = {"whole": 0, "cut": 0}
    for path in sorted((data_dir / "siim").rglob("*.*"))[:8]:
        film = read_film(path)
        width = film.pixels.shape[1]
        cut = replace(film, pixels=film.pixels[:, : 2 * width // 3].copy())
        for name, one in (("whole", film), ("cut", cut)):
            (result,) = screener.screen_films([one], Population.ADULT)
            codes = [reason.code for reason in result.decision.reasons]
            told[name] += "lungs_at_edge" in codes or not result.quality_check.accepted
    assert told["whole"] <= 1 and told["cut"] >= 6
