"""One response that arrived on a ring, held against what the ring may see."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ringwork.audience import Audience
from ringwork.mock.document import Json
from ringwork.mock.media import essence, is_json
from ringwork.sweep.expecting import SHOWN, Expectations, Expected, ShownDocument, Verdict
from ringwork.sweep.marks import escaped
from ringwork.sweep.planning import Plan, decoded, key_for
from ringwork.sweep.results import Discovery, Kind, Results
from ringwork.sweep.subject import Operation, Subject
from ringwork.sweep.tokens import is_token, texts_in
from ringwork.sweep.values import Pointer, Value, scalars_of

_MARK = re.compile(r"§\d+")
_MADE_UP = re.compile(r"rwt[0-9a-f]{10}q")
_MISSING = object()
# Never leave an outer ring, whatever a contract declares.
_REVEALING = re.compile(
    r"x-(?:powered-by|backend|debug|envoy|internal|ringwork|upstream|served-by|runtime|version)"
)


@dataclass(frozen=True, slots=True)
class Arrived:
    """A response as a client got it; header names are lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class RingRules:
    """Response headers a ring lets pass whatever contracts say."""

    ring: Audience
    allowed_headers: frozenset[str] = frozenset()


class Judge:
    """Of one API version."""

    def __init__(self, subject: Subject, results: Results) -> None:
        self._subject = subject
        self._results = results

    def judge(self, operation: Operation, rules: RingRules, plan: Plan, arrived: Arrived) -> None:
        """Adds what is wrong to the results."""
        self._results.responses += 1
        shown = self._subject.shown(rules.ring) if rules.ring.is_outer else None
        key, response = (None, None) if shown is None else _response(shown, operation, plan)
        self._judge_headers(operation, rules, plan, arrived, shown, response)
        # A status whose own response is hidden is what the ring's document says of its range, or of all others.
        is_another = None not in (key, plan.key) and key != plan.key
        if plan.value is not None and operation.method != "HEAD" and not is_another:
            root = SHOWN if shown is None else _of_body(shown, operation, plan, response)
            self._judge_body(operation, rules, plan, arrived, root, shown)

    def _judge_body(
        self,
        operation: Operation,
        rules: RingRules,
        plan: Plan,
        arrived: Arrived,
        root: Verdict,
        shown: ShownDocument | None,
    ) -> None:
        assert plan.value is not None  # asked for by the caller
        expectations = None if shown is None else Expectations(shown, rules.ring.label, root)
        got = dict(scalars_of(_as_json(arrived)))
        hidden: dict[Json, tuple[Pointer, Verdict]] = {}
        missing: list[tuple[Pointer, Verdict]] = []
        for pointer, leaf in plan.value.leaves():
            verdict = _verdict(expectations, leaf)
            is_here = _same(got.get(pointer, _MISSING), leaf.scalar)
            self._count(verdict)
            if verdict.expected is Expected.HIDDEN:
                if is_here:
                    self._found("leak", operation, rules, plan, _place(pointer), verdict.why)
                if is_token(leaf.scalar):
                    hidden[leaf.scalar] = (pointer, verdict)
            elif verdict.expected is Expected.SHOWN and not is_here:
                missing.append((pointer, verdict))
        self._judge_elsewhere(operation, rules, plan, arrived, got, hidden)
        self._judge_missing(operation, rules, plan, arrived, missing)

    def _judge_elsewhere(
        self,
        operation: Operation,
        rules: RingRules,
        plan: Plan,
        arrived: Arrived,
        got: Mapping[Pointer, Json],
        hidden: Mapping[Json, tuple[Pointer, Verdict]],
    ) -> None:
        """What is hidden must not be anywhere else either: in another member, a name, a header, a text."""
        text = arrived.body.decode("utf-8", "replace") + "\n".join(arrived.headers.values())
        found = texts_in(text) | {value for value in got.values() if is_token(value)}
        for token in found & hidden.keys():
            pointer, verdict = hidden[token]
            if not _same(got.get(pointer, _MISSING), token):
                self._found("leak", operation, rules, plan, f"{_place(pointer)}, elsewhere", verdict.why)

    def _judge_missing(
        self,
        operation: Operation,
        rules: RingRules,
        plan: Plan,
        arrived: Arrived,
        missing: list[tuple[Pointer, Verdict]],
    ) -> None:
        if missing and arrived.status != plan.status:
            why = f"{arrived.status} was answered instead: {_words(arrived)}"
            self._found("over-block", operation, rules, plan, "body", why, times=len(missing))
            return
        for pointer, _ in missing:
            self._found("over-block", operation, rules, plan, _place(pointer), "the ring's document shows it")

    def _judge_headers(
        self,
        operation: Operation,
        rules: RingRules,
        plan: Plan,
        arrived: Arrived,
        shown: ShownDocument | None,
        response: Mapping[str, Any] | None,
    ) -> None:
        declared = _header_names(shown, response)
        for name, value in plan.headers.items():
            verdict = _of_header(name, rules, declared, arrived.status == plan.status)
            if verdict.expected is Expected.EITHER:
                continue  # not a matter of contracts
            self._count(verdict)
            is_here = value in texts_in(
                "\n".join(arrived.headers.values()) + arrived.body.decode("utf-8", "replace")
            )
            if verdict.expected is Expected.HIDDEN and is_here:
                self._found("leak", operation, rules, plan, f"header {name}", verdict.why)
            if verdict.expected is Expected.SHOWN and not is_here:
                self._found(
                    "over-block", operation, rules, plan, f"header {name}", "the ring's document shows it"
                )

    def _count(self, verdict: Verdict) -> None:
        self._results.probes += 1
        self._results.undecided += verdict.expected is Expected.EITHER

    def _found(
        self,
        kind: Kind,
        operation: Operation,
        rules: RingRules,
        plan: Plan,
        place: str,
        why: str,
        times: int = 1,
    ) -> None:
        where = f"{operation.method} {operation.template}"
        explained = _MARK.sub(lambda mark: self._subject.places.get(mark[0], mark[0]), why)
        served = self._subject.served
        self._results.add(
            Discovery(
                kind, served.api, served.version, where, rules.ring.label, plan.status, place, explained
            ),
            times,
        )


