"""Every mistake is a located finding, all of them at once, and never a traceback."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ringwork.kernel.findings import Severity
from ringwork.manifest.load import load_estate
from tests.rooms.manifest.estates import API, ORGANIZATION, loaded, only, with_code, write_estate


def test_sound_estate_has_no_findings(tmp_path: Path) -> None:
    estate = loaded(tmp_path)
    assert estate.findings == ()
    assert [api.name for api in estate.apis] == ["orders"]
    assert estate.organization is not None


def test_unknown_key_is_located_at_the_key_with_a_suggestion(tmp_path: Path) -> None:
    finding = only(loaded(tmp_path, {"apis/orders/api.yaml": API + "upstrem: x\n"}), "unknown-key")
    assert str(finding.location) == "apis/orders/api.yaml:7:1"
    assert finding.severity is Severity.ERROR
    assert finding.help == 'Did you mean "upstream"?'
    assert finding.api == "orders"


def test_unknown_key_inside_a_list_suggests_keys_of_the_items(tmp_path: Path) -> None:
    text = API.replace("document: openapi.yaml}", "document: openapi.yaml, overlay: []}")
    assert (
        only(loaded(tmp_path, {"apis/orders/api.yaml": text}), "unknown-key").help
        == 'Did you mean "overlays"?'
    )


def test_missing_key_is_located_at_what_lacks_it_and_says_what_it_is_for(tmp_path: Path) -> None:
    text = API.replace(', contact: "#orders"', "")
    finding = only(loaded(tmp_path, {"apis/orders/api.yaml": text}), "missing-key")
    assert str(finding.location) == "apis/orders/api.yaml:2:1"
    assert "reached" in finding.help


def test_all_mistakes_of_all_files_are_reported_at_once(tmp_path: Path) -> None:
    estate = loaded(
        tmp_path,
        {
            "ringwork.yaml": ORGANIZATION.replace("acme.localhost", "https://acme"),
            "apis/orders/api.yaml": API.replace("public", "pubic").replace("title", "titel"),
            "partners/globex.yaml": "limits: {per_minute: -1}\n",
            "plans/free.yaml": "title: 3\nlimits: {per_minute: many}\n",
        },
    )
    files = [finding.location.file for finding in estate.findings]
    assert {name: files.count(name) for name in files} == {
        "ringwork.yaml": 1,
        "apis/orders/api.yaml": 3,
        "partners/globex.yaml": 2,
        "plans/free.yaml": 2,
    }


def test_number_where_text_belongs_says_to_quote_it(tmp_path: Path) -> None:
    text = API.replace("name: v1", "name: 1.0")
    finding = only(loaded(tmp_path, {"apis/orders/api.yaml": text}), "wrong-type")
    assert finding.message == "versions[0].name must be text, not a number with a fraction"
    assert finding.help == "Put it in quotes."


def test_list_of_broken_items_is_not_also_called_too_short(tmp_path: Path) -> None:
    text = ORGANIZATION.replace('"127.0.0.1:8441"', '"127.0.0.1"')
    estate = loaded(tmp_path, {"ringwork.yaml": text})
    assert [finding.message for finding in estate.findings] == [
        'rings.internal.listen[0]: "127.0.0.1" is not an IP address with a port'
    ]


def test_one_bad_api_does_not_stop_the_others(tmp_path: Path) -> None:
    estate = loaded(tmp_path, {"apis/broken/api.yaml": "title: [\n"})
    assert [api.name for api in estate.apis] == ["orders"]
    assert estate.broken_apis() == {"broken"}


def test_key_that_is_there_twice_drops_the_file(tmp_path: Path) -> None:
    estate = loaded(tmp_path, {"plans/free.yaml": "title: a\ntitle: b\nlimits: {per_minute: 1}\n"})
    assert only(estate, "document-duplicate-key").location.line == 2
    assert estate.plans == ()


def test_file_that_is_not_utf8_is_located_at_the_byte(tmp_path: Path) -> None:
    estate = loaded(tmp_path, {"plans/free.yaml": b"title: caf\xe9\n"})
    assert str(only(estate, "document-encoding").location) == "plans/free.yaml:1:11"


def test_manifest_over_one_mebibyte_is_refused(tmp_path: Path) -> None:
    estate = loaded(tmp_path, {"plans/free.yaml": "#" * (1024 * 1024 + 1)})
    assert only(estate, "file-too-large").location.file == "plans/free.yaml"


def test_yaml_bomb_ends_in_a_finding(tmp_path: Path) -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{level}: &a{level} [{', '.join([f'*a{level - 1}'] * 10)}]" for level in range(1, 12)]
    estate = loaded(tmp_path, {"plans/free.yaml": "\n".join(lines)})
    assert only(estate, "document-too-large").location.file == "plans/free.yaml"


def test_link_out_of_the_estate_is_refused(tmp_path: Path) -> None:
    outside = tmp_path / "outside.yaml"
    outside.write_text("title: Secret\nlimits: {per_minute: 1}\n")
    root = write_estate(tmp_path / "estate", {"plans/free.yaml": None})
    (root / "plans").mkdir()
    (root / "plans" / "free.yaml").symlink_to(outside)
    estate = load_estate(root)
    assert only(estate, "file-outside-estate").location.file == "plans/free.yaml"
    assert estate.plans == ()


def test_api_folder_that_is_a_link_out_of_the_estate_is_refused(tmp_path: Path) -> None:
    other = write_estate(tmp_path / "other")
    root = write_estate(tmp_path / "estate")
    (root / "apis" / "stolen").symlink_to(other / "apis" / "orders")
    finding = only(load_estate(root), "file-outside-estate")
    assert finding.api == "stolen"


def test_pipe_in_place_of_a_manifest_does_not_block(tmp_path: Path) -> None:
    root = write_estate(tmp_path, {"plans/free.yaml": None})
    (root / "plans").mkdir()
    os.mkfifo(root / "plans" / "free.yaml")
    assert only(load_estate(root), "file-unreadable").location.file == "plans/free.yaml"


def test_loop_of_links_is_a_finding(tmp_path: Path) -> None:
    root = write_estate(tmp_path, {"plans/free.yaml": None})
    (root / "plans").mkdir()
    (root / "plans" / "free.yaml").symlink_to("free.yaml")
    assert only(load_estate(root), "file-unreadable").location.file == "plans/free.yaml"


@pytest.mark.parametrize(
    "text", ["", "[]", "just text", "null", "- 1\n- 2\n", "{", "\t", "a: b: c", "? [x]\n: y"]
)
def test_manifest_that_is_no_object_is_a_finding(tmp_path: Path, text: str) -> None:
    estate = loaded(tmp_path, {"ringwork.yaml": text, "partners/globex.yaml": text})
    assert {finding.location.file for finding in estate.findings} >= {"ringwork.yaml", "partners/globex.yaml"}
    assert estate.organization is None


def test_missing_estate_is_a_finding(tmp_path: Path) -> None:
    assert "ringwork init" in only(load_estate(tmp_path), "estate-missing").help
    assert with_code(load_estate(tmp_path / "nowhere"), "estate-missing")
    assert with_code(load_estate(tmp_path / ("long" * 100)), "estate-missing")


_SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20)
_KEYS = st.sampled_from(
    ["title", "limits", "versions", "rings", "listen", "owner", "per_minute", "internal", "x"]
)
_VALUES = st.recursive(
    _SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_KEYS, inner, max_size=5),
    max_leaves=20,
)


@settings(max_examples=150, deadline=None)
@given(value=st.dictionaries(_KEYS, _VALUES))
def test_no_value_in_any_manifest_ends_in_a_traceback(
    tmp_path_factory: pytest.TempPathFactory, value: object
) -> None:
    import json

    text = json.dumps(value)
    root = tmp_path_factory.mktemp("estate")
    names = ["ringwork.yaml", "apis/orders/api.yaml", "partners/globex.yaml", "plans/free.yaml"]
    estate = loaded(root, dict.fromkeys(names, text))
    for finding in estate.findings:
        assert finding.location.file in names
        assert finding.message
        assert finding.help
