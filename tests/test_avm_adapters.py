"""Adapters and their little language: shipped ones are valid, wrong ones are explained."""

import contextlib
from pathlib import Path

import polars as pl
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from avm.adapter import Adapter, load_adapter, parse_adapter, shipped
from avm.canonical import repaired, to_canonical
from avm.expressions import compile_expression
from avm.market import load_market, read_rows
from avm.schema import FIELDS
from tests.avm_town import TOWN, changed, town_adapter, town_rows
from vision.errors import AdapterError, ExpressionError, HomelensError, MarketError

FRAME = pl.DataFrame(
    {
        "a": [1, 2, None],
        "b %": [1.5, 2.0, 3.0],
        "s": ["Flat ", "house", None],
        "y": [2020, 2021, 2023],
    }
)


@pytest.mark.parametrize("name", shipped())
def test_shipped_adapters_are_valid(name: str) -> None:
    adapter = load_adapter(name)
    assert adapter.title
    assert adapter.source
    assert load_adapter(Path("avm/adapters") / f"{name}.yaml") == adapter


def test_five_are_shipped() -> None:
    assert set(shipped()) == {"denmark", "grinnell", "idealista18", "king_county", "poland_asking"}


@pytest.mark.parametrize("name", shipped())
def test_shipped_adapters_read_their_files(name: str, homelens_data: Path) -> None:
    rows = read_rows(homelens_data / "avm" / f"{name}.parquet")
    frame, findings = to_canonical(rows, load_adapter(name))
    assert findings == []  # every value is understood
    assert frame.height == rows.height
    assert set(FIELDS) < set(frame.columns)
    assert frame["price"].null_count() == 0
    assert frame["date"].null_count() == 0


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ('a + col("b %")', [2.5, 4.0, None]),
        ("a if a > 1 else None", [None, 2, None]),
        ("coalesce(a, 0) * 2 - 1", [1, 3, -1]),
        ("y // 2 % 10", [0, 0, 1]),
        ("-a", [-1, -2, None]),
        ("1 < a <= 2", [False, True, None]),
        ("a in (1, 3)", [True, False, None]),
        ("a not in [1, 3]", [False, True, None]),
        ("a is None or a == 1", [True, False, True]),
        ("not (s is not None)", [False, False, True]),
        ("lower(strip(s))", ["flat", "house", None]),
        ('contains(s, "^F")', [True, False, None]),
        ('extract(s, "(h.)")', [None, "ho", None]),
        ('replace(s, " +$", "")', ["Flat", "house", None]),
        ("date(y, 2, 29)", ["2020-02-29", None, None]),
        ("year(date(y, 1, 1)) - month(date(y, 3, 1))", [2017, 2018, 2020]),
        ("min(a, y) + max(a, 1)", [2, 4, 2024]),
        ('round(col("b %") / 3, 1)', [0.5, 0.7, 1.0]),
        ("floor(2.5) + ceil(2.5) + abs(-1)", [6.0, 6.0, 6.0]),
        ('number("12") + number("x") if False else number(" 7 ")', [7.0, 7.0, 7.0]),
        ("text(y)", ["2020", "2021", "2023"]),
    ],
)
def test_expressions(text: str, values: list[object]) -> None:
    found = FRAME.with_columns(compile_expression(text, FRAME.columns).alias("r"))["r"].to_list()
    assert [str(x) if hasattr(x, "year") else x for x in found] == values


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("a.b", "Attribute"),
        ("a[0]", "Subscript"),
        ("__import__('os')", "__import__"),
        ("(lambda: 1)()", "Call"),
        ("[x for x in a]", "ListComp"),
        ("a := 2", "cannot be read"),
        ("aa + 1", "'aa', which is no column"),
        ("col(a)", "col(…) without a quoted name"),
        ("round(a, b=1)", "Call"),
        ("lower()", "lower with 0 arguments"),
        ("a == None", "comparison with None"),
        ("a is 3", "'is' with something else"),
        ("a in ()", "empty list"),
        ("a in s", "'in' without a list"),
        ("2 ** 9", "BinOp"),
        ("f'{a}'", "JoinedStr"),
        ("contains(s, s)", "a pattern is computed"),
        ("round(a, 99)", "digits 99"),
        ("9" * 30, "too large"),
        ("1\0", "cannot be read"),
        ("-" * 500 + "1", "too many levels"),
        ("(" * 300 + ")" * 300, "cannot be read"),
        ("a + " * 1000 + "a", "characters"),
        ("", "cannot be read"),
    ],
)
def test_what_is_not_in_the_language_is_refused(text: str, named: str) -> None:
    with pytest.raises(ExpressionError) as caught:
        compile_expression(text, FRAME.columns)
    assert named in str(caught.value)
    assert caught.value.accepted


