"""Event streams: the photos as they are, then what changes, until the listing or service ends."""

import json
import threading
import time
from collections.abc import Iterator
from queue import Queue

import pytest

from serving.api.models import ListingReport, Photo, Progress
from serving.client import ApiError, Client
from tests.service import HOME, Service, picture, running
from vision.home import Home

SECONDS = 20


class Stream:
    """The events of a listing, collected by a thread."""

    def __init__(self, service: Service, listing: str) -> None:
        self.events: Queue[tuple[str, str]] = Queue()
        self.client = service.client()
        self.thread = threading.Thread(target=self._collect, args=(listing,))
        self.thread.start()

    def _collect(self, listing: str) -> None:
        with self.client:
            for event in self.client.events(listing):
                self.events.put(event)

    def until(self, name: str) -> list[tuple[str, str]]:
        """All events up to the first of this name."""
        seen: list[tuple[str, str]] = []
        while not seen or seen[-1][0] != name:
            seen.append(self.events.get(timeout=SECONDS))
        return seen

    def ended(self) -> bool:
        """Whether the stream ended by itself."""
        self.thread.join(SECONDS)
        return not self.thread.is_alive()


@pytest.fixture
def client(service: Service) -> Iterator[Client]:
    with service.client() as found:
        yield found


def test_stream_tells_what_happens(client: Client, service: Service) -> None:
    listing = client.create_listing(Home.model_validate(HOME))
    first = client.upload(listing.id, [("first.jpg", picture(1))]).results[0].photo
    stream = Stream(service, listing.id)
    start = stream.until("report")
    assert [name for name, _ in start] == ["photo", "report"]
    assert Photo.model_validate_json(start[0][1]) == first

    second = client.upload(listing.id, [("second.jpg", picture(2))]).results[0].photo
    seen = stream.until("report")
    progress = [Progress.model_validate_json(data) for name, data in seen if name == "progress"]
    stages = [one.stage for one in progress]
    assert stages == ["receiving", "waiting", "looking", "copying"]
    assert {one.file for one in progress} == {"second.jpg"}
    assert progress[-1].findings is not None
    assert second is not None
    assert progress[-1].findings == second.findings
    assert [Photo.model_validate_json(data) for name, data in seen if name == "photo"] == [second]
    report = ListingReport.model_validate_json(seen[-1][1])
    assert report == client.report(listing.id)

    client.correct(listing.id, second.id, ["kitchen"])
    changed = dict(stream.until("report"))
    assert json.loads(changed["photo"])["answer"] == ["kitchen"]

    with pytest.raises(ApiError):
        client.upload(listing.id, [("bad.jpg", b"no photo")])
    refused = Progress.model_validate_json(stream.until("progress")[-1][1])
    while refused.stage != "refused":
        refused = Progress.model_validate_json(stream.until("progress")[-1][1])
    assert refused.problem is not None
    assert refused.problem.code == "photo.unsupported"

    client.delete_photo(listing.id, second.id)
    gone = stream.until("report")
    assert ("photo.deleted", json.dumps({"id": second.id}, separators=(",", ":"))) in gone

    client.delete_listing(listing.id)
    assert stream.ended()


def test_change_by_another_process_is_seen(client: Client, service: Service) -> None:
    """What another replica does on the same database comes without a nudge."""
    listing = client.create_listing(Home.model_validate(HOME))
    stream = Stream(service, listing.id)
    stream.until("report")
    with running(service.state) as other, other.client() as there:
        there.upload(listing.id, [("a.jpg", picture(3))])
    names = [name for name, _ in stream.until("report")]
    assert names == ["photo", "report"]
    client.delete_listing(listing.id)
    assert stream.ended()


def test_streams_of_a_listing_are_bounded(client: Client, service: Service) -> None:
    listing = client.create_listing(Home.model_validate(HOME))
    streams = [Stream(service, listing.id) for _ in range(20)]
    for stream in streams:
        stream.until("report")
    with pytest.raises(ApiError) as caught:
        next(client.events(listing.id))
    assert (caught.value.problem.status, caught.value.code) == (429, "limit.rate")
    client.delete_listing(listing.id)
    assert all(stream.ended() for stream in streams)


def test_stream_ends_when_the_service_stops(tmp_path: object, service: Service) -> None:
    assert isinstance(tmp_path, type(service.state))
    with running(tmp_path) as own, own.client() as client:
        listing = client.create_listing(Home.model_validate(HOME))
        stream = Stream(own, listing.id)
        stream.until("report")
        begin = time.monotonic()
        assert own.stop() == 0
        assert time.monotonic() - begin < 10
        assert stream.ended()
