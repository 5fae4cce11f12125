import hashlib
import json
import shutil
from pathlib import Path

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from made_films import made_card, made_quality_head

from cxr.model.bundle import CARD, SUMS, WEIGHTS, BundleError, load_bundle, save_bundle
from cxr.model.network import CxrNet
from cxr.settings import Settings

FILES = (WEIGHTS, CARD, SUMS)
REPOSITORY = Path(__file__).resolve().parents[2]


@pytest.fixture
def copy(small_bundle: Path, tmp_path: Path) -> Path:
    """A bundle that may be damaged."""
    return Path(shutil.copytree(small_bundle, tmp_path / "small"))


def with_byte(content: bytes, place: int, byte: int) -> bytes:
    return content[:place] + bytes([byte]) + content[place + 1 :]


def test_a_bundle_that_was_saved_gives_the_same_logits_when_loaded(tmp_path: Path) -> None:
    torch.manual_seed(3)
    network = CxrNet(hidden=16).eval()
    save_bundle(tmp_path / "made", network, made_quality_head(), made_card())

    bundle = load_bundle(tmp_path / "made")

    films = torch.rand(2, 1, 96, 96)
    with torch.no_grad():
        assert torch.equal(bundle.network(films), network(films))
    assert bundle.card == made_card()


def test_a_loaded_network_is_ready_to_score_and_not_to_train(small_bundle: Path) -> None:
    network = load_bundle(small_bundle).network

    assert not network.training
    assert not any(parameter.requires_grad for parameter in network.parameters())


@pytest.mark.parametrize("share", [0, 0.001, 0.25, 0.5, 0.999, 1])
@pytest.mark.parametrize("name", FILES)
def test_one_changed_byte_anywhere_is_refused(copy: Path, name: str, share: float) -> None:
    content = (copy / name).read_bytes()
    place = round(share * (len(content) - 1))
    (copy / name).write_bytes(with_byte(content, place, content[place] ^ 1))

    with pytest.raises(BundleError, match="Restore"):
        load_bundle(copy)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_no_byte_of_the_sums_may_change_not_even_white_space(copy: Path, data: st.DataObject) -> None:
    content = (copy / SUMS).read_bytes()
    spaces = [place for place, byte in enumerate(content) if byte in b" \n"]
    place = data.draw(st.sampled_from(spaces) | st.integers(0, len(content) - 1))
    byte = data.draw(st.sampled_from(b"\t\n\r\x0b\x0c\x1c \x00") | st.integers(0, 255))
    changed = with_byte(content, place, byte)
    if changed == content:
        return
    (copy / SUMS).write_bytes(changed)
    try:
        with pytest.raises(BundleError):
            load_bundle(copy)
    finally:
        (copy / SUMS).write_bytes(content)


@pytest.mark.parametrize("name", FILES)
def test_a_missing_file_is_named(copy: Path, name: str) -> None:
    (copy / name).unlink()

    with pytest.raises(BundleError, match=rf"{name} is missing.*CXR_MODELS"):
        load_bundle(copy)


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match=r"No complete model at .*nowhere"):
        load_bundle(tmp_path / "nowhere")


def test_files_of_two_bundles_do_not_mix(small_bundle: Path, copy: Path) -> None:
    save_bundle(copy, CxrNet(hidden=16), made_quality_head(), made_card())
    shutil.copy(small_bundle / WEIGHTS, copy / WEIGHTS)

    with pytest.raises(BundleError, match=WEIGHTS):
        load_bundle(copy)


def test_weights_that_do_not_fit_the_card_are_refused_though_their_sums_agree(tmp_path: Path) -> None:
    save_bundle(tmp_path / "made", CxrNet(hidden=17), made_quality_head(), made_card())

    with pytest.raises(BundleError, match="another version of this program"):
        load_bundle(tmp_path / "made")


@pytest.mark.parametrize(("name", "content"), [(WEIGHTS, b"no tensors"), (CARD, b"{"), (CARD, b"\xff")])
def test_a_file_that_cannot_be_read_is_refused_though_its_sum_agrees(
    copy: Path, name: str, content: bytes
) -> None:
    (copy / name).write_bytes(content)
    sums = [(hashlib.sha256((copy / file).read_bytes()).hexdigest(), file) for file in (WEIGHTS, CARD)]
    (copy / SUMS).write_text("".join(f"{digest}  {file}\n" for digest, file in sums))

    with pytest.raises(BundleError, match="another version of this program"):
        load_bundle(copy)


def test_the_sums_are_those_of_sha256sum(small_bundle: Path) -> None:
    lines = (small_bundle / SUMS).read_text().splitlines()

    assert [line[64:] for line in lines] == [f"  {WEIGHTS}", f"  {CARD}"]
    assert all(set(line[:64]) <= set("0123456789abcdef") for line in lines)


def test_the_version_names_the_card_and_changes_with_the_weights(tmp_path: Path) -> None:
    network = CxrNet(hidden=16)
    versions = []
    for folder in ("first", "again", "changed"):
        if folder == "changed":
            with torch.no_grad():
                network.head[0].bias[0] += 0.5
        save_bundle(tmp_path / folder, network, made_quality_head(), made_card())
        versions.append(load_bundle(tmp_path / folder).version)

    assert versions[0] == versions[1] != versions[2]
    assert all(version.startswith("made-") and len(version) == len("made-") + 8 for version in versions)


def test_the_version_changes_with_the_operating_points(tmp_path: Path) -> None:
    network = CxrNet(hidden=16)
    save_bundle(tmp_path / "low", network, made_quality_head(), made_card(low=0.2))
    save_bundle(tmp_path / "high", network, made_quality_head(), made_card(low=0.3))

    assert load_bundle(tmp_path / "low").version != load_bundle(tmp_path / "high").version


def test_what_is_shipped_is_safetensors_and_text_and_no_pickle() -> None:
    files = [path for path in (REPOSITORY / "models").rglob("*") if path.is_file()]

    assert files
    for path in files:
        assert path.suffix in (".safetensors", ".json", ".md", ".svg", "") and path.stat().st_size > 0
        # A pickle begins with 0x80, torch's archive of one like a ZIP.
        assert path.read_bytes()[:2] not in (b"\x80\x02", b"\x80\x03", b"\x80\x04", b"\x80\x05", b"PK")


def test_the_card_that_is_shipped_says_how_it_was_made() -> None:
    name = Settings().bundle
    card = json.loads((REPOSITORY / "models" / name / CARD).read_text())

    assert card["name"] == name and set(card["populations"]) == {"child", "adult"}
    assert card["training"]["command"].startswith("python -m cxr train")
    assert len(card["training"]["data_sha256"]) == 64
