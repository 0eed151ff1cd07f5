"""The report of an evaluation: evaluation.json and report.html, one file that loads nothing.

    write_report(Path("report"), figure_set, valued, market)

Maps show zones at their middles: how large errors are there, and whether values are too high or too
low. Markets without coordinates get the tables alone.
"""

import json
from html import escape
from pathlib import Path
from typing import Any

import jinja2
import numpy as np
from numpy.typing import NDArray

from avm.market import Market
from avm.zones import METRES_PER_DEGREE, metres_per_longitude
from training.avm.evaluate import OF_GROUPS, Valued
from training.console import note
from training.figures import Figure, FigureSet
from vision.errors import DataError

Floats = NDArray[np.float64]

KINDS = {"tier": "By confidence", "band": "By price", "month": "By month", "zone": "By zone"}
MOST_ROWS = 60
SMALLEST = 10
"""Test homes of a zone that is drawn."""

SIZE = 460
WORST, OFF = 0.2, 0.1
"""Errors and biases at which a map's colour is the darkest."""


def write_report(out: Path, found: FigureSet, valued: Valued, market: Market) -> None:
    """Both files. Raises DataError where `out` is a file."""
    if out.exists() and not out.is_dir():
        raise DataError(f"{out} is not a folder", do="name another folder with --out")
    out.mkdir(parents=True, exist_ok=True)
    text = json.dumps(json.loads(found.model_dump_json()), ensure_ascii=False, indent=1) + "\n"
    (out / "evaluation.json").write_text(text, encoding="utf-8")
    (out / "report.html").write_text(html(found, valued, market), encoding="utf-8")
    note(f"wrote {out / 'evaluation.json'} and {out / 'report.html'}")


def html(found: FigureSet, valued: Valued, market: Market) -> str:
    """The page."""
    folder = jinja2.FileSystemLoader(Path(__file__).parent)
    pages = jinja2.Environment(loader=folder, autoescape=True, undefined=jinja2.StrictUndefined)
    overall = [one for one in found.figures if _group(one.name) is None]
    return pages.get_template("report.html.j2").render(
        title=f"Values of {market.adapter.title}",
        command=found.command,
        code=found.code,
        models=valued.models,
        overall=[_row(one) for one in overall],
        maps=maps(valued),
        columns=list(OF_GROUPS),
        tables=[table for kind in KINDS if (table := _table(kind, found))],
    )


def _group(name: str) -> tuple[str, str, str] | None:
    """Figure, kind of group and its name; None for figures of all homes."""
    _, figure, *rest = name.split(".", 3)
    return (figure, rest[0], rest[1]) if len(rest) == 2 and rest[0] in KINDS else None


def said(value: float, unit: str) -> str:
    """A value for people: shares in percent."""
    return f"{value * 100:.1f}%" if unit.startswith("share") else f"{value:.3f}"


def _row(one: Figure) -> dict[str, str]:
    return {
        "name": one.name.removeprefix("avm."),
        "value": said(one.value, one.unit),
        "low": said(one.low, one.unit),
        "high": said(one.high, one.unit),
        "n": f"{one.n:,}",
    }


def _table(kind: str, found: FigureSet) -> dict[str, Any] | None:
    groups: dict[str, dict[str, Figure]] = {}
    for one in found.figures:
        parts = _group(one.name)
        if parts is not None and parts[1] == kind:
            groups.setdefault(parts[2], {})[parts[0]] = one
    if not groups:
        return None
    names = sorted(groups)
    if kind == "zone":
        names.sort(key=lambda name: -groups[name]["mdape"].n)
    rows = []
    for name in names[:MOST_ROWS]:
        own = groups[name]
        cells = [
            {
                "value": said(own[figure].value, own[figure].unit),
                "between": f"{said(own[figure].low, own[figure].unit)} to "
                f"{said(own[figure].high, own[figure].unit)}",
            }
            if figure in own
            else {"value": "", "between": ""}
            for figure in OF_GROUPS
        ]
        rows.append({"name": name, "n": f"{next(iter(own.values())).n:,}", "cells": cells})
    left = len(names) - len(rows)
    return {
        "title": KINDS[kind],
        "kind": kind,
        "rows": rows,
        "left_out": f"{left} zones" if left else "",
    }


def maps(valued: Valued) -> list[str]:
    """A map of the median error and one of the bias; none without coordinates."""
    points = zone_points(valued)
    if len(points) < 2:
        return []
    return [
        draw_map(
            [
                (x, y, n, mdape, _warm(mdape / WORST), f"{name}: {mdape:.1%}, {n} homes")
                for name, x, y, n, mdape, _ in points
            ],
            f"Median error by zone, dark from {WORST:.0%}",
        ),
        draw_map(
            [
                (x, y, n, off, _both(off / OFF), f"{name}: {off:+.1%}, {n} homes")
                for name, x, y, n, _, off in points
            ],
            f"Values too low (blue) or too high (red), dark from {OFF:.0%}",
        ),
    ]


def zone_points(valued: Valued) -> list[tuple[str, float, float, int, float, float]]:
    """Zone, metres east and north, homes, median error and bias."""
    known = np.isfinite(valued.latitude) & np.isfinite(valued.longitude)
    if not known.any():
        return []
    middle = float(np.median(valued.latitude[known]))
    found = []
    for name in sorted({str(zone) for zone in valued.zone if zone is not None}):
        rows = (valued.zone == name) & known
        n = int(rows.sum())
        if n < SMALLEST:
            continue
        ratio = valued.value[rows] / valued.price[rows]
        east = float(np.median(valued.longitude[rows])) * metres_per_longitude(middle)
        north = float(np.median(valued.latitude[rows])) * METRES_PER_DEGREE
        error, off = float(np.median(np.abs(ratio - 1))), float(np.median(ratio) - 1)
        found.append((name, east, north, n, error, off))
    return found


def draw_map(points: list[tuple[float, float, int, float, str, str]], title: str) -> str:
    """Circles at zones, as large as they have homes; the title of each on pointing at it."""
    at = np.array([(x, y) for x, y, *_ in points])
    low, high = at.min(axis=0), at.max(axis=0)
    reach = float(max(high - low)) or 1.0
    scale = (SIZE - 80) / reach
    most = max(n for _, _, n, *_ in points)
    rows = []
    for x, y, n, _, colour, words in sorted(points, key=lambda point: -point[2]):
        cx = 40 + (x - low[0]) * scale
        cy = SIZE - 40 - (y - low[1]) * scale
        radius = 3 + 11 * (n / most) ** 0.5
        rows.append(
            f'<circle cx="{cx:.1f}" cy="{cy:.1f}" r="{radius:.1f}" fill="{colour}" '
            f'stroke="#495057" stroke-width="0.5"><title>{escape(words)}</title></circle>'
        )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {SIZE} {SIZE}" width="{SIZE}" '
        f'role="img" font-family="system-ui, sans-serif" font-size="13">'
        f'<rect width="{SIZE}" height="{SIZE}" fill="#f8f9fa"/>'
        f'<text x="14" y="22">{escape(title)}</text>{"".join(rows)}</svg>'
    )


def _warm(part: float) -> str:
    return _mixed((255, 245, 220), (200, 30, 30), min(1.0, max(0.0, part)))


def _both(part: float) -> str:
    end = (200, 30, 30) if part > 0 else (20, 80, 180)
    return _mixed((250, 250, 250), end, min(1.0, abs(part)))


def _mixed(one: tuple[int, int, int], other: tuple[int, int, int], part: float) -> str:
    return "#" + "".join(
        f"{round(a + (b - a) * part):02x}" for a, b in zip(one, other, strict=True)
    )
