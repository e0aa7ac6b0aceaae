"""The one place where an operation's audience is decided."""

from __future__ import annotations

import pytest

from ringwork.audience import RINGS, Audience, Label, OperationLabels, Overruled, decide

INTERNAL, PARTNER, PUBLIC = RINGS


def label(audience: Audience, source: str = "somewhere") -> Label[str]:
    return Label(audience, source)


def test_operation_nobody_labelled_is_internal_whatever_encloses_it() -> None:
    verdict = decide(OperationLabels(caps=(label(PUBLIC),)))
    assert verdict.published is INTERNAL
    assert verdict.decided_by is None


@pytest.mark.parametrize(
    "labels", [OperationLabels(operation=label(PUBLIC)), OperationLabels(path_item=label(PUBLIC))]
)
def test_label_on_operation_or_path_item_grants(labels: OperationLabels[str]) -> None:
    verdict = decide(labels)
    assert verdict.published is PUBLIC
    assert verdict.decided_by == label(PUBLIC)


def test_cap_alone_grants_nothing() -> None:
    assert decide(OperationLabels(caps=(label(PUBLIC), label(PUBLIC)))).published is INTERNAL


def test_operation_is_never_wider_than_its_path_item() -> None:
    operation, path_item = label(PUBLIC, "operation"), label(PARTNER, "path")
    verdict = decide(OperationLabels(operation=operation, path_item=path_item))
    assert verdict.published is PARTNER
    assert verdict.overruled == (Overruled(operation, by=path_item),)


def test_operation_that_narrows_its_path_item_overrules_nothing() -> None:
    verdict = decide(
        OperationLabels(operation=label(INTERNAL), path_item=label(PUBLIC), caps=(label(PUBLIC),))
    )
    assert verdict.published is INTERNAL
    assert verdict.overruled == ()


def test_every_label_wider_than_a_cap_is_overruled_by_it() -> None:
    operation, path_item, cap = (
        label(PARTNER, "operation"),
        label(PUBLIC, "path"),
        label(INTERNAL, "api.yaml"),
    )
    verdict = decide(OperationLabels(operation=operation, path_item=path_item, caps=(cap, label(PUBLIC))))
    assert verdict.overruled == (Overruled(path_item, by=cap), Overruled(operation, by=cap))


def test_cap_narrows_and_is_named_as_the_cause() -> None:
    verdict = decide(
        OperationLabels(operation=label(PUBLIC), caps=(label(PARTNER, "api.yaml"), label(PUBLIC)))
    )
    assert verdict.published is PARTNER
    assert verdict.decided_by == label(PARTNER, "api.yaml")
