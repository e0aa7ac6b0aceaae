"""Proxies with TLS before the authorization server: nginx and HAProxy as `deploy/proxies/` has them, on ports of a
test's own.
"""

from __future__ import annotations

import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.gateway.certificates import TestAuthority
from tests.support.ports import free_port
from tests.support.running import eventually

_FOLDER = Path(__file__).resolve().parents[2] / "deploy/proxies"
ENCODINGS = {"nginx": "escaped-pem", "haproxy": "rfc9440"}
HOST = "localhost"


@contextmanager
def proxied(kind: str, to: str, folder: Path) -> Iterator[tuple[str, Path]]:
    """Hands what comes on to the address `to`; its URL, and the CA its certificate is of."""
    folder.mkdir(parents=True)
    authority = TestAuthority("proxy", folder)
    files, port = authority.server(HOST), free_port()
    whole = folder / "whole.pem"
    whole.write_bytes(files.certificate.read_bytes() + files.key.read_bytes())
    said = (_FOLDER / {"nginx": "nginx.conf", "haproxy": "haproxy.cfg"}[kind]).read_text()
    for usual, here in (
        ("127.0.0.1:7080", to),
        ("listen 443", f"listen 127.0.0.1:{port}"),
        ("bind :443", f"bind 127.0.0.1:{port}"),
        ("/etc/ssl/auth.acme.example.pem", str(files.certificate)),
        ("/etc/ssl/auth.acme.example.key", str(files.key)),
        ("/etc/haproxy/auth.acme.example.pem", str(whole)),
        ("/etc/haproxy/any-ca.pem", str(authority.file)),
    ):
        said = said.replace(usual, here)
    process = subprocess.Popen(_command(kind, said, folder), stdin=subprocess.DEVNULL)
    try:
        eventually(lambda: _answers(port) or process.poll() is not None)
        assert process.poll() is None, f"{kind} ended: {said}"
        yield f"https://{HOST}:{port}", authority.file
    finally:
        process.terminate()
        process.wait()


def _command(kind: str, said: str, folder: Path) -> list[str]:
    file = folder / "proxy.conf"
    if kind == "haproxy":
        file.write_text(said)
        return ["haproxy", "-db", "-f", str(file)]
    kept = "".join(
        f"{name}_temp_path {folder}/{name};\n"
        for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    file.write_text(f"events {{}}\nhttp {{\naccess_log off;\n{kept}{said}}}\n")
    options = f"daemon off; master_process off; error_log {folder}/error.log; pid {folder}/pid;"
    return ["nginx", "-c", str(file), "-p", str(folder), "-e", f"{folder}/error.log", "-g", options]


def _answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        return False
    return True
