"""Two networks joined: the mean of their evidence, one heat map, the lungs of the one that finds them."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from made_films import grey_levels, made_card, made_quality_head, shown_films

from cxr.explain.gradcam import grad_cam
from cxr.lab.train.join import join, side_by_side
from cxr.model.bundle import Bundle, load_bundle, save_bundle
from cxr.model.card import Architecture, Calibration, Card, GreyLevels, Preprocessing, TrunkName
from cxr.model.engine import Engine
from cxr.model.engines import installed_libraries, make_engine
from cxr.model.network import CxrNet
from cxr.model.preprocess import to_input

FILMS = grey_levels(7)
BOTH: tuple[GreyLevels, ...] = ("equalised", "standardised")


def made(seed: int, trunk: TrunkName, way: GreyLevels, slope: float, lungs: bool = False) -> Bundle:
    """A bundle of random weights whose batch norms have seen films."""
    torch.manual_seed(seed)
    network = CxrNet(hidden=8 + seed, trunks=(trunk,), lungs=lungs)
    preprocessing = Preprocessing(size=96, grey_levels=(way,))
    shown_films(network, small(FILMS), preprocessing)
    card = made_card(f"made-{seed}")
    populations = {
        name: one.model_copy(
            update={"calibration": Calibration(slope=slope, intercept=0.3, fitted_prevalence=0.5)}
        )
        for name, one in card.populations.items()
    }
    architecture = Architecture(trunks=(trunk,), output_stride=16, hidden=8 + seed, lungs=lungs)
    card = card.model_copy(
        update={"populations": populations, "preprocessing": preprocessing, "architecture": architecture}
    )
    return Bundle(network, made_quality_head(), card, f"made-{seed}")


def small(films: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(films[:, :96, :96])


@pytest.fixture(scope="module")
def first() -> Bundle:
    return made(1, "mobilenet_v2", "equalised", 0.5)


@pytest.fixture(scope="module")
def second() -> Bundle:
    return made(2, "efficientnet_lite0", "standardised", 2.0, lungs=True)


def run(bundle: Bundle) -> Engine:
    return Engine(bundle.network, bundle.card.preprocessing)


@pytest.mark.parametrize("share", [0.0, 0.3, 0.5])
def test_the_logit_is_the_mean_in_units_of_each_calibration(
    first: Bundle, second: Bundle, share: float
) -> None:
    joined = Engine(side_by_side(first, second, share), Preprocessing(size=96, grey_levels=BOTH))
    one, other = (run(bundle).run(small(FILMS)) for bundle in (first, second))

    found = joined.run(small(FILMS))

    np.testing.assert_allclose(
        found.logits, share * 0.5 * one.logits + (1 - share) * 2.0 * other.logits, atol=1e-5
    )
    assert np.ptp(one.logits) > 1e-3 and np.ptp(other.logits) > 1e-3
    np.testing.assert_allclose(found.maps, np.concatenate([one.maps, other.maps], axis=1), atol=1e-5)
    assert grad_cam(found).shape == (7, 6, 6) and grad_cam(found).max() > 0


def test_the_lungs_are_those_of_the_network_that_finds_them(first: Bundle, second: Bundle) -> None:
    films = small(FILMS)
    joined = side_by_side(first, second)
    maps = joined.trunk(to_input(films, Preprocessing(size=96, grey_levels=BOTH)))
    alone = second.network.trunk(to_input(films, second.card.preprocessing))

    assert joined.lungs is not None and second.network.lungs is not None
    torch.testing.assert_close(joined.lungs(maps), second.network.lungs(alone), atol=1e-4, rtol=1e-4)
    assert side_by_side(first, first).lungs is None


@pytest.mark.parametrize("library", installed_libraries())
def test_compiled_side_by_side_they_get_the_same_logits(first: Bundle, second: Bundle, library: str) -> None:
    network = side_by_side(first, second)
    card = first.card.model_copy(update={"preprocessing": Preprocessing(size=96, grey_levels=BOTH)})
    joined = replace(first, network=network, card=card)
    expected = run(joined).run(small(FILMS))

    found = make_engine(joined, next(one for one in installed_libraries() if one == library), threads=2)

    np.testing.assert_allclose(found.run(small(FILMS), 2).logits, expected.logits, atol=1e-4)


def test_a_joined_network_is_stored_and_loaded(first: Bundle, second: Bundle, tmp_path: Path) -> None:
    network = side_by_side(first, second)
    card = first.card.model_copy(
        update={
            "preprocessing": Preprocessing(size=96, grey_levels=BOTH),
            "architecture": Architecture(
                trunks=network.trunk_names, output_stride=16, hidden=network.hidden, lungs=True
            ),
        }
    )
    save_bundle(tmp_path, network, first.quality_head, card)

    loaded = load_bundle(tmp_path)

    assert loaded.card == card
    films = to_input(small(FILMS), card.preprocessing)
    assert torch.equal(loaded.network(films), network(films))


def test_cards_from_before_name_one_trunk_and_one_way(first: Bundle) -> None:
    card = first.card.model_dump(mode="json")
    card["architecture"]["trunk"] = card["architecture"].pop("trunks")[0]
    card["preprocessing"]["grey_levels"] = "equalised"
    card["training"]["started_from"] = None

    read = Card.model_validate(card)

    assert read.architecture.trunks == ("mobilenet_v2",) and read == first.card


def test_networks_that_take_films_of_other_sizes_or_learnt_from_others_are_not_joined(
    first: Bundle, second: Bundle, tmp_path: Path
) -> None:
    def stored(bundle: Bundle, **changes: object) -> Path:
        folder = tmp_path / f"{bundle.version}-{len(list(tmp_path.iterdir()))}"
        save_bundle(folder, bundle.network, bundle.quality_head, bundle.card.model_copy(update=changes))
        return folder

    learnt = second.card.training.model_copy(update={"data_sha256": "1" * 64})
    others = {
        "were trained on different films": stored(second, training=learnt),
        "takes films of 96 pixels.*of 128": stored(
            second, preprocessing=Preprocessing(size=128, grey_levels=("standardised",))
        ),
    }

    for message, other in others.items():
        with pytest.raises(ValueError, match=message):
            join((stored(first), other), tmp_path / "joined", [], tmp_path, 0.5, "none")
    assert not (tmp_path / "joined").exists()
