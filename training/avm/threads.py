"""`--threads` holds for all that a training does, not for its trees alone.

    with limited(settings.threads):
        fit_market(frame, adapter, settings)

The libraries of linear algebra take every core by themselves. On a machine that does something
else as well they then wait for one another: on two busy cores a surface took eight times as long.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from threadpoolctl import threadpool_limits


def limited(threads: int) -> "threadpool_limits":
    """A context in which linear algebra uses so many threads; what is loaded later is not held."""
    import scipy.linalg  # noqa: F401  brings a library of its own
    from threadpoolctl import threadpool_limits

    return threadpool_limits(threads, user_api="blas")
