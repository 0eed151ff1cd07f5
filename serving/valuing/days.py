"""The day's secret, and what is made with it: keyed hashes, and the key that signs challenges.

    secret = day_secret(database, today)
    address_hash(secret, "203.0.113.9")       # the same all day, on every replica; not tomorrow

A day is one of UTC. Secrets are random, shared by the replicas through the database, and deleted
two days later: from then on nobody can tell which address a hash was of.
"""

import hashlib
import hmac
import ipaddress
import secrets
from datetime import date

from sqlalchemy.exc import IntegrityError

from serving.store.database import Database
from serving.store.valuation_tables import DaySecretRow

NETWORK_6 = 64
"""Bits of an IPv6 address that are one customer's: the rest is theirs to choose."""


def day_secret(database: Database, day: date) -> bytes:
    """The secret of a day, made when it is first asked for."""
    with database.read() as session:
        row = session.get(DaySecretRow, day)
    if row is not None:
        return row.secret
    try:
        with database.write() as session:
            session.add(DaySecretRow(day=day, secret=secrets.token_bytes(32)))
    except IntegrityError:
        pass  # another replica was first: what it made counts
    with database.read() as session:
        return session.get_one(DaySecretRow, day).secret


def find_secret(database: Database, day: date) -> bytes | None:
    """The secret of a day, if it was made and is still kept."""
    with database.read() as session:
        row = session.get(DaySecretRow, day)
    return row.secret if row is not None else None


def keyed(secret: bytes, purpose: str, text: str, digits: int = 32) -> str:
    """A hash that says nothing without the secret; purposes do not meet."""
    return hmac.new(secret, f"{purpose}\0{text}".encode(), hashlib.sha256).hexdigest()[:digits]


def address_hash(secret: bytes, address: str) -> str:
    """The hash of a client's address; of IPv6 the network alone counts."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return keyed(secret, "address", address)
    if isinstance(found, ipaddress.IPv6Address):
        if found.ipv4_mapped is not None:
            return keyed(secret, "address", str(found.ipv4_mapped))
        found = ipaddress.ip_network((found, NETWORK_6), strict=False).network_address
    return keyed(secret, "address", str(found))
