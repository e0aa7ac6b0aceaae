"""Ringwork: API management in which the audience of an API is the first decision."""

from importlib.metadata import PackageNotFoundError, version

try:
    __version__ = version("ringwork")
except PackageNotFoundError:  # a source tree that was never installed
    __version__ = "0.0.0"
