"""Another CA takes the place of one: trusted before it issues, and the one before ends when its time is over."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509

from ringwork.control.authority_files import AuthorityFiles, Part
from ringwork.control.directory import ControlDirectory
from ringwork.kernel.files import write_atomically
from ringwork.kernel.refusal import Refused

NOW = datetime(2026, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)
MONTH = timedelta(days=30)
SECOND = timedelta(seconds=1)


class Clock:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def files(tmp_path: Path, clock: Clock) -> AuthorityFiles:
    return AuthorityFiles(ControlDirectory(tmp_path), "internal", clock)


def parts(files: AuthorityFiles) -> list[str]:
    return [trusted.part.value for trusted in files.trusted()]


def issuing(files: AuthorityFiles) -> str:
    return files.opened().fingerprint


def in_bundle(files: AuthorityFiles) -> list[x509.Certificate]:
    return x509.load_pem_x509_certificates(files.opened().trusted_pem)


def rotated(files: AuthorityFiles) -> None:
    files.prepare(lead=DAY, overlap=MONTH)
    files.switch()


def test_what_is_prepared_is_trusted_and_issues_nothing(files: AuthorityFiles, clock: Clock) -> None:
    before = issuing(files)
    files.prepare(lead=DAY, overlap=MONTH)
    assert parts(files) == ["issuing", "prepared"] and issuing(files) == before
    assert len(in_bundle(files)) == 2
    clock.now += DAY - SECOND
    assert not files.is_due()
    clock.now += SECOND
    assert files.is_due()


def test_after_the_switch_the_one_before_is_trusted_until_its_time_is_over(
    files: AuthorityFiles, clock: Clock
) -> None:
    before = issuing(files)
    old = x509.load_pem_x509_certificate(files.opened().issue_svid("spiffe://a/b", DAY).certificate_pem)
    rotated(files)
    assert issuing(files) != before and parts(files) == ["issuing", "previous"]
    assert not files.opened().issued(old)
    assert files.trusted()[1].until == NOW + MONTH
    clock.now += MONTH - SECOND
    assert not files.retire()
    clock.now += SECOND
    assert files.retire() and not files.retire()
    assert parts(files) == ["issuing"] and len(in_bundle(files)) == 1


def test_the_key_of_the_one_before_is_gone(files: AuthorityFiles, tmp_path: Path) -> None:
    issuing(files)
    before = (tmp_path / "keys/ca-internal.key").read_bytes()
    rotated(files)
    assert before not in [path.read_bytes() for path in (tmp_path / "keys").iterdir()]
    assert {path.stat().st_mode & 0o777 for path in (tmp_path / "keys").iterdir()} == {0o600}


def test_one_in_wrong_hands_is_replaced_at_once_and_what_was_prepared_with_it(files: AuthorityFiles) -> None:
    known = {issuing(files)}
    rotated(files)
    files.prepare(lead=DAY, overlap=MONTH)
    known |= {trusted.fingerprint for trusted in files.trusted()}
    files.replace()
    assert parts(files) == ["issuing"] and issuing(files) not in known


def test_one_rotation_at_a_time_and_no_more_trusted_than_four(files: AuthorityFiles) -> None:
    files.prepare(lead=DAY, overlap=MONTH)
    with pytest.raises(Refused, match="prepared already"):
        files.prepare(lead=DAY, overlap=MONTH)
    files.switch()
    rotated(files)
    rotated(files)
    with pytest.raises(Refused, match="trusted still"):
        files.prepare(lead=DAY, overlap=MONTH)


def _cut_short(after: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Lets so many files be written, and then no more."""
    left = iter([True] * after)

    def write(*words: object, **named: object) -> None:
        if not next(left, False):
            raise KeyboardInterrupt
        write_atomically(*words, **named)  # type: ignore[arg-type]

    monkeypatch.setattr("ringwork.control.authority_files.write_atomically", write)


CHANGES: dict[str, Callable[[AuthorityFiles], object]] = {
    "prepare": lambda files: files.prepare(lead=DAY, overlap=MONTH),
    "replace": lambda files: files.replace(),
    "switch": lambda files: files.switch(),
}


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("after", range(5))
def test_a_crash_at_any_step_leaves_one_that_issues_and_is_trusted(
    files: AuthorityFiles, clock: Clock, change: str, after: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    issuing(files)
    if change == "switch":
        files.prepare(lead=DAY, overlap=MONTH)
    _cut_short(after, monkeypatch)
    with contextlib.suppress(KeyboardInterrupt):
        CHANGES[change](files)
    monkeypatch.undo()
    assert issuing(files) in {trusted.fingerprint for trusted in files.trusted()}
    if files.is_prepared():
        files.switch()
    clock.now += MONTH
    files.retire()
    assert [trusted.part for trusted in files.trusted()] == [Part.ISSUING]
    rotated(files)
