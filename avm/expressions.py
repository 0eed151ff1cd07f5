"""The small language of adapters: one line of arithmetic over a file's columns, and nothing else.

    compile_expression("price / (1 + change / 100) if change != 0 else None", columns)
    compile_expression('col("offer %") > 0 and kind in ("flat", "house")', columns)

It is written like Python and read by Python's own parser, but only the nodes and functions below
are understood: no attributes, no indexing, no names but columns and functions. What is compiled is
a polars expression over whole columns; a missing value makes a missing result. Text patterns are
those of Rust's regex, which take linear time.
"""

import ast
import difflib
from collections.abc import Callable, Collection

import polars as pl

from vision.errors import ExpressionError

LONGEST = 2000
"""Characters of one expression."""

DEEPEST = 60
"""Levels of nesting: below what the parser and polars can take."""


def _date(year: pl.Expr, month: pl.Expr, day: pl.Expr) -> pl.Expr:
    whole = [part.cast(pl.Int32, strict=False) for part in (year, month, day)]
    text = pl.format("{}-{}-{}", *whole)
    return text.str.to_date("%Y-%-m-%-d", strict=False)


def _text(value: pl.Expr) -> pl.Expr:
    return value.cast(pl.String)


def _plain(value: pl.Expr, what: str) -> object:
    """The constant behind a literal expression."""
    if not value.meta.is_literal():
        raise ExpressionError(f"{what} is computed", accepted="a constant written out")
    return pl.select(value).item()


def _pattern(value: pl.Expr) -> str:
    pattern = _plain(value, "a pattern")
    if not isinstance(pattern, str):
        raise ExpressionError(f"the pattern {pattern!r} is no text", accepted="a quoted pattern")
    return pattern


def _round(value: pl.Expr, digits: pl.Expr | None = None) -> pl.Expr:
    places = 0 if digits is None else _plain(digits, "the number of digits")
    if not isinstance(places, int) or not 0 <= places <= 12:
        raise ExpressionError(f"digits {places!r}", accepted="a whole number from 0 to 12")
    return value.round(places)


FUNCTIONS: dict[str, tuple[int, int, Callable[..., pl.Expr]]] = {
    "coalesce": (1, 20, pl.coalesce),
    "min": (1, 20, pl.min_horizontal),
    "max": (1, 20, pl.max_horizontal),
    "abs": (1, 1, lambda x: x.abs()),
    "round": (1, 2, _round),
    "floor": (1, 1, lambda x: x.floor()),
    "ceil": (1, 1, lambda x: x.ceil()),
    "log": (1, 1, lambda x: x.log()),
    "exp": (1, 1, lambda x: x.exp()),
    "number": (1, 1, lambda x: _text(x).str.strip_chars().cast(pl.Float64, strict=False)),
    "text": (1, 1, _text),
    "lower": (1, 1, lambda x: _text(x).str.to_lowercase()),
    "strip": (1, 1, lambda x: _text(x).str.strip_chars()),
    "contains": (2, 2, lambda x, p: _text(x).str.contains(_pattern(p))),
    "extract": (2, 2, lambda x, p: _text(x).str.extract(_pattern(p), 1)),
    "replace": (3, 3, lambda x, p, by: _text(x).str.replace_all(_pattern(p), by)),
    "date": (3, 3, _date),
    "year": (1, 1, lambda x: x.dt.year()),
    "month": (1, 1, lambda x: x.dt.month()),
}
"""Name to the least and greatest number of arguments, and what it does. `contains`, `extract` (its
first group) and `replace` (every match) take a pattern."""

OPERATORS: dict[type[ast.operator], Callable[[pl.Expr, pl.Expr], pl.Expr]] = {
    ast.Add: lambda a, b: a + b,
    ast.Sub: lambda a, b: a - b,
    ast.Mult: lambda a, b: a * b,
    ast.Div: lambda a, b: a / b,
    ast.FloorDiv: lambda a, b: a // b,
    ast.Mod: lambda a, b: a % b,
}

COMPARISONS: dict[type[ast.cmpop], Callable[[pl.Expr, pl.Expr], pl.Expr]] = {
    ast.Eq: lambda a, b: a == b,
    ast.NotEq: lambda a, b: a != b,
    ast.Lt: lambda a, b: a < b,
    ast.LtE: lambda a, b: a <= b,
    ast.Gt: lambda a, b: a > b,
    ast.GtE: lambda a, b: a >= b,
}

ACCEPTED = (
    "numbers, quoted texts, column names, + - * / // %, comparisons, and, or, not, "
    'in (…), is None, A if B else C, col("any name"), ' + ", ".join(FUNCTIONS)
)


