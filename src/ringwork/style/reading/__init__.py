"""Ruleset files to rulesets: extended, checked, aliases written out. Everything wrong is a located finding."""

from ringwork.style.reading.rulesets import BUILT_IN, built_in, read_ruleset

__all__ = ["BUILT_IN", "built_in", "read_ruleset"]
