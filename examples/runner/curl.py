"""`curl` commands one can paste: who calls decides what is added to them."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from pathlib import Path

from examples.runner.credentials import Key
from examples.runner.platform import Ring


@dataclass(frozen=True, slots=True)
class Curl:
    """Calls of one caller on one ring."""

    ring: Ring
    proof: tuple[str, ...]

    @classmethod
    def with_certificate(cls, ring: Ring, identity: Path) -> Curl:
        return cls(ring, ("--cert", str(identity / "cert.pem"), "--key", str(identity / "key.pem")))

    @classmethod
    def with_key(cls, ring: Ring, key: Key) -> Curl:
        return cls(ring, ("-H", f"X-Api-Key: {key.secret}"))

    def words(self, path: str, *options: str) -> list[str]:
        trust = ("--cacert", str(self.ring.ca_file))
        return ["curl", "-sS", *options, *trust, *self.proof, f"{self.ring.base_url}{path}"]

    def line(self, path: str, *options: str) -> str:
        return shlex.join(self.words(path, *options))

    def configuration(self) -> str:
        """The same as a file for `curl --config`: short commands, and no key in the list of processes."""
        flags = ("--cacert", str(self.ring.ca_file), *self.proof)
        names = {"-H": "header"}
        pairs = zip(flags[::2], flags[1::2], strict=True)
        lines = [f'{names.get(flag, flag.removeprefix("--"))} = "{value}"' for flag, value in pairs]
        return "\n".join([*lines, "silent", ""])
