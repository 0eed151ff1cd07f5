"""Builds the image, runs it, checks it, measures it, and writes its bill of materials.

    .venv/bin/python -m deploy.image.check             # as `make image` does
    .venv/bin/python -m deploy.image.check --json > figures.json
    .venv/bin/python -m deploy.image.check --no-build --runs 31

Needs Debian's buildah, podman and runc; the base image is pulled, or with --base debootstrap made
on this machine (root, package debootstrap). Exit code 2 where the image does not do what it must.
"""

import argparse
import sys
import tempfile
from pathlib import Path

from deploy.image.base import base_name, make_base
from deploy.image.checks import check_damage, check_libraries, check_service, starts
from deploy.image.contents import Tree
from deploy.image.engine import build, compressed_bytes, has_image, image_bytes
from deploy.image.sbom import write_sbom
from training.bench.runs import figure
from training.console import note
from training.figures import Figure, FigureSet, code_version, models_used, show
from vision.errors import HomelensError

GOALS = {"image.size_mb": 500.0, "image.ready_s.2cpu": 1.5, "image.ready_s.half_cpu": 4.0}
"""What must not be exceeded."""

TOP = 14
"""Lines of the table of what fills the image."""


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="deploy.image.check", description=__doc__.split("\n")[0])
    parser.add_argument("--image", default="localhost/homelens", help="name of the image")
    parser.add_argument("--base", choices=("pull", "debootstrap"), default="pull")
    parser.add_argument("--no-build", action="store_true", help="check the image that is there")
    parser.add_argument("--runs", type=int, default=11, help="starts that are timed, each limit")
    parser.add_argument("--sbom", type=Path, default=Path("work/homelens.cdx.json"))
    parser.add_argument("--json", action="store_true", help="figures as JSON on standard output")
    return parser.parse_args()


def counted(name: str, value: float, unit: str) -> Figure:
    """A figure that is read off and has no interval."""
    return Figure(name=name, value=value, low=value, high=value, n=1, unit=unit)


def examine(wanted: argparse.Namespace, scratch: Path) -> list[Figure]:
    """Everything, in the order in which it is quickest wrong. Raises HomelensError."""
    image = wanted.image
    if not wanted.no_build:
        base = base_name()
        if wanted.base == "debootstrap" and not has_image(base):
            make_base(base)
        build(image)
    note(f"checking {image}")
    check_libraries(image)
    check_service(image, scratch)
    check_damage(image, scratch)
    tree = Tree.of(image, scratch)
    wanted.sbom.parent.mkdir(parents=True, exist_ok=True)
    listed = write_sbom(tree, wanted.sbom)
    note(f"wrote {wanted.sbom}: {listed} components, valid CycloneDX 1.6")
    note("what fills it, in MB:")
    for name, size in tree.largest(TOP):
        note(f"  {size:6.1f}  {name}")
    return [
        counted("image.size_mb", image_bytes(image) / 1e6, "MB"),
        counted("image.compressed_mb", compressed_bytes(image) / 1e6, "MB"),
        counted("image.sbom_components", listed, "components"),
        *start_figures("2cpu", starts(image, scratch, 2.0, wanted.runs)),
        *start_figures("half_cpu", starts(image, scratch, 0.5, wanted.runs)),
    ]


def start_figures(limit: str, measured: list[tuple[float, float]]) -> list[Figure]:
    """Time until ready, and the CPU time of it, which other programs hardly change."""
    seconds, used = zip(*measured, strict=True)
    return [
        figure(f"image.ready_s.{limit}", seconds, "s"),
        figure(f"image.ready_cpu_s.{limit}", used, "s of CPU"),
    ]


def main() -> None:
    """Run; say which goals are missed."""
    wanted = arguments()
    try:
        with tempfile.TemporaryDirectory() as scratch:
            figures = examine(wanted, Path(scratch))
    except HomelensError as error:
        print(f"Error: {error} [{error.code}]", file=sys.stderr)
        sys.exit(2)
    found = FigureSet(
        command="python -m deploy.image.check",
        data={},
        code=code_version(),
        models=models_used(("objects", "people", "rooms")),
        figures=tuple(figures),
    )
    show(found, wanted.json)
    for name, most in GOALS.items():
        if found.value(name) > most:
            note(f"missed: {name} is {found.value(name):.2f}, the goal is {most:g} at most")


if __name__ == "__main__":
    main()