def _verdict(expectations: Expectations | None, leaf: Value) -> Verdict:
    return SHOWN if expectations is None else expectations.of(leaf)


def _response(
    shown: ShownDocument, operation: Operation, plan: Plan
) -> tuple[str | None, Mapping[str, Any] | None]:
    """Key and response of the ring's document for the status of the plan; None: it has none."""
    paths = shown.document.members(shown.document.root, "paths")
    item = shown.document.resolved(paths.get(operation.template))
    written = item.get(operation.method.lower(), {})
    responses = shown.document.members(written, "responses")
    key = key_for(responses, plan.status)
    return key, None if key is None else shown.document.resolved(responses[key])


def _of_body(
    shown: ShownDocument, operation: Operation, plan: Plan, response: Mapping[str, Any] | None
) -> Verdict:
    if response is None:
        return Verdict(Expected.HIDDEN, f"the ring's document has no {plan.status} here")
    if plan.key is None:
        return Verdict(Expected.HIDDEN, f"nobody declared {plan.status}")
    if plan.content is None:
        return Verdict(Expected.HIDDEN, f"nobody declared {plan.media_type} for {plan.status}")
    if plan.content not in shown.document.content(response):
        return Verdict(Expected.HIDDEN, f"the ring's document has no {plan.content} for {plan.status}")
    if not _readable(plan.content) and operation.written.get("x-opaque") is not True:
        return Verdict(
            Expected.HIDDEN, f"no filter can read {plan.content}, and the operation has no x-opaque"
        )
    return SHOWN


def _readable(media_type: str) -> bool:
    return is_json(media_type) or essence(media_type) in (
        "application/x-ndjson",
        "application/jsonl",
        "application/json-seq",
        "text/event-stream",
    )


def _header_names(shown: ShownDocument | None, response: Mapping[str, Any] | None) -> frozenset[str] | None:
    """None: every header may leave."""
    if shown is None:
        return None
    return frozenset(name.lower() for name in shown.document.members(response or {}, "headers"))


def _of_header(name: str, rules: RingRules, declared: frozenset[str] | None, same_status: bool) -> Verdict:
    is_revealing = _REVEALING.match(name) is not None
    if declared is None:
        return Verdict(Expected.EITHER, "") if is_revealing or not same_status else SHOWN
    if is_revealing:
        return Verdict(Expected.HIDDEN, "it tells what stands behind the gateway")
    if name in declared or name in rules.allowed_headers:
        return SHOWN if same_status else Verdict(Expected.EITHER, "another status was answered")
    return Verdict(Expected.HIDDEN, "the ring's document does not show this header")


def _as_json(arrived: Arrived) -> Json:
    try:
        return decoded(arrived.body, arrived.headers.get("content-type", "application/json"))
    except (ValueError, RecursionError):
        return arrived.body.decode("utf-8", "replace")


def _same(one: object, other: Json) -> bool:
    return type(one) is type(other) and one == other


def _place(pointer: Pointer) -> str:
    """As a JSON Pointer; names that were made up are `*`."""
    names: Iterator[str] = (_MADE_UP.sub("*", name) for name in pointer)
    return "".join(f"/{escaped(name)}" for name in names)


def _words(arrived: Arrived) -> str:
    try:
        said = json.loads(arrived.body)
    except ValueError:
        return arrived.body[:200].decode("utf-8", "replace")
    known = (
        [str(said[key]) for key in ("code", "title", "detail") if key in said]
        if isinstance(said, dict)
        else []
    )
    return ": ".join(known)[:300]
