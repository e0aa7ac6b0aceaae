"""`shared_limits`: where several gateways keep limits together."""

from __future__ import annotations

from pathlib import Path

import pytest

from ringwork.manifest.estate import Estate
from ringwork.manifest.load import load_estate
from ringwork.manifest.sharing import shared_limits_url
from tests.rooms.manifest.estates import ORGANIZATION, loaded, only, write_estate


def with_shared(shared: str) -> dict[str, str]:
    return {"ringwork.yaml": f"{ORGANIZATION.rstrip()}\nshared_limits: {shared}\n"}


def in_staging(root: Path, files: dict[str, str]) -> Estate:
    write_estate(root, files)
    return load_estate(root, environment="staging")


def test_limits_are_each_gateways_own_unless_it_is_said_where_they_are_shared(tmp_path: Path) -> None:
    off = loaded(tmp_path / "off", {"ringwork.yaml": ORGANIZATION}).organization
    on = loaded(tmp_path / "on", with_shared("{url: 'rediss://limits.test', gateways: 3}")).organization
    assert off is not None and off.manifest.shared_limits is None
    assert on is not None and on.manifest.shared_limits is not None
    assert on.manifest.shared_limits.gateways == 3


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("rediss://limits.test", (True, "limits.test", 6379, 0)),
        ("rediss://Limits.test:7000/", (True, "limits.test", 7000, 0)),
        ("redis://127.0.0.1/12", (False, "127.0.0.1", 6379, 12)),
        ("valkeys://[::1]:6380/1", (True, "::1", 6380, 1)),
        ("valkey://localhost", (False, "localhost", 6379, 0)),
    ],
)
def test_a_url_names_a_server_and_a_database(text: str, told: tuple[bool, str, int, int]) -> None:
    url = shared_limits_url(text)
    assert (url.server.tls, url.server.host, url.server.port, url.database) == told


@pytest.mark.parametrize(
    "text",
    [
        *("http://limits.test", "limits.test:6379", "rediss://", "rediss://user:secret@limits.test"),
        *("rediss://limits.test/limits", "rediss://limits.test/01", "rediss://limits.test/-1"),
        *("rediss://limits.test/0/1", "rediss://limits.test#insecure", "rediss://limits.test:0"),
        *(
            "rediss://limits.test:99999",
            "rediss://limits.test?db=1",
            "rediss://lim its.test",
            "unix:///run/redis",
        ),
    ],
)
def test_what_is_no_url_of_a_server_is_a_finding(tmp_path: Path, text: str) -> None:
    estate = loaded(tmp_path, with_shared(f"{{url: '{text}', gateways: 3}}"))
    finding = only(estate, "shared-limits-invalid")
    assert finding.location.file == "ringwork.yaml" and finding.location.line > 1
    assert "secret" not in finding.message


def test_limits_are_not_shared_in_the_clear_but_on_one_machine(tmp_path: Path) -> None:
    only(
        loaded(tmp_path / "far", with_shared("{url: 'redis://limits.test', gateways: 3}")),
        "shared-limits-in-clear",
    )
    near = loaded(tmp_path / "near", with_shared("{url: 'redis://127.0.0.1', gateways: 3}"))
    assert not [finding for finding in near.findings if finding.code.startswith("shared-limits")]


def test_a_clouds_metadata_service_is_no_server_of_limits(tmp_path: Path) -> None:
    text = "{url: 'rediss://169.254.169.254', gateways: 3}"
    only(loaded(tmp_path, with_shared(text)), "shared-limits-forbidden")


@pytest.mark.parametrize(
    "shared",
    [
        "{url: 'rediss://limits.test', gateways: 3, username: wall}",
        "{url: 'redis://localhost', gateways: 3, ca: 'secret://ca'}",
    ],
)
def test_what_would_have_no_effect_is_a_finding(tmp_path: Path, shared: str) -> None:
    only(loaded(tmp_path, with_shared(shared)), "shared-limits-invalid")


@pytest.mark.parametrize(
    "shared",
    [
        "{url: 'rediss://limits.test'}",
        "{gateways: 3}",
        "{url: 'rediss://limits.test', gateways: 0}",
        "{url: 'rediss://limits.test', gateways: 1001}",
        "{url: 'rediss://limits.test', gateways: 3, password: hunter2}",
        "{url: 'rediss://limits.test', gateways: 3, username: 'two words', password: 'secret://p'}",
        "{url: 'rediss://limits.test', gateways: 3, pasword: 'secret://p'}",
    ],
)
def test_mistakes_are_findings(tmp_path: Path, shared: str) -> None:
    estate = loaded(tmp_path, with_shared(shared))
    assert estate.organization is None
    assert "hunter2" not in str(estate.findings)


def test_an_environment_has_a_server_of_its_own_and_no_mixture(tmp_path: Path) -> None:
    usual = "{url: 'rediss://limits.test', gateways: 3, username: wall, password: 'secret://p'}"
    staging = "shared_limits: {url: 'rediss://limits.staging.test', gateways: 2}\n"
    files = with_shared(usual) | {"environments/staging.yaml": staging}
    shared = in_staging(tmp_path, files).organization
    assert shared is not None and shared.manifest.shared_limits is not None
    stated = shared.manifest.shared_limits
    assert (stated.url, stated.gateways) == ("rediss://limits.staging.test", 2)
    assert (stated.username, stated.password) == (None, None)


def test_a_mistake_in_an_environment_is_found_where_it_is_written(tmp_path: Path) -> None:
    staging = "shared_limits: {url: 'redis://limits.staging.test', gateways: 2}\n"
    files = with_shared("{url: 'rediss://limits.test', gateways: 3}") | {"environments/staging.yaml": staging}
    estate = in_staging(tmp_path, files)
    assert only(estate, "shared-limits-in-clear").location.file == "environments/staging.yaml"
