"""An API of orders with parts that the public ring does not see: contract, bodies, requests."""
