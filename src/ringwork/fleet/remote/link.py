"""The node's connection to the control plane: mTLS against the pinned node CA, bounded answers, one error type."""

from __future__ import annotations

import hashlib
import ssl
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import httpx
from pydantic import BaseModel, ValidationError

from ringwork.control.changes import Standing
from ringwork.control.records.model import Batch
from ringwork.fleet.remote import protocol
from ringwork.kernel.bodies import gathered
from ringwork.kernel.refusal import Refused

_CONNECT_SECONDS = 5.0
_ANSWER_SECONDS = 30.0
_MAX_CA_BYTES = 64 * 1024

Answer = TypeVar("Answer", bound=BaseModel)


class Link:
    """`ca` and `certificate` are PEM files. `certificate` None: not enrolled yet, so nothing is shown."""

    def __init__(self, control: str, *, ca_pem: str, certificate: tuple[Path, Path] | None) -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.minimum_version = ssl.TLSVersion.TLSv1_3
        context.load_verify_locations(cadata=ca_pem)
        if certificate is not None:
            context.load_cert_chain(*certificate)
        self._client = httpx.Client(
            base_url=control,
            verify=context,
            trust_env=False,
            timeout=httpx.Timeout(_ANSWER_SECONDS, connect=_CONNECT_SECONDS),
        )

    def close(self) -> None:
        self._client.close()

    def enrol(self, request: protocol.EnrolRequest) -> protocol.EnrolAnswer:
        return self._asked("/v1/enrolment", request, protocol.EnrolAnswer)

    def sync(self, request: protocol.SyncRequest) -> protocol.SyncAnswer:
        return self._asked("/v1/sync", request, protocol.SyncAnswer, patience=request.wait_seconds)

    @contextmanager
    def standing(self) -> Iterator[Standing | None]:
        """What holds for the node's rings, read as it arrives; None: a release that tells changes only. Raises Refused,
        while it is read as well.
        """
        with self._answered(self._request("GET", "/v1/identity", None, 0.0)) as answer:
            if answer.status_code == httpx.codes.NOT_FOUND:
                yield None
                return
            if answer.is_error:
                raise _refusal(answer.status_code, _bounded(answer, protocol.MAX_ANSWER_BYTES))
            lines = _lines(answer.iter_bytes())
            try:
                head = protocol.StandingHead.model_validate_json(next(lines, ""))
            except ValidationError:
                raise _unusable("what holds for this node does not begin as agreed") from None
            yield Standing(head.epoch, head.seq, lines)

    def manifest(self, name: str) -> bytes:
        return self._sent("GET", f"/v1/manifests/{name}", None, 0.0)

    def objects(self, names: Iterable[str]) -> dict[str, bytes]:
        """At least one of them, each verified by its name. Raises Refused."""
        wanted = list(names)[: protocol.MAX_OBJECTS]
        answer = self._asked("/v1/objects", protocol.ObjectsRequest(names=wanted), protocol.ObjectsAnswer)
        found = {name: text.encode() for name, text in answer.objects.items()}
        if not found or not set(wanted).issuperset(found):
            raise _unusable("objects were sent that nobody asked for, or none")
        for name, data in found.items():
            demand_hash(data, name)
        return found

    def certificate(self, request: protocol.CertificateRequest) -> str:
        return self._asked("/v1/certificates", request, protocol.CertificateAnswer).certificate_pem

    def report(self, report: protocol.Report) -> None:
        self._sent("POST", "/v1/report", report, 0.0)

    def positions(self, runs: Collection[str]) -> dict[str, int]:
        """Up to where the ledger has each run of the journal."""
        request = protocol.PositionsRequest(runs=sorted(runs))
        return self._asked("/v1/record-positions", request, protocol.PositionsAnswer).positions

    def writes(self, batch: Batch) -> int:
        """Up to where the ledger has the batch's run, once it has the batch."""
        request = protocol.WritesRequest(
            run=batch.run, begin=batch.begin, end=batch.end, told=list(batch.told)
        )
        return self._asked("/v1/record-writes", request, protocol.WritesAnswer).position

    def _asked(self, path: str, request: BaseModel, answer: type[Answer], *, patience: float = 0.0) -> Answer:
        try:
            return answer.model_validate_json(self._sent("POST", path, request, patience))
        except ValidationError as error:
            raise _unusable(f"{path}: {error.error_count()} members are not as agreed") from None

    def _sent(self, method: str, path: str, body: BaseModel | None, patience: float) -> bytes:
        """Raises Refused: unreachable, or as the control plane refuses."""
        with self._answered(self._request(method, path, body, patience)) as answer:
            data = _bounded(answer, protocol.MAX_ANSWER_BYTES)
        if answer.is_error:
            raise _refusal(answer.status_code, data)
        return data

    def _request(self, method: str, path: str, body: BaseModel | None, patience: float) -> httpx.Request:
        content = None if body is None else body.model_dump_json().encode()
        timeout = httpx.Timeout(_ANSWER_SECONDS + patience, connect=_CONNECT_SECONDS)
        return self._client.build_request(
            method,
            path,
            content=content,
            headers={"content-type": "application/json"},
            timeout=timeout,
            extensions={"sni_hostname": protocol.CONTROL_NAME},
        )

    @contextmanager
    def _answered(self, request: httpx.Request) -> Iterator[httpx.Response]:
        """Its body is still to be read. Raises Refused when the control plane cannot be reached, or is lost."""
        try:
            answer = self._client.send(request, stream=True)
            try:
                yield answer
            finally:
                answer.close()
        except (httpx.HTTPError, ssl.SSLError) as error:
            raise unreachable(str(self._client.base_url), error) from None


