"""Gateways: the node directory, supervision of the local one, what it acknowledged. Knows no estate."""
