"""Five small services that store things and call each other through the internal ring.

They say too much about themselves on purpose (`Server`, debug headers, absolute addresses of the inside), as
real services do: what of it reaches which ring is Ringwork's business, not theirs.
"""
