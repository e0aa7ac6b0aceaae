"""A partner as gateways treat it, with where the estate says so."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ringwork.app.stores import open_control
from ringwork.fleet.directory import NodeDirectory
from ringwork.fleet.partner_view import partner_view
from ringwork.fleet.state import StateDirectory

# Rollbacks and rotations name no folder; one of so many revisions does.
_REVISIONS_LOOKED_AT = 100


def show_partner(name: str, state: StateDirectory, estate: Path | None) -> dict[str, Any]:
    """`estate`: its folder; None: the one that was applied last. Raises Refused."""
    control = open_control(state)
    try:
        view = partner_view(name, NodeDirectory(state.node), control)
        notes = (Path(each.note) for each in control.revisions.latest(_REVISIONS_LOOKED_AT))
        folder = estate or next((note for note in notes if (note / "ringwork.yaml").is_file()), None)
    finally:
        control.close()
    live = view.pop("values")
    return view | {"estate": None if folder is None else str(folder), **_origins(name, live, folder, view)}


def _origins(name: str, live: dict[str, Any], folder: Path | None, view: dict[str, Any]) -> dict[str, Any]:
    """What is live with where it is written; where the estate says another thing now, that it does."""
    from ringwork.governance.partner_origins import stated_of, without_effect
    from ringwork.manifest.load import load_estate

    estate = None if folder is None else load_estate(folder, environment=view["environment"])
    stated = {} if estate is None else {each.key: each for each in stated_of(estate, name) or ()}
    rows = []
    for key, value in live.items():
        said = stated.get(key)
        same = said is not None and _same(said.value, value)
        row = {"key": key, "value": value, "source": "unknown", "at": None, "pending": None}
        if said is not None:
            row |= {"at": said.at, "source": said.source if same else "another revision"}
            row |= {} if same else {"pending": said.value}
        rows.append(row)
    later = [] if estate is None else [each.as_dict() for each in without_effect(estate, name)]
    return {"values": rows, "without_effect": later}


def _same(stated: Any, live: Any) -> bool:
    """What a ring does not know is not sent to it; the order of names means nothing."""
    if isinstance(stated, list) and isinstance(live, list):
        return sorted(stated) == sorted(live)
    if isinstance(stated, dict) and isinstance(live, dict):
        return all(set(names) <= set(stated.get(api, ())) for api, names in live.items())
    return bool(stated == live)
