"""The throughput rounds as a picture."""

from __future__ import annotations

from pathlib import Path

import matplotlib

matplotlib.use("svg")

from matplotlib import pyplot as plt

from benchmarks.harness.rounds import Figures, middle

_LABELS = {
    "policy": "Ringwork\n(key, limit, match, log)",
    "bare": "bare Pingora",
    "envoy": "bare Envoy",
    "nginx_lua": "nginx + Lua\n(key, limit, log)",
}


def plot_throughput(figures: Figures, path: Path) -> None:
    """One bar a contender, its median; every round a dot, so that the noise shows."""
    plt.rcParams["svg.hashsalt"] = "ringwork"  # equal figures give an equal file
    canvas, axes = plt.subplots(figsize=(7, 4))
    places = range(len(figures))
    colours = ["#2f6f4f" if name == "policy" else "#9aa5a0" for name in figures]
    axes.bar(places, [middle(rounds) for rounds in figures.values()], color=colours, width=0.6)
    for place, rounds in zip(places, figures.values(), strict=True):
        axes.plot([place] * len(rounds), rounds, "o", color="black", markersize=3, alpha=0.6)
    axes.set_xticks(list(places), [_LABELS[name] for name in figures])
    axes.set_ylabel("requests/s on one core, plain HTTP/1.1, 0.4 kB")
    axes.spines[["top", "right"]].set_visible(False)
    canvas.tight_layout()
    canvas.savefig(path, metadata={"Date": None})
    plt.close(canvas)
