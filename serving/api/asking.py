"""Who asks for a value, and what for: a key, this machine, or an address without a key.

asker = asker_of(request, credentials)          # FastAPI dependency
asker.trust                                     # exact, partner or public
"""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import Depends, Request

from serving.api.auth import Caller, Credentials, with_key, without_key
from serving.api.services import Services, services_of
from serving.errors import Forbidden
from serving.store.keys import Scope, any_key
from serving.valuing.days import address_hash, day_secret
from serving.valuing.gate import Asker, Trust

TRUST = {
    Scope.SERVICE: Trust.EXACT,
    Scope.ANALYST: Trust.EXACT,
    Scope.ADMIN: Trust.EXACT,
    Scope.PARTNER: Trust.PARTNER,
}


def asker_of(request: Request, credentials: Credentials) -> Asker:
    """The caller, whose request is counted. Raises Unauthorised, Forbidden, TooManyRequests."""
    services = services_of(request)
    settings = services.settings
    with services.database.read() as session:
        if credentials is not None or "authorization" in request.headers:
            caller, own = with_key(session, credentials.credentials if credentials else "")
            rate = own or settings.rate_per_minute
        elif any_key(session) and settings.valuation_public:
            caller, rate = None, settings.valuation_address_per_minute
        else:
            caller, rate = without_key(request, session), settings.rate_per_minute
    asker = visitor(request, services) if caller is None else known(caller)
    services.limiter.hit(f"value:{asker.name}", rate)
    return asker


AskerOf = Annotated[Asker, Depends(asker_of)]


def known(caller: Caller) -> Asker:
    """A caller with a key or token, or this machine. Raises Forbidden for labelers."""
    if caller.scope is None:
        return Asker(caller.identity, Trust.PARTNER)
    if caller.scope not in TRUST:
        raise Forbidden(
            f"a key with the scope {caller.scope} is not for values",
            accepted=", ".join(TRUST),
            do="ask for one to be made with `homelens keys create`",
        )
    return Asker(caller.identity, TRUST[caller.scope])


def visitor(request: Request, services: Services) -> Asker:
    """Somebody without a key, known by today's hash of the address."""
    address = request.client.host if request.client else ""
    secret = day_secret(services.database, datetime.now(UTC).date())
    return Asker(address_hash(secret, address), Trust.PUBLIC)
