"""Contracts: OpenAPI documents with overlays and everything they refer to, as typed facts with places."""

from ringwork.openapi.load import LoadedContract, load_contract
from ringwork.openapi.model import Contract, LabelFact, Operation, Server

__all__ = ["Contract", "LabelFact", "LoadedContract", "Operation", "Server", "load_contract"]
