"""The Python client of the HTTP API: typed, synchronous or not, and patient.

    from serving.client import Client

    with Client("http://127.0.0.1:8000", key) as homelens:
        listing = homelens.create_listing(Home(type="house", bedrooms=2, bathrooms=1))
        homelens.upload(listing.id, [Path("kitchen.jpg")])
        print(homelens.report(listing.id).report.complete)

`AsyncClient` has the same methods to be awaited. What fails for a while (a broken connection, 429,
502, 503, 504) is sent again, after Retry-After where the service names it, with the same
Idempotency-Key: nothing happens twice. Answers are the models of serving/api/models.py; errors are
`ApiError` with the service's problem.
"""

from serving.client.aio import AsyncClient
from serving.client.calls import ApiError, File
from serving.client.sync import Client

__all__ = ["ApiError", "AsyncClient", "Client", "File"]
