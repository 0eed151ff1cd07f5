"""Who may do what: no key, service keys, sellers' tokens, labelers and admins."""

from collections.abc import Iterator

import httpx
import pytest

from serving.api.models import Listing
from serving.client import ApiError, Client
from tests.service import HOME, Service, picture, running
from vision.home import Home


@pytest.fixture(scope="module")
def key(keyed: Service) -> str:
    return keyed.make_key()


@pytest.fixture
def owner(keyed: Service, key: str) -> Iterator[Client]:
    with keyed.client(key) as found:
        yield found


@pytest.fixture
def listing(owner: Client) -> Listing:
    return owner.create_listing(Home.model_validate(HOME))


def refused(call: object, *arguments: object) -> int:
    """The status with which a client's call is refused."""
    assert callable(call)
    with pytest.raises(ApiError) as caught:
        call(*arguments)
    return caught.value.problem.status


def test_without_key_only_this_machine_is_served(service: Service) -> None:
    url = f"{service.url}/v1/listings"
    assert httpx.get(url).status_code == 200
    for headers in (
        {"Host": "homelens.example"},
        {"Host": "["},
        {"Origin": "http://["},
        {"Origin": "null"},
        {"Origin": "https://elsewhere.example"},
        {"Sec-Fetch-Site": "cross-site"},
        {"X-Forwarded-For": "203.0.113.7"},
        {"Authorization": "Bearer hlk_unknown"},
        {"Authorization": "Basic eDp5"},
    ):
        got = httpx.get(url, headers=headers)
        assert (got.status_code, got.json()["code"]) == (401, "auth.required"), headers
    assert any("this machine only" in line for line in service.said)


def test_with_a_key_nobody_comes_without(keyed: Service) -> None:
    got = httpx.get(f"{keyed.url}/v1/listings")
    assert got.status_code == 401
    assert got.headers["www-authenticate"].startswith("Bearer")
    for wrong in ("Bearer hlk_wrong", "Bearer", "Basic abc", "Bearer " + "ü" * 10):
        headers = {"Authorization": wrong.encode()}
        assert httpx.get(f"{keyed.url}/v1/listings", headers=headers).status_code == 401
    assert httpx.get(f"{keyed.url}/v1/info").json()["keys_required"] is True


def test_key_sees_its_own_listings_alone(keyed: Service, owner: Client, listing: Listing) -> None:
    photo = owner.upload(listing.id, [("a.jpg", picture(1))]).results[0].photo
    assert photo is not None
    with keyed.client(keyed.make_key()) as other:
        assert other.listings().listings == ()
        assert refused(other.listing, listing.id) == 404
        assert refused(other.upload, listing.id, [("b.jpg", picture(2))]) == 404
        assert refused(other.correct, listing.id, photo.id, ["kitchen"]) == 404
        assert refused(other.original, listing.id, photo.id) == 404
        assert refused(other.delete_photo, listing.id, photo.id) == 404
        assert refused(other.delete_listing, listing.id) == 404
    assert owner.listing(listing.id).photos == (photo,)


def test_revoked_key_opens_nothing(keyed: Service) -> None:
    secret = keyed.make_key()
    with keyed.client(secret) as client:
        client.listings()
        listed = keyed.command("keys", "list", "--json").stdout
        assert secret not in listed
        newest = listed.rsplit('"id": "', 1)[1].split('"')[0]
        assert keyed.command("keys", "revoke", newest).returncode == 0
        assert refused(client.listings) == 401


def test_seller_token_is_bound_to_one_listing(
    keyed: Service, owner: Client, listing: Listing
) -> None:
    token = owner.token(listing.id)
    assert token.page == f"/listings/{listing.id}#{token.token}"
    with keyed.client(token.token) as seller:
        assert seller.listing(listing.id).id == listing.id
        assert seller.upload(listing.id, [("a.jpg", picture(3))]).stored == 1
        other = owner.create_listing(Home.model_validate(HOME))
        assert refused(seller.listing, other.id) == 404
        assert refused(seller.listings) == 403
        assert refused(seller.create_listing, Home.model_validate(HOME)) == 403
        assert refused(seller.token, listing.id) == 403
        assert refused(seller.corrections) == 403
        assert refused(seller.check, Home.model_validate(HOME), [("a.jpg", picture(3))]) == 403


