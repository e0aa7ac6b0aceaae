"""Work whose results stay for good, and Python's collector, which would walk through all of them again and again."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


class Frozen:
    """What is made within is not walked through while it is made, nor ever after. Frozen things are freed by their
    counts alone, so garbage is looked for before they are: among what came since the last time, which is little. The
    first time that is all there is, and nothing of it is looked at.
    """

    def __init__(self) -> None:
        self._is_begun = False

    @contextmanager
    def uncollected(self) -> Iterator[None]:
        gc.disable()
        try:
            yield
        finally:
            if self._is_begun:
                gc.collect()
            self._is_begun = True
            gc.freeze()
            gc.enable()