@settings(max_examples=300)
@given(
    st.text(max_size=60)
    | st.text(alphabet="aysb %()+-*/,.'\"<>=!inotrdcl0123", max_size=60)
    | st.recursive(
        st.sampled_from(["a", "y", "s", "1", "'x'", "None", 'col("b %")']),
        lambda inner: st.builds(
            "({} {} {})".format, inner, st.sampled_from(["+", "/", "==", "and", "if 1 else"]), inner
        ),
        max_leaves=8,
    )
)
def test_any_text_is_an_expression_or_a_named_error(text: str) -> None:
    with contextlib.suppress(ExpressionError):
        compile_expression(text, FRAME.columns)


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (("price: {column: eur, unit: thousand}", ""), "lacks price"),
        (("rooms: {column: rooms, missing: [0]}", ""), "lacks rooms (or bedrooms)"),
        (("floor: floor\n", "flor: floor\n"), "'flor' is no field"),
        (("unit: sqft", "unit: tatami"), "'tatami' is no unit"),
        (
            ("{column: rooms, missing: [0]}", "{column: rooms, constant: 3}"),
            "exactly one of column",
        ),
        (("villa: house", "villa: palace"), "'palace' is not accepted"),
        (("{grid_m: 2000}", "{grid_m: 2000, column: z}"), "exactly one of column, expression"),
        (("{grid_m: 2000}", "{field: postcode}"), "zone: the columns lack 'postcode'"),
        (("kind: lonlat", "kind: city"), "need location.kind lonlat"),
        (("[20000, 5000000]", "[5, 2]"), "least above the greatest"),
        (("bounds: {price", "bounds: {colour"), "'colour' is no number"),
        (("same: [rooms, floor]", "same: [rooms, smell]"), "'smell' is no field or detail"),
        (("currency: EUR", "currency: euro"), "currency"),
        (("market: town", "- town"), "not YAML"),
        (("records: sales", "records: sales\nsurprise: 1"), "surprise"),
    ],
)
def test_wrong_adapters_name_the_place(change: tuple[str, str], named: str) -> None:
    assert change[0] in TOWN
    with pytest.raises(AdapterError) as caught:
        parse_adapter(TOWN.replace(*change), "town.yaml")
    assert named in str(caught.value)
    assert "town.yaml" in str(caught.value)


@given(
    st.text(max_size=200)
    | st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(max_size=8),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(st.sampled_from([*Adapter.model_fields, "x"]), inner, max_size=4)
        ),
        max_leaves=12,
    ).map(lambda value: yaml.safe_dump(value, allow_unicode=True))
)
def test_any_yaml_is_an_adapter_or_a_named_error(text: str) -> None:
    with pytest.raises(AdapterError):
        parse_adapter(text, "any.yaml")


def test_words_of_yaml_1_1_stay_words() -> None:
    adapter = parse_adapter(TOWN.replace("country: IT", "country: NO"), "town.yaml")
    assert adapter.country == "NO"
    values = TOWN.replace('{"y": true, "n": false}', "{yes: true, no: false, 1: true}")
    rule = parse_adapter(values, "town.yaml").columns["lift"]
    assert rule.values == {"yes": True, "no": False, "1": True}


def test_an_unknown_name_lists_the_shipped() -> None:
    with pytest.raises(AdapterError, match="king_county"):
        load_adapter("atlantis")
    with pytest.raises(AdapterError, match=r"atlantis\.yaml"):
        load_adapter("atlantis.yaml")


def test_values_are_read_as_the_adapter_says() -> None:
    rows = changed(town_rows(3), 1, built=9999, lift="y", rooms=0, kind="villa")
    frame, findings = to_canonical(rows, town_adapter())
    assert findings == []
    assert frame["year_built"].is_null().to_list() == [False, True, False]
    assert frame["rooms"].is_null().to_list() == [False, True, False]
    assert frame["lift"][1] is True
    assert frame["property_type"].to_list() == ["apartment", "house", "apartment"]
    assert frame["area_m2"].round(1).to_list() == (rows["sqft"] * 0.09290304).round(1).to_list()
    assert frame["price"].to_list() == (rows["eur"] * 1000).to_list()
    assert frame["x_sea_view"].null_count() == 3  # an optional column that is not there


