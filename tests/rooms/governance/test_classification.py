"""A few answers suggest an audience, and say what follows from it."""

from __future__ import annotations

from enum import StrEnum

import pytest

from ringwork.audience import RINGS, Audience
from ringwork.governance.classification import (
    QUESTIONS,
    Answers,
    BreakingChange,
    Channel,
    Consumers,
    Enforcement,
    SourceAccess,
    Trust,
    consequences,
    suggest,
)

INTERNAL = Answers(
    Consumers.OWN_TEAMS,
    Channel.CHAT_OR_MEETING,
    Trust.COLLEAGUES,
    BreakingChange.A_COORDINATED_RELEASE,
    Enforcement.BY_RULES,
    SourceAccess.CAN_READ,
)
PARTNER = Answers(
    Consumers.KNOWN_ORGANISATIONS,
    Channel.NAMED_CONTACTS,
    Trust.CONTRACT,
    BreakingChange.A_PROJECT,
    Enforcement.BY_AGREEMENT,
    SourceAccess.CANNOT_READ,
)
PUBLIC = Answers(
    Consumers.ANYONE,
    Channel.ANNOUNCEMENTS,
    Trust.NONE,
    BreakingChange.WE_CANNOT_KNOW,
    Enforcement.NOT_AT_ALL,
    SourceAccess.CANNOT_READ,
)


@pytest.mark.parametrize(
    ("answers", "audience"),
    [(INTERNAL, Audience.INTERNAL), (PARTNER, Audience.PARTNER), (PUBLIC, Audience.PUBLIC)],
)
def test_consistent_answers_suggest_their_audience_without_doubt(
    answers: Answers, audience: Audience
) -> None:
    suggestion = suggest(answers)
    assert suggestion.audience is audience
    assert suggestion.reasons
    assert suggestion.doubts == ()
    assert suggestion.simpler is None


def test_no_answer_suggests_internal_because_that_can_be_widened_later() -> None:
    assert Answers().is_empty
    assert suggest(Answers()).audience is Audience.INTERNAL


def test_undecided_between_two_is_the_narrower() -> None:
    assert (
        suggest(Answers(trust=Trust.CONTRACT, enforcement=Enforcement.NOT_AT_ALL)).audience
        is Audience.PARTNER
    )


def test_answer_that_points_elsewhere_is_a_doubt() -> None:
    suggestion = suggest(Answers(consumers=Consumers.OWN_TEAMS, trust=Trust.NONE))
    assert suggestion.audience is Audience.INTERNAL
    assert suggestion.doubts == ("its consumers cannot be trusted, which points to public",)


@pytest.mark.parametrize(
    "answers",
    [
        Answers(consumers=Consumers.KNOWN_ORGANISATIONS, trust=Trust.NONE),
        Answers(consumers=Consumers.KNOWN_ORGANISATIONS, enforcement=Enforcement.NOT_AT_ALL),
        Answers(consumers=Consumers.KNOWN_ORGANISATIONS, channel=Channel.ANNOUNCEMENTS),
    ],
)
def test_partner_without_agreement_says_that_public_is_simpler(answers: Answers) -> None:
    suggestion = suggest(answers)
    assert suggestion.audience is Audience.PARTNER
    assert suggestion.simpler is not None
    assert "public" in suggestion.simpler


def test_every_question_is_answered_by_a_choice_that_is_explained() -> None:
    for question in QUESTIONS:
        assert question.text.endswith("?")
        kind = type(next(iter(question.choices)))
        assert issubclass(kind, StrEnum)
        assert list(question.choices) == list(kind)


def test_no_two_questions_share_an_answer() -> None:
    """Members of different enumerations are equal when their texts are, and one would stand for the other."""
    answers = [str(choice) for question in QUESTIONS for choice in question.choices]
    assert len(set(answers)) == len(answers)


def test_consequences_follow_the_table_of_defaults() -> None:
    tables = {ring: consequences(ring) for ring in RINGS}
    assert len({tuple(table) for table in tables.values()}) == 1
    assert "SPIFFE" in tables[Audience.INTERNAL]["authentication"]
    assert tables[Audience.PUBLIC]["rate limit"].startswith("100 a minute for each key")
    assert tables[Audience.PARTNER]["rate limit"].startswith("as agreed")
