"""Clients of all rings call everything they can and cannot, and each answer is judged."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

import httpx

from ringwork.audience import Audience
from ringwork.sweep.doors import Client, Door
from ringwork.sweep.judging import Arrived, Judge, RingRules
from ringwork.sweep.planning import Plan, Planning
from ringwork.sweep.requests import Request, request
from ringwork.sweep.results import Discovery, Results
from ringwork.sweep.subject import Operation, Subject
from ringwork.sweep.tokens import Tokens
from ringwork.sweep.upstream import EverythingUpstream, Key

AT_ONCE = 16
# Requests are made up; one that is refused may be so because it does not fit in a way nobody foresaw.
_TRIES = 6


@dataclass(frozen=True, slots=True)
class _Task:
    """One operation of one subject."""

    subject: Subject
    judge: Judge
    planning: Planning
    operation: Operation


class Sweep:
    """`doors`: one for each ring that listens. `told` hears the name of each subject when it is begun."""

    def __init__(
        self,
        doors: Sequence[Door],
        upstream: EverythingUpstream,
        told: Callable[[str], None] = lambda name: None,
    ) -> None:
        self._doors = doors
        self._upstream = upstream
        self._told = told
        self._tokens = Tokens()
        self._locks: dict[Key, asyncio.Lock] = {}
        self._results = Results()
        self._clients: Mapping[Audience, Client] = {}

    def run(self, subjects: Iterator[Subject]) -> Results:
        """One subject after the other, AT_ONCE of its operations at once."""
        began = time.monotonic()
        asyncio.run(self._run(subjects))
        self._results.seconds = time.monotonic() - began
        return self._results

    async def _run(self, subjects: Iterator[Subject]) -> None:
        self._clients = {door.ring: Client(door, AT_ONCE) for door in self._doors}
        try:
            for subject in subjects:
                self._told(subject.name)
                self._locks.clear()
                await self._sweep(subject)
        finally:
            for client in self._clients.values():
                await client.close()

    async def _sweep(self, subject: Subject) -> None:
        judge, planning = Judge(subject, self._results), Planning(subject.document, self._tokens)
        tasks = (_Task(subject, judge, planning, operation) for operation in subject.operations())

        async def work() -> None:
            for task in tasks:
                self._results.operations += 1
                await self._operation(task)

        async with asyncio.TaskGroup() as group:
            for _ in range(AT_ONCE):
                group.create_task(work())
        for method, template, item in subject.undeclared_methods():
            await self._undeclared(subject, method, template, item)

    async def _operation(self, task: _Task) -> None:
        requests: dict[Audience, Request] = {}
        for first, plan in enumerate(task.planning.plans(task.operation)):
            for ring, client in self._clients.items():
                if not _answers(task, ring):
                    if first == 0:
                        await self._hidden(task, client, plan)
                    continue
                if first == 0:
                    working = await self._working(task, client, plan)
                    if working is not None:
                        requests[ring] = working
                elif ring in requests:
                    await self._visible(task, client, plan, requests[ring])

    async def _working(self, task: _Task, client: Client, plan: Plan) -> Request | None:
        """A request that reaches the service, its answer judged; None where none does, which is an over-block."""
        ring = client.door.ring
        shown = task.subject.shown(ring).document
        item = shown.resolved(shown.members(shown.root, "paths").get(task.operation.template))
        written = item.get(task.operation.method.lower(), {})
        arrived: Arrived | None = None
        for seed in range(_TRIES if written else 0):
            made = request(shown, task.operation.method, task.operation.template, item, written, seed)
            arrived, reached = await self._exchange(task.subject, client, plan, made)
            if reached and arrived is not None:
                self._judge(task, client, plan, arrived)
                return made
        said = (
            "no answer"
            if arrived is None
            else f"{arrived.status} {arrived.body[:300].decode('utf-8', 'replace')}"
        )
        why = "the ring's document does not have it" if not written else f"refused: {said}"
        self._discovered("over-block", task.subject, task.operation, ring, why)
        return None

    async def _visible(self, task: _Task, client: Client, plan: Plan, made: Request) -> None:
        arrived, _ = await self._exchange(task.subject, client, plan, made)
        if arrived is None:
            self._discovered(
                "over-block", task.subject, task.operation, client.door.ring, "the connection broke off"
            )
        else:
            self._judge(task, client, plan, arrived)

    def _judge(self, task: _Task, client: Client, plan: Plan, arrived: Arrived) -> None:
        rules = RingRules(client.door.ring, client.door.allowed_headers)
        task.judge.judge(task.operation, rules, plan, arrived)

    async def _hidden(self, task: _Task, client: Client, plan: Plan) -> None:
        operation = task.operation
        made = _only_for(task.subject, operation, operation.template)
        if made is None:
            self._results.undecided += 1
            return
        _, reached = await self._exchange(task.subject, client, plan, made)
        self._results.probes += 1
        if reached:
            is_away = operation.published.reaches(client.door.ring)
            why = (
                "it has ended there" if is_away else f"it is published as far as {operation.published.label}"
            )
            self._discovered("leak", task.subject, operation, client.door.ring, why)

    async def _undeclared(
        self, subject: Subject, method: str, template: str, item: Mapping[str, Any]
    ) -> None:
        """A method the contract does not have must not reach the service, on any ring."""
        operation = Operation("", method, template, item, {}, Audience.INTERNAL)
        made = _only_for(subject, operation, None)
        if made is None:
            self._results.undecided += 1
            return
        nothing = Plan(200, None, None, None, None, b"")
        for client in self._clients.values():
            _, reached = await self._exchange(subject, client, nothing, made)
            self._results.probes += 1
            if reached:
                why = "the contract does not have it"
                self._discovered("leak", subject, operation, client.door.ring, why)

    async def _exchange(
        self, subject: Subject, client: Client, plan: Plan, made: Request
    ) -> tuple[Arrived | None, bool]:
        """What came back, and whether the service was reached."""
        served, ring = subject.served, client.door.ring
        key = (served.number, made.method, unquote(made.path))
        headers = {**made.headers, **({"api-version": served.version} if served.header_version else {})}
        async with self._locks.setdefault(key, asyncio.Lock()):
            armed = self._upstream.arm(key, plan)
            try:
                target = f"{served.bases[ring]}{made.path}{made.query}"
                arrived = await client.call(made.method, served.hosts[ring], target, headers, made.body)
            except httpx.HTTPError:
                return None, armed.reached > 0
            finally:
                self._upstream.disarm(key)
            return arrived, armed.reached > 0

    def _discovered(
        self, kind: Any, subject: Subject, operation: Operation, ring: Audience, why: str
    ) -> None:
        where = f"{operation.method} {operation.template}"
        served = subject.served
        self._results.add(Discovery(kind, served.api, served.version, where, ring.label, 0, "operation", why))


def _answers(task: _Task, ring: Audience) -> bool:
    away = task.subject.served.away.get(ring, ())
    return task.operation.published.reaches(ring) and task.operation.id not in away


def _only_for(subject: Subject, operation: Operation, taken_by: str | None) -> Request | None:
    """A request for this operation that no other takes; `taken_by`: its own template, where that is declared."""
    method, template = operation.method, operation.template
    for seed in range(_TRIES):
        made = request(subject.document, method, template, operation.item, operation.written, seed)
        if subject.taken_by(method, made.path) in (None, taken_by):
            return made
    return None