def pinned_ca(control: str, fingerprint: str) -> str:
    """The node CA's certificate, PEM, fetched from whoever answers and believed by its fingerprint only.

    Nothing is sent before it matches. Raises Refused.
    """
    try:
        with (
            httpx.Client(verify=False, trust_env=False, timeout=_ANSWER_SECONDS) as client,
            client.stream("GET", f"{control.rstrip('/')}/v1/ca") as answer,
        ):
            given = _bounded(answer, _MAX_CA_BYTES).decode(errors="replace")
    except httpx.HTTPError as error:
        raise unreachable(control, error) from None
    try:
        if hashlib.sha256(ssl.PEM_cert_to_DER_cert(given)).hexdigest() == fingerprint:
            return given
    except ValueError:
        pass
    raise Refused(
        "control-foreign",
        f"{control} is not the control plane this token is from",
        "Check the URL, and get another token if the control plane's CA was rotated since. If neither helps, "
        "somebody is in between. The token was not sent.",
        status=403,
    )


def demand_hash(data: bytes, name: str) -> None:
    """Raises Refused when `data` is not what its name says."""
    if hashlib.sha256(data).hexdigest() != name:
        raise _unusable(f"{name} arrived with other content")


def unreachable(control: str, error: Exception) -> Refused:
    help = "It is tried again; the gateway serves on."
    return Refused(
        "control-unreachable", f"{control}: {str(error) or type(error).__name__}", help, status=503
    )


def _bounded(answer: httpx.Response, most: int) -> bytes:
    received = gathered(answer.iter_bytes(), most)
    if received is None:
        raise _unusable(f"an answer is larger than {most} bytes")
    return received


def _lines(pieces: Iterable[bytes]) -> Iterator[str]:
    """Each without its end. Raises Refused: one is longer than a change is, or the last is cut."""
    rest = b""
    for piece in pieces:
        *whole, rest = (rest + piece).split(b"\n")
        for line in whole:
            yield line.decode()
        if len(rest) > protocol.MAX_CHANGE_BYTES:
            raise _unusable(f"a change is larger than {protocol.MAX_CHANGE_BYTES} bytes")
    if rest:
        raise _unusable("the last change is cut")


def _refusal(status: int, body: bytes) -> Refused:
    try:
        said = _Problem.model_validate_json(body)
    except ValidationError:
        return _unusable(f"it answered {status}")
    return Refused(said.code, said.detail, said.help, status=status)


def _unusable(why: str) -> Refused:
    help = "Nothing of it was used; it is asked again."
    return Refused("control-answer-unusable", f"the control plane's answer cannot be used: {why}", help)


class _Problem(BaseModel):
    code: str
    detail: str
    help: str
