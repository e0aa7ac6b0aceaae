"""Gateways elsewhere: what the control plane hands out to them, and the agent that keeps one in step."""
