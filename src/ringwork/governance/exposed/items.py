"""One exposed thing: an operation, parameter, body, header, field or enum value, and who sees it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from ringwork import _native
from ringwork.audience import OUTER, Audience
from ringwork.intent.exposed import Exposed
from ringwork.kernel import packed
from ringwork.kernel.findings import Location

_RINGS = {ring.label: ring for ring in OUTER}


class ExposedItem(NamedTuple):
    """A line of the listing. `ring` is the furthest that sees it; `name` is where it stands in an operation
    (`GET /orders responses/200`), or a JSON Pointer into the contract (`#/components/schemas/Order/properties/id`).

    `way`: call, opaque (an operation's bodies leave unread), read or write. `target` is the name of what it refers
    to; `value` one value of an enum; `through` the first operation that leads to it. `sensitive` is its class, or
    nothing; the masks are those of responses.
    """

    ring: Audience
    kind: str
    way: str
    name: str
    target: str
    value: str
    at: str
    label: str
    through: str
    sensitive: str
    partner_mask: str
    public_mask: str
    files: tuple[str, ...]

    @property
    def said(self) -> str:
        """What a line of the lock says of it, after the ring. Names it among all items of a version."""
        target = f" -> {self.target}" if self.target else ""
        value = f" = {self.value}" if self.value else ""
        return f"{self.way} {self.name}{target}{value}"

    @property
    def location(self) -> Location:
        """Where it is declared."""
        return _location(self.at, self.files)

    @property
    def labelled_at(self) -> Location | None:
        """Its own audience label."""
        return _location(self.label, self.files) if self.label else None

    def mask(self, ring: Audience) -> str:
        """What leaves instead of the value on an outer ring: last4, hash, drop; or nothing."""
        if self.way != "read":
            return ""
        return self.public_mask if ring is Audience.PUBLIC else self.partner_mask

    def sensitive_lines(self) -> Iterator[tuple[Audience, str]]:
        """Ring and what is to be approved there: one line, or two where partners see it less masked."""
        if not self.sensitive:
            return
        rings = [ring for ring in reversed(OUTER) if self.ring.reaches(ring)]
        for index, ring in enumerate(rings):
            if index == 0 or self.mask(ring) != self.mask(rings[index - 1]):
                mask = self.mask(ring)
                yield ring, f"{self.way} {self.name} {self.sensitive}{f' {mask}' if mask else ''}"


def _location(place: str, files: tuple[str, ...]) -> Location:
    file, line, column = place.split(":")
    return Location(files[int(file)], int(line), int(column))


def read_items(listing: str) -> list[ExposedItem]:
    """The items of a listing, in order."""
    if not listing:
        return []
    head, *lines = listing.split("\n")
    files = tuple(head.split("\t"))
    items = []
    for line in lines:
        ring, *fields = line.split("\t")
        items.append(ExposedItem._make((_RINGS[ring], *fields, files)))
    return items


def lock_lines(listing: str) -> list[str]:
    """What `exposure.lock` has to say for a version: sensitive values first, each on a line of its own."""
    return _native.lock_lines(listing)[0]


def pack(listing: str) -> Exposed | None:
    """None where nothing is exposed. Equal listings give equal bytes (law 9)."""
    if not listing:
        return None
    lines, sensitive = _native.lock_digest(listing)
    return Exposed(lines, packed.pack(listing.encode()), sensitive)


def unpacked(exposed: Exposed | None) -> str:
    """The inverse of `pack`."""
    return "" if exposed is None else packed.unpack(exposed.packed).decode()


def unpack(exposed: Exposed | None) -> list[ExposedItem]:
    """The items of what `pack` gave."""
    return read_items(unpacked(exposed))