def compile_expression(text: str, columns: Collection[str]) -> pl.Expr:
    """The polars expression that `text` means over these columns. Raises ExpressionError."""
    if len(text) > LONGEST:
        raise ExpressionError(
            f"an expression has {len(text)} characters", accepted=f"at most {LONGEST}"
        )
    try:
        tree = ast.parse(text.strip(), mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise ExpressionError(f"{text!r} cannot be read", accepted=ACCEPTED) from error
    return _Compiler(text, columns).compile(tree.body)


class _Compiler:
    def __init__(self, text: str, columns: Collection[str]) -> None:
        self.text, self.columns = text, columns

    def refuse(self, wrong: str, accepted: str = ACCEPTED) -> ExpressionError:
        return ExpressionError(f"{self.text!r} has {wrong}", accepted=accepted)

    def compile(self, node: ast.expr, depth: int = 0) -> pl.Expr:
        if depth > DEEPEST:
            raise self.refuse("too many levels", f"at most {DEEPEST}")

        def sub(part: ast.expr) -> pl.Expr:
            return self.compile(part, depth + 1)

        match node:
            case ast.Constant(value=bool() | int() | float() | str() | None):
                return self.constant(node)
            case ast.Name(id=name):
                return self.column(name)
            case ast.BinOp(left=left, op=op, right=right) if type(op) in OPERATORS:
                return OPERATORS[type(op)](sub(left), sub(right))
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return -sub(operand)
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                return ~sub(operand)
            case ast.BoolOp(op=op, values=values):
                found = sub(values[0])
                for value in values[1:]:
                    found = found & sub(value) if isinstance(op, ast.And) else found | sub(value)
                return found
            case ast.IfExp(test=test, body=body, orelse=orelse):
                return pl.when(sub(test)).then(sub(body)).otherwise(sub(orelse))
            case ast.Compare(left=left, ops=ops, comparators=comparators):
                return self.comparison([left, *comparators], ops, depth)
            case ast.Call(func=ast.Name(id=name), args=args, keywords=[]):
                return self.call(name, args, depth)
        raise self.refuse(f"something that is not understood: {type(node).__name__}")

    def constant(self, node: ast.Constant) -> pl.Expr:
        value = node.value
        if isinstance(value, int) and not isinstance(value, bool) and abs(value) >= 2**63:
            raise self.refuse("a number that is too large", "whole numbers below 2^63")
        return pl.lit(value)

    def column(self, name: str) -> pl.Expr:
        if name not in self.columns:
            near = difflib.get_close_matches(name, self.columns, n=3)
            listed = near or sorted(self.columns)[:30]
            raise self.refuse(f"the name {name!r}, which is no column", ", ".join(listed))
        return pl.col(name) if name.isidentifier() else pl.col([name])

    def comparison(self, parts: list[ast.expr], ops: list[ast.cmpop], depth: int) -> pl.Expr:
        found: pl.Expr | None = None
        for left, op, right in zip(parts, ops, parts[1:], strict=False):
            link = self.link(left, op, right, depth)
            found = link if found is None else found & link
        assert found is not None  # the parser gives at least one comparison
        return found

    def link(self, left: ast.expr, op: ast.cmpop, right: ast.expr, depth: int) -> pl.Expr:
        value = self.compile(left, depth + 1)
        none = isinstance(right, ast.Constant) and right.value is None
        if isinstance(op, ast.Is | ast.IsNot):
            if not none:
                raise self.refuse("'is' with something else than None", "is None, is not None")
            return value.is_null() if isinstance(op, ast.Is) else value.is_not_null()
        if isinstance(op, ast.In | ast.NotIn):
            if not isinstance(right, ast.Tuple | ast.List) or not all(
                isinstance(item, ast.Constant) for item in right.elts
            ):
                raise self.refuse("'in' without a list of constants", 'in ("a", "b")')
            if not right.elts:
                raise self.refuse("'in' with an empty list", 'in ("a", "b")')
            hits = [value == self.compile(item, depth + 1) for item in right.elts]
            found = pl.any_horizontal(hits)
            return found if isinstance(op, ast.In) else ~found
        if none:
            raise self.refuse("a comparison with None", "is None, is not None")
        return COMPARISONS[type(op)](value, self.compile(right, depth + 1))

    def call(self, name: str, args: list[ast.expr], depth: int) -> pl.Expr:
        if name == "col":
            match args:
                case [ast.Constant(value=str(column))]:
                    return self.column(column)
            raise self.refuse("col(…) without a quoted name", 'col("any name")')
        if name not in FUNCTIONS:
            raise self.refuse(f"the function {name!r}", f"col, {', '.join(FUNCTIONS)}")
        low, high, function = FUNCTIONS[name]
        if not low <= len(args) <= high:
            wanted = f"{low}" if low == high else f"{low} to {high}"
            raise self.refuse(f"{name} with {len(args)} arguments", wanted)
        return function(*(self.compile(arg, depth + 1) for arg in args))
