"""An operation is what a gateway can tell from the others; what it cannot is no wider than the narrowest."""

from __future__ import annotations

from pathlib import Path

import pytest

from ringwork.kernel.findings import Severity
from tests.rooms.openapi.contracts import HEAD, load, located, only_operation, sound


@pytest.mark.parametrize("path", ["orders", "/a/{x", "/a/x}", "/a/{}", "/a/{{x}}", "/a/{x/y}"])
def test_a_malformed_template_drops_the_api(tmp_path: Path, path: str) -> None:
    loaded = load(tmp_path, HEAD + f"paths:\n  '{path}': {{get: {{}}}}\n  /fine: {{get: {{}}}}\n")
    assert loaded.contract is None
    assert located(loaded.findings) == ["path-malformed api.yaml:4:3"]


@pytest.mark.parametrize("path", ["/a//b", "/a/../b", "/a/x;y", "/a/%2F", "/a/%zz"])
def test_a_path_no_request_can_have_is_left_out_and_the_others_live(tmp_path: Path, path: str) -> None:
    loaded = load(tmp_path, HEAD + f"paths:\n  '{path}': {{get: {{}}}}\n  /fine: {{get: {{}}}}\n")
    assert loaded.contract is not None
    assert only_operation(loaded.contract).template == "/fine"
    assert located(loaded.findings) == ["path-unmatchable api.yaml:4:3"]


def test_what_real_templates_contain_is_fine(tmp_path: Path) -> None:
    paths = ["/", "/a/", "/a/{x}.json", "/a/{x}:cancel", "/a({k}='{v}')", "/a/Your Name/é", "/a/{x}/b/{x}"]
    loaded = load(tmp_path, HEAD + "paths:\n" + "".join(f'  "{path}": {{get: {{}}}}\n' for path in paths))
    assert loaded.findings == []
    assert loaded.contract is not None
    assert [operation.template for operation in loaded.contract.operations] == paths


def test_two_parameters_with_nothing_between_are_a_warning(tmp_path: Path) -> None:
    loaded = load(tmp_path, HEAD + "paths: {'/a/{x}{y}': {get: {}}}\n")
    assert [(finding.code, finding.severity) for finding in loaded.findings] == [
        ("path-ambiguous", Severity.WARNING)
    ]


def test_paths_that_differ_in_parameter_names_only_are_one_path(tmp_path: Path) -> None:
    loaded = load(tmp_path, HEAD + "paths:\n  /a/{x}: {get: {}}\n  /a/{y}: {put: {}}\n")
    assert located(loaded.findings) == ["path-duplicate api.yaml:5:3"]
    assert loaded.contract is not None
    assert [(operation.method, operation.template) for operation in loaded.contract.operations] == [
        ("GET", "/a/{x}"),
        ("PUT", "/a/{x}"),
    ]


def test_operations_that_arrive_alike_are_one_that_has_what_both_say(tmp_path: Path) -> None:
    contract = sound(
        tmp_path,
        "paths:\n"
        "  /a/{x}: {x-audience: public, get: {tags: [s], responses: {200: {headers: {X-B: {}}}}}}\n"
        "  /a/{y}: {x-audience: public, get: {tags: [t], parameters: [{name: q, x-audience: internal}]}}\n",
    )
    operation = only_operation(contract)
    assert operation.template == "/a/{x}"
    assert operation.tags == ("s", "t")
    assert operation.response_headers == ("x-b",)
    assert [label.value for label in operation.path_item_labels] == ["public"]


@pytest.mark.parametrize("path", ["/a/{y}", "/a/{x}?view=all", "/a/{x}#all"])
def test_an_operation_that_arrives_like_one_with_another_label_keeps_it_internal(
    tmp_path: Path, path: str
) -> None:
    """Or a visible operation would carry the requests of a hidden one (law 2)."""
    text = f"paths:\n  '/a/{{x}}': {{get: {{x-audience: public}}}}\n  '{path}': {{get: {{}}}}\n"
    loaded = load(tmp_path, HEAD + text)
    assert loaded.contract is not None
    operation = only_operation(loaded.contract)
    assert (operation.label, operation.path_item_labels) == (None, ())
    assert "operation-indistinguishable api.yaml:5:" in "".join(located(loaded.findings))


def test_a_query_or_fragment_is_no_part_of_a_path(tmp_path: Path) -> None:
    text = "paths:\n  '/#X-Target=A': {post: {operationId: a}}\n  '/?Action=B#c': {post: {operationId: b}}\n"
    loaded = load(tmp_path, HEAD + text)
    assert loaded.contract is not None
    operation = only_operation(loaded.contract)
    assert (operation.id, operation.template) == ("POST /", "/")
    assert located(loaded.findings) == ["path-cut api.yaml:4:3", "operation-indistinguishable api.yaml:5:20"]


def test_an_operation_id_belongs_to_the_first_that_has_it(tmp_path: Path) -> None:
    loaded = load(tmp_path, HEAD + "paths:\n  /a: {get: {operationId: x}}\n  /b: {get: {operationId: x}}\n")
    assert located(loaded.findings) == ["operation-id-duplicate api.yaml:5:8"]
    assert loaded.contract is not None
    assert [operation.id for operation in loaded.contract.operations] == ["x", "GET /b"]


def test_a_document_without_operations_says_so(tmp_path: Path) -> None:
    loaded = load(tmp_path, HEAD + "paths: {}\n")
    assert located(loaded.findings) == ["openapi-no-operations api.yaml:1:1"]
