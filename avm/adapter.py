"""Adapters: what the columns of a market's file mean, as data that an analyst can write.

    adapter = load_adapter("king_county")              # a shipped name
    adapter = load_adapter("my-market.yaml")           # or a file

An adapter is YAML; every field is described by the models below, and an unknown or impossible value
is refused with the field's path. docs/avm-data.md shows one from the first line to the last. Words
such as yes, no and on stay words here (YAML 1.2): only true and false are truth values.
"""

import re
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import Field, StringConstraints, ValidationError, field_validator, model_validator

from avm.schema import (
    DETAIL,
    EXTRAS,
    FIELDS,
    NUMBERS,
    PRICES,
    WORDS,
    DetailName,
    Precision,
    PriceKind,
)
from vision.errors import AdapterError
from vision.findings import Frozen

SHIPPED = Path(__file__).parent / "adapters"

UNITS = {
    "m2": 1.0,
    "sqft": 0.09290304,
    "sqyd": 0.83612736,
    "acre": 4046.8564224,
    "ha": 10_000.0,
    "thousand": 1e3,
    "million": 1e6,
    "percent": 0.01,
}
"""What a column's numbers are multiplied by; areas become square metres."""

Code = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,59}$")]
Expression = Annotated[str, StringConstraints(min_length=1, max_length=2000)]
Plain = bool | int | float | str


class ColumnRule(Frozen):
    """How one field is read. A bare text in YAML is `column`.

    Exactly one of `column`, `expression` and `constant`; then `missing` values become None,
    `values` are replaced (what is not among them becomes None and is reported), `unit` converts.
    """

    column: str | None = None
    expression: Expression | None = None
    constant: Plain | None = None
    missing: tuple[Plain, ...] = Field((), description="values that mean: not known, such as 0")
    values: dict[str, Plain] | None = Field(None, description="value in the file to ours")
    unit: str | None = None
    date: str | None = Field(None, description="format of a text or number, such as %Y%m")
    optional: bool = Field(False, description="the file may lack the column")

    @field_validator("values", mode="before")
    @classmethod
    def text_keys(cls, values: Any) -> Any:
        """`values: {1: true}` compares with what the file's 1 looks like as text."""
        return {str(key): to for key, to in values.items()} if isinstance(values, dict) else values

    @field_validator("unit")
    @classmethod
    def known_unit(cls, unit: str | None) -> str | None:
        """One of UNITS."""
        if unit is not None and unit not in UNITS:
            raise ValueError(f"{unit!r} is no unit; accepted: {', '.join(UNITS)}")
        return unit

    @model_validator(mode="after")
    def one_source(self) -> "ColumnRule":
        """Exactly one source."""
        given = [x for x in (self.column, self.expression, self.constant) if x is not None]
        if len(given) != 1:
            raise ValueError("needs exactly one of column, expression and constant")
        return self


class LocationRule(Frozen):
    """How homes are located, and within which box (degrees) they must lie."""

    kind: Literal["lonlat", "postcode", "city", "none"]
    precision: Precision = "address"
    west: float = Field(-180, ge=-180, le=180)
    south: float = Field(-90, ge=-90, le=90)
    east: float = Field(180, ge=-180, le=180)
    north: float = Field(90, ge=-90, le=90)
    shared_by: int = Field(
        4, ge=2, description="so many years of construction at one point: it is no address"
    )


class ZoneRule(Frozen):
    """What errors are shown by: a column, a grid, or groups of neighbours.

    Exactly one of `column`, `expression`, `field` (city or postcode), `grid_m` (cells of so many
    metres) and `kmeans_homes` (clusters of about so many listings); the last two may be made
    `within` each city.
    """

    column: str | None = None
    expression: Expression | None = None
    field: Literal["city", "postcode"] | None = None
    grid_m: float | None = Field(None, ge=50, le=100_000)
    kmeans_homes: int | None = Field(None, ge=20, le=100_000)
    within: Literal["city"] | None = None

    @model_validator(mode="after")
    def one_kind(self) -> "ZoneRule":
        """Exactly one kind."""
        kinds = (self.column, self.expression, self.field, self.grid_m, self.kmeans_homes)
        if sum(kind is not None for kind in kinds) != 1:
            raise ValueError(
                "needs exactly one of column, expression, field, grid_m and kmeans_homes"
            )
        return self


class TwinRule(Frozen):
    """When two records are taken for one dwelling, beside having an id in common: all must hold."""

    metres: float = Field(50, ge=0, le=5000, description="apart, at most")
    area_m2: float = Field(0.5, ge=0, le=20, description="difference of the areas, at most")
    same: tuple[str, ...] = Field(
        ("rooms", "bedrooms", "floor"), description="fields that are equal, or missing in both"
    )


class NamedRule(Frozen):
    """An expression over the file's own columns with a code and a sentence for people."""

    code: Code
    when: Expression
    says: str = Field(min_length=1)


class CsvRule(Frozen):
    """How a CSV file is written."""

    separator: str = Field(",", min_length=1, max_length=1)
    decimal_comma: bool = False
    encoding: Literal["utf8", "utf8-lossy", "latin1"] = "utf8"
    null_values: tuple[str, ...] = ("", "NA", "NaN", "null", "None")


