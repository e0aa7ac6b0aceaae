"""The ordering of audiences, and the words that name them."""

from __future__ import annotations

import pytest

from ringwork.audience import OUTER, RING_DEFAULTS, RINGS, Audience, narrowest, understood


def test_what_the_public_sees_everybody_sees() -> None:
    assert [Audience.PUBLIC.reaches(ring) for ring in RINGS] == [True, True, True]
    assert [Audience.PARTNER.reaches(ring) for ring in RINGS] == [True, True, False]
    assert [Audience.INTERNAL.reaches(ring) for ring in RINGS] == [True, False, False]


@pytest.mark.parametrize(
    ("word", "audience"),
    [
        ("internal", Audience.INTERNAL),
        ("component-internal", Audience.INTERNAL),
        ("business-unit-internal", Audience.INTERNAL),
        ("company-internal", Audience.INTERNAL),
        ("partner", Audience.PARTNER),
        ("external-partner", Audience.PARTNER),
        ("public", Audience.PUBLIC),
        ("external-public", Audience.PUBLIC),
    ],
)
def test_zalandos_words_and_ours_are_understood(word: str, audience: Audience) -> None:
    assert understood(word) is audience


@pytest.mark.parametrize(
    "word", ["Public", "PUBLIC", " public", "", "everyone", None, 2, True, ["public"], Audience.PUBLIC]
)
def test_nothing_else_is_guessed_to_be_an_audience(word: object) -> None:
    assert understood(word) is None


def test_narrowest_of_nothing_narrows_nothing() -> None:
    assert narrowest(()) is Audience.PUBLIC
    assert narrowest((Audience.PUBLIC, Audience.INTERNAL, Audience.PARTNER)) is Audience.INTERNAL


def test_defaults_get_stricter_outwards() -> None:
    internal, partner, public = (RING_DEFAULTS[ring] for ring in RINGS)
    assert internal.mtls
    assert internal.service_token
    assert not internal.api_key
    assert internal.errors == "detailed"
    for outer in (partner, public):
        assert outer.errors == "sanitised"
        assert outer.response_headers == "allow-list"
        assert outer.max_body_bytes <= internal.max_body_bytes
    assert (internal.limit_per_minute, partner.limit_per_minute, public.limit_per_minute) == (
        10_000,
        None,
        100,
    )
    assert [ring for ring in RINGS if ring.is_outer] == list(OUTER)
