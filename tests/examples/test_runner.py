"""What the demos start ends with them, and what they keep is theirs alone."""

from __future__ import annotations

import os
import socket
import stat
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from examples.acme.services.serve import APPLICATIONS
from examples.acme.stage import ESTATE, SERVICE_PORTS
from examples.runner.children import Children, Died, python
from examples.runner.credentials import Credentials, Key, KeyWanted
from examples.runner.curl import Curl
from examples.runner.estates import copy_with_ports, ring_ports
from examples.runner.platform import Ring
from examples.runner.sockets import is_free, listen, listen_near, port_of

_SLEEP = "import time; time.sleep(600)"
_STUBBORN = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); {_SLEEP}"
_LONG_ENOUGH_SECONDS = 30.0


def _exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_children_end_with_the_demo(tmp_path: Path) -> None:
    with Children(tmp_path) as children:
        pids = [children.start(name, python("-c", _SLEEP)) for name in ("one", "two")]
        assert all(map(_exists, pids))
    assert not any(map(_exists, pids))


def test_a_child_that_ignores_sigterm_is_killed(tmp_path: Path) -> None:
    with Children(tmp_path, grace_seconds=0.1) as children:
        pid = children.start("stubborn", python("-c", _STUBBORN))
        deadline = time.monotonic() + _LONG_ENOUGH_SECONDS
        while not children.log_file("stubborn").read_bytes() and time.monotonic() < deadline:
            time.sleep(0.01)
    assert not _exists(pid)


def test_a_child_that_dies_is_noticed_with_the_last_it_said(tmp_path: Path) -> None:
    with Children(tmp_path) as children:
        children.start("unlucky", python("-c", "raise SystemExit('no such luck')"))
        with pytest.raises(Died, match="no such luck"):
            children.wait()


def test_a_taken_port_gives_way_to_a_free_one() -> None:
    with listen(0) as taken:
        sockets = listen_near({"service": port_of(taken)})
        assert not is_free(port_of(taken))
        assert port_of(sockets["service"]) != port_of(taken)
        sockets["service"].close()


def test_a_socket_can_be_handed_to_a_child(tmp_path: Path) -> None:
    script = "import socket, sys; s = socket.socket(fileno=int(sys.argv[1])); s.accept()[0].sendall(b'hello')"
    with listen(0) as listener, Children(tmp_path) as children:
        number = listener.fileno()
        children.start("greeter", [sys.executable, "-c", script, str(number)], [number])
        with socket.create_connection(
            ("127.0.0.1", port_of(listener)), timeout=_LONG_ENOUGH_SECONDS
        ) as client:
            assert client.recv(5) == b"hello"


def test_a_copied_estate_names_the_ports_that_were_found(tmp_path: Path) -> None:
    copy = copy_with_ports(ESTATE, tmp_path / "estate", {9101: 5001, 8443: 5002})
    orders = (copy / "apis" / "orders" / "api.yaml").read_text()
    assert "http://127.0.0.1:5001/v1" in orders
    assert "9101" not in orders
    assert ring_ports(copy) == [8441, 8451, 8442, 8452, 5002, 8453]
    assert "127.0.0.1:9102" in (copy / "apis" / "inventory" / "api.yaml").read_text()


def test_every_service_has_its_port() -> None:
    assert SERVICE_PORTS.keys() == APPLICATIONS.keys()


class RecordingAdmin:
    """Stands in for the admin API: makes keys k1, k2, …, remembers which are good, lists them one a page."""

    def __init__(self) -> None:
        self.good: list[str] = []
        self.asked: list[str] = []

    def ask(self, method: str, path: str, body: dict[str, str] | None = None) -> dict[str, Any]:
        self.asked.append(f"{method} {path}")
        if method == "GET":
            here = int(path.partition("cursor=")[2] or 0)
            following = here + 1 if here + 1 < len(self.good) else None
            return {
                "keys": [{"id": each, "revoked_at": None} for each in self.good[here : here + 1]],
                "next": following and str(following),
            }
        if path == "/identities/certificates":
            return {"key_pem": "KEY", "certificate_pem": f"CERTIFICATE of {(body or {})['service']}"}
        name = f"k{len(self.asked)}"
        self.good.append(name)
        return {"id": name, "key": f"secret of {name}"}


_WANTED = (KeyWanted("globex", {"partner": "globex"}), KeyWanted("initech", {"partner": "initech"}))


def test_a_key_is_used_again_after_a_restart(tmp_path: Path) -> None:
    admin = RecordingAdmin()
    first = Credentials(admin, tmp_path).keys(_WANTED)
    assert Credentials(admin, tmp_path).keys(_WANTED) == first


def test_a_key_that_is_no_longer_good_is_replaced(tmp_path: Path) -> None:
    admin = RecordingAdmin()
    first = Credentials(admin, tmp_path).keys(_WANTED)
    admin.good.clear()
    assert Credentials(admin, tmp_path).keys(_WANTED) != first


def test_what_is_kept_is_readable_by_its_owner_alone(tmp_path: Path) -> None:
    credentials = Credentials(RecordingAdmin(), tmp_path)
    credentials.keys(_WANTED)
    credentials.identity("orders")
    kept = [tmp_path / "keys.json", tmp_path / "identities" / "orders" / "key.pem"]
    assert [stat.S_IMODE(file.stat().st_mode) for file in kept] == [0o600, 0o600]


def test_a_certificate_is_issued_again_when_it_is_half_a_day_old(tmp_path: Path) -> None:
    admin = RecordingAdmin()
    credentials = Credentials(admin, tmp_path)
    certificate = credentials.identity("orders") / "cert.pem"
    credentials.identity("orders")
    assert len(admin.asked) == 1
    long_ago = time.time() - 13 * 3600
    os.utime(certificate, (long_ago, long_ago))
    credentials.identity("orders")
    assert len(admin.asked) == 2


def test_a_printed_curl_survives_a_shell() -> None:
    ring = Ring("public", "https://localhost:8443", Path("/a folder/ca.pem"))
    line = Curl.with_key(ring, Key("k1", "rw_x")).line("/orders", "-d", '{"it\'s": 1}')
    assert "'/a folder/ca.pem'" in line
    assert "'X-Api-Key: rw_x'" in line
