"""Errors that only the service raises; the tree of all others is in vision/errors.py.

    HomelensError
    ├── …                          vision/errors.py
    └── ServiceError               each with the HTTP status that it becomes
        ├── Unauthorised      401  auth.required          no key, or one that is not valid
        ├── ChallengeNeeded   401  valuation.challenge    neither a key nor a solved challenge
        ├── Forbidden         403  auth.forbidden         the key may not do this
        ├── NotFound          404  not_found              no such thing, or not yours
        ├── Conflict          409  labels.conflict        the labels were changed meanwhile
        │   ├── LeaseLost     409  review.lease_lost      another labeler has the task
        │   └── Answered      409  review.answered        the task was answered otherwise already
        ├── Gone              410  gone                   it was there: purged or withheld
        ├── RequestTimeout    408  request.timeout        the upload was slow or stalled
        ├── RequestTooLarge   413  request.too_large      more bytes or photos than allowed
        ├── WrongMedia        415  request.media_type     the body is not of the accepted kind
        ├── BadRequest        400  request.malformed      the body cannot be parsed
        ├── Unprocessable     422  request.invalid        understood, but not acceptable
        ├── TooManyRequests   429  limit.rate             the key's own rate limit
        ├── DayQuota          429  limit.day              the values of a day are used up
        ├── SweepRefused      429  valuation.sweep        requests look like a copy of the model
        ├── Overloaded        429  limit.load             no room in the queue: try again
        ├── NotReady          503  service.starting       models or database not there yet
        ├── NoValuations      503  valuation.none         no valuation model is installed
        └── StorageError           storage.failed         database or file store, at start or later

Each says what was wrong, what is accepted and what to do, as RFC 9457 problem+json over HTTP
(serving/api/problems.py).
"""

from typing import ClassVar

from vision.errors import HomelensError


class ServiceError(HomelensError):
    """Base; `status` is the HTTP status, `retry_after` seconds for the header of that name."""

    code = "service.error"
    status: ClassVar[int] = 500

    def __init__(
        self, wrong: str, *, accepted: str = "", do: str = "", retry_after: float | None = None
    ) -> None:
        super().__init__(wrong, accepted=accepted, do=do)
        self.retry_after = retry_after


class Unauthorised(ServiceError):
    """No key was sent, or one that is unknown, revoked or expired."""

    code, status = "auth.required", 401


class ChallengeNeeded(ServiceError):
    """Whoever has no key solves a challenge: there is no solution, or it does not count."""

    code, status = "valuation.challenge", 401


class Forbidden(ServiceError):
    """The key is valid but may not do this."""

    code, status = "auth.forbidden", 403


class NotFound(ServiceError):
    """There is no such thing, or the key may not know of it."""

    code, status = "not_found", 404


class Conflict(ServiceError):
    """What was asked for does not go with what others changed meanwhile."""

    code, status = "labels.conflict", 409


class LeaseLost(Conflict):
    """Another labeler has the task, or has answered it."""

    code = "review.lease_lost"


class Answered(Conflict):
    """This labeler has given another answer to the task."""

    code = "review.answered"


class Gone(ServiceError):
    """There was such a thing: the original was purged, or the copy is withheld."""

    code, status = "gone", 410


class RequestTimeout(ServiceError):
    """The body came too slowly."""

    code, status = "request.timeout", 408


class RequestTooLarge(ServiceError):
    """More bytes or photos than allowed."""

    code, status = "request.too_large", 413


class WrongMedia(ServiceError):
    """The body's content type is not accepted here."""

    code, status = "request.media_type", 415


class BadRequest(ServiceError):
    """The body cannot be parsed at all."""

    code, status = "request.malformed", 400


class Unprocessable(ServiceError):
    """The request was understood, but a part of it is not acceptable."""

    code, status = "request.invalid", 422


class TooManyRequests(ServiceError):
    """The key's own rate limit."""

    code, status = "limit.rate", 429


class DayQuota(ServiceError):
    """The caller was given all the values of its day."""

    code, status = "limit.day", 429


class SweepRefused(ServiceError):
    """The caller's requests of today look like a sweep of the model."""

    code, status = "valuation.sweep", 429


class Overloaded(ServiceError):
    """The queue is full; nothing was kept of the request."""

    code, status = "limit.load", 429


class NotReady(ServiceError):
    """The service is starting, or the database cannot be reached."""

    code, status = "service.starting", 503


class NoValuations(ServiceError):
    """The service runs without valuation models."""

    code, status = "valuation.none", 503


class StorageError(ServiceError):
    """The database or the file store cannot be opened or used."""

    code, status = "storage.failed", 503
