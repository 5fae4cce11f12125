"""The faster trunks, held against the network's own on films and through the whole engine."""

import os
import threading
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
import torch
from made_films import grey_levels
from wanting import missing

from cxr.model.activation import Activation
from cxr.model.bundle import Bundle, load_bundle
from cxr.model.engine import Engine
from cxr.model.engines import Library, fuses, make_engine
from cxr.model.openvino_trunk import openvino_is_installed
from cxr.model.precision import Precision, has_bfloat16

FILMS = grey_levels(9)


@pytest.fixture(params=list(Library))
def library(request: pytest.FixtureRequest) -> Library:
    chosen = Library(request.param)
    if chosen is Library.OPENVINO and not openvino_is_installed():
        missing("OpenVINO is not installed (the extra 'openvino')")
    if chosen is Library.TORCH and not fuses():
        pytest.skip("torch has no fused kernels here")
    return chosen


@pytest.fixture(scope="module")
def expected(bundle: Bundle) -> Activation:
    return Engine(bundle.network, bundle.card.preprocessing).run(FILMS)


def test_in_float32_logits_maps_and_gradients_are_the_network_s_own(
    bundle: Bundle, library: Library, expected: Activation
) -> None:
    found = make_engine(bundle, library).run(FILMS)

    np.testing.assert_allclose(found.logits, expected.logits, atol=2e-5)
    np.testing.assert_allclose(found.maps, expected.maps, atol=5e-4)
    np.testing.assert_allclose(found.gradient, expected.gradient, atol=1e-4)
    assert np.ptp(expected.logits) > 0.1


def test_in_bfloat16_logits_stay_near_and_are_not_the_same(
    bundle: Bundle, library: Library, expected: Activation
) -> None:
    if not has_bfloat16():
        pytest.skip("this processor has no bfloat16")

    found = make_engine(bundle, library, Precision.BFLOAT16).run(FILMS)

    assert 0 < np.abs(found.logits - expected.logits).max() < 0.05


@pytest.mark.parametrize("precision", list(Precision))
def test_a_film_gets_the_same_score_alone_among_others_and_on_one_core(
    bundle: Bundle, library: Library, precision: Precision
) -> None:
    engine = make_engine(bundle, library, precision, threads=2)

    together = engine.run(FILMS, 2)
    alone = [engine.run(FILMS[place : place + 1], 2) for place in range(len(FILMS))]
    beside = engine.run(FILMS, 1)

    np.testing.assert_array_equal(np.concatenate([one.maps for one in alone]), together.maps)
    np.testing.assert_array_equal(beside.maps, together.maps)


def test_threads_that_share_an_engine_get_their_own_films(bundle: Bundle, library: Library) -> None:
    engine = make_engine(bundle, library, threads=2)
    expected = engine.run(FILMS).logits
    found: dict[int, np.ndarray] = {}

    def run(place: int) -> None:
        found[place] = np.concatenate([engine.run(FILMS[place::3], 1).logits for _ in range(3)])

    threads = [threading.Thread(target=run, args=(place,)) for place in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    for place in range(3):
        np.testing.assert_allclose(found[place], np.tile(expected[place::3], 3), atol=1e-5)


def test_the_maps_lie_channels_last_and_belong_to_the_caller(bundle: Bundle, library: Library) -> None:
    """What a request of OpenVINO gives is overwritten by its next."""
    engine = make_engine(bundle, library)
    first = engine.run(FILMS[:2])
    kept = first.maps.copy()
    engine.run(FILMS[2:4])

    np.testing.assert_array_equal(first.maps, kept)
    assert first.maps.strides[1] == first.maps.itemsize


def test_a_network_of_other_weights_is_folded_anew(small_bundle: Path, library: Library) -> None:
    small = load_bundle(small_bundle)
    found = make_engine(small, library).run(FILMS)

    with torch.no_grad():
        maps = Engine(small.network, small.card.preprocessing).run(FILMS).maps
    np.testing.assert_allclose(found.maps, maps, atol=1e-2, rtol=1e-2)


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="the system does not tell of threads")
def test_no_thread_is_kept_on_one_core(bundle: Bundle, library: Library) -> None:
    """Pinned, several processes of one thread each would all compute on the first core."""
    engine = make_engine(bundle, library, threads=1)
    engine.run(FILMS, 1)  # compiling keeps a thread on a core while it lasts
    computing = threading.Thread(target=lambda: [engine.run(FILMS, 1) for _ in range(3)])
    seen = set()

    computing.start()
    while computing.is_alive():
        for thread in Path("/proc/self/task").iterdir():
            with suppress(OSError):  # it has ended
                seen.add(frozenset(os.sched_getaffinity(int(thread.name))))

    assert seen == {frozenset(os.sched_getaffinity(0))}
