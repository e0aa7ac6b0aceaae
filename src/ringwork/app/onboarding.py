"""A partner comes on: its record among the others, and what going live with it would change."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from ringwork.governance.assess import assess
from ringwork.governance.plan import Plan, plan
from ringwork.governance.snapshot import ExposureSnapshot
from ringwork.kernel.files import write_atomically
from ringwork.kernel.findings import Finding, Severity
from ringwork.kernel.refusal import Refused

_NAME = re.compile(r"[a-z][a-z0-9-]{0,62}")
_MOST_BYTES = 1024 * 1024


@contextmanager
def placed(file: Path, estate: Path) -> Iterator[str]:
    """The partner's name, with its record where the estate has them; taken away again when the block fails. Raises
    Refused.
    """
    name, record = file.name.removesuffix(".yaml"), _read(file)
    if not _NAME.fullmatch(name) or not file.name.endswith(".yaml"):
        help = "Call the file as the partner: lower-case letters, digits and hyphens, then .yaml."
        raise Refused("partner-malformed", f"{file.name} does not name a partner", help)
    place = estate / "partners" / f"{name}.yaml"
    is_there = place.exists()
    if is_there and place.read_bytes() != record:
        help = f"Change that file and name it: `ringwork partner onboard {place}`."
        raise Refused("partner-exists", f"the estate has another record of {name}", help, status=409)
    if not is_there:
        place.parent.mkdir(exist_ok=True)
        write_atomically(place, record)
    try:
        yield name
    except BaseException:
        if not is_there:
            place.unlink()
        raise


def _read(file: Path) -> bytes:
    try:
        record = file.read_bytes()
    except OSError as error:
        raise Refused("file-unusable", f"{file}: {error.strerror}", "Name the partner's record.") from None
    if len(record) > _MOST_BYTES:
        raise Refused("file-unusable", f"{file} is no partner's record: it is too large", "Name another.")
    return record


def change_of(
    partner: str, estate: Path, live: ExposureSnapshot, resolve: Callable[[str], str]
) -> tuple[Plan, list[Finding]]:
    """What applying the estate would change where `live` is, and what is wrong with the partner's own record. Raises
    Refused: it would change more than the partner.
    """
    found = assess(estate, live, resolve=resolve, environment=live.estate.environment, locked=True)
    change = plan(live, found.snapshot, found.findings, found.dropped)
    wrong = [each for each in change.findings if each.severity is Severity.ERROR]
    own = [each for each in wrong if each.location.file == f"partners/{partner}.yaml"]
    if not own:
        _demand_alone(partner, change)
    return change, own


def _demand_alone(partner: str, change: Plan) -> None:
    own = ("partner", partner)
    others = [f"{each.kind} {each.name}" for each in change.settings if (each.kind, each.name) != own]
    others += [f"{each.operation.api} {each.operation.id}" for each in change.operations]
    others += [f"{each.api} {each.version}" for each in change.exposure]
    if change.blocked or others:
        what = f"it would change {others[0]}, too" if others else "nothing of it can go live"
        help = f"See `ringwork plan --environment {change.environment}`, and `ringwork apply` what is meant first."
        raise Refused("estate-has-more", f"the estate is not as it is live: {what}", help, status=409)
