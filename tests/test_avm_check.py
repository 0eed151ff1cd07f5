"""`homelens avm check` as a user runs it, and the docs that it is described in."""

import json
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

from avm.adapter import (
    UNITS,
    Adapter,
    ColumnRule,
    CsvRule,
    LocationRule,
    NamedRule,
    TwinRule,
    ZoneRule,
    parse_adapter,
    shipped,
)
from avm.expressions import FUNCTIONS
from avm.schema import FIELDS
from tests.avm_town import TOWN, changed, town_rows
from tests.homelens_command import assert_named_error, homelens

DOCS = Path(__file__).resolve().parent.parent / "docs" / "avm-data.md"


@pytest.fixture
def files(tmp_path: Path) -> Path:
    rows = changed(town_rows(), 3, how="auction", kind="boat")
    rows = changed(rows, 4, floor=9, kind="boat")
    rows.write_csv(tmp_path / "town.csv")
    (tmp_path / "town.yaml").write_text(TOWN)
    return tmp_path


def test_a_table_for_people(files: Path) -> None:
    done = homelens("avm", "check", "town.csv", "--schema", "town.yaml", folder=files)
    assert done.returncode == 0, done.stderr
    for text in ("399 of 400 rows kept", "auction", "contradictory_floors_in_building", "boat (2)"):
        assert text in done.stdout
    assert done.stderr == ""


def test_json_and_a_picture(files: Path) -> None:
    arguments = ("avm", "check", "town.csv", "--schema", "town.yaml", "--json", "--out", "out")
    done = homelens(*arguments, folder=files)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert set(found) == {"command", "report", "quality"}
    assert found["report"]["dropped"][0] == {
        "code": "auction",
        "field": None,
        "n": 1,
        "says": "sold by auction",
        "examples": [],
    }
    assert len(found["quality"]["months"]) == 24
    assert json.loads((files / "out" / "check.json").read_text()) == found
    assert (files / "out" / "quality.png").read_bytes().startswith(b"\x89PNG")
    assert "wrote" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "texts"),
    [
        (("none.csv", "--schema", "town.yaml"), ("none.csv", "market.invalid")),
        (("town.csv", "--schema", "atlantis"), ("king_county", "adapter.invalid")),
        (("town.csv", "--schema", "king_county"), ("lacks the column", "market.invalid")),
        (("town.csv", "--schema", "town.yaml", "--out", "town.csv"), ("is not a folder",)),
        (("town.csv",), ("--schema",)),
    ],
)
def test_named_errors(files: Path, arguments: tuple[str, ...], texts: tuple[str, ...]) -> None:
    assert_named_error(homelens("avm", "check", *arguments, folder=files), *texts)


def test_schemas_are_listed() -> None:
    done = homelens("avm", "schemas", "--json")
    listed = json.loads(done.stdout)["schemas"]
    assert [one["name"] for one in listed] == list(shipped())
    assert all(name in homelens("avm", "schemas").stdout for name in shipped())


def test_help_imports_no_library_of_tables() -> None:
    code = (
        "import sys; sys.argv = ['homelens', 'avm', '--help']\n"
        "from serving.cli.main import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "print('polars' in sys.modules, 'matplotlib' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "check" in done.stdout
    assert done.stdout.splitlines()[-1] == "False False"


@pytest.mark.parametrize("name", shipped())
def test_the_docs_hold_what_the_command_measures(name: str, homelens_data: Path) -> None:
    file = homelens_data / "avm" / f"{name}.parquet"
    done = homelens("avm", "check", file, "--schema", name, "--json")
    report = json.loads(done.stdout)["report"]
    text = DOCS.read_text(encoding="utf-8")
    section = text.partition(f"### {name}\n")[2].partition("\n### ")[0]
    assert f"{report['rows']:,} rows" in section
    assert f"{report['kept']:,} kept" in section
    for part in ("dropped", "cleared", "remarks"):
        for one in report[part]:
            assert f"| `{one['code']}` | {one['n']:,} |" in section, one
    for number in ("listings", "dwellings", "outliers", "zones"):
        assert f"{report[number]:,}" in section, number


def test_every_word_of_an_adapter_is_in_the_docs() -> None:
    text = DOCS.read_text(encoding="utf-8")
    models = (Adapter, ColumnRule, LocationRule, ZoneRule, TwinRule, NamedRule, CsvRule)
    for word in (*(field for model in models for field in model.model_fields), *UNITS, *FUNCTIONS):
        assert f"`{word}`" in text, word
    for name in FIELDS:
        if name not in ("market", "price_kind", "zone", "location_precision"):
            assert f"`{name}`" in text, name


def test_the_example_of_the_docs_is_a_valid_adapter(tmp_path: Path) -> None:
    block = DOCS.read_text(encoding="utf-8").partition("```yaml\n")[2].partition("```")[0]
    adapter = parse_adapter(block, "docs")
    assert adapter.market == "springfield"
    (tmp_path / "springfield.yaml").write_text(block)
    csv = "\n".join(
        [
            "sold;eur;mq;locali;bagni;piano;anno;lat;lon;comune;ascensore;stato;tipo",
            *(
                f"{1 + i % 28:02}/{1 + i % 12:02}/2023;{150 + i}.000;{60 + i},5;3;1;T;1970;"
                f"45,{46 + i % 9};9,{18 + i % 7};Springfield;si;buono;vendita"
                for i in range(30)
            ),
        ]
    )
    (tmp_path / "sales.csv").write_text(csv)
    done = homelens("avm", "check", "sales.csv", "--schema", "springfield.yaml", folder=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "30 of 30 rows kept" in done.stdout
    assert pl.read_csv(tmp_path / "sales.csv", separator=";").height == 30
