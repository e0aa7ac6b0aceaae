"""Texts in the form of keys, made by the rule that is published for other people's scanners."""

from __future__ import annotations

import zlib

from ringwork.control.native import mint_key


def forged(id: str, environment: str) -> str:
    """Another key under this id, with the right checksum."""
    other = mint_key(environment).secret
    body = f"rw_{environment}_{id}_{other[-38:-6]}"
    return body + checksum(body)


def checksum(body: str) -> str:
    """By docs/leaked-keys.md."""
    digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
    rest, text = zlib.crc32(body.encode()), ""
    for _ in range(6):
        rest, digit = divmod(rest, 62)
        text = digits[digit] + text
    return text
