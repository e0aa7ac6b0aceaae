"""Ringwork against bare Pingora, Envoy and nginx + Lua: ratios taken in one run."""
