"""Contracts: OpenAPI documents with overlays and everything they refer to, as typed facts with places."""

from ringwork.openapi.compiled import CompiledContract, compile_filters, compile_requests
from ringwork.openapi.files import ContractFiles, ReadFile, still_read_alike
from ringwork.openapi.kept import KeptFiles
from ringwork.openapi.load import LoadedContract, load_contract, open_contract
from ringwork.openapi.model import Contract, LabelFact, Operation, Server
from ringwork.openapi.projection import ProjectedDocument, RingView, project_document

__all__ = [
    "CompiledContract",
    "Contract",
    "ContractFiles",
    "KeptFiles",
    "LabelFact",
    "LoadedContract",
    "Operation",
    "ProjectedDocument",
    "ReadFile",
    "RingView",
    "Server",
    "compile_filters",
    "compile_requests",
    "load_contract",
    "open_contract",
    "project_document",
    "still_read_alike",
]
