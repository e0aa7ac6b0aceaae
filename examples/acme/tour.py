"""`make tour`: the story of acme, step by step. Each command is shown, run, and its result checked.

Exit status 0: everything was as told; 1: a check failed.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from contextlib import ExitStack
from pathlib import Path

from examples.acme.guide import Guide, play
from examples.acme.stage import Wishes, set_up
from examples.acme.steps import STEPS
from examples.runner.children import REPOSITORY, until_interrupted
from examples.runner.telling import heading, say, verdict

Report = dict[str, list[tuple[str, bool]]]


def tour(arguments: argparse.Namespace, stack: ExitStack) -> Report:
    say("A fresh acme, on ports of its own: five services, Ringwork's control plane and its gateway …")
    shutil.rmtree(arguments.state, ignore_errors=True)
    stage = set_up(arguments.state, Wishes(free_ports=arguments.ports == "auto", own_estate=True), stack)
    unattended = arguments.yes or not sys.stdin.isatty()
    return play(STEPS, Guide(stage), pause=_no_pause if unattended else _pause)


def _pause() -> None:
    input("\n  Enter goes on, Ctrl-C ends the tour. ")


def _no_pause() -> None:
    return


def conclude(report: Report) -> int:
    failed = [f"{title}: {text}" for title, checks in report.items() for text, good in checks if not good]
    heading("That was it" if not failed else "Not everything was as told")
    for text in failed:
        verdict(False, text)
    say(f"{len(report)} steps, {sum(map(len, report.values()))} checks, {len(failed)} failed.")
    return 1 if failed else 0


def main(words: list[str]) -> int:
    parser = argparse.ArgumentParser(description="The story of acme, step by step.")
    parser.add_argument("--yes", action="store_true", help="do not wait for Enter between steps")
    parser.add_argument("--state", type=Path, default=REPOSITORY / ".cache" / "tour", help="emptied first")
    parser.add_argument("--ports", choices=("declared", "auto"), default="auto", help="ports of the rings")
    parser.add_argument("--report", type=Path, help="write what was checked, as JSON, to this file")
    arguments = parser.parse_args(words)
    report: Report = {}
    ended = until_interrupted(lambda stack: report.update(tour(arguments, stack)))
    if not report:  # interrupted, or something it needs did not start
        return ended
    if arguments.report:
        arguments.report.write_text(json.dumps(report, indent=2))
    return conclude(report)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
