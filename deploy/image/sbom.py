"""The image's bill of materials, as CycloneDX 1.6: Debian and Python packages, pages, models.

    write_sbom(tree, Path("homelens.cdx.json"))        # the number of components

Read from what is in the image, not from what was asked for. The pages' packages are those of the
lock file that are no development tools: their code is inside the built scripts. The file is
validated against the CycloneDX schema before it is written.
"""

import json
from collections.abc import Iterator
from email.parser import HeaderParser
from importlib.metadata import distributions
from pathlib import Path

from cyclonedx.contrib.license.factories import LicenseFactory
from cyclonedx.model import HashAlgorithm, HashType
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.model.license import DisjunctiveLicense, LicenseExpression
from cyclonedx.output.json import JsonV1Dot6
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from packageurl import PackageURL

from deploy.image.contents import Tree
from deploy.image.engine import ROOT
from vision.bundle import read_manifest
from vision.errors import HomelensError
from vision.privacy import homelens_version


class SbomInvalid(HomelensError):
    """The bill of materials does not agree with the CycloneDX schema."""

    code = "image.sbom"


def write_sbom(tree: Tree, out: Path) -> int:
    """Write the file. Raises SbomInvalid."""
    bom = Bom(components=[*debian(tree), *python(tree), *pages(), *models(tree)])
    bom.metadata.component = Component(
        name="homelens",
        version=homelens_version(),
        type=ComponentType.CONTAINER,
        licenses=licences("AGPL-3.0-only"),
    )
    bom.register_dependency(bom.metadata.component, bom.components)
    text = JsonV1Dot6(bom).output_as_string(indent=1)
    wrong = JsonStrictValidator(SchemaVersion.V1_6).validate_str(text)
    if wrong is not None:
        raise SbomInvalid(f"the bill of materials is not valid: {wrong}")
    out.write_text(text + "\n", encoding="utf-8")
    return len(bom.components)


def licences(text: str | None) -> list[DisjunctiveLicense | LicenseExpression]:
    """A licence as its author put it: SPDX where it is, else by name."""
    name = (text or "").strip()
    if not name or len(name) > 120 or "\n" in name:  # the whole text instead of a name
        return []
    return [LicenseFactory().make_from_string(name)]


def debian(tree: Tree) -> Iterator[Component]:
    """The packages that Python stands on, by dpkg's own entries."""
    for path in sorted((tree.folder / "var/lib/dpkg/status.d").iterdir()):
        entry = HeaderParser().parsestr(path.read_text(encoding="utf-8"))
        name, version = entry["Package"], entry["Version"]
        yield Component(
            name=name,
            version=version,
            type=ComponentType.LIBRARY,
            bom_ref=f"deb/{name}",
            purl=PackageURL("deb", "debian", name, version, {"arch": entry["Architecture"]}),
        )


def python(tree: Tree) -> Iterator[Component]:
    """The distributions in the virtual environment."""
    for found in distributions(path=[str(tree.packages)]):
        name, version = found.metadata["Name"], found.version
        said = found.metadata["License-Expression"] or found.metadata["License"]
        yield Component(
            name=name,
            version=version,
            type=ComponentType.LIBRARY,
            bom_ref=f"pypi/{name}",
            purl=PackageURL("pypi", None, name.lower(), version),
            licenses=licences(said),
        )


def pages() -> Iterator[Component]:
    """What is built into the pages' scripts."""
    lock = json.loads((ROOT / "serving/web/package-lock.json").read_text(encoding="utf-8"))
    for path, entry in lock["packages"].items():
        name = path.rpartition("node_modules/")[2]
        if name and not entry.get("dev") and not entry.get("optional"):
            scope, _, short = name.rpartition("/")
            yield Component(
                name=name,
                version=entry["version"],
                type=ComponentType.LIBRARY,
                bom_ref=f"npm/{path}",
                purl=PackageURL("npm", scope or None, short, entry["version"]),
                licenses=licences(entry.get("license")),
            )


def models(tree: Tree) -> Iterator[Component]:
    """The bundles, with the hash of the model and the licences of what it was made of."""
    root = tree.packages / "models"
    for path in sorted(root.rglob("manifest.json")):
        place = path.parent.relative_to(root).as_posix()
        entry = json.loads(path.read_text(encoding="utf-8"))
        yield Component(
            name=f"homelens/{place}",
            version=str(entry["version"]),
            type=ComponentType.MACHINE_LEARNING_MODEL,
            bom_ref=f"model/{place}",
            hashes=[HashType(alg=HashAlgorithm.SHA_256, content=hash_of(path.parent, entry))],
            description="; ".join(f"{what}: {name}" for what, name in entry["licences"].items()),
        )


def hash_of(folder: Path, entry: dict[str, object]) -> str:
    """The model's hash as its manifest has it. Raises BundleDamaged where there is none."""
    found = entry.get("sha256")
    return found if isinstance(found, str) else read_manifest(folder).sha256