class Adapter(Frozen):
    """One adapter file.

    `records` says what a row is: a sale, a listing, or one look at a listing that may be seen
    again (snapshots). `date_step` is how finely dates are known.
    """

    market: Code
    title: str = Field(min_length=1)
    source: str = Field("", description="where the data comes from, with its licence")
    country: str = Field(min_length=2, max_length=2, pattern="^[A-Z]{2}$")
    currency: str = Field(pattern="^[A-Z]{3}$")
    price_kind: PriceKind
    records: Literal["sales", "listings", "snapshots"]
    date_step: Literal["day", "month", "quarter"] = "day"
    location: LocationRule
    zone: ZoneRule
    columns: dict[str, ColumnRule]
    details: dict[DetailName, ColumnRule] = Field({}, description="numbers of this market alone")
    drop: tuple[NamedRule, ...] = Field((), description="rows that are no evidence of a price")
    remark: tuple[NamedRule, ...] = Field((), description="contradictions to be reported")
    bounds: dict[str, tuple[float, float]] = Field({}, description="field to least and greatest")
    twins: tuple[TwinRule, ...] = Field((TwinRule(),), description="any of them makes twins")
    repair_text: bool = Field(False, description="undo UTF-8 that was read as Latin-1")
    csv: CsvRule = CsvRule()

    @field_validator("columns", "details", mode="before")
    @classmethod
    def bare_names(cls, columns: Any) -> Any:
        """`price: amount` is short for `price: {column: amount}`."""
        if not isinstance(columns, dict):
            return columns
        return {
            name: {"column": rule} if isinstance(rule, str) else rule
            for name, rule in columns.items()
        }

    @model_validator(mode="after")
    def known_fields(self) -> "Adapter":
        """Fields that exist, and those without which nothing can be valued."""
        settled = {"market", "price_kind", "zone", "location_precision"}
        names = [name for name in FIELDS if name not in settled]
        for name in self.columns:
            if name not in names:
                raise ValueError(f"columns: {name!r} is no field; accepted: {', '.join(names)}")
        needed = ["date", "price", "area_m2"]
        needed += {
            "lonlat": ["latitude", "longitude"],
            "postcode": ["postcode"],
            "city": ["city"],
        }.get(self.location.kind, [])
        lacking = [name for name in needed if name not in self.columns]
        if not {"rooms", "bedrooms"} & set(self.columns):
            lacking.append("rooms (or bedrooms)")
        if lacking:
            raise ValueError(f"columns: lacks {', '.join(lacking)}")
        self.check_names()
        return self

    def check_names(self) -> None:
        """Names in the other parts are fields or details of this adapter."""
        numbers = {*NUMBERS, *PRICES, *(DETAIL + name for name in self.details)}
        for name, (low, high) in self.bounds.items():
            if name not in numbers:
                raise ValueError(f"bounds: {name!r} is no number among the fields and details")
            if low > high:
                raise ValueError(f"bounds: {name!r} has the least above the greatest")
        same = numbers | set(EXTRAS) | {"city", "postcode", "property_type"}
        for name in (name for rule in self.twins for name in rule.same):
            if name not in same:
                raise ValueError(f"twins: {name!r} is no field or detail")
        for name, words in WORDS.items():
            rule = self.columns.get(name)
            for word in (rule.values or {}).values() if rule else ():
                if word not in words:
                    raise ValueError(
                        f"columns.{name}: {word!r} is not accepted; accepted: {', '.join(words)}"
                    )
        if self.zone.field and self.zone.field not in self.columns:
            raise ValueError(f"zone: the columns lack {self.zone.field!r}")
        if self.zone.within and self.zone.within not in self.columns:
            raise ValueError(f"zone: the columns lack {self.zone.within!r}")
        if (self.zone.grid_m or self.zone.kmeans_homes) and self.location.kind != "lonlat":
            raise ValueError("zone: a grid and clusters need location.kind lonlat")


class _Loader(yaml.SafeLoader):
    """YAML 1.2's truth values: Norway's NO and a column's yes stay words."""


_Loader.yaml_implicit_resolvers = {
    letter: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:bool"]
    for letter, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile("^(?:true|false)$"), list("tf"))


def shipped() -> tuple[str, ...]:
    """Names of the adapters that come with homelens."""
    return tuple(sorted(path.stem for path in SHIPPED.glob("*.yaml")))


def adapter_path(name_or_path: str | Path) -> Path:
    """The file of a shipped name or the path itself. Raises AdapterError naming both."""
    given = Path(name_or_path)
    is_file = given.suffix in (".yaml", ".yml")
    path = given if is_file else SHIPPED / f"{name_or_path}.yaml"
    if not path.is_file():
        raise AdapterError(
            f"there is no adapter {str(name_or_path)!r}",
            accepted=f"{', '.join(shipped())}, or the path of a .yaml file",
        )
    return path


def load_adapter(name_or_path: str | Path) -> Adapter:
    """A shipped adapter by name, or a file. Raises AdapterError with the path of what is wrong."""
    path = adapter_path(name_or_path)
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise AdapterError(f"{path} cannot be read: {error}") from error
    return parse_adapter(text, path.name)


def parse_adapter(text: str, name: str) -> Adapter:
    """An adapter from the text of a file; `name` is for messages. Raises AdapterError."""
    try:
        loaded = yaml.load(text, Loader=_Loader)  # a SafeLoader
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise AdapterError(f"{name} is not YAML: {error}") from error
    if not isinstance(loaded, dict):
        raise AdapterError(f"{name} is no mapping", accepted="market: NAME and so on, line by line")
    try:
        return Adapter.model_validate(loaded)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise AdapterError(
            f"{name}: {f'{where}: ' if where else ''}{first['msg'].removeprefix('Value error, ')}",
            do="see docs/avm-data.md",
        ) from error
