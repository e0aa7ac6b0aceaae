"""A service that answers everything, clients of all rings, and what must not have arrived.

What a ring may see is read from its exported document, which gateways know nothing of: filters that are compiled
wrongly, and filters that are interpreted wrongly, both show.
"""
