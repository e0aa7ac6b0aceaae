"""One HTTPS call to a ring of the local gateway, verified as any client would."""

from __future__ import annotations

import ssl
import tempfile
from pathlib import Path

import httpx

from ringwork.control.identities import IssuedSvid
from ringwork.fleet.addressing import Address
from ringwork.fleet.listeners import dialled, split_address
from ringwork.kernel.files import PRIVATE_FILE, write_atomically
from ringwork.kernel.refusal import Refused

_TIMEOUT_SECONDS = 60.0


class Client:
    """`ca_file` None: the system's CAs. `svid`, or what is `shown` (PEM files: certificate and, where it is in another
    one, its key), is presented where the ring asks for a certificate. Raises Refused for files that are none.
    """

    def __init__(
        self,
        *,
        ca_file: str | None,
        key: str | None,
        svid: IssuedSvid | None,
        shown: tuple[Path, Path | None] | None = None,
    ) -> None:
        self._context = ssl.create_default_context(cafile=ca_file)
        self._headers = {} if key is None else {"x-api-key": key}
        if svid is not None:
            _present(self._context, svid)
        if shown is not None:
            _show(self._context, *shown)

    def send(
        self, address: Address, method: str, headers: list[tuple[str, str]], body: bytes | None
    ) -> httpx.Response:
        """Connects to the listener, asks for the host. Raises Refused when nobody answers."""
        listener = dialled(address.listener)
        _, port = split_address(listener)
        fields = [("host", f"{address.host}:{port}"), *self._headers.items(), *address.headers, *headers]
        try:
            with httpx.Client(verify=self._context, trust_env=False, timeout=_TIMEOUT_SECONDS) as client:
                return client.request(
                    method,
                    f"https://{listener}{address.target}",
                    headers=fields,
                    content=body,
                    # Name and certificate are the host's, whatever address it is reached at.
                    extensions={"sni_hostname": address.host},
                )
        except httpx.ConnectError as error:
            raise Refused(
                "gateway-unreachable",
                f"the {address.ring} ring at {listener} cannot be reached: {error}",
                "Start it with `ringwork up ESTATE`; `ringwork status` tells what runs.",
                status=502,
            ) from None
        except httpx.HTTPError as error:
            help = "The gateway's log in STATE/node/log tells more."
            raise Refused("call-failed", f"{type(error).__name__}: {error}", help, status=502) from None


def _show(context: ssl.SSLContext, certificate: Path, key: Path | None) -> None:
    try:
        context.load_cert_chain(certificate, key)
    except (OSError, ssl.SSLError) as error:
        message = f"{certificate} cannot be shown: {error.strerror or error}"
        help = "Name PEM files: --certificate, and --certificate-key unless the key is in the same one."
        raise Refused("certificate-unusable", message, help) from None


def _present(context: ssl.SSLContext, svid: IssuedSvid) -> None:
    """The ssl module reads certificates from files only; this one is gone before the call begins."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "svid.pem"
        write_atomically(file, svid.certificate_pem + svid.key_pem, mode=PRIVATE_FILE)
        context.load_cert_chain(file)
