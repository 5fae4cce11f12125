"""Why a case stands where it does is said in the language of the page, whatever the order is."""

from itertools import product

import pytest
from texts import TRANSLATED

from cxr.language.language import Language
from cxr.language.sentences import in_language
from cxr.triage.flag import Flag
from cxr.triage.priority import Urgency, why, why_first_come

RAISED, LATE = (*Urgency, None), (True, False)
REASONS = {
    *(why(flag, raised, overdue=late) for flag, raised, late in product((*Flag, None), RAISED, LATE)),
    *(why_first_come(raised, overdue=late) for raised, late in product(RAISED, LATE)),
}


@pytest.mark.parametrize("language", TRANSLATED)
def test_each_reason_for_a_rank_is_translated(language: Language) -> None:
    assert [words for words in sorted(REASONS) if in_language(language, words) == words] == []
