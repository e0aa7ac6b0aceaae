"""Contracts as whole documents, whoever may see them: what mocks answer from, and sweeps go through."""

from __future__ import annotations

from pathlib import Path

from ringwork.governance.assess import Assessment
from ringwork.manifest.estate import LoadedApi
from ringwork.openapi import ProjectedDocument
from ringwork.openapi.load import open_contract
from ringwork.openapi.projection import project_whole


def whole_document(root: Path, api: LoadedApi, version: str) -> ProjectedDocument:
    """The contract of one version with its overlays and all files it refers to, as JSON."""
    document, overlays = files_of(api, version)
    return project_whole(open_contract(root, document, overlays))


def files_of(api: LoadedApi, version: str) -> tuple[str, list[str]]:
    """Document and overlays of a version, relative to the estate."""
    manifest = next(one for one in api.manifest.versions if one.name == version)
    return f"{api.folder}/{manifest.document}", [f"{api.folder}/{overlay}" for overlay in manifest.overlays]


def prototypes(root: Path, assessment: Assessment) -> dict[str, str]:
    """Path of a mock's upstream → the contract it answers from, of what is sound."""
    loaded = {api.name: api for api in assessment.estate.apis if api.name not in assessment.dropped}
    apis = () if assessment.intent is None else assessment.intent.apis_of(loaded)
    mocked = [(api, version) for api in apis for version in api.versions if version.upstream.is_mock]
    documents = {
        version.upstream.path: whole_document(root, loaded[api.name], version.name).text
        for api, version in mocked
    }
    return {path: text for path, text in documents.items() if text is not None}
