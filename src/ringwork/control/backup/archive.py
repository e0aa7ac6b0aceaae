"""A backup as bytes: a gzipped tar, encrypted while it is made. In the clear, nothing of it is ever on a disk.

It is whole if it ends with `END`: one that was cut short, by whatever, is told from one that holds little.
"""

from __future__ import annotations

import gzip
import io
import os
import re
import tarfile
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from io import BufferedIOBase
from typing import IO, cast

from pyrage import DecryptError, EncryptError, decrypt_io, encrypt_io
from pyrage.x25519 import Identity, Recipient

from ringwork.kernel.refusal import Refused

_END = "end"
_PRIVATE = 0o600
# What is read into memory at a time; the largest contracts are tens of megabytes.
MOST_MEMBER_BYTES = 512 << 20
# Relative, below a folder, without a way up: anybody can encrypt to a public key.
_NAME = re.compile(r"about\.json|(control|store)(/[A-Za-z0-9_-][A-Za-z0-9._-]*)+")


class Archive:
    """What is being written."""

    def __init__(self, tar: tarfile.TarFile) -> None:
        self._tar = tar
        self._count = 0

    def add(self, name: str, data: bytes) -> None:
        member = tarfile.TarInfo(name)
        member.size, member.mode = len(data), _PRIVATE
        self._tar.addfile(member, io.BytesIO(data))
        self._count += 1

    def end(self) -> None:
        self.add(_END, str(self._count).encode())


@contextmanager
def written(out: BufferedIOBase, recipients: Sequence[Recipient]) -> Iterator[Archive]:
    """What is added in here is in `out` when it ends. Raises OSError when that cannot be written."""
    inlet, outlet = os.pipe()
    with ThreadPoolExecutor(1) as worker:
        plain = open(inlet, "rb")  # noqa: SIM115  closed by the worker, so that nobody waits for it in vain
        encrypted = worker.submit(_encrypt, plain, out, recipients)
        encrypted.add_done_callback(lambda _: plain.close())
        try:
            with open(outlet, "wb") as pipe, tarfile.open(fileobj=pipe, mode="w|gz") as tar:
                archive = Archive(tar)
                yield archive
                archive.end()
        except BrokenPipeError:
            encrypted.result()  # says why
            raise
        encrypted.result()


def _encrypt(plain: BufferedIOBase, out: BufferedIOBase, recipients: Sequence[Recipient]) -> None:
    """Raises OSError as `out` does, of which age tells nothing but the text."""
    kept = _Kept(out)
    try:
        encrypt_io(plain, cast(BufferedIOBase, kept), recipients)
    except EncryptError:
        if kept.error is not None:
            raise kept.error from None
        raise


class _Kept:
    def __init__(self, out: BufferedIOBase) -> None:
        self._out = out
        self.error: OSError | None = None

    def write(self, data: bytes) -> int:
        try:
            return self._out.write(data)
        except OSError as error:
            self.error = error
            raise

    def flush(self) -> None:
        self._out.flush()


@contextmanager
def opened(source: BufferedIOBase, identities: Sequence[Identity]) -> Iterator[Iterator[tuple[str, bytes]]]:
    """Names and contents, in order. Nothing of it is to be believed before all was read.

    Raises Refused: for other keys, cut short, damaged, or no backup.
    """
    inlet, outlet = os.pipe()
    with ThreadPoolExecutor(1) as worker:
        plain = open(outlet, "wb")  # noqa: SIM115  closed by the worker: the end of what it writes
        decrypted = worker.submit(decrypt_io, source, plain, identities)
        decrypted.add_done_callback(lambda _: _closed(plain))
        with open(inlet, "rb") as pipe:
            yield _members(pipe, decrypted)


def _members(pipe: IO[bytes], decrypted: Future[None]) -> Iterator[tuple[str, bytes]]:
    count, last = 0, ""
    try:
        with tarfile.open(fileobj=pipe, mode="r|gz") as tar:
            for member in tar:
                data = _content(tar, member)
                if member.name == _END:
                    last = data.decode()
                else:
                    count += 1
                    yield member.name, data
        while pipe.read(1 << 16):  # padding, so that all of it is decrypted and verified
            pass
    except (tarfile.TarError, EOFError, gzip.BadGzipFile, ValueError) as error:
        _demand_decrypted(decrypted)
        raise _unusable(str(error)) from None
    _demand_decrypted(decrypted)
    if last != str(count):
        raise _unusable("it was cut short")


def _content(tar: tarfile.TarFile, member: tarfile.TarInfo) -> bytes:
    if not member.isreg() or not (member.name == _END or _NAME.fullmatch(member.name)):
        raise ValueError(f"it holds {member.name!r}, which no backup holds")
    if member.size > MOST_MEMBER_BYTES:
        raise ValueError(f"{member.name} is larger than {MOST_MEMBER_BYTES} bytes")
    file = tar.extractfile(member)
    data = b"" if file is None else file.read()
    if len(data) != member.size:
        raise ValueError("it was cut short")
    return data


def _demand_decrypted(decrypted: Future[None]) -> None:
    try:
        decrypted.result()
    except DecryptError as error:
        help = "Name the key of one it was encrypted to with --key."
        raise Refused("backup-unreadable", f"the backup cannot be decrypted: {error}", help) from None
    except OSError as error:
        if not isinstance(error, BrokenPipeError):  # it was us who stopped reading
            raise _unusable(str(error)) from None


def _closed(plain: IO[bytes]) -> None:
    with suppress(BrokenPipeError):
        plain.close()


def _unusable(why: str) -> Refused:
    help = "Nothing was restored. Use another backup; this one may have been damaged or cut short on its way."
    return Refused("backup-unusable", f"the backup cannot be used: {why}", help)
