"""Keys manifests are signed with: two at once for a while, then one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ringwork.control.directory import ControlDirectory
from ringwork.control.manifest_keys import ManifestKeys
from ringwork.kernel.refusal import Refused

NOW = datetime(2026, 1, 1, tzinfo=UTC)
WEEK = timedelta(days=7)


@pytest.fixture
def directory(tmp_path: Path) -> ControlDirectory:
    return ControlDirectory(tmp_path)


def test_the_key_before_is_trusted_until_its_time_is_over(directory: ControlDirectory) -> None:
    keys = ManifestKeys(directory)
    (first,) = keys.trusted()
    keys.rotate(trusted_until=NOW + WEEK)
    second, also = keys.trusted()
    assert also == first and second != first
    assert ManifestKeys(directory).trusted() == [second, first], "a restart trusts the same"
    assert not keys.retire(NOW + WEEK - timedelta(seconds=1))
    assert keys.retire(NOW + WEEK)
    assert keys.trusted() == [second]


def test_a_key_in_wrong_hands_ends_the_trust_in_all_before_it(directory: ControlDirectory) -> None:
    keys = ManifestKeys(directory)
    keys.rotate(trusted_until=NOW + WEEK)
    keys.rotate(trusted_until=None)
    assert len(keys.trusted()) == 1


def test_no_more_keys_are_trusted_than_a_gateway_reads(directory: ControlDirectory) -> None:
    keys = ManifestKeys(directory)
    for _ in range(7):
        keys.rotate(trusted_until=NOW + WEEK)
    with pytest.raises(Refused):
        keys.rotate(trusted_until=NOW + WEEK)
    assert len(keys.trusted()) == 8
