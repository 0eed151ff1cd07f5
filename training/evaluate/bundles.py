"""The shipped bundles that an evaluation measures, opened as the product opens them.

objects, rooms = objects_and_rooms()
"""

from typing import TYPE_CHECKING

from vision.bundle import models_folder, read_manifest

if TYPE_CHECKING:
    from vision.objects import Objects
    from vision.rooms import Rooms


def room_types() -> tuple[str, ...]:
    """The room types that the rooms bundle knows. Raises BundleError."""
    return read_manifest(models_folder() / "rooms").classes


def objects_bundle() -> "Objects":
    """The shipped detector. Raises BundleError."""
    from vision.objects import Objects

    return Objects.load(models_folder() / "objects")


def objects_and_rooms() -> "tuple[Objects, Rooms]":
    """The shipped detector and room classifier. Raises BundleError."""
    from vision.rooms import Rooms

    return objects_bundle(), Rooms.load(models_folder() / "rooms")
