"""XML label files, read safely into plain nodes that know their line.

    root = read_xml(file, "a CVAT file")
    for box in root.all("box"): box.attributes["label"], box.line

There is no document type and no entity in such a file, so that either is refused: nothing is ever
expanded or fetched. Deep nesting is refused as well.
"""

import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

from defusedxml import DefusedXmlException  # type: ignore[import-untyped]
from defusedxml.ElementTree import DefusedXMLParser  # type: ignore[import-untyped]

from labels.formats.places import read_bytes
from vision.errors import DataError

DEEPEST = 64
"""Elements within elements; CVAT's own files have 7."""

BREAKS = {"\n": "&#10;", "\r": "&#13;", "\t": "&#9;"}
"""Blanks that a reader would otherwise turn to spaces."""


@dataclass
class Node:
    """An element; `text` is what stands before its first child."""

    tag: str
    attributes: dict[str, str]
    line: int
    text: str = ""
    children: list["Node"] = field(default_factory=list)

    def all(self, tag: str) -> Iterator["Node"]:
        """Children of that name, in order."""
        return (child for child in self.children if child.tag == tag)

    def first(self, *path: str) -> "Node | None":
        """The first child of that name, its first child of the next, and so on."""
        found: Node | None = self
        for tag in path:
            found = next(found.all(tag), None) if found else None
        return found


class _Builder:
    """Receives the parser's events."""

    def __init__(self) -> None:
        self.root: Node | None = None
        self.open: list[Node] = []
        self.texts: list[list[str]] = []
        self.parser: DefusedXMLParser | None = None

    @property
    def line(self) -> int:
        expat = self.parser.parser if self.parser else None
        return expat.CurrentLineNumber if expat else 1

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if len(self.open) >= DEEPEST:
            raise ValueError(f"elements are nested more than {DEEPEST} deep")
        node = Node(tag, dict(attributes), self.line)
        if self.open:
            self.open[-1].children.append(node)
        else:
            self.root = node
        self.open.append(node)
        self.texts.append([])

    def data(self, text: str) -> None:
        if self.open and not self.open[-1].children:
            self.texts[-1].append(text)

    def end(self, tag: str) -> None:
        self.open.pop().text = "".join(self.texts.pop())

    def close(self) -> Node | None:
        return self.root


def read_xml(file: Path, what: str) -> Node:
    """The root element. Raises DataError that names the line."""
    content = read_bytes(file, what)
    builder = _Builder()
    parser = DefusedXMLParser(target=builder, forbid_dtd=True)
    builder.parser = parser
    try:
        parser.feed(content)
        parser.close()
    except ElementTree.ParseError as error:
        line = error.position[0]
        raise DataError(f"{file}, line {line}: not XML: {error}", accepted=what) from error
    except DefusedXmlException as error:
        raise DataError(
            f"{file}, line {builder.line}: it declares a document type or an entity",
            accepted="XML without <!DOCTYPE>",
        ) from error
    except (ValueError, LookupError) as error:  # encodings that expat hands on to Python
        raise DataError(f"{file}, line {builder.line}: not XML: {error}", accepted=what) from error
    if builder.root is None:
        raise DataError(f"{file}, line 1: not XML: it has no element", accepted=what)
    return builder.root


def text(value: object) -> str:
    """Text between tags."""
    return escape(str(value), BREAKS)


def quoted(value: object) -> str:
    """An attribute's value, with its quotation marks."""
    return quoteattr(str(value), BREAKS)
