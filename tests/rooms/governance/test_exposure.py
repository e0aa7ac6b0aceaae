"""What each ring gets of a contract, and what is said about labels that do not do what they say."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from ringwork.audience import RINGS, Audience
from ringwork.governance.assess import Assessment, assess
from ringwork.kernel.findings import Finding, Severity
from tests.rooms.manifest.estates import API, DOCUMENT, api, write_estate

INTERNAL, PARTNER, PUBLIC = RINGS


def assessed(root: Path, changes: Mapping[str, str | bytes | None] | None = None) -> Assessment:
    return assess(write_estate(root, changes))


def published(assessment: Assessment) -> dict[str, Audience]:
    """Operation id → how far it goes, from the intent."""
    assert assessment.intent is not None
    return {
        operation.id: operation.published
        for one in assessment.intent.apis
        for version in one.versions
        for operation in version.operations
    }


def found(assessment: Assessment, code: str) -> list[Finding]:
    return [finding for finding in assessment.findings if finding.code == code]


def test_only_labelled_operations_leave_the_internal_ring(tmp_path: Path) -> None:
    assessment = assessed(tmp_path)
    assert assessment.findings == ()
    assert published(assessment) == {"listOrders": PUBLIC, "deleteOrders": INTERNAL, "getOrder": PARTNER}


@pytest.mark.parametrize("cap", ["api.yaml", "version", "info", "tag"])
def test_everything_that_encloses_caps_and_none_of_it_grants(tmp_path: Path, cap: str) -> None:
    text, document = API, DOCUMENT
    match cap:
        case "api.yaml":
            text = API.replace("audience: public", "audience: partner")
        case "version":
            text = API.replace("document: openapi.yaml", "document: openapi.yaml, audience: partner")
        case "info":
            document = DOCUMENT.replace("version: 1.0.0}", "version: 1.0.0, x-audience: external-partner}")
        case "tag":
            document = DOCUMENT.replace(
                "operationId: listOrders", "operationId: listOrders\n      tags: [lists]"
            )
            document += "tags: [{name: lists, x-audience: partner}]\n"
    assessment = assessed(tmp_path, {"apis/orders/api.yaml": text, "apis/orders/openapi.yaml": document})
    assert published(assessment) == {"listOrders": PARTNER, "deleteOrders": INTERNAL, "getOrder": PARTNER}
    [warning] = found(assessment, "label-without-effect")
    assert warning.severity is Severity.WARNING
    assert str(warning.location).startswith("apis/orders/openapi.yaml:")
    assert "partner" in warning.message


def test_many_labels_under_one_cap_are_one_warning(tmp_path: Path) -> None:
    paths = "".join(
        f"  /p{number}:\n    get: {{x-audience: public, responses: {{'200': {{description: ok}}}}}}\n"
        for number in range(300)
    )
    document = "openapi: 3.0.3\ninfo: {title: T, version: '1'}\npaths:\n" + paths
    text = API.replace("audience: public", "audience: partner")
    assessment = assessed(tmp_path, {"apis/orders/api.yaml": text, "apis/orders/openapi.yaml": document})
    [warning] = found(assessment, "label-without-effect")
    assert "299 more labels" in warning.message


def test_unknown_audience_is_an_error_that_drops_the_api_and_suggests_the_word(tmp_path: Path) -> None:
    document = DOCUMENT.replace("x-audience: public", "x-audience: extern-public")
    assessment = assessed(tmp_path, {"apis/orders/openapi.yaml": document})
    [error] = found(assessment, "unknown-audience")
    assert error.help == 'Did you mean "external-public"?'
    assert assessment.dropped == ("orders",)
    assert published(assessment) == {}


def test_operation_whose_answer_has_a_narrower_part_is_published_all_the_same(tmp_path: Path) -> None:
    schema = "{type: object, properties: {id: {type: string}, note: {type: string, x-audience: partner}}}"
    content = f"{{description: ok, content: {{application/json: {{schema: {schema}}}}}}}"
    document = DOCUMENT.replace(
        'x-audience: public\n      responses: {"200": {description: ok, content: {text/csv: {}}}}',
        f'x-audience: public\n      responses: {{"200": {content}}}',
    )
    assessment = assessed(tmp_path, {"apis/orders/openapi.yaml": document})
    assert published(assessment)["listOrders"] is PUBLIC


def test_operation_of_which_every_answer_is_narrower_goes_no_further_than_those(tmp_path: Path) -> None:
    document = DOCUMENT.replace(
        'x-audience: public\n      responses: {"200": {description: ok, content: {text/csv: {}}}}',
        'x-audience: public\n      responses: {"200": {description: ok, x-audience: partner}}',
    )
    assessment = assessed(tmp_path, {"apis/orders/openapi.yaml": document})
    assert published(assessment)["listOrders"] is PARTNER
    [warning] = found(assessment, "projection-no-response")
    assert warning.location.file == "apis/orders/openapi.yaml"


def test_zalandos_words_grant(tmp_path: Path) -> None:
    document = DOCUMENT.replace("x-audience: public", "x-audience: external-public")
    assert published(assessed(tmp_path, {"apis/orders/openapi.yaml": document}))["listOrders"] is PUBLIC


def test_overlay_labels_a_document_one_does_not_own(tmp_path: Path) -> None:
    overlay = """\
