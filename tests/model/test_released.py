"""Films are scored with bundles that were released, or that a setting names; the lab measures any."""

import ast
import hashlib
import json
import shutil
from pathlib import Path

import pytest

from cxr.model.bundle import CARD, WEIGHTS, BundleError, load_bundle, load_trusted_bundle
from cxr.model.released import RELEASED, SUMS, digest_in, is_released, unreleased_digest
from cxr.settings import Settings

REPOSITORY = Path(__file__).resolve().parents[2]
SHIPPED = REPOSITORY / "models" / "cxr-joint"
MAKERS = {"model", "lab"}


@pytest.fixture
def forged(tmp_path: Path) -> Path:
    """The shipped bundle with another operating point, and with sums that agree."""
    folder = Path(shutil.copytree(SHIPPED, tmp_path / "cxr-joint"))
    card = json.loads((folder / CARD).read_text())
    card["populations"]["child"]["operating_points"]["high"] = 0.999
    (folder / CARD).write_text(json.dumps(card))
    digests = {name: digest_of_file(folder / name) for name in (WEIGHTS, CARD)}
    (folder / SUMS).write_text("".join(f"{digest}  {name}\n" for name, digest in digests.items()))
    return folder


def digest_of_file(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_every_bundle_that_is_shipped_is_in_the_table_of_released_ones() -> None:
    for folder in (path for path in (REPOSITORY / "models").iterdir() if path.is_dir()):
        digest = digest_in(folder)
        assert RELEASED.get(digest) == folder.name, (
            f'release {folder.name}: enter "{digest}": "{folder.name}" in RELEASED in cxr/model/released.py'
        )


def test_a_bundle_whose_sums_were_written_again_is_refused_with_its_digest_and_the_setting(
    forged: Path,
) -> None:
    digest = digest_in(forged)

    with pytest.raises(BundleError, match=f"{digest}.*CXR_BUNDLE_DIGEST"):
        load_trusted_bundle(forged, None)
    with pytest.raises(BundleError, match=digest):
        load_trusted_bundle(forged, "0" * 64)
    assert unreleased_digest(forged) == digest


def test_a_bundle_that_a_setting_names_is_loaded_and_is_not_a_released_one(
    forged: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CXR_BUNDLE_DIGEST", digest_in(forged).upper())

    bundle = load_trusted_bundle(forged, Settings().bundle_digest)

    assert bundle.card.populations["child"].operating_points.high == 0.999
    released = load_trusted_bundle(SHIPPED, None).version
    assert is_released(released) and is_released(f"{released}+site-0123") and not is_released(bundle.version)


def test_the_lab_loads_a_bundle_before_it_is_released(forged: Path) -> None:
    assert load_bundle(forged).digest == digest_in(forged)


def test_only_the_lab_loads_a_bundle_that_nobody_released() -> None:
    """Outside of it, `load_bundle` is called by the one function of the command line that measures."""
    callers = []
    for path in [*(REPOSITORY / "cxr").rglob("*.py"), REPOSITORY / "app.py"]:
        calls = (node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call))
        names = {ast.unparse(call.func).rpartition(".")[2] for call in calls}
        if "load_bundle" in names and path.relative_to(REPOSITORY / "cxr").parts[0] not in MAKERS:
            callers.append(path.name)

    assert callers == ["loading.py"]
