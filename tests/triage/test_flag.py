from dataclasses import replace

import pytest
from made_films import made_card, made_film

from cxr.film import Population
from cxr.model.card import OperatingPoints
from cxr.model.score import Score, calibrate
from cxr.quality.check import QualityCheck, Refusal, RefusalCode
from cxr.triage.flag import ADVICE, Flag, decide

POINTS = OperatingPoints(low=0.25, high=0.75)
JUST_UNDER = 1e-9
CHILD, ADULT, UNKNOWN = Population.CHILD, Population.ADULT, Population.UNKNOWN
FILM = made_film()
BLANK = QualityCheck((Refusal(RefusalCode.BLANK, "The film is blank."),))


def scored(probability: float) -> Score:
    return score_between(POINTS, probability)


def score_between(points: OperatingPoints, probability: float) -> Score:
    return Score(probability, 0.0, CHILD, points, points.reached(probability))


@pytest.mark.parametrize(
    ("probability", "flag"),
    [
        (0.0, Flag.ROUTINE),
        (0.25 - JUST_UNDER, Flag.ROUTINE),
        (0.25, Flag.REVIEW),
        (0.5, Flag.REVIEW),
        (0.75 - JUST_UNDER, Flag.REVIEW),
        (0.75, Flag.URGENT),
        (1.0, Flag.URGENT),
    ],
)
def test_the_flag_changes_at_the_operating_points(probability: float, flag: Flag) -> None:
    decision = decide(QualityCheck(), scored(probability), FILM, CHILD, CHILD)

    assert decision.flag is flag
    assert decision.reasons == ()


def test_where_both_points_are_one_there_is_no_review() -> None:
    points = OperatingPoints(low=0.5, high=0.5)

    scores = [score_between(points, probability) for probability in (0.49, 0.5)]
    flags = [decide(QualityCheck(), score, FILM, CHILD, CHILD).flag for score in scores]

    assert flags == [Flag.ROUTINE, Flag.URGENT]


def test_a_refused_film_keeps_the_reasons_of_the_quality_check() -> None:
    decision = decide(BLANK, None, FILM, CHILD, CHILD)

    assert decision.flag is Flag.REFUSED
    assert [(reason.code, reason.sentence) for reason in decision.reasons] == [
        ("blank", "The film is blank.")
    ]


def test_an_unknown_age_is_reported_with_the_thresholds_used() -> None:
    score = calibrate(0.0, UNKNOWN, made_card())

    (reason,) = decide(QualityCheck(), score, FILM, UNKNOWN, UNKNOWN).reasons

    assert reason.code == "population_unknown"
    assert "thresholds for child films" in reason.sentence


def test_an_unreadable_age_is_reported_in_one_sentence_with_the_thresholds_used() -> None:
    film, score = replace(FILM, age_unreadable=True), calibrate(0.0, UNKNOWN, made_card())

    (unread,) = decide(QualityCheck(), score, film, UNKNOWN, UNKNOWN).reasons
    (stated,) = decide(QualityCheck(), score, film, CHILD, CHILD).reasons

    assert unread.code == stated.code == "age_unreadable"
    assert "thresholds for child films" in unread.sentence and "thresholds" not in stated.sentence


def test_ages_that_contradict_each_other_are_reported() -> None:
    (reason,) = decide(
        QualityCheck(), scored(0.5), replace(FILM, age_contradictory=True), UNKNOWN, CHILD
    ).reasons

    assert reason.code == "age_contradictory" and "contradicts itself" in reason.sentence


def test_a_refused_film_of_unknown_age_used_no_thresholds() -> None:
    codes = [reason.code for reason in decide(BLANK, None, FILM, UNKNOWN, UNKNOWN).reasons]

    assert codes == ["blank"]


def test_a_population_that_differs_from_the_header_is_named_with_both() -> None:
    (reason,) = decide(QualityCheck(), scored(0.5), FILM, stated=ADULT, read_as=CHILD).reasons

    assert reason.code == "population_differs"
    assert "Stated as adult" in reason.sentence and "header says child: treated as child" in reason.sentence


def test_a_refused_film_also_reports_that_its_header_differs() -> None:
    codes = [reason.code for reason in decide(BLANK, None, FILM, stated=CHILD, read_as=ADULT).reasons]

    assert codes == ["blank", "population_differs"]


@pytest.mark.parametrize(("stated", "read_as"), [(UNKNOWN, CHILD), (CHILD, CHILD)])
def test_a_population_that_is_known_or_agrees_needs_no_reason(
    stated: Population, read_as: Population
) -> None:
    assert decide(QualityCheck(), scored(0.5), FILM, stated, read_as).reasons == ()


def test_every_flag_says_what_to_do_and_none_advises_against_reading() -> None:
    assert set(ADVICE) == set(Flag)
    assert all(sentence.startswith("Read this film") for sentence in ADVICE.values())
    assert (
        "does not rule out pneumonia" in ADVICE[decide(QualityCheck(), scored(0.0), FILM, CHILD, CHILD).flag]
    )


def test_a_score_for_a_film_that_was_not_accepted_raises_no_flag() -> None:
    assert decide(BLANK, scored(0.1), FILM, CHILD, CHILD).flag is Flag.REFUSED


@pytest.mark.parametrize(
    ("age_years", "read_as", "reasons"),
    [
        (5.99, CHILD, []),
        (6.0, CHILD, ["age_untrained"]),
        (17.9, CHILD, ["age_untrained"]),
        (18.0, ADULT, []),
        (None, CHILD, []),
    ],
)
def test_a_child_over_five_is_scored_with_a_note_that_the_model_was_not_trained_on_that_age(
    age_years: float | None, read_as: Population, reasons: list[str]
) -> None:
    film = made_film(age_years=age_years, population=read_as)

    decision = decide(QualityCheck(), scored(0.9), film, UNKNOWN, read_as)

    assert decision.flag is Flag.URGENT
    assert [reason.code for reason in decision.reasons] == reasons


def test_a_refused_child_over_five_gets_only_the_reason_for_refusal() -> None:
    film = made_film(age_years=9.0, population=CHILD)

    assert [reason.code for reason in decide(BLANK, None, film, UNKNOWN, CHILD).reasons] == ["blank"]


@pytest.mark.parametrize(("quality_check", "score"), [(QualityCheck(), scored(0.5)), (BLANK, None)])
def test_a_burned_in_annotation_gives_a_warning_and_changes_no_flag(
    quality_check: QualityCheck, score: Score | None
) -> None:
    plain = decide(quality_check, score, FILM, CHILD, CHILD)

    warned = decide(quality_check, score, replace(FILM, burned_in=True), CHILD, CHILD)

    assert warned.flag is plain.flag
    assert [reason.code for reason in warned.reasons if reason not in plain.reasons] == ["burnt_in_text"]


@pytest.mark.parametrize(("quality_check", "score"), [(QualityCheck(), scored(0.5)), (BLANK, None)])
def test_a_film_that_a_person_inverted_says_so_scored_or_not(
    quality_check: QualityCheck, score: Score | None
) -> None:
    reasons = decide(quality_check, score, FILM.inverted(), CHILD, CHILD).reasons

    assert reasons[-1].code == "turned_round" and "a person inverted it" in reasons[-1].sentence
