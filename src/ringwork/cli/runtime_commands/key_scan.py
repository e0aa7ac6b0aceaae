"""`ringwork key scan`: keys where none should be."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ringwork.cli.render import console, print_json, printable
from ringwork.cli.runtime_commands.options import (
    DEFAULT_STATE,
    Format,
    Output,
    State,
    opened,
    state_directory,
)
from ringwork.kernel.refusal import Refused

if TYPE_CHECKING:
    from ringwork.control.keys import Keys
    from ringwork.control.leaks.search import Found, Unread
    from ringwork.control.leaks.telling import Told

# Beyond, keys are looked for (and revoked) and counted, and not listed.
MOST_LISTED = 10_000


def scan(
    paths: Annotated[
        list[str] | None, typer.Argument(metavar="PATH…", help="Files, folders, - for standard input.")
    ] = None,
    git: Annotated[
        bool, typer.Option("--git", help="PATHs are Git repositories: all of their history.")
    ] = False,
    revoke: Annotated[bool, typer.Option("--revoke", help="Revoke the active keys that are found.")] = False,
    pattern: Annotated[
        bool, typer.Option("--pattern", help="Print the regular expression of keys, for other scanners.")
    ] = False,
    state: State = DEFAULT_STATE,
    format: Format = Output.TEXT,
) -> None:
    """Find keys of Ringwork in files, logs (gzip, too) and the history of repositories, and say which still work.

    They are never printed. Without a state directory, all are unknown.
    Exit code 0: none found. 1: found. 2: something could not be looked at, whatever was found besides.
    """
    if pattern:
        from ringwork.control.recognition import PATTERN

        print_json({"pattern": PATTERN}) if format is Output.JSON else typer.echo(PATTERN)
        return
    searched = _searched(paths or [], git)
    with _keys(state, demanded=revoke) as keys:
        report = _Report(told_at_once=format is Output.TEXT)
        _look(searched, keys, revoke, report)
    if format is Output.JSON:
        print_json(report.as_dict())
    else:
        report.sum_up()
    raise typer.Exit(2 if report.unread else 1 if report.count else 0)


def _searched(paths: list[str], git: bool) -> Iterator[Found | Unread]:
    from ringwork.control.leaks.files import STANDARD_INPUT, search_paths
    from ringwork.control.leaks.history import search_history

    if not paths:
        help = "Name files or folders, or - for standard input."
        raise Refused("path-missing", "nothing to look at was named", help)
    if not git:
        return search_paths(paths)
    if STANDARD_INPUT in paths:
        help = "Name a repository, or pipe in what `git log -p` prints and leave --git out."
        raise Refused("path-unusable", "a history is not read from standard input", help)
    return (found for path in paths for found in search_history(path))


@contextmanager
def _keys(state: Path, *, demanded: bool) -> Iterator[Keys | None]:
    """A state that was named must be there; the usual one need not."""
    if not demanded and state == DEFAULT_STATE and not state_directory(state).exists():
        yield None
        return
    with opened(state) as control:
        yield control.keys


def _look(searched: Iterator[Found | Unread], keys: Keys | None, revoke: bool, report: _Report) -> None:
    from ringwork.control.leaks.search import Unread
    from ringwork.control.leaks.telling import Teller

    teller = Teller(keys, revoke=revoke)
    for each in searched:
        if isinstance(each, Unread):
            report.miss(each)
        else:
            report.add(teller.tell(each))


class _Report:
    """As text, line by line as it is found."""

    def __init__(self, *, told_at_once: bool) -> None:
        self._told_at_once = told_at_once
        self._listed: list[Told] = []
        self._missed: list[Unread] = []
        self.count = 0
        self.unread = 0

    def add(self, told: Told) -> None:
        self.count += 1
        if self.count > MOST_LISTED:
            return
        if self._told_at_once:
            console().print(_line(told), markup=False)
        else:
            self._listed.append(told)

    def miss(self, unread: Unread) -> None:
        self.unread += 1
        if self.unread > MOST_LISTED:
            return
        if self._told_at_once:
            line = f"not read: {printable(unread.file)}: {printable(unread.why)}"
            console(stderr=True).print(line, markup=False)
        else:
            self._missed.append(unread)

    def as_dict(self) -> dict[str, object]:
        from ringwork.control.views import leak

        missed = [{"file": each.file, "why": each.why} for each in self._missed]
        found = [leak(told) for told in self._listed]
        return {"count": self.count, "found": found, "unread_count": self.unread, "unread": missed}

    def sum_up(self) -> None:
        if self.count > MOST_LISTED:
            console().print(f"{self.count - MOST_LISTED:,} more are not listed.")
        if self.count:
            console().print(f"{self.count:,} found.")


def _line(told: Told) -> str:
    from ringwork.control.views import leak

    said = leak(told)
    whose = "" if said["consumer"] is None else f" of {said['consumer']}/{said['application']}"
    ended = ", revoked now" if told.revoked_now else ""
    where = printable(str(told.found))
    return f"{where}: key {said['id']}{printable(whose)} ({said['environment']}): {said['state']}{ended}"
