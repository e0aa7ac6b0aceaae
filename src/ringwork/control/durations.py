"""How long things live, as people write it: `90d`, `24h`, `15m`."""

from __future__ import annotations

import re
from datetime import timedelta

from ringwork.kernel.refusal import Refused

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
_LONGEST = timedelta(days=3650)


def lifetime(text: str, *, longest: timedelta = _LONGEST) -> timedelta:
    """`text` as a duration of at least a second and at most `longest`. Raises Refused."""
    found = re.fullmatch(r"([1-9][0-9]{0,8})([smhd])", text.strip())
    if found is None:
        raise Refused(
            "lifetime-malformed", f'"{text}" is no lifetime', "Write a number and s, m, h or d: 90d."
        )
    given = timedelta(**{_UNITS[found[2]]: int(found[1])})
    if given > longest:
        days = longest / timedelta(days=1)
        raise Refused(
            "lifetime-too-long", f'"{text}" is longer than {days:g} days', "Choose a shorter lifetime."
        )
    return given
