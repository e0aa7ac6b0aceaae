"""Small pairs of documents: what we say beside what oasdiff 1.33 says of the same, recorded."""

from __future__ import annotations

from collections import Counter
from functools import cache
from pathlib import Path

import pytest

from ringwork.difference import composition, rules
from ringwork.difference.mapping import ABSENT, WHY, mapping
from ringwork.difference.model import Level, Rule
from ringwork.difference.rules import RULES
from ringwork.difference.table import IDS, OASDIFF
from tests.rooms.difference.comparing import difference, our_levels
from tests.rooms.difference.pairs import DocumentPair, pairs, schema_pairs

# Cases, by the beginning of their names, that we judge by meaning: docs/breaking-changes.md lists them.
DIFFERENT = {
    "enum set": "a limit that goes is not a value that goes",
    "const for enum": "one value is one value, however written",
    "several types": "a list of types that grows is wider in URLs too",
    "types of a property": "as above",
    "wrapped": "properties that stand in alternatives are not new",
    "null by": "an alternative that is null makes nullable",
    "x-extensible-enum beside": "a list that was announced to grow may grow",
    "enum of readOnly": "what is read only is not sent in parameters either",
    "unevaluatedProperties false": "`false` is a schema",
    "parameter of the path <": "a parameter of a path that goes is a parameter that goes",
    "required parameter of the path <": "as above",
    "parameter moved": "a parameter that moved to its path is still there",
    "status range": "a range of codes is a success as well",
    "security none": "where nothing is demanded nobody is refused",
    "security not said": "as above",
    "security of all": "what all operations demand is demanded",
    "one of several of all": "as above",
    "scope of all": "as above",
    "security anonymous": "anonymous calls have ids since 1.34",
    "items any": "a type that comes or goes within a parameter is no other type",
    "parameter style": "what oasdiff has no rule for asks for another version all the same",
    "parameter reserved": "as above",
    "scheme": "as above",
    "callback": "as above",
}


@cache
def recorded() -> dict[str, Counter[tuple[str, Level]]]:
    found = {}
    for line in (Path(__file__).parent / "recorded.txt").read_text().splitlines():
        if not line.startswith("#"):
            name, _, said = line.partition(": ")
            pairs = (one.split("=") for one in said.split())
            found[name.removesuffix(":")] = Counter((id, Level(int(level))) for id, level in pairs)
    return found


def ours(pair: DocumentPair) -> Counter[tuple[str, Level]]:
    found = difference(pair.old, pair.new).flat
    return Counter((one.id, one.comparable) for one in found if one.comparable is not None)


def test_every_pair_is_told_as_oasdiff_tells_it_or_for_a_reason_otherwise() -> None:
    wrong = {
        pair.name: (sorted(recorded()[pair.name]), sorted(ours(pair)))
        for pair in pairs()
        if not pair.name.startswith(tuple(DIFFERENT)) and ours(pair) != recorded()[pair.name]
    }
    assert wrong == {}


def test_every_deliberate_difference_is_one() -> None:
    needed = {pair.name for pair in pairs() if ours(pair) != recorded()[pair.name]}
    assert [case for case in DIFFERENT if not any(name.startswith(case) for name in needed)] == []


def test_every_rule_of_oasdiff_is_ours_or_has_a_reason_why_not() -> None:
    assert {id for id in OASDIFF if IDS[id][1] is None} == set(ABSENT)


def test_a_level_that_differs_has_its_reason_in_the_table() -> None:
    differing = {row.id for row in mapping() if row.theirs and row.ours and row.theirs is not row.ours}
    assert differing == set(WHY)


def test_the_table_is_what_the_pairs_say() -> None:
    """A new rule without a pair is noticed here; `tools/oasdiff_pairs.py` writes the table."""
    assert {id: ours for id, (_, ours) in IDS.items() if ours is not None} == our_levels()


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_every_rule_has_its_mirror_or_a_reason_why_not(rule: Rule) -> None:
    mirrored = {slug for pair in rule.mirrors for slug in pair}
    assert mirrored | rule.unmirrored.keys() == rule.effects.keys()
    assert not mirrored & rule.unmirrored.keys()
    assert all(rule.unmirrored.values())


def test_alternatives_have_their_mirrors() -> None:
    mirrored = {slug for pair in composition.MIRRORS for slug in pair}
    assert mirrored | composition.UNMIRRORED.keys() == composition.EFFECTS.keys()


@pytest.mark.parametrize("pair", [*schema_pairs()][::7], ids=lambda pair: pair.name)
def test_a_change_undone_is_said_to_be_undone(pair: DocumentPair) -> None:
    """What narrows one way widens the other: nothing is told in one direction only, unless a rule says why."""
    there, back = difference(pair.old, pair.new), difference(pair.new, pair.old)
    said = {cause.worst.change.slug for cause in (*there.causes, *back.causes)}
    assert bool(there.causes) == bool(back.causes) or said == {"x-extensible-enum-value-removed"}


def test_one_rule_is_one_file() -> None:
    files = {path.stem for path in Path(rules.__path__[0]).glob("*.py")} - {"__init__", "kinds"}
    assert len(files) == len(RULES)
