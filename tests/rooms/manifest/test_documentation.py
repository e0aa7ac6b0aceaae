"""What a ring can read is asked on an address of its own, and readers are not sent into the clear."""

from __future__ import annotations

from pathlib import Path

import pytest

from ringwork.audience import Audience
from ringwork.intent.build import build_ring
from ringwork.intent.model import DocumentationIntent
from tests.rooms.manifest.estates import ORGANIZATION, loaded, only, with_code


def documented(**rings: str) -> dict[str, str | bytes | None]:
    text = ORGANIZATION
    for ring, stated in rings.items():
        text = text.replace(f"{ring}: {{", f"{ring}: {{documentation: {stated}, ")
    return {"ringwork.yaml": text}


def intent(root: Path, stated: str) -> DocumentationIntent | None:
    estate = loaded(root, documented(public=stated))
    assert estate.organization is not None, [str(finding) for finding in estate.findings]
    return build_ring(estate, estate.organization, Audience.PUBLIC, ()).documentation


def test_a_ring_can_be_read_where_it_says_and_nowhere_else(tmp_path: Path) -> None:
    url = "https://developer.acme.example/docs"
    stated = f'{{listen: "127.0.0.1:8453", url: "{url}/"}}'
    assert intent(tmp_path / "with", stated) == DocumentationIntent("127.0.0.1:8453", url)
    assert intent(tmp_path / "alone", '{listen: "[::1]:8453"}') == DocumentationIntent("[::1]:8453", None)
    estate = loaded(tmp_path / "without")
    assert estate.organization is not None
    assert build_ring(estate, estate.organization, Audience.PUBLIC, ()).documentation is None


@pytest.mark.parametrize("address", ["0.0.0.0:8453", "[::]:8453", "192.0.2.1:8453", "127.0.0.1:0"])
def test_documentation_is_for_this_machine_and_the_proxy_on_it(tmp_path: Path, address: str) -> None:
    found = only(
        loaded(tmp_path, documented(internal=f'{{listen: "{address}"}}')), "documentation-not-loopback"
    )
    assert str(found.location) == "ringwork.yaml:5:38"


@pytest.mark.parametrize(
    ("rings", "owner"),
    [
        ({"internal": "127.0.0.1:8443"}, "public ring"),
        ({"public": "127.0.0.1:8441"}, "internal ring"),
        ({"internal": "127.0.0.1:8451", "public": "127.0.0.1:8451"}, "documentation of the internal ring"),
    ],
)
def test_no_ring_is_read_where_another_is_served_or_read(
    tmp_path: Path, rings: dict[str, str], owner: str
) -> None:
    changes = documented(**{ring: f'{{listen: "{address}"}}' for ring, address in rings.items()})
    assert owner in only(loaded(tmp_path, changes), "listener-conflict").message


@pytest.mark.parametrize(
    "url",
    [
        "http://developer.acme.example",
        "ftp://developer.acme.example",
        "https://user:secret@developer.acme.example",
        "https://developer.acme.example/?page=1",
        "https://developer.acme.example/#top",
        "https://developer.acme.example/a b",
        "developer.acme.example",
        "https://",
    ],
)
def test_a_url_readers_cannot_be_sent_to_is_a_finding(tmp_path: Path, url: str) -> None:
    estate = loaded(tmp_path, documented(public=f'{{listen: "127.0.0.1:8453", url: "{url}"}}'))
    assert str(only(estate, "invalid-value").location).startswith("ringwork.yaml:7:")


def test_an_environment_is_read_elsewhere(tmp_path: Path) -> None:
    from ringwork.manifest.load import load_estate
    from tests.rooms.manifest.estates import write_estate

    there = '{rings: {public: {documentation: {listen: "127.0.0.1:8553"}}}}'
    changes = documented(public='{listen: "127.0.0.1:8453", url: "https://developer.acme.example"}')
    root = write_estate(tmp_path, {**changes, "environments/staging.yaml": there})
    estate = load_estate(root, environment="staging")
    assert estate.organization is not None and not with_code(estate, "listener-conflict")
    found = build_ring(estate, estate.organization, Audience.PUBLIC, ()).documentation
    assert found == DocumentationIntent("127.0.0.1:8553"), "never the page of another environment"
