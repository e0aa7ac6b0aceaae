"""The matcher against a second opinion: a plain specification of OpenAPI's precedence, and hostile spellings."""

from __future__ import annotations

import re
from urllib.parse import quote

from hypothesis import assume, example, given
from hypothesis import strategies as st

from ringwork import _native

words = st.sampled_from(["a", "b", "ab", "export", "Export", "v1"])
segments = st.one_of(
    words, st.just("{p}"), st.builds("{{p}}{}".format, words), st.builds("{}{{p}}".format, words)
)
templates = st.lists(segments, min_size=1, max_size=3).map(lambda parts: "/" + "/".join(parts))
template_sets = st.lists(templates, min_size=1, max_size=8, unique=True)
paths = st.lists(st.one_of(words, st.sampled_from(["x", "xa", "exportb"])), min_size=1, max_size=3).map(
    lambda parts: "/" + "/".join(parts)
)


def rank(segment: str) -> tuple[int, int]:
    """Smaller is more specific: a literal, then more literal characters around a parameter, then a parameter."""
    literal = segment.replace("{p}", "")
    return (0, 0) if "{p}" not in segment else (1, -len(literal)) if literal else (2, 0)


def matches(template: str, path: str) -> bool:
    pattern = re.escape(template).replace(re.escape("{p}"), "[^/]+")
    return re.fullmatch(pattern, path) is not None


def ranks(template: str) -> list[tuple[int, int]]:
    return [rank(segment) for segment in template[1:].split("/")]


@given(template_sets, paths)
def test_the_most_specific_matching_template_carries_a_request(known: list[str], path: str) -> None:
    found = _native.match_template([(template, False) for template in known], path)
    candidates = [template for template in known if matches(template, path)]
    if not candidates:
        assert found is None
    else:
        assert found in candidates
        assert ranks(found) == min(map(ranks, candidates))


def spellings(draw: st.DrawFn, path: str) -> str:
    """A spelling of `path` that some upstream takes for `path`."""
    cased = "".join(draw(st.sampled_from([c.lower(), c.upper()])) for c in path)
    encoded = "".join(
        quote(c, safe="/") if c.isalnum() else f"%{ord(c):02X}" if c in ":,=" else c for c in cased
    )
    return encoded + draw(st.sampled_from(["", "/", ".", "%20", ".json"]))


@st.composite
def disguised_requests(draw: st.DrawFn) -> tuple[list[str], str, str]:
    hidden = draw(paths)
    return draw(template_sets), hidden, spellings(draw, draw(st.sampled_from([hidden, hidden + ":run"])))


@given(disguised_requests())
@example((["/{p}"], "/export", "/EXPORT.json"))
def test_no_visible_parameter_carries_a_hidden_operation_in_disguise(
    case: tuple[list[str], str, str],
) -> None:
    visible, hidden, request = case
    assume(hidden.lower() not in {template.lower() for template in visible})
    known = [(template, False) for template in visible if ranks(template) > ranks(hidden)]
    found = _native.match_template([*known, (hidden, True), (hidden + ":run", True)], request)
    assert found is None or ranks(found) <= ranks(hidden)


@given(template_sets)
def test_a_template_that_can_match_has_no_problem(known: list[str]) -> None:
    assert all(_native.template_problem(template) is None for template in known)
