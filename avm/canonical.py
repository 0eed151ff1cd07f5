"""From the rows of a file to columns of the canonical record, as an adapter says.

    frame, findings = to_canonical(rows, adapter)

Every field is a column, known or not; every detail a column "x_NAME"; `row` is the row's number in
the file from 0, and `codes` the adapter's own `drop` and `remark` rules that hold for it. What
cannot be read as the field's kind becomes None and is a finding; nothing is judged here.
"""

import re
from collections.abc import Iterable, Mapping

import polars as pl

from avm.adapter import UNITS, Adapter, ColumnRule, NamedRule
from avm.expressions import compile_expression
from avm.market_report import Finding
from avm.schema import DETAIL, EXTRAS, FIELDS, NUMBERS, PRICES, WORDS
from vision.errors import AdapterError, ExpressionError, HomelensError, MarketError

EXAMPLES = 5

YES = ("true", "yes", "y", "t", "1", "sì", "si", "sí", "tak", "ja", "oui")
NO = ("false", "no", "n", "f", "0", "nie", "nej", "nein", "non")

WHOLE = 2.0**53
"""Above this a float is no longer exact, and its text is left as it is."""

MOJIBAKE = re.compile("[\u00c2-\u00f4][\u0080-\u00bf]+")
"""UTF-8 bytes that were read as Latin-1."""


def to_canonical(rows: pl.DataFrame, adapter: Adapter) -> tuple[pl.DataFrame, list[Finding]]:
    """Canonical columns of all rows, and what could not be read. Raises MarketError."""
    if adapter.repair_text:
        rows = repaired(rows)
    reader = _Reader(rows)
    columns = [pl.int_range(rows.height, eager=True, dtype=pl.UInt32).alias("row")]
    constants = {
        "market": adapter.market,
        "price_kind": adapter.price_kind,
        "location_precision": adapter.location.precision,
    }
    for name in FIELDS:
        if name in constants:
            columns.append(pl.repeat(constants[name], rows.height, eager=True).alias(name))
            continue
        rule = adapter.columns.get(name) or (zone_rule(adapter) if name == "zone" else None)
        columns.append(reader.field(name, rule))
    for name, rule in adapter.details.items():
        columns.append(reader.number(DETAIL + name, rule))
    columns.append(reader.codes([*adapter.drop, *adapter.remark]))
    return pl.DataFrame(columns), reader.findings


def zone_rule(adapter: Adapter) -> ColumnRule | None:
    """The rule by which a zone is read from the file; None where it is made from locations."""
    zone = adapter.zone
    if zone.field is not None:
        return adapter.columns[zone.field]
    if zone.column is not None:
        return ColumnRule(column=zone.column)
    return ColumnRule(expression=zone.expression) if zone.expression is not None else None


def repaired(rows: pl.DataFrame) -> pl.DataFrame:
    """Text columns with UTF-8 that had been read as Latin-1 put right, where that can be."""

    def repair(text: str) -> str:
        def decode(found: re.Match[str]) -> str:
            try:
                return found.group().encode("latin-1").decode("utf-8")
            except UnicodeError:
                return found.group()

        return MOJIBAKE.sub(decode, text)

    changed = []
    for name in (name for name, kind in rows.schema.items() if kind == pl.String):
        broken = rows[name].filter(rows[name].str.contains("[\u00c2-\u00f4][\u0080-\u00bf]"))
        if broken.len():
            to = {text: repair(text) for text in broken.unique().to_list()}
            changed.append(rows[name].replace(to))
    return rows.with_columns(changed)


def as_text(values: pl.Series) -> pl.Series:
    """Values as an analyst would write them: 3 for 3.0, true for True."""
    if values.dtype.is_float():
        whole = (values == values.floor()) & (values.abs() < WHOLE)
        frame = pl.DataFrame({"v": values, "w": whole})
        as_whole = pl.col("v").cast(pl.Int64, strict=False).cast(pl.String)
        shown = pl.when("w").then(as_whole).otherwise(pl.col("v").cast(pl.String))
        return frame.select(shown.alias(values.name)).to_series()
    return values.cast(pl.String).str.strip_chars()


