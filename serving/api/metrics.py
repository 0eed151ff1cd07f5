"""What Prometheus reads at /metrics; no personal data, no ids.

metrics = Metrics()
metrics.stage("look", 0.07)
metrics.render()
"""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.exposition import generate_latest

SECONDS = (0.01, 0.025, 0.05, 0.1, 0.2, 0.35, 0.5, 0.75, 1, 1.5, 2, 3, 5, 10, 30)
"""Edges of the histograms: fine around a second, which is the most that users accept."""


CONFIDENCES = (0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.95, 0.98, 1)
"""Edges for the probability of the room: finer where most photos are."""


class Metrics:
    """Counters of one application, in a registry of their own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "homelens_requests",
            "Requests answered.",
            ("method", "route", "status"),
            registry=self.registry,
        )
        self.request_seconds = Histogram(
            "homelens_request_seconds",
            "From the request's headers to the end of the answer.",
            ("method", "route"),
            buckets=SECONDS,
            registry=self.registry,
        )
        self.stage_seconds = Histogram(
            "homelens_stage_seconds",
            "Time of one photo in a stage: wait, look, copy, store.",
            ("stage",),
            buckets=SECONDS,
            registry=self.registry,
        )
        self.queue_depth = Gauge(
            "homelens_queue_depth",
            "Requests that wait for a worker.",
            registry=self.registry,
        )
        self.busy = Gauge("homelens_workers_busy", "Workers at work.", registry=self.registry)
        self.shed = Counter(
            "homelens_shed_requests",
            "Requests turned away because the queue was full.",
            registry=self.registry,
        )
        self.photos = Counter(
            "homelens_photos", "Photos examined.", ("room", "sure"), registry=self.registry
        )
        self.confidence = Histogram(
            "homelens_room_confidence",
            "Probability of the room that a photo is taken for.",
            buckets=CONFIDENCES,
            registry=self.registry,
        )
        self.findings = Counter(
            "homelens_findings",
            "Quality findings, refusals and what became of copies.",
            ("code",),
            registry=self.registry,
        )
        self.valuations = Counter(
            "homelens_valuations",
            "Homes that a value was asked for; the outcome is valued or an error's code.",
            ("market", "tier", "outcome"),
            registry=self.registry,
        )
        self.model = Gauge(
            "homelens_model_info",
            "Always 1; the labels say which model is loaded.",
            ("bundle", "version", "sha256"),
            registry=self.registry,
        )

    def stage(self, name: str, seconds: float) -> None:
        """One photo spent this long in a stage."""
        self.stage_seconds.labels(name).observe(seconds)

    def render(self) -> bytes:
        """The text format."""
        return generate_latest(self.registry)
