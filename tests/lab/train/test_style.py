import pytest
import torch
from torch import nn

from cxr.lab.train.style import STAGES, StyleMixing
from cxr.model.network import CxrNet

FILMS = 24
PLACES = torch.arange(FILMS)


def mixing(chance: float = 1.0, films: int = FILMS, seed: int = 0) -> StyleMixing:
    return StyleMixing(chance, films, torch.Generator().manual_seed(seed))


def layers(count: int) -> nn.Sequential:
    """A trunk that changes nothing, so that all that happens is the mixing."""
    return nn.Sequential(*(nn.Identity() for _ in range(count)))


ONE_STAGE = layers(STAGES[0] + 1)


def named_maps() -> torch.Tensor:
    """Maps by whose styles the films can be told: channel i of film i has another mean and deviation."""
    torch.manual_seed(1)
    noise = torch.randn(FILMS, FILMS, 10, 10)
    noise = (noise - noise.mean(dim=(2, 3), keepdim=True)) / noise.std(dim=(2, 3), keepdim=True)
    own = torch.eye(FILMS)[:, :, None, None]
    return (1 + 2 * own) * noise + 4 * own


def own_and_other(mixed: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Read from mixed `named_maps` how much each film kept of itself, and whose style it got."""
    means = mixed.mean(dim=(2, 3))
    own = means[PLACES, PLACES] / 4
    means[PLACES, PLACES] = 0
    return own, torch.where(own > 1 - 1e-4, PLACES, means.argmax(dim=1))


def test_mean_and_deviation_are_those_of_two_films_in_one_proportion() -> None:
    maps = named_maps()
    mixed = mixing().through(ONE_STAGE, maps)
    own, other = own_and_other(mixed)
    for statistic in (torch.mean, torch.std):
        of_films = statistic(maps, dim=(2, 3))
        expected = own[:, None] * of_films + (1 - own[:, None]) * of_films[other]
        torch.testing.assert_close(statistic(mixed, dim=(2, 3)), expected, atol=2e-3, rtol=1e-3)
    assert len(set(other.tolist())) > FILMS / 2


def test_what_a_film_shows_stays_its_own() -> None:
    maps = named_maps()
    mixed = mixing().through(ONE_STAGE, maps)
    shown, before = (
        (m - m.mean(dim=(2, 3), keepdim=True)) / m.std(dim=(2, 3), keepdim=True) for m in (mixed, maps)
    )
    torch.testing.assert_close(shown, before, atol=1e-4, rtol=1e-4)


def test_a_film_that_keeps_all_of_its_own_style_is_left_as_it_is() -> None:
    maps = named_maps()
    mixed = mixing().through(ONE_STAGE, maps)
    own, _ = own_and_other(mixed)
    kept = own > 1 - 1e-4
    assert kept.any() and not kept.all()
    torch.testing.assert_close(mixed[kept], maps[kept], atol=2e-3, rtol=1e-3)
    # There is nobody else's style in a batch of one.
    torch.testing.assert_close(mixing(films=1).through(ONE_STAGE, maps[:1]), maps[:1], atol=1e-5, rtol=1e-5)


def test_most_films_keep_nearly_all_or_nearly_nothing() -> None:
    shares = torch.cat(
        [own_and_other(mixing(seed=seed).through(ONE_STAGE, named_maps()))[0] for seed in range(20)]
    )
    assert shares.min() > -1e-3 and shares.max() < 1 + 1e-3
    assert ((shares < 0.1) | (shares > 0.9)).float().mean() > 0.5
    assert 0.4 < shares.mean() < 0.6


@pytest.mark.parametrize(("chance", "least", "most"), [(0.0, 0, 0), (0.5, 12, 28), (1.0, 40, 40)])
def test_the_chance_says_how_often_a_stage_is_mixed(chance: float, least: int, most: int) -> None:
    maps = named_maps()
    mixed = [not torch.equal(mixing(chance, seed=seed).through(ONE_STAGE, maps), maps) for seed in range(40)]
    assert least <= sum(mixed) <= most


def test_styles_are_mixed_after_two_stages_and_nowhere_else() -> None:
    maps = named_maps()
    after = [mixing().through(layers(count), maps) for count in range(1, 9)]
    changed = [not torch.equal(a, b) for a, b in zip([maps, *after], after, strict=False)]
    assert [stage for stage, change in enumerate(changed) if change] == list(STAGES)
    # Early stages, where a film is still a picture: a quarter and an eighth of its pixels a side.
    trunk = CxrNet(hidden=8).eval().trunk
    assert [trunk[: stage + 1](torch.rand(1, 1, 64, 64)).shape[-1] for stage in STAGES] == [16, 8]


def test_without_a_chance_the_trunk_gives_bit_by_bit_what_it_gives_alone() -> None:
    torch.manual_seed(0)
    trunk, films = CxrNet(hidden=8).eval().trunk, torch.rand(4, 1, 64, 64)
    with torch.no_grad():
        assert torch.equal(mixing(0.0, films=4).through(trunk, films), trunk(films))
        mixed = mixing(1.0, films=4).through(trunk, films)
    assert mixed.shape == (4, 1280, 4, 4)
    assert not torch.equal(mixed, trunk(films))


def test_the_seed_decides_the_mixture() -> None:
    maps = named_maps()
    assert torch.equal(mixing(seed=1).through(ONE_STAGE, maps), mixing(seed=1).through(ONE_STAGE, maps))
    assert not torch.equal(mixing(seed=1).through(ONE_STAGE, maps), mixing(seed=2).through(ONE_STAGE, maps))


def test_the_gradient_flows_through_the_film_and_not_through_the_style() -> None:
    maps = named_maps().requires_grad_(True)
    mixed = mixing().through(ONE_STAGE, maps)
    (gradient,) = torch.autograd.grad(mixed.sum(), maps)
    # Each cell goes through by the ratio of its channel's deviations, and to no other film.
    ratio = mixed.std(dim=(2, 3), keepdim=True) / maps.std(dim=(2, 3), keepdim=True)
    torch.testing.assert_close(gradient, ratio.detach().expand_as(gradient), atol=1e-4, rtol=1e-3)


def test_a_flat_map_takes_on_a_mean_and_stays_flat() -> None:
    flat = torch.arange(float(FILMS))[:, None, None, None].expand(FILMS, 3, 5, 5)
    mixed = mixing().through(ONE_STAGE, flat)
    assert mixed.isfinite().all()
    assert mixed.std(dim=(2, 3)).max() < 1e-3
    assert mixed.min() >= 0 and mixed.max() <= FILMS - 1
    assert not torch.allclose(mixed, flat, atol=0.1)


def test_maps_of_half_precision_stay_so() -> None:
    maps = named_maps().to(torch.bfloat16)
    mixed = mixing().through(ONE_STAGE, maps)
    assert mixed.dtype is torch.bfloat16
    torch.testing.assert_close(mixed.float(), mixing().through(ONE_STAGE, maps.float()), atol=0.1, rtol=0.02)
