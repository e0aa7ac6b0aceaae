"""What `--fix` mends, and what an editor offers: the text around it stays as it was."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ringwork import _native
from ringwork.style.fixing import fix_of
from ringwork.style.linting import lint
from ringwork.style.mending import mend
from ringwork.style.model import Ruleset
from ringwork.style.reading import built_in
from ringwork.style.written import Written, applied

FILE = Path("/estate/openapi.yaml")
HEAD = "openapi: 3.0.3 # as it was\n"


def only(code: str) -> Ruleset:
    everything = {**built_in("spectral:oas")[1].rules, **built_in("ringwork:public")[0].rules}
    return Ruleset({code: everything[code]})


def mended(code: str, text: str, file: Path = FILE) -> str:
    return mend(text.encode(), file, only(code)).data.decode()


def offered(code: str, text: str, file: Path = FILE) -> str:
    """The text with the fix of the first finding, safe or not."""
    page = Written(text.encode(), file.name)
    [result, *_] = lint(text.encode(), file, only(code))
    fix = fix_of(result, page)
    return text if fix is None else applied(page.text, fix.edits)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            "a:\n  enum:\n    - x # first\n    - y\n    - x # again\n",
            "a:\n  enum:\n    - x # first\n    - y\n",
        ),
        ("a: {enum: [x, y, x, x]} # kept\n", "a: {enum: [x, y]} # kept\n"),
        ("a: {enum: [1, 'b, c', 'b, c', 1]}\n", "a: {enum: [1, 'b, c']}\n"),
        ("a:\n  enum: [null,\n    null, 2]\n", "a:\n  enum: [null, 2]\n"),
        ("a: {enum: [{b: 1}, {b: 1}]}\n", "a: {enum: [{b: 1}, {b: 1}]}\n"),
    ],
)
def test_values_that_are_twice_in_an_enum_go_once(before: str, after: str) -> None:
    assert mended("duplicated-entry-in-enum", HEAD + before) == HEAD + after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            "servers:\n  - url: https://a.example/v1/ # prod\n",
            "servers:\n  - url: https://a.example/v1 # prod\n",
        ),
        ("servers: [{url: 'https://a.example/'}]\n", "servers: [{url: 'https://a.example'}]\n"),
        ('servers: [{"url": "https://a.example/é/"}]\n', 'servers: [{"url": "https://a.example/é"}]\n'),
    ],
)
def test_a_server_loses_its_last_stroke(before: str, after: str) -> None:
    assert mended("oas3-server-trailing-slash", HEAD + before) == HEAD + after


def test_tags_are_defined_after_those_that_are() -> None:
    paths = "paths:\n  /a: {get: {tags: [B]}}\n"
    before = f"{HEAD}tags:\n  - name: A\n    description: first\n\n  # last of them\n{paths}"
    after = f'{HEAD}tags:\n  - name: A\n    description: first\n\n  # last of them\n  - name: "B"\n{paths}'
    assert mended("operation-tag-defined", before) == after
    at_the_end = f"{HEAD}{paths}tags:\n- name: A"
    assert mended("operation-tag-defined", at_the_end) == f'{at_the_end}\n- name: "B"\n'


def test_what_would_change_the_document_is_offered_and_not_done() -> None:
    text = HEAD + "paths:\n  /orders/: {}\n"
    assert mended("style-path-end", text) == text
    assert offered("style-path-end", text) == HEAD + "paths:\n  /orders: {}\n"


def test_a_path_is_not_renamed_to_one_that_is_there() -> None:
    text = HEAD + "paths:\n  /orders/: {}\n  /orders: {}\n"
    assert offered("style-path-end", text) == text


_PAIR = "paths: {/a: {get: {summary: x}, put: {operationId: getA}}}\n"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            "paths:\n  /a/{id}:\n    get:\n      summary: x\n",
            "paths:\n  /a/{id}:\n    get:\n      operationId: getAId\n      summary: x\n",
        ),
        ("paths: {/a: {get: {summary: x}}}\n", "paths: {/a: {get: {operationId: getA, summary: x}}}\n"),
        ("paths: {/a: {get: {}}}\n", "paths: {/a: {get: {}}}\n"),
        (_PAIR, _PAIR),
    ],
)
def test_an_operation_gets_an_id_that_is_free(before: str, after: str) -> None:
    assert offered("style-operation-id", HEAD + before) == HEAD + after


def test_json_stays_json() -> None:
    file = Path("/estate/openapi.json")
    text = json.dumps({"openapi": "3.0.3", "paths": {"/a": {"get": {"summary": "x"}}}}, indent=2)
    after = offered("style-operation-id", text, file)
    assert '"operationId": "getA",\n        "summary": "x"' in after
    assert not _native.Document.parse(after.encode(), file.name).problems
    enum = '{"openapi": "3.0.3", "a": {"enum": ["x", "x"]}}'
    assert mended("duplicated-entry-in-enum", enum, file) == '{"openapi": "3.0.3", "a": {"enum": ["x"]}}'


def test_a_byte_order_mark_and_foreign_line_ends_stay() -> None:
    text = "\ufeffopenapi: 3.0.3\r\nservers:\r\n  - url: https://a.example/\r\n"
    assert mended("oas3-server-trailing-slash", text) == text.replace("example/", "example")
