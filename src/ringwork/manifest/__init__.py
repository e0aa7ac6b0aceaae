"""The estate's files: typed, frozen, every value with its file, line and column."""

from ringwork.manifest.estate import Estate, LoadedApi, LoadedPartner, LoadedPlan
from ringwork.manifest.load import load_estate

__all__ = ["Estate", "LoadedApi", "LoadedPartner", "LoadedPlan", "load_estate"]
