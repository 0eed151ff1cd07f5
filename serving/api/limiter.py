"""How often each key may ask: a moving window of a minute, kept in this process.

    limiter = Limiter()
    limiter.hit("key:key_1", per_minute=600)        # raises TooManyRequests

With several replicas each counts by itself: a key's rate is then that of one replica times their
number.
"""

import time

from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import SlidingWindowCounterRateLimiter

from serving.errors import TooManyRequests


class Limiter:
    """Counts the requests of every identity."""

    def __init__(self) -> None:
        self._window = SlidingWindowCounterRateLimiter(MemoryStorage())

    def hit(self, identity: str, per_minute: int) -> None:
        """Count a request. Raises TooManyRequests with the time after which there is room."""
        item = RateLimitItemPerMinute(per_minute)
        if not self._window.hit(item, identity):
            wait = self._window.get_window_stats(item, identity).reset_time - time.time()
            raise TooManyRequests(
                f"you have sent more than {per_minute} requests in a minute",
                accepted=f"{per_minute} a minute",
                do="wait for the seconds that Retry-After names",
                retry_after=max(1.0, wait),
            )