def test_original_is_for_its_uploader_alone(
    keyed: Service, owner: Client, listing: Listing
) -> None:
    theirs, ours = picture(4), picture(5)
    with keyed.client(owner.token(listing.id).token) as seller:
        by_seller = seller.upload(listing.id, [("seller.jpg", theirs)]).results[0].photo
        by_owner = owner.upload(listing.id, [("owner.jpg", ours)]).results[0].photo
        assert by_seller is not None
        assert by_owner is not None
        assert seller.original(listing.id, by_seller.id) == theirs
        assert owner.original(listing.id, by_owner.id) == ours
        assert refused(seller.original, listing.id, by_owner.id) == 403
        assert refused(owner.original, listing.id, by_seller.id) == 403
    with keyed.client(owner.token(listing.id).token) as later:
        assert later.original(listing.id, by_seller.id) == theirs
    with keyed.client(keyed.make_key("admin")) as admin:
        assert refused(admin.original, listing.id, by_owner.id) == 403
        assert admin.download(str(by_owner.copy_.url))


def test_admin_sees_and_deletes_every_listing(
    keyed: Service, owner: Client, listing: Listing
) -> None:
    with keyed.client(keyed.make_key("admin")) as admin:
        assert listing.id in {head.id for head in admin.listings(limit=200).listings}
        assert admin.report(listing.id).listing == listing.id
        assert refused(admin.create_listing, Home.model_validate(HOME)) == 403
        assert refused(admin.upload, listing.id, [("a.jpg", picture(6))]) == 404
        admin.delete_listing(listing.id)
    assert refused(owner.listing, listing.id) == 404


def test_labeler_reads_corrections(keyed: Service, owner: Client, listing: Listing) -> None:
    photo = owner.upload(listing.id, [("a.jpg", picture(7))]).results[0].photo
    assert photo is not None
    owner.correct(listing.id, photo.id, ["kitchen"])
    assert refused(owner.corrections) == 403
    with keyed.client(keyed.make_key("labeler")) as labeler:
        newest = labeler.corrections(limit=200).corrections[-1]
        assert (newest.photo, newest.rooms) == (photo.id, ("kitchen",))
        assert newest.by.startswith("key:key_")
        assert refused(labeler.listing, listing.id) == 404
        assert refused(labeler.listings) == 403


def test_token_expires(keyed: Service, owner: Client, listing: Listing) -> None:
    import sqlite3

    token = owner.token(listing.id, minutes=1)
    with keyed.client(token.token) as seller:
        seller.listing(listing.id)
        with sqlite3.connect(keyed.state / "homelens.db", timeout=10) as database:
            database.execute("UPDATE tokens SET expires_at = '2020-01-01 00:00:00.000000'")
        assert refused(seller.listing, listing.id) == 401
    assert refused(owner.token, listing.id, 100_000) == 422


def test_rate_of_a_key_is_limited(keyed: Service) -> None:
    with keyed.client(keyed.make_key("service", "--rate", "5")) as client:
        for _ in range(5):
            client.listings()
        with pytest.raises(ApiError) as caught:
            client.listings()
        assert caught.value.code == "limit.rate"
        assert caught.value.problem.status == 429
        assert caught.value.retry_after
        assert 1 <= caught.value.retry_after <= 60


def test_size_of_a_keys_photos_is_limited(keyed: Service) -> None:
    limit = len(picture(8)) - 1
    with keyed.client(keyed.make_key("service", "--max-bytes", str(limit))) as client:
        listing = client.create_listing(Home.model_validate(HOME))
        with pytest.raises(ApiError) as caught:
            client.upload(listing.id, [("a.jpg", picture(8))])
        assert (caught.value.problem.status, caught.value.code) == (413, "photo.too_large")


def test_open_address_needs_a_key(keyed: Service, tmp_path: object) -> None:
    assert isinstance(tmp_path, type(keyed.state))
    done = keyed.command("keys", "create", "x", "--scope", "king")
    assert done.returncode == 2
    assert "service, labeler, admin" in done.stderr
    from tests.homelens_command import homelens

    refused_start = homelens("serve", "--host", "0.0.0.0", "--port", "0", STATE=str(tmp_path))
    assert refused_start.returncode == 2
    assert "no key is configured" in refused_start.stderr
    assert homelens("keys", "create", "x", STATE=str(tmp_path)).returncode == 0
    with running(tmp_path, "--host", "0.0.0.0") as open_service:
        port = open_service.url.rsplit(":", 1)[1]
        assert httpx.get(f"http://127.0.0.1:{port}/v1/listings").status_code == 401
