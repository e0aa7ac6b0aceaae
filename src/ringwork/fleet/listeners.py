"""Listen addresses: whether they are free, and other ports for them with `--ports auto`."""

from __future__ import annotations

import errno
import json
import random
import re
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from ringwork.intent.model import DocumentationIntent, Intent, RingIntent
from ringwork.kernel.files import PRIVATE_FILE, write_atomically
from ringwork.kernel.refusal import Refused
from ringwork.kernel.sockets import bound_to


class FreePorts:
    """Declared listener → the same address with a free port, remembered in `file` so that it stays the same."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._chosen: dict[str, str] = json.loads(file.read_bytes()) if file.exists() else {}

    def replace_in(self, intent: Intent, *, keep: bool) -> Intent:
        """`intent` on free ports. `keep`: ports in use are in use by our own gateway, so they stay."""
        for declared in declared_in(intent):
            self._choose(declared, keep=keep)
        rings = tuple(self._moved(ring) for ring in intent.rings)
        observed = intent.observability
        if observed.metrics is not None:
            metrics = replace(observed.metrics, listen=self._chosen[observed.metrics.listen])
            observed = replace(observed, metrics=metrics)
        write_atomically(self._file, json.dumps(self._chosen, sort_keys=True).encode(), mode=PRIVATE_FILE)
        return replace(intent, rings=rings, observability=observed)

    def now(self, declared: str) -> str:
        """Where `declared` is."""
        return self._chosen.get(declared, declared)

    def _moved(self, ring: RingIntent) -> RingIntent:
        listeners = tuple(self._chosen[declared] for declared in ring.listeners)
        documented = ring.documentation
        if documented is not None:
            listen = self._chosen[documented.listen]
            documented = replace(documented, listen=listen, url=_moved_url(documented, listen))
        return replace(ring, listeners=listeners, documentation=documented)

    def _choose(self, declared: str, *, keep: bool) -> None:
        remembered = self._chosen.get(declared)
        if remembered is not None and (keep or _why_taken(remembered) is None):
            return
        host, _ = split_address(declared)
        taken = set(self._chosen.values())
        while (address := _free_address(host)) in taken:
            continue
        self._chosen[declared] = address


def declared_in(intent: Intent) -> list[str]:
    """Every address gateways are to listen on, and the control plane for readers."""
    metrics = intent.observability.metrics
    operators = [] if metrics is None else [metrics.listen]
    readers = [ring.documentation.listen for ring in intent.rings if ring.documentation is not None]
    return [*(address for ring in intent.rings for address in ring.listeners), *operators, *readers]


def _moved_url(documented: DocumentationIntent, listen: str) -> str | None:
    """A URL that leads straight to the listener, with nothing between, leads to where it is now."""
    _, port = split_address(documented.listen)
    direct = re.fullmatch(
        rf"(http://(?:localhost|127\.0\.0\.1|\[::1\])):{port}((?:/.*)?)", documented.url or ""
    )
    return documented.url if direct is None else f"{direct[1]}:{split_address(listen)[1]}{direct[2]}"


def require_free(listeners: Iterable[str]) -> None:
    """Raises Refused for the first address that cannot be bound."""
    for address in listeners:
        why = _why_taken(address)
        if why is not None:
            raise Refused(
                "listener-taken",
                f"{address} cannot be listened on: {why}",
                "End what uses it, change `listen` in ringwork.yaml, or add --ports auto.",
                status=409,
            )


def split_address(address: str) -> tuple[str, int]:
    """`127.0.0.1:8443`, `[::1]:8443` → host without brackets, port."""
    host, _, port = address.rpartition(":")
    return host.strip("[]"), int(port)


def dialled(address: str) -> str:
    """How this machine reaches a listener: loopback for one that listens on all addresses."""
    host, port = split_address(address)
    if host == "0.0.0.0":
        return f"127.0.0.1:{port}"
    return f"[::1]:{port}" if host == "::" else address


def _why_taken(address: str) -> str | None:
    try:
        bound_to(*split_address(address)).close()
    except OSError as error:
        return errno_text(error)
    return None


# Kept from start to start, so not of the range systems give to outgoing connections (Linux: from 32,768 on).
_FREE_PORTS = range(20_000, 32_000)
_TRIES = 1_000


def _free_address(host: str) -> str:
    for port in random.sample(_FREE_PORTS, _TRIES):
        address = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        if _why_taken(address) is None:
            return address
    raise Refused(
        "listener-taken",
        f"no free port on {host} from {_FREE_PORTS[0]} on",
        "Name ports in ringwork.yaml.",
        status=409,
    )


def errno_text(error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return "another process uses it"
    return error.strerror or str(error)
