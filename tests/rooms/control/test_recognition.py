"""What a text is told to be: this very key or a stranger, whatever it claims."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from ringwork.control.keys import KeyRequest
from ringwork.control.native import mint_key
from ringwork.control.recognition import LONGEST_KEY, PATTERN, KeyState
from tests.rooms.control.world import World
from tests.support.key_texts import checksum, forged

PUBLIC = KeyRequest(ring="public", consumer="dev", plan="free")


@pytest.fixture
def world(tmp_path: Path, store: str | None) -> World:
    return World(tmp_path, store=store)


def test_a_key_is_active_until_it_expires_or_is_revoked(world: World) -> None:
    keys = world.keys_with_checksums()
    made = keys.create(replace(PUBLIC, lifetime=timedelta(days=1)))
    assert keys.recognise(made.minted.secret).state is KeyState.ACTIVE
    world.now += timedelta(days=1)
    assert keys.recognise(made.minted.secret).state is KeyState.EXPIRED
    keys.revoke(made.minted.id)
    told = keys.recognise(made.minted.secret)
    assert told.state is KeyState.REVOKED and told.credential == keys.find(made.minted.id)


def test_a_text_that_only_bears_the_id_of_a_key_is_not_the_key(world: World) -> None:
    keys = world.keys_with_checksums()
    made = keys.create(PUBLIC)
    told = keys.recognise(forged(made.minted.id, "dev"))
    assert (told.state, told.credential) == (KeyState.UNKNOWN, None)


def test_strangers_are_told_by_their_environment(world: World) -> None:
    keys = world.keys_with_checksums()
    assert keys.recognise(mint_key("dev").secret).state is KeyState.UNKNOWN
    assert keys.recognise(mint_key("production").secret).state is KeyState.ANOTHER_ENVIRONMENT


def test_where_nothing_was_applied_a_stranger_is_unknown(world: World) -> None:
    world.applied = False
    assert world.keys_with_checksums().recognise(mint_key("production").secret).state is KeyState.UNKNOWN


@pytest.mark.parametrize("text", ["", "rw_", "x" * 1_000, "rw_dev_0123456789ab_" + "s" * 37 + "?"])
def test_what_has_not_the_form_is_no_key(world: World, text: str) -> None:
    assert world.keys_with_checksums().recognise(text).state is KeyState.NO_KEY


def test_a_wrong_checksum_is_no_key(world: World) -> None:
    key = mint_key("dev").secret
    wrong = key[:-1] + ("a" if key[-1] != "a" else "b")
    assert re.fullmatch(PATTERN, wrong)
    assert world.keys_with_checksums().recognise(wrong).state is KeyState.NO_KEY


@pytest.mark.parametrize("environment", ["x", "e" * 32, "eu-west-1"])
def test_the_published_pattern_and_checksum_are_those_of_every_key_that_is_made(environment: str) -> None:
    for _ in range(50):
        key = mint_key(environment).secret
        assert re.fullmatch(PATTERN, key) and len(key) <= LONGEST_KEY
        assert key[-6:] == checksum(key[:-6])
