"""What an assessment makes is not walked through again, and what it throws away is not kept."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator

import pytest

from ringwork.kernel.frozen import Frozen


class Knot:
    """Holds itself: its count never falls to nothing."""

    def __init__(self) -> None:
        self.held = self


@pytest.fixture(autouse=True)
def thawed() -> Iterator[None]:
    yield
    gc.unfreeze()


def knotted(frozen: Frozen) -> weakref.ref[Knot]:
    with frozen.uncollected():
        return weakref.ref(Knot())


def test_garbage_of_a_change_does_not_stay_for_good() -> None:
    frozen = Frozen()
    knotted(frozen)
    assert [knotted(frozen)() for _ in range(3)] == [None] * 3


def test_garbage_made_between_two_changes_does_not_stay_either() -> None:
    frozen = Frozen()
    knotted(frozen)
    made = weakref.ref(Knot())
    with frozen.uncollected():
        pass
    assert made() is None


def test_what_is_made_is_frozen_and_the_collector_goes_on_after_it() -> None:
    frozen, kept = Frozen(), []
    knotted(frozen)
    before = gc.get_freeze_count()
    with frozen.uncollected():
        assert not gc.isenabled()
        kept.append(Knot())
    assert gc.get_freeze_count() > before
    assert gc.isenabled()


def test_the_collector_goes_on_after_work_that_failed() -> None:
    with pytest.raises(ValueError, match="no"), Frozen().uncollected():
        raise ValueError("no")
    assert gc.isenabled()
