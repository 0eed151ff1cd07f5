"""One log line for each request, at its end.

    log_request("POST", "/v1/check", 200, 0.531)

By the route's pattern, never by the path. Calls of probes and of Prometheus are lines of the level
debug, unless they fail.
"""

import logging

log = logging.getLogger("homelens")

QUIET = frozenset({"/healthz", "/readyz", "/metrics"})
"""Routes that something calls every few seconds."""


def log_request(method: str, route: str, status: int, seconds: float) -> None:
    """Tell of a request; status 0 is a client that went away before it was answered."""
    quiet = route in QUIET and 0 < status < 500
    fields = {"method": method, "route": route, "status": status, "seconds": round(seconds, 4)}
    log.log(logging.DEBUG if quiet else logging.INFO, "request", extra={"fields": fields})
