"""What is kept of a state, with or without a running `ringwork up`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from io import BufferedIOBase
from typing import TYPE_CHECKING

from ringwork.control.control import Control
from ringwork.control.native import NativeIdentityNode, mint_key
from ringwork.control.secrets import NothingStored, Secrets
from ringwork.fleet.directory import NodeDirectory
from ringwork.fleet.state import StateDirectory
from ringwork.kernel.clock import system_clock
from ringwork.kernel.files import private_directory

if TYPE_CHECKING:
    from pyrage.x25519 import Identity

    from ringwork.control.backup import Restored


def open_control(state: StateDirectory, store: str | None = None) -> Control:
    """The store of `state`, beside a running `ringwork up` or without one. Raises Refused when there is none.

    `store` says which, to a state that begins.
    """
    state.demand()
    return control_of(state, store)


def begin_state(state: StateDirectory) -> None:
    """Makes an empty state, so that secrets can be set before anything runs."""
    state.make()
    private_directory(state.control)


def secret_values(state: StateDirectory) -> Callable[[str], str]:
    """What references stand for, for a look at the estate; nothing is made where there is no state."""

    def stored(reference: str) -> str:
        control = control_of(state)
        try:
            return control.secrets.value(reference)
        finally:
            control.close()

    return stored if state.exists() else Secrets(NothingStored(), key=bytes, clock=system_clock).value


def control_of(state: StateDirectory, store: str | None = None) -> Control:
    """The store of `state`, which may have to be made. Raises Refused when it cannot be."""
    node = NativeIdentityNode(NodeDirectory(state.node).identity)
    return Control(state.control, node, mint=mint_key, clock=system_clock, store=store)


def restore_state(
    source: BufferedIOBase, identities: Sequence[Identity], state: StateDirectory, store: str | None
) -> Restored:
    """A backup as a state that is not there yet. Raises Refused."""
    from ringwork.control.backup import restore

    with state.held():
        return restore(source, identities, state.control, store=store, clock=system_clock)