overlay: 1.0.0
info: {title: Audience, version: 1.0.0}
actions:
  - target: $.paths['/orders'].delete
    update: {x-audience: partner}
"""
    text = API.replace("document: openapi.yaml", "document: openapi.yaml, overlays: [overlay.yaml]")
    changes = {"apis/orders/api.yaml": text, "apis/orders/overlay.yaml": overlay}
    assessment = assessed(tmp_path, changes)
    assert published(assessment)["deleteOrders"] is PARTNER
    assert assessment.snapshot is not None
    because = {row.id: row.because for row in assessment.snapshot.operations}
    assert because["deleteOrders"] == "apis/orders/overlay.yaml:5:26"


def test_bad_document_drops_its_api_and_nothing_else(tmp_path: Path) -> None:
    changes = {
        "apis/broken/api.yaml": api("http://127.0.0.1:9002"),
        "apis/broken/openapi.yaml": "openapi: 3.0.3\npaths: [",
    }
    assessment = assessed(tmp_path, changes)
    assert assessment.dropped == ("broken",)
    assert set(published(assessment)) == {"listOrders", "deleteOrders", "getOrder"}
    assert any(
        finding.api == "broken" and finding.severity is Severity.ERROR for finding in assessment.findings
    )


def test_document_that_is_not_there_is_located_where_it_is_named(tmp_path: Path) -> None:
    assessment = assessed(tmp_path, {"apis/orders/openapi.yaml": None})
    [error] = found(assessment, "openapi-file-missing")
    assert str(error.location) == "apis/orders/api.yaml:6:26"


def test_document_outside_the_estate_is_located_where_it_is_named(tmp_path: Path) -> None:
    changes = {"apis/orders/openapi.yaml": None}
    assert found(assessed(tmp_path, changes), "openapi-file-missing")
    (tmp_path / "apis/orders/openapi.yaml").symlink_to("/")
    [error] = found(assess(tmp_path), "openapi-ref-outside")
    assert str(error.location) == "apis/orders/api.yaml:6:26"


def test_feature_nobody_asks_for_is_a_warning_with_a_suggestion(tmp_path: Path) -> None:
    document = DOCUMENT.replace(
        "operationId: getOrder", "operationId: getOrder\n      x-feature: bulk-orders"
    )
    partner = "title: G\nlimits: {per_minute: 1}\nfeatures: [bulk-order]\n"
    assessment = assessed(tmp_path, {"apis/orders/openapi.yaml": document, "partners/globex.yaml": partner})
    [warning] = found(assessment, "unknown-feature")
    assert warning.help == 'Did you mean "bulk-orders"?'


def test_feature_that_is_no_name_drops_the_api(tmp_path: Path) -> None:
    document = DOCUMENT.replace("operationId: getOrder", "operationId: getOrder\n      x-feature: [bulk]")
    assert assessed(tmp_path, {"apis/orders/openapi.yaml": document}).dropped == ("orders",)


def test_broken_organisation_keeps_everything_back(tmp_path: Path) -> None:
    assessment = assessed(tmp_path, {"ringwork.yaml": "organization: acme\n"})
    assert assessment.intent is None
    assert assessment.snapshot is None
    assert assessment.exposures != ()


def test_equal_estates_give_equal_assessments(tmp_path: Path) -> None:
    first, second = assessed(tmp_path / "a"), assessed(tmp_path / "b")
    assert first.intent == second.intent
    assert first.snapshot == second.snapshot
