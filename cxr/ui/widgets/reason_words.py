"""Why a film was refused or flagged, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cxr.quality.check import RefusalCode
from cxr.quality.head import SENTENCES
from cxr.ui.words import said

if TYPE_CHECKING:
    from cxr.triage.flag import Reason

# A film can also be `cropped` for its shape, which another sentence says.
TODAY: dict[str, str] = {code: words for code, words in SENTENCES.items() if code is not RefusalCode.CROPPED}
"""Sentences of refusals as they are now: an earlier version may have stored other ones."""


def reason_words(reason: Reason) -> str:
    """Say a reason; a refusal names what can be done about it in this version."""
    return said(TODAY.get(reason.code, reason.sentence))
