"""How well attributes are read from listing descriptions, against labels.

    homelens evaluate text sentences.jsonl

    rows = read_labels(path)
    figures = score(rows, [read_text(row.text) for row in rows])      # pure

One line of the file is one description with everything that it states, and nothing else:

    {"language": "en", "text": "2-bed flat, no lift", "attributes": {"bedrooms": 2, "lift": false},
     "spans": {"bedrooms": [[0, 5]], "lift": [[12, 19]]}}

A value is right when attribute and value are the label's; a wrong value counts as one too many and
one missed. The language is recognised, not given. Whole descriptions are resampled for the
intervals. `text.evidence` is the share of right values whose span touches the labelled one.
"""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, StrictBool, StrictFloat, StrictInt, StrictStr, ValidationError

from avm.text.found import ATTRIBUTES, Reading
from training.figures import Figure, share
from training.intervals import percentiles, resamples, wilson
from vision.errors import DataError
from vision.findings import Frozen

Counts = NDArray[np.float64]
RIGHT, EXTRA, MISSED = range(3)


class LabelledText(Frozen):
    """One description and all that it states."""

    language: str
    text: str
    attributes: dict[str, StrictBool | StrictInt | StrictFloat | StrictStr]
    spans: dict[str, tuple[tuple[int, int], ...]] = Field(
        {}, description="where each attribute is stated, once or more"
    )


def read_labels(path: Path) -> list[LabelledText]:
    """The lines of the file. Raises DataError that names the first line that is wrong."""
    accepted = '{"language": "en", "text": "No lift", "attributes": {"lift": false}}'
    if not path.is_file():
        raise DataError(f"{path} is missing", accepted=f"a file of lines such as {accepted}")
    rows = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if not line.strip():
            continue
        try:
            row = LabelledText.model_validate_json(line)
        except ValidationError as error:
            raise DataError(f"{path}, line {number}: {error}", accepted=accepted) from error
        unknown = sorted(set(row.attributes) - set(ATTRIBUTES))
        if unknown:
            raise DataError(
                f"{path}, line {number}: unknown attributes {unknown}",
                accepted=", ".join(ATTRIBUTES),
            )
        rows.append(row)
    if not rows:
        raise DataError(f"{path} holds no line", accepted=accepted)
    return rows


def right(row: LabelledText, reading: Reading, attribute: str) -> bool:
    """Whether both have the attribute with the same value; True is not 1."""
    found, label = reading.values(), row.attributes
    if attribute not in found or attribute not in label:
        return False
    mine, wanted = found[attribute], label[attribute]
    return isinstance(mine, bool) is isinstance(wanted, bool) and mine == wanted


def tally(row: LabelledText, reading: Reading, attributes: Iterable[str]) -> tuple[int, int, int]:
    """Right, too many and missed values among these attributes of one description."""
    found, label = set(reading.values()), set(row.attributes)
    names = set(attributes)
    hits = {name for name in found & label & names if right(row, reading, name)}
    return len(hits), len((found & names) - hits), len((label & names) - hits)


def score(rows: Sequence[LabelledText], readings: Sequence[Reading]) -> list[Figure]:
    """text.f1, .precision and .recall, in all, per language and per attribute, and the rest."""
    pairs = list(zip(rows, readings, strict=True))
    figures = _measures("", _table(pairs, ATTRIBUTES))
    for language in sorted({row.language for row in rows}):
        spoken = [pair for pair in pairs if pair[0].language == language]
        figures += _measures(f".{language}", _table(spoken, ATTRIBUTES))
    for attribute in ATTRIBUTES:
        figures += _measures(f".{attribute}", _table(pairs, [attribute]))
    known = sum(reading.language == row.language for row, reading in pairs)
    figures.append(share("text.language", known, len(pairs)))
    if evidence := _evidence(pairs):
        figures.append(share("text.evidence", sum(evidence), len(evidence)))
    return figures


def _table(pairs: Sequence[tuple[LabelledText, Reading]], attributes: Sequence[str]) -> Counts:
    """(n, 3) counts of the descriptions in which any of the attributes is stated or read."""
    counts = [tally(row, reading, attributes) for row, reading in pairs]
    involved = [one for one in counts if len(attributes) > 1 or any(one)]
    return np.array(involved, dtype=np.float64).reshape(-1, 3)


def _measures(suffix: str, counts: Counts) -> list[Figure]:
    if not counts.sum():
        return []
    drawn = resamples(len(counts)) @ counts
    total = counts.sum(axis=0)
    figures = []
    for name, measure in (("f1", f1), ("precision", precision), ("recall", recall)):
        value = float(measure(total[None])[0])
        if np.isnan(value):
            continue
        low, high = percentiles(measure(drawn))
        if value in (0.0, 1.0):
            # resampling shows no uncertainty where all is right, or nothing
            low, high = wilson(value * len(counts), len(counts))
        figures.append(
            Figure(
                name=f"text.{name}{suffix}",
                value=value,
                low=min(low, value),
                high=max(high, value),
                n=len(counts),
                unit="share",
            )
        )
    return figures


def f1(counts: Counts) -> Counts:
    """Harmonic mean of precision and recall of each row of counts; nan where there is nothing."""
    return _ratio(2 * counts[:, RIGHT], 2 * counts[:, RIGHT] + counts[:, EXTRA] + counts[:, MISSED])


def precision(counts: Counts) -> Counts:
    """Share of the read values that are right."""
    return _ratio(counts[:, RIGHT], counts[:, RIGHT] + counts[:, EXTRA])


def recall(counts: Counts) -> Counts:
    """Share of the stated values that were read."""
    return _ratio(counts[:, RIGHT], counts[:, RIGHT] + counts[:, MISSED])


def _ratio(part: Counts, whole: Counts) -> Counts:
    return np.divide(part, whole, out=np.full_like(part, np.nan), where=whole > 0)


def _evidence(pairs: Sequence[tuple[LabelledText, Reading]]) -> list[bool]:
    """For each right value with a labelled span, whether the span that was read touches one."""
    touches = []
    for row, reading in pairs:
        for one in reading.found:
            spans = row.spans.get(one.attribute, ())
            if spans and right(row, reading, one.attribute):
                touches.append(any(one.start < end and start < one.end for start, end in spans))
    return touches


def mistakes(rows: Sequence[LabelledText], readings: Sequence[Reading]) -> Mapping[str, int]:
    """How many values of each attribute are wrong, the most common first."""
    wrong = {
        attribute: sum(
            sum(tally(row, reading, [attribute])[1:])
            for row, reading in zip(rows, readings, strict=True)
        )
        for attribute in ATTRIBUTES
    }
    return {name: count for name, count in sorted(wrong.items(), key=lambda w: -w[1]) if count}


def evaluate_text(path: Path) -> list[Figure]:
    """Read every description of the file and score. Raises DataError."""
    from avm.text.reader import read_text
    from training.console import note

    rows = read_labels(path)
    readings = [read_text(row.text) for row in rows]
    for attribute, count in mistakes(rows, readings).items():
        note(f"{count} wrong or missed: {attribute}")
    return score(rows, readings)
