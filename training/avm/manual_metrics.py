"""What `homelens avm manual` found, for Prometheus' node exporter (its textfile collector).

    write_metrics(Path("/var/lib/node_exporter/homelens.prom"), {"krakow": rows})

One sample a market: the errors of specialists and of the model on the same homes, all months
together. The service itself never learns what specialists said.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from prometheus_client import CollectorRegistry, Gauge, write_to_textfile

GAUGES = {
    "homelens_valuation_compared": ("n", "Homes that a specialist and the model valued."),
    "homelens_valuation_manual_mdape": ("manual_mdape", "Specialists' median error, a share."),
    "homelens_valuation_model_mdape": ("model_mdape", "The model's median error, a share."),
    "homelens_valuation_difference_low": (
        "low",
        "Lower end of the 95% interval of the model's mean error less the specialists'.",
    ),
}
"""Metric to the row's field and what it means."""


def write_metrics(path: Path, found: Mapping[str, Sequence[Mapping[str, Any]]]) -> None:
    """Write the rows of all months of each market; the file appears whole. Raises OSError."""
    registry = CollectorRegistry()
    for name, (field, help_text) in GAUGES.items():
        gauge = Gauge(name, help_text, ("market",), registry=registry)
        for market, rows in found.items():
            gauge.labels(market).set(next(row[field] for row in rows if row["month"] == "all"))
    write_to_textfile(str(path), registry)
