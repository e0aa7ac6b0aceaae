"""The rings' own rules: each finds what its page calls bad, and nothing in what it calls good."""

from __future__ import annotations

from pathlib import Path

import pytest

from ringwork import _native
from ringwork.style.evaluating import check
from ringwork.style.linting import lint
from ringwork.style.model import Level
from ringwork.style.pages import RulePage, rule_pages
from ringwork.style.reading import built_in

RINGS = ("internal", "partner", "public")


def found(fragment: str) -> set[str]:
    document = f'openapi: "3.1.0"\n{fragment}\n'.encode()
    everything = built_in("ringwork:public")[1]
    return {one.code for one in lint(document, Path("/estate/openapi.yaml"), everything)}


@pytest.mark.parametrize("page", rule_pages(), ids=lambda page: page.code)
def test_a_rule_finds_what_its_page_calls_bad_and_nothing_in_what_it_calls_good(page: RulePage) -> None:
    assert page.code in found(page.bad)
    assert page.code not in found(page.good)


@pytest.mark.parametrize("page", rule_pages(), ids=lambda page: page.code)
def test_examples_of_pages_are_documents_without_a_mistake_in_their_form(page: RulePage) -> None:
    for fragment in (page.bad, page.good):
        assert not _native.Document.parse(fragment.encode(), "page.yaml").problems


@pytest.mark.parametrize("page", rule_pages(), ids=lambda page: page.code)
def test_a_rule_is_no_milder_further_out(page: RulePage) -> None:
    levels = [4 if level is None else int(level) for _, level in page.severities]
    assert levels == sorted(levels, reverse=True), page.severities


def test_every_rule_of_a_ring_has_a_page() -> None:
    pages = {page.code for page in rule_pages()}
    for ring in RINGS:
        ruleset = built_in(f"ringwork:{ring}")[0]
        check(ruleset)
        assert set(ruleset.rules) == pages


def test_the_internal_ring_demands_nothing_and_the_public_one_much() -> None:
    internal, _, public = (built_in(f"ringwork:{ring}")[0].rules.values() for ring in RINGS)
    assert not [rule.code for rule in internal if rule.level is Level.ERROR]
    assert len([rule.code for rule in public if rule.level is Level.ERROR]) > 15
