"""One signal on its way: lines of the log, a request, a receiver's word, a position on disk; then the next."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from ringwork.fleet.pauses import Pauses
from ringwork.fleet.telemetry.delivery import Delivery, Later, Outcome, Refused, Taken
from ringwork.fleet.telemetry.receivers import NoValue, Receiver
from ringwork.fleet.telemetry.standing import Standing, read_standing, write_standing
from ringwork.kernel.clock import Clock, rfc3339
from ringwork.usage.following import CHUNK_BYTES, Follower
from ringwork.usage.otlp.requests import Batch, Said

# Lines are gathered for so long, unless there are more than one request holds.
_GATHERING_SECONDS = 1.0
# Half of what the gateway keeps on disk; what is older than this much is dropped, and counted.
MAX_BACKLOG_BYTES = 1 << 30
_KEPT_EVERY_SECONDS = 5.0
_LONGEST_PROBLEM = 500


@dataclass(frozen=True, slots=True)
class Kind:
    """What a signal makes of lines. `count`: how many records lines hold that are not sent."""

    batch: Callable[[Sequence[bytes]], Batch]
    count: Callable[[Sequence[bytes]], int]
    understand: Callable[[bytes], Said]


class Pipeline:
    """For one thread. `receiver` gives where to, None while the signal is off; it raises NoValue."""

    def __init__(
        self,
        log: Path,
        file: Path,
        kind: Kind,
        receiver: Callable[[], Receiver | None],
        *,
        clock: Clock,
        say: Callable[[str], None],
        max_backlog_bytes: int = MAX_BACKLOG_BYTES,
    ) -> None:
        self._file = file
        self._kind = kind
        self._receiver = receiver
        self._clock = clock
        self._say = say
        self._max_backlog_bytes = max_backlog_bytes
        self._standing = read_standing(file) or Standing()
        self._follower = Follower(log, self._standing.position)
        self._delivery: Delivery | None = None
        self._pauses = Pauses()
        self._kept_at = 0.0

    def run(self, stop: threading.Event) -> None:
        """Until `stop` is set. What is begun and not taken is sent again by whoever comes next."""
        self._keep(stop)
        while not stop.is_set():
            self._drop_what_is_too_much(stop)
            lines = self._follower.read()
            batch = self._kind.batch(lines)
            if batch.body:
                self._bring(batch, lines, stop)
            else:
                self._standing.damaged += batch.damaged
                if self._is_old():
                    self._keep(stop)
            if sum(map(len, lines)) < CHUNK_BYTES // 2:
                stop.wait(_GATHERING_SECONDS)
        self._follower.close()
        self._disconnect()

    def _bring(self, batch: Batch, lines: Sequence[bytes], stop: threading.Event) -> None:
        """Until the receiver has said its last word on it, or there is too much behind it."""
        self._pauses.reset()
        while not stop.is_set():
            outcome = self._attempt(batch.body)
            if isinstance(outcome, Later) and not self._is_too_much():
                self._tell_of_waiting(outcome.why, lines, stop)
                stop.wait(self._pauses.next() if outcome.after_seconds is None else outcome.after_seconds)
                continue
            self._standing.damaged += batch.damaged
            self._note(self._accounted(outcome, batch, lines))
            self._keep(stop)
            return

    def _tell_of_waiting(self, why: str, lines: Sequence[bytes], stop: threading.Event) -> None:
        """For `ringwork status`; the position on disk stays where the receiver's word is."""
        is_news = self._note(why)
        if is_news or self._is_old():
            in_hand = sum(len(line) + 1 for line in lines)
            self._standing.backlog_bytes = in_hand + self._follower.backlog_bytes()
            self._kept_at = time.monotonic()
            self._write(stop)

    def _accounted(self, outcome: Outcome, batch: Batch, lines: Sequence[bytes]) -> str | None:
        """What is wrong, if anything is."""
        standing = self._standing
        match outcome:
            case Taken(said):
                rejected = min(said.rejected, batch.records)
                standing.sent += batch.records - rejected
                standing.rejected += rejected
                standing.last_success = rfc3339(self._clock())
                if rejected or said.message:
                    return f"the receiver rejected {rejected} of {batch.records} records: {said.message}"
                return None
            case Refused(why):
                standing.rejected += batch.records
                return why
            case Later(why):
                standing.dropped += self._kind.count(lines)
                return why

    def _attempt(self, body: bytes) -> Outcome:
        try:
            receiver = self._receiver()
            if receiver is None:
                return Later("it is off")
            return self._connected(receiver).send(body)
        except (NoValue, OSError, ValueError) as error:  # a CA that is none is an OSError or a ValueError
            return Later(str(error))

    def _connected(self, receiver: Receiver) -> Delivery:
        """To the receiver that is wanted now: another endpoint, a rotated credential."""
        if self._delivery is None or self._delivery.receiver != receiver:
            self._disconnect()
            self._delivery = Delivery(receiver, self._kind.understand)
            self._standing.endpoint = receiver.endpoint
        return self._delivery

    def _disconnect(self) -> None:
        if self._delivery is not None:
            self._delivery.close()
            self._delivery = None

    def _is_too_much(self) -> bool:
        return self._follower.backlog_bytes() > self._max_backlog_bytes

    def _drop_what_is_too_much(self, stop: threading.Event) -> None:
        if not self._is_too_much():
            return
        dropped = 0
        while self._is_too_much() and (lines := self._follower.read()):
            dropped += self._kind.count(lines)
        self._standing.dropped += dropped
        self._say(f"{dropped} records were dropped: the receiver is too slow, or away for too long")
        self._keep(stop)

    def _note(self, problem: str | None) -> bool:
        """Says what is new; whether it is."""
        problem = None if problem is None else problem[:_LONGEST_PROBLEM]
        if problem == self._standing.problem:
            return False
        self._say("all is well again" if problem is None else problem)
        self._standing.problem = problem
        return True

    def _is_old(self) -> bool:
        """What is on disk."""
        return time.monotonic() - self._kept_at >= _KEPT_EVERY_SECONDS

    def _keep(self, stop: threading.Event) -> None:
        """All that was read is dealt with."""
        standing, follower = self._standing, self._follower
        standing.damaged += follower.damaged
        standing.gaps += follower.gaps
        follower.damaged = follower.gaps = 0
        standing.position = follower.position
        standing.backlog_bytes = follower.backlog_bytes()
        self._kept_at = time.monotonic()
        self._write(stop)

    def _write(self, stop: threading.Event) -> None:
        """Waits for a disk that takes nothing: what is sent meanwhile would be sent again after a crash."""
        while True:
            try:
                return write_standing(self._file, self._standing)
            except OSError as error:
                self._say(f"{self._file} cannot be written: {error.strerror}")
            if stop.wait(_GATHERING_SECONDS):
                return None
