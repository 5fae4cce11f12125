"""A model as it is shipped: weights and card in one folder, refused where they do not belong together."""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor, from_numpy

from cxr.model.card import Architecture, Card
from cxr.model.network import CxrNet
from cxr.model.released import RELEASED, SUMS, digest_of, version_of
from cxr.quality.head import QualityHead

WEIGHTS = "weights.safetensors"
CARD = "bundle.json"
# The quality head's arrays lie beside the network's weights, under names that begin with this.
QUALITY_HEAD = "gate."
QUALITY_ARRAYS = ("mean", "deviation", "weight", "bias")


class BundleError(Exception):
    """A model that must not be used, and what to do about it."""


@dataclass(frozen=True, slots=True)
class Bundle:
    """A network ready to score, the quality head on its features, their card, and the version of it all.

    Attributes
    ----------
    digest
        Digest of the files that it was loaded from; empty for one that was made in memory.
    """

    network: CxrNet
    quality_head: QualityHead
    card: Card
    version: str
    digest: str = ""


def load_trusted_bundle(folder: Path, trusted: str | None) -> Bundle:
    """Load a bundle that was released, or whose digest a setting names: the one way of all but the lab.

    Raises
    ------
    BundleError
        As `load_bundle`, and where the bundle is neither, before its weights or its card are parsed.
    """
    digest = digest_of(_checked_sums(folder))
    if digest not in RELEASED and digest != trusted:
        raise BundleError(
            f"The model in {folder} was not released with this program: its digest is {digest}. Nothing is "
            "scored with it. Restore the folder from the repository. If this is a model of your own, set "
            "CXR_BUNDLE_DIGEST to that digest; every page and report will then say so."
        )
    return _loaded(folder, digest)


def load_bundle(folder: Path) -> Bundle:
    """Load a bundle, whoever made it, after checking that its files belong together: for the lab.

    Parameters
    ----------
    folder
        Folder with `weights.safetensors`, `bundle.json` and `SHA256SUMS`.

    Raises
    ------
    BundleError
        Where a file is missing, was changed, or does not fit the others.
    """
    return _loaded(folder, digest_of(_checked_sums(folder)))


def _loaded(folder: Path, digest: str) -> Bundle:
    try:
        card = Card.model_validate_json((folder / CARD).read_bytes())
        network = network_for(card.architecture)
        weights = load_file(folder / WEIGHTS)
        quality_head = _quality_head(weights, card)
        network.load_state_dict({k: v for k, v in weights.items() if not k.startswith(QUALITY_HEAD)})
    except (ValidationError, SafetensorError, RuntimeError, KeyError, ValueError) as error:
        raise BundleError(
            f"The model in {folder} was made by another version of this program. Restore the folder from "
            "the repository, or train it again with 'python -m cxr train'."
        ) from error
    network.eval().requires_grad_(False)
    return Bundle(network, quality_head, card, version_of(card.name, digest), digest)


def network_for(architecture: Architecture) -> CxrNet:
    """Build the network that a card describes, with random weights."""
    return CxrNet(architecture.hidden, trunks=architecture.trunks, lungs=architecture.lungs)


def save_bundle(folder: Path, network: CxrNet, quality_head: QualityHead, card: Card) -> None:
    """Write weights, card and their SHA-256 into a folder, which is made where it is missing.

    Raises
    ------
    ValueError
        Where the card speaks of another quality head.
    """
    if (card.quality_head.kinds, card.quality_head.threshold) != (
        quality_head.kinds,
        quality_head.threshold,
    ):
        raise ValueError("The card's quality head has other kinds or another threshold than the head itself.")
    folder.mkdir(parents=True, exist_ok=True)
    weights = {k: v.contiguous() for k, v in network.state_dict().items()}
    weights |= {
        f"{QUALITY_HEAD}{name}": from_numpy(getattr(quality_head, name)).contiguous()
        for name in QUALITY_ARRAYS
    }
    save_file(weights, folder / WEIGHTS)
    (folder / CARD).write_text(json.dumps(card.model_dump(mode="json"), indent=2) + "\n")
    (folder / SUMS).write_bytes(b"".join(_sum_line(folder / name) for name in (WEIGHTS, CARD)))


def _quality_head(weights: dict[str, Tensor], card: Card) -> QualityHead:
    arrays = {name: weights[f"{QUALITY_HEAD}{name}"].numpy() for name in QUALITY_ARRAYS}
    return QualityHead(kinds=card.quality_head.kinds, threshold=card.quality_head.threshold, **arrays)


def _checked_sums(folder: Path) -> bytes:
    """The content of `SHA256SUMS` (the format of `sha256sum`), once it matches the other files."""
    try:
        sums = (folder / SUMS).read_bytes()
        lines = [_sum_line(folder / name) for name in (WEIGHTS, CARD)]
    except OSError as error:
        raise BundleError(
            f"No complete model at {folder}: {Path(str(error.filename)).name} is missing or cannot be read. "
            "Set CXR_MODELS to the folder that holds the models, or restore it from the repository."
        ) from error
    for name, line in zip((WEIGHTS, CARD), lines, strict=True):
        if line not in sums:
            raise BundleError(
                f"{folder / name} is not the file that this model was released with: its SHA-256 "
                "differs. Nothing is scored with it. Restore the folder from the repository."
            )
    if sums != b"".join(lines):
        raise BundleError(f"{folder / SUMS} was changed. Restore it from the repository.")
    return sums


def _sum_line(path: Path) -> bytes:
    """The line of `SHA256SUMS` for a file."""
    with path.open("rb") as file:
        return f"{hashlib.file_digest(file, 'sha256').hexdigest()}  {path.name}\n".encode()
