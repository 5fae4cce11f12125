import torch
from made_films import grey_levels
from model.folded import run_folded

from cxr.model.bundle import Bundle
from cxr.model.card import Preprocessing
from cxr.model.folding import fold
from cxr.model.preprocess import to_input


def test_folded_convolutions_give_what_convolutions_and_batch_norms_give(bundle: Bundle) -> None:
    films = to_input(grey_levels(2), Preprocessing(size=224))
    convolutions = fold(bundle.network.trunk)

    with torch.no_grad():
        expected = bundle.network.trunk(films)
    found = run_folded(convolutions, [one.weight for one in convolutions], films)

    torch.testing.assert_close(found, expected, atol=1e-4, rtol=1e-4)


def test_the_trunk_has_52_convolutions_of_which_ten_blocks_are_residual(bundle: Bundle) -> None:
    convolutions = fold(bundle.network.trunk)

    assert len(convolutions) == 52
    assert sum(one.opens for one in convolutions) == sum(one.closes for one in convolutions) == 10
    assert [one.stride for one in convolutions].count(2) == 4  # 224 pixels become 14
    assert sum(not one.clipped for one in convolutions) == 17