def test_what_is_not_understood_is_reported_with_examples() -> None:
    rows = changed(town_rows(5), 2, kind="boat").with_columns(
        pl.Series("baths", ["1", " 2 ", "two", None, "inf"])
    )
    frame, findings = to_canonical(rows, town_adapter())
    found = {(one.code, one.field, one.n): set(one.examples) for one in findings}
    assert found == {
        ("unmapped", "property_type", 1): {"boat (1)"},
        ("unreadable", "bathrooms", 2): {"two (1)", "inf (1)"},
    }
    assert frame["bathrooms"].to_list() == [1, 2, None, None, None]


@pytest.mark.parametrize(
    ("written", "form", "read"),
    [
        ("2024-05", "%Y-%m", "2024-05-01"),
        (202405, "%Y%m", "2024-05-01"),
        (202405.0, "%Y%m", "2024-05-01"),
        ("31/05/2024", "%d/%m/%Y", "2024-05-31"),
        ("2024-05-31T10:00:00", None, "2024-05-31"),
        (2024, "%Y", "2024-01-01"),
        ("20140502T000000", "%Y%m%dT%H%M%S", None),
        ("soon", None, None),
    ],
)
def test_dates(written: object, form: str | None, read: str | None) -> None:
    how = f'date: {{column: sold, date: "{form}"}}' if form else "date: sold"
    text = TOWN.replace("date: sold", how)
    rows = town_rows(1).with_columns(pl.Series("sold", [written]))
    frame, findings = to_canonical(rows, town_adapter(text))
    found = frame["date"][0]
    if written == "20140502T000000":  # King County's own format
        assert str(found) == "2014-05-02"
    else:
        assert (str(found) if found else None) == read
        assert bool(findings) is (read is None)


def test_a_missing_column_names_those_there_are() -> None:
    with pytest.raises(MarketError, match="lacks the column 'eur'") as caught:
        to_canonical(town_rows(3).drop("eur"), town_adapter())
    assert "sqft" in caught.value.accepted


@pytest.mark.parametrize("when", ["how + 1 > 0", "sqft", "hw == 2"])
def test_a_rule_that_cannot_be_computed_is_named(when: str) -> None:
    text = TOWN.replace("'how == \"auction\"'", f"'{when}'")
    with pytest.raises(ExpressionError, match="auction"):
        to_canonical(town_rows(3), town_adapter(text))


def test_text_that_was_read_wrongly_is_repaired() -> None:
    rows = pl.DataFrame(
        {"city": ["Ã\x85byhÃ¸j", "Ã\x85byhøj", "København", "Ãrø", None], "n": range(5)}
    )
    fixed = ["Åbyhøj", "Åbyhøj", "København", "Ãrø", None]
    assert repaired(rows)["city"].to_list() == fixed


def test_files(tmp_path: Path) -> None:
    rows = town_rows(60)
    rows.write_parquet(tmp_path / "a.parquet")
    rows.write_csv(tmp_path / "a.csv")
    (tmp_path / "town.yaml").write_text(TOWN)
    whole = load_market(tmp_path / "a.parquet", tmp_path / "town.yaml")
    comma = load_market(tmp_path / "a.csv", str(tmp_path / "town.yaml"))
    assert whole.frame.equals(comma.frame)
    assert len(whole.report.sha256) == 64
    (tmp_path / "town.yaml").write_text(TOWN + 'csv: {separator: ";", decimal_comma: true}\n')
    text = rows.write_csv(separator=";", decimal_comma=True)
    (tmp_path / "b.csv").write_text(text)
    assert load_market(tmp_path / "b.csv", tmp_path / "town.yaml").frame.equals(whole.frame)


@pytest.mark.parametrize(
    ("name", "content", "named"),
    [
        ("a.parquet", b"no parquet", "no table that can be read"),
        ("a.xlsx", b"", "no table by its name"),
        ("a.csv", b"", "no table that can be read"),
        ("a.csv", b"a,b\n", "no rows"),
        ("a.csv", b"a,b\n1,2,3\n", "no table that can be read"),
    ],
)
def test_files_that_are_no_tables(tmp_path: Path, name: str, content: bytes, named: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(MarketError, match=named):
        read_rows(tmp_path / name)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    for name in ("a.parquet", "a.csv"):
        with pytest.raises(HomelensError, match=name):
            read_rows(tmp_path / name)
