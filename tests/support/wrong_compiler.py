"""`python -m tests.support.wrong_compiler FILE WORDS…`: `ringwork WORDS…` whose compiler has the seeded fault that FILE
names, for as long as FILE is there.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

from ringwork.bundle.compile import Compiled, compile_intent
from ringwork.bundle.prove import Emitted
from ringwork.bundle.prove.faults import FAULTS, tampered
from ringwork.cli.main import main
from ringwork.fleet import rollout


def _wrong(chosen: Path, *given: Any, **options: Any) -> Compiled:
    sound = compile_intent(*given, **options)
    if not chosen.exists():
        return sound
    objects = {name: sound.objects[name] for name in sound.objects}
    faulty = tampered(Emitted(sound.manifest, objects), FAULTS[chosen.read_text()])
    return replace(sound, manifest=faulty.manifest, objects=faulty.objects, content="0" * 64)


if __name__ == "__main__":
    chosen = Path(sys.argv.pop(1))
    rollout.compile_intent = lambda *given, **options: _wrong(chosen, *given, **options)  # type: ignore[attr-defined]
    sys.exit(main())
