"""The exporter: follows the access log of one node and sends it on by OTLP, in a process of its own.

Sending takes a processor's time and a receiver's patience; neither the gateway nor the control plane may wait for them.
"""
