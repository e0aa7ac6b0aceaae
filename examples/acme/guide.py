"""The tour's guide: shows a command, runs it, shows what came back, and says whether that is what should."""

from __future__ import annotations

import shlex
import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from examples.acme.stage import CONSOLE, KEYS, Stage
from examples.runner.children import REPOSITORY, environment
from examples.runner.curl import Curl
from examples.runner.platform import program
from examples.runner.telling import command, heading, say, verdict

_COMMAND_SECONDS = 120.0
_SHOWN_LINES = 24
_SHOWN_COLUMNS = 160


@dataclass(frozen=True, slots=True)
class Ran:
    status: int
    output: str


@dataclass(frozen=True, slots=True)
class Answer:
    """One HTTP answer; header names in lower case."""

    status: int
    headers: dict[str, str]
    body: str

    @classmethod
    def parse(cls, text: str) -> Answer:
        """From what `curl -i` writes. An answer that never came has status 0."""
        head, _, body = text.replace("\r\n", "\n").partition("\n\n")
        first, *lines = head.split("\n")
        words = first.split()
        if len(words) < 2 or not words[0].startswith("HTTP/"):
            return cls(0, {}, text)
        fields = (line.partition(":") for line in lines)
        return cls(int(words[1]), {name.lower(): value.strip() for name, _, value in fields}, body)


@dataclass(frozen=True, slots=True)
class Step:
    """One stop of the tour. `play` shows and checks; `tells` is read first."""

    title: str
    tells: str
    play: Callable[[Guide], None]


@dataclass(slots=True)
class Guide:
    """What a step is given to work with. `checks` are (what should be so, whether it is) of the current step."""

    stage: Stage
    checks: list[tuple[str, bool]] = field(default_factory=list)

    def say(self, text: str) -> None:
        say(text)

    def check(self, good: bool, text: str) -> None:
        self.checks.append((text, good))
        verdict(good, text)

    def run(self, words: Sequence[str], shown: Sequence[str] | None = None) -> Ran:
        """Runs a command in the repository's folder; `shown` is printed in its place where it reads better."""
        command("\n$ " + shlex.join(_short(word) for word in shown or words))
        done = subprocess.run(
            words,
            cwd=REPOSITORY,
            env=environment({"NO_COLOR": "1", "COLUMNS": str(_SHOWN_COLUMNS)}),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            timeout=_COMMAND_SECONDS,
            check=False,
        )
        _show(done.stdout)
        return Ran(done.returncode, done.stdout)

    def ringwork(self, *words: str, stateless: bool = False) -> Ran:
        """A `ringwork` command with the tour's state directory, unless it needs none."""
        given = words if stateless else (*words, "--state", str(self.stage.ringwork.state))
        return self.run([*program(), *given], shown=["ringwork", *given])

    @contextmanager
    def edited(self, file: str, change: str) -> Iterator[Path]:
        """The estate with one of its files changed by a `sed` script; as it was, afterwards."""
        path = self.stage.estate / file
        text = path.read_text()
        self.run(["sed", "-i", change, str(path)])
        self.check(path.read_text() != text, f"{file} is changed")
        try:
            yield self.stage.estate
        finally:
            path.write_text(text)

    def curl(self, who: str, path: str, *options: str) -> Answer:
        """A call as `who`: a key of the stage by its name, a service, or nobody at all on the ring named."""
        return Answer.parse(self.curl_plain(who, path, "-i", *options).output)

    def curl_plain(self, who: str, path: str, *options: str) -> Ran:
        """The same without `-i`: what curl prints is up to `options`."""
        caller = self._caller(who)
        configuration = self.kept(f"{who}.curl", caller.configuration())
        return self.run(["curl", "--config", str(configuration), *options, caller.ring.base_url + path])

    def _caller(self, who: str) -> Curl:
        if who in self.stage.endpoints.rings:
            return self.stage.as_nobody(who)
        named = {each.name for each in KEYS}
        return self.stage.as_key(who) if who in named else self.stage.as_service(who)

    def kept(self, name: str, text: str) -> Path:
        """A file `as/<name>` its owner alone may read: commands are short, and secrets stay off the screen."""
        folder = self.stage.ringwork.state / "as"
        folder.mkdir(mode=0o700, exist_ok=True)
        file = folder / name
        file.touch(mode=0o600)
        file.write_text(text)
        return file


def play(steps: Sequence[Step], guide: Guide, pause: Callable[[], None]) -> dict[str, list[tuple[str, bool]]]:
    """All steps in order; what each of them checked, by title."""
    report = {}
    for number, step in enumerate(steps, start=1):
        heading(f"{number}/{len(steps)}  {step.title}")
        say(step.tells)
        guide.checks = []
        step.play(guide)
        report[step.title] = guide.checks
        pause()
    return report


def _short(word: str) -> str:
    """Paths below the repository as they are typed there."""
    return word.replace(f"{REPOSITORY}/", "")


def _show(text: str) -> None:
    lines = text.rstrip().splitlines()
    for line in lines[:_SHOWN_LINES]:
        print("  " + (line if len(line) <= _SHOWN_COLUMNS else line[:_SHOWN_COLUMNS] + " …"))
    if len(lines) > _SHOWN_LINES:
        print(f"  … {len(lines) - _SHOWN_LINES} lines more")


__all__ = ["CONSOLE", "Answer", "Guide", "Ran", "Step", "play"]
