"""Writes measured figures into a bundle's manifest, each with the name of its data set.

    homelens evaluate rooms work/rooms/test/places --json > places.json
    homelens export figures models/rooms "places, test part=places.json"

Figures that were measured with another model file are refused.
"""

from collections.abc import Mapping
from pathlib import Path

from pydantic import ValidationError

from training.figures import FigureSet
from training.manifests import write_manifest
from vision.bundle import Metric, read_manifest
from vision.errors import DataError


def record(bundle: Path, files: Mapping[str, Path]) -> int:
    """Replace the bundle's metrics by those of `files` (set name to JSON); how many there are.

    Raises DataError for a file that holds no figures or those of another model.
    """
    manifest = read_manifest(bundle)
    metrics = []
    for name, file in files.items():
        try:
            measured = FigureSet.model_validate_json(file.read_text(encoding="utf-8"))
        except (OSError, ValueError, ValidationError) as error:
            raise DataError(
                f"{file} holds no figures: {error}", accepted="what an evaluate command prints"
            ) from error
        used = measured.models.get(manifest.name)
        if used != manifest.sha256:
            raise DataError(
                f"{file} was measured with {manifest.name} {str(used)[:12]}, not with this file",
                do="evaluate again",
            )
        metrics += [Metric(**figure.model_dump(), data=name) for figure in measured.figures]
    write_manifest(bundle, manifest.model_copy(update={"metrics": tuple(metrics)}))
    return len(metrics)
