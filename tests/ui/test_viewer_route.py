import gc
import threading
from pathlib import Path

import numpy as np
import pytest
from film.unpacked import unpacked
from made_films import grey_level, png
from starlette.applications import Starlette
from starlette.testclient import TestClient

from cxr.access.headers import SESSION_HEADER
from cxr.film import AS_STORED, Adjusted, FilmErrorCode
from cxr.film.decoding_pool import DecodingFailedError
from cxr.ui.viewer.offers import MOST_OFFERS, Offers, PackedFilms
from cxr.ui.viewer.routes import viewer_routes

SMALL = grey_level(0, 96, 96)


@pytest.fixture
def client() -> TestClient:
    return TestClient(Starlette(routes=viewer_routes()), base_url="http://localhost/viewer/")


def test_an_offered_film_is_served_at_full_depth_and_never_stored(client: TestClient) -> None:
    offers = Offers()
    offer = offers.of(Adjusted(png(3), inverted=True), "inverted", SMALL)
    with client.stream("GET", f"film/{offer.key}") as response:
        content = b"".join(response.iter_raw())
    pixels, _ = unpacked(content)
    np.testing.assert_array_equal(pixels, 255 - grey_level(3))
    small = client.get(f"small/{offer.key}")
    for served in (response, small):
        assert served.status_code == 200 and served.headers["Cache-Control"] == "no-store"
    assert small.content.startswith(b"\xff\xd8")


def test_no_other_key_leads_to_a_film_and_one_ends_with_its_session(client: TestClient) -> None:
    offers = Offers()
    key = offers.of(png(4), "4", SMALL).key
    assert len(key) >= 32 and client.get(f"small/{key}").status_code == 200
    for wrong in ("", "4", key[:-1], key.swapcase(), f"../film/{key}x"):
        assert client.get(f"film/{wrong}").status_code == 404

    del offers
    gc.collect()

    assert client.get(f"film/{key}").status_code == client.get(f"small/{key}").status_code == 404


def test_a_film_is_served_to_the_session_of_who_signed_in_alone(client: TestClient) -> None:
    offers = Offers("ada")
    key = offers.of(png(6), "6", SMALL).key
    askers = [{}, {SESSION_HEADER: "ben"}, {SESSION_HEADER: "ada"}]

    for of in ("film", "small"):
        assert [client.get(f"{of}/{key}", headers=who).status_code for who in askers] == [404, 404, 200]


def test_a_film_keeps_its_key_and_the_oldest_give_way() -> None:
    offers = Offers()
    first = offers.of(png(0), "0", SMALL)
    assert offers.of(png(0), "0", SMALL) is first
    assert offers.of(Adjusted(png(0), inverted=True), "0", SMALL) is not first
    for number in range(1, MOST_OFFERS + 1):
        offers.of(b"", str(number), SMALL)

    assert offers.of(png(0), "0", SMALL) is not first


def test_a_film_that_was_purged_or_redacted_is_no_longer_served(client: TestClient, tmp_path: Path) -> None:
    path, offers = tmp_path / "film.png", Offers()
    path.write_bytes(png(5))
    key = offers.of(path, "5", SMALL).key
    assert client.get(f"film/{key}").status_code == 200

    path.unlink()

    for of in ("film", "small"):
        assert client.get(f"{of}/{key}").status_code == 410


def test_a_file_that_is_no_film_gets_its_reason(client: TestClient) -> None:
    offers = Offers()

    answer = client.get(f"film/{offers.of(b'no film', 'x', SMALL).key}")

    assert answer.status_code == 422 and "DICOM, JPEG, PNG" in answer.text


def test_a_film_that_could_not_be_packed_in_time_is_not_tried_again_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    packed, tries = PackedFilms(), []

    def late() -> bytes:
        tries.append(1)
        raise DecodingFailedError(FilmErrorCode.FAILED, "This film could not be read within 20 seconds.")

    def ask() -> None:
        with pytest.raises(DecodingFailedError):
            packed.of(("a", False, AS_STORED), late)

    ask()
    ask()
    assert len(tries) == 1
    monkeypatch.setattr("cxr.ui.viewer.offers.AGAIN_SECONDS", 0.0)
    ask()
    assert len(tries) == 2


def test_a_film_that_several_people_ask_for_at_once_is_packed_once() -> None:
    packed, people = PackedFilms(), 5
    made: list[int] = []
    all_ask = threading.Barrier(people)

    def pack() -> bytes:
        made.append(1)
        all_ask.wait(60)
        return b"film"

    def ask(first: bool) -> None:
        if not first:
            all_ask.wait(60)
        got.append(packed.of(("a", False, AS_STORED), pack))

    got: list[bytes] = []
    threads = [threading.Thread(target=ask, args=(number == 0,)) for number in range(people)]
    for one in threads:
        one.start()
    for one in threads:
        one.join(60)
    assert got == [b"film"] * people and made == [1]


def test_packed_films_stay_within_their_limit_and_the_least_recently_used_go_first() -> None:
    packed = PackedFilms(most_bytes=10)
    made: list[str] = []

    def ask(name: str, size: int = 4) -> bytes:
        return packed.of((name, False), lambda: made.append(name) or bytes(size))

    for name in ("a", "b", "a", "c", "a", "b"):
        assert ask(name) == bytes(4)
    assert made == ["a", "b", "c", "b"] and packed.bytes == 8
    assert len(ask("too large", 11)) == 11 and packed.bytes == 8
