"""Wiring: which adapters stand behind which ports, what runs, in which order it ends.

The only room that knows every one below it. `stores` is all most commands need, and takes the least to import.
"""