def plain_text(value: object) -> str:
    """A value of an adapter as `as_text` writes it."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


class _Reader:
    """Reads field by field and collects what was not understood."""

    def __init__(self, rows: pl.DataFrame) -> None:
        self.rows = rows
        self.findings: list[Finding] = []

    def field(self, name: str, rule: ColumnRule | None) -> pl.Series:
        """One field of the record in its kind; all None where the adapter has no rule for it."""
        if name in NUMBERS or name in PRICES:
            return self.number(name, rule)
        if name in EXTRAS:
            return self.flag(name, rule)
        return self.date(name, rule) if name == "date" else self.text(name, rule)

    def source(self, name: str, rule: ColumnRule) -> pl.Series:
        """The values that a rule names, its `missing` and `values` applied."""
        values = self.raw(name, rule)
        if rule.missing:
            text = as_text(values)
            gone = text.is_in([plain_text(value) for value in rule.missing]).fill_null(False)
            values = values.set(gone, None)
        if rule.values is not None:
            values = self.mapped(name, values, rule.values)
        return values.alias(name)

    def raw(self, name: str, rule: ColumnRule) -> pl.Series:
        if rule.constant is not None:
            return pl.repeat(rule.constant, self.rows.height, eager=True).alias(name)
        if rule.expression is not None:
            return self.computed(name, rule.expression)
        assert rule.column is not None  # the model has exactly one source
        if rule.column not in self.rows.columns:
            if rule.optional:
                return pl.repeat(None, self.rows.height, eager=True, dtype=pl.Null).alias(name)
            raise MarketError(
                f"the file lacks the column {rule.column!r}, which is to be {name}",
                accepted=f"the columns {', '.join(self.rows.columns)}",
                do="name another column in the adapter, or mark it optional",
            )
        return self.rows[rule.column].alias(name)

    def computed(self, name: str, expression: str) -> pl.Series:
        """An expression's values. Raises ExpressionError that names the field."""
        try:
            compiled = compile_expression(expression, self.rows.columns)
            # beside the rows, so that a constant has as many values as they
            return self.rows.with_columns(compiled.alias("\0"))["\0"].alias(name)
        except HomelensError as error:
            raise ExpressionError(
                f"{name}: {error.wrong}", accepted=error.accepted, do=error.do
            ) from error
        except pl.exceptions.PolarsError as error:
            reason = str(error).splitlines()[0] if str(error) else type(error).__name__
            raise ExpressionError(f"{name}: {expression!r} cannot be computed: {reason}") from error

    def mapped(self, name: str, values: pl.Series, to: Mapping[str, object]) -> pl.Series:
        text = as_text(values)
        found = text.replace_strict(
            {key.strip(): plain_text(value) for key, value in to.items()}, default=None
        ).cast(pl.String)
        self.note("unmapped", name, text.filter(found.is_null() & text.is_not_null()))
        return found

    def note(self, code: str, name: str, bad: pl.Series) -> None:
        """Report values that became None."""
        if not bad.len():
            return
        says = {
            "unmapped": "values that the adapter's `values` do not name",
            "unreadable": "values that are not of the field's kind",
        }[code]
        counts = bad.cast(pl.String).value_counts(sort=True, name="times").head(EXAMPLES).rows()
        examples = tuple(f"{value} ({times})" for value, times in counts)
        self.findings.append(
            Finding(code=code, field=name, n=bad.len(), says=says, examples=examples)
        )

    def number(self, name: str, rule: ColumnRule | None) -> pl.Series:
        if rule is None:
            return self.empty(name, pl.Float64)
        values = self.source(name, rule)
        if values.dtype.is_temporal() or values.dtype.is_nested():
            raise MarketError(f"{name} is read from {values.dtype}", accepted="numbers")
        if values.dtype == pl.String:
            found = values.str.strip_chars().replace({"true": "1", "false": "0"})
            number = found.cast(pl.Float64, strict=False)
        else:
            number = values.cast(pl.Float64, strict=False)
        number = number.set((~number.is_finite()).fill_null(False), None)
        self.note("unreadable", name, values.filter(number.is_null() & values.is_not_null()))
        return number * UNITS[rule.unit] if rule.unit else number

    def flag(self, name: str, rule: ColumnRule | None) -> pl.Series:
        if rule is None:
            return self.empty(name, pl.Boolean)
        values = self.source(name, rule)
        if values.dtype == pl.Boolean:
            return values
        text = as_text(values).str.to_lowercase()
        words = {**dict.fromkeys(YES, True), **dict.fromkeys(NO, False)}
        found = text.replace_strict(words, default=None, return_dtype=pl.Boolean)
        self.note("unreadable", name, values.filter(found.is_null() & values.is_not_null()))
        return found

    def text(self, name: str, rule: ColumnRule | None) -> pl.Series:
        if rule is None:
            return self.empty(name, pl.String)
        found = as_text(self.source(name, rule)).str.slice(0, 200)
        found = found.set((found == "").fill_null(False), None)
        if name in WORDS:
            known = found.is_in(WORDS[name])
            self.note("unreadable", name, found.filter(~known & found.is_not_null()))
            found = found.set(~known.fill_null(True), None)
        return found

    def date(self, name: str, rule: ColumnRule | None) -> pl.Series:
        assert rule is not None  # every adapter has one
        values = self.source(name, rule)
        if values.dtype == pl.Date or values.dtype == pl.Datetime:
            return values.cast(pl.Date)
        text, form = as_text(values), rule.date or "%Y-%m-%d"
        if rule.date is None:
            text = text.str.slice(0, 10)
        for part, stands in (("%m", ("%m", "%b", "%B", "%j")), ("%d", ("%d", "%e", "%j"))):
            if not any(code in form for code in stands):
                text, form = text + "-01", f"{form}-{part}"
        try:
            found = text.str.to_date(form, strict=False)
        except pl.exceptions.PolarsError as error:
            raise AdapterError(f"{name}: {rule.date!r} is no format of dates") from error
        self.note("unreadable", name, values.filter(found.is_null() & values.is_not_null()))
        return found

    def codes(self, rules: Iterable[NamedRule]) -> pl.Series:
        """For every row the codes of the adapter's own rules that hold for it."""
        hits = []
        for rule in rules:
            code, when = rule.code, rule.when
            found = self.computed(code, when)
            if found.dtype != pl.Boolean:
                raise ExpressionError(f"{code}: {when!r} is neither true nor false")
            hits.append(found.fill_null(False))
        if not hits:
            return self.empty("codes", pl.List(pl.String))
        frame = pl.DataFrame(hits)
        listed = pl.concat_list([pl.when(name).then(pl.lit(name)) for name in frame.columns])
        return frame.select(listed.list.drop_nulls().alias("codes")).to_series()

    def empty(self, name: str, kind: pl.DataType | type[pl.DataType]) -> pl.Series:
        fill: object = [] if isinstance(kind, pl.List) else None
        return pl.Series(name, [fill] * self.rows.height, dtype=kind)
