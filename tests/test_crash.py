"""Kill -9 in the middle of uploads, again and again: nothing that was acknowledged is lost.

.venv/bin/pytest tests/test_crash.py -s         # prints what was acknowledged and found
"""

import random
import threading
import time
from pathlib import Path

import httpx

from serving.api.models import Photo
from serving.client import Client
from tests.service import Service, launch, picture, wait_until_ready
from tests.thorough import often
from vision.home import Home

KILLS = often(10, thorough=30)
UPLOADERS = 4
"""At once: each kill cuts as many uploads in the middle."""


class Uploader(threading.Thread):
    """Creates a listing and uploads to it until the service dies; deletes every second photo."""

    def __init__(self, service: Service, seed: int) -> None:
        super().__init__()
        self.client, self.seed = Client(service.url, attempts=1), seed
        self.listing = ""
        self.acknowledged: dict[str, Photo] = {}
        self.deleted: set[str] = set()

    def run(self) -> None:
        with self.client:
            try:
                self.listing = self.client.create_listing(
                    Home(type="house", bedrooms=1, bathrooms=1)
                ).id
                for number in range(90):
                    data = picture(self.seed * 100 + number)
                    found = self.client.upload(self.listing, [(f"{number}.jpg", data)])
                    photo = found.results[0].photo
                    assert photo is not None
                    self.acknowledged[photo.id] = photo
                    if (self.seed + number) % 2:
                        self.deleted.add(photo.id)  # from here on it may be gone
                        self.client.delete_photo(self.listing, photo.id)
            except httpx.TransportError:
                return


def test_nothing_acknowledged_is_lost(tmp_path: Path) -> None:
    moments = random.Random(7)
    uploaders: list[Uploader] = []
    for kill in range(KILLS):
        service = launch(tmp_path, RATE_PER_MINUTE="1000000", QUEUE_SECONDS="60")
        try:
            wait_until_ready(service)
            own = [Uploader(service, UPLOADERS * kill + number) for number in range(UPLOADERS)]
            for uploader in own:
                uploader.start()
            patience = time.monotonic() + 20
            while not any(one.acknowledged for one in own) and time.monotonic() < patience:
                time.sleep(0.01)
            time.sleep(moments.uniform(0, 1))
        finally:
            service.end()
        for uploader in own:
            uploader.join()
        uploaders += own
    acknowledged = sum(len(one.acknowledged) for one in uploaders)
    deleted = sum(len(one.deleted) for one in uploaders)
    assert acknowledged >= KILLS
    assert deleted

    service = launch(tmp_path)
    try:
        wait_until_ready(service)
        with Client(service.url) as client:
            rows = compare(client, uploaders)
    finally:
        assert service.stop() == 0
        service.end()
    before = service.stored()
    swept = service.command("sweep", "--grace-minutes", "0", "--json")
    assert swept.returncode == 0, swept.stderr
    after = service.stored()
    assert set(after) == rows
    assert list((tmp_path / "incoming").iterdir()) == []
    print(
        f"\n{KILLS} kills: {acknowledged} photos acknowledged, 0 lost; {deleted} deleted; "
        f"{len(before) - len(after)} orphaned files swept, 0 left"
    )


def compare(client: Client, uploaders: list[Uploader]) -> set[str]:
    """Check all that was acknowledged against what is there; gives the files that should be."""
    files: set[str] = set()
    for uploader in uploaders:
        if not uploader.listing:
            continue
        there = {photo.id: photo for photo in client.listing(uploader.listing).photos}
        for photo_id, photo in uploader.acknowledged.items():
            if photo_id in uploader.deleted and photo_id not in there:
                continue
            assert there[photo_id] == photo
            number = int(photo.name.removesuffix(".jpg"))
            data = picture(uploader.seed * 100 + number)
            assert client.original(uploader.listing, photo_id) == data
            assert client.download(str(photo.copy_.url))[:2] == b"\xff\xd8"
        # A photo that is there without an answer was stored whole before the kill.
        for photo_id in there:
            names = ("original", "copy.jpg", "thumbnail.jpg")
            files |= {f"listings/{uploader.listing}/{photo_id}/{name}" for name in names}
    return files
