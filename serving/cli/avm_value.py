"""`homelens avm value`: what a home is worth, with its range and its reasons.

    homelens avm value --market krakow \\
        --home area_m2=54,rooms=2,latitude=50.06,longitude=19.94,year_built=1998
    homelens avm value --country PL --home home.json --language it --json
    homelens avm value --market krakow --home ... --out pictures     # waterfall.svg and map.svg

The market is named, or found by the country and the home's city. Fields are those of the home
record; a market's own numbers go by x_NAME. Without a date the home is valued at the end of what
the model's price index has seen.
"""

import datetime
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from vision.errors import HomeError, SettingsError

if TYPE_CHECKING:
    from avm.explain import Explanation
    from avm.messages import Language
    from avm.valuation import Valuation

command = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)


@command.command(epilog="Models are under avm/ in HOMELENS_MODELS, by default the shipped ones.")
def value(
    home: Annotated[
        str, typer.Option(metavar="FIELDS_OR_FILE", help="area_m2=54,rooms=2,… or a .json file.")
    ],
    market: Annotated[str | None, typer.Option(help="Name of the market.")] = None,
    country: Annotated[
        str | None, typer.Option(help="Two letters: the market is found by the home's city.")
    ] = None,
    language: Annotated[str, typer.Option(help="en or it.")] = "en",
    models: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Folder of the markets' bundles.")
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object on standard output.")
    ] = False,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="DIR", help="Write waterfall.svg and map.svg.")
    ] = None,
) -> None:
    """Value one home."""
    from avm.explain import explain
    from avm.markets import Markets
    from avm.messages import LANGUAGES
    from avm.schema import make_record
    from serving.settings import load_settings

    if language not in LANGUAGES:
        raise SettingsError(f"--language {language}", accepted=", ".join(LANGUAGES))
    fields = read_fields(home)
    markets = Markets(models if models is not None else load_settings().models / "avm")
    name = market or markets.route(country or "", fields.get("city"))
    valuer = markets.get(name)
    fields = {**fields, "market": name, "date": fields.get("date") or after(valuer.manifest)}
    valuation = valuer.value(make_record(fields))
    words: Language = "it" if language == "it" else "en"
    explanation = explain(valuation, words)
    if out is not None:
        write_pictures(out, valuation, words)
    if as_json:
        found = valuation.model_dump(mode="json")
        print(json.dumps(found | {"explanation": explanation.model_dump()}, ensure_ascii=False))
    else:
        show(valuation, explanation, words)


def after(manifest: Any) -> datetime.date:
    """The middle of the last month that the index has seen."""
    year, month = (int(part) for part in manifest.index_through.split("-"))
    return datetime.date(year, month, 15)


def read_fields(text: str) -> dict[str, Any]:
    """Fields from NAME=VALUE,… or from a JSON file; x_NAME go to the details."""
    if text.endswith(".json"):
        try:
            found = json.loads(Path(text).read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise HomeError(f"{text} cannot be read: {error}", accepted="a JSON object") from error
        if not isinstance(found, dict):
            raise HomeError(f"{text} is no object", accepted="a JSON object of fields")
    else:
        parts = [part.partition("=") for part in text.split(",") if part.strip()]
        wrong = next((name for name, sign, _ in parts if not sign), None)
        if wrong is not None:
            raise HomeError(f"{wrong!r} is no field with a value", accepted="area_m2=54,rooms=2,…")
        found = {name.strip(): _plain(given.strip()) for name, _, given in parts}
    details = dict(found.pop("details", None) or {})
    for name in [name for name in found if name.startswith("x_")]:
        details[name.removeprefix("x_")] = found.pop(name)
    return {**found, "details": details}


def _plain(text: str) -> str | bool:
    """Words of yes and no as such; the record reads the numbers."""
    return {"true": True, "yes": True, "false": False, "no": False}.get(text.lower(), text)


def write_pictures(out: Path, valuation: "Valuation", language: "Language") -> None:
    """The waterfall and the map."""
    from avm.svg import map_of, waterfall
    from serving.output import write

    out.mkdir(parents=True, exist_ok=True)
    write(out / "waterfall.svg", waterfall(valuation, language).encode())
    drawn = map_of(valuation, language)
    if drawn:
        write(out / "map.svg", drawn.encode())
    print(f"wrote pictures to {out}", file=sys.stderr)


def show(valuation: "Valuation", said: "Explanation", language: "Language") -> None:
    """The valuation as text."""
    from avm.messages import messages

    words = messages(language)
    print(said.summary)
    for line in (*said.lines, *([said.shown] if said.shown else []), *said.narrow):
        print(f"  {line}")
    if valuation.comparables:
        print(said.comparable)
    for one in valuation.comparables:
        price = words.money(one.price, valuation.currency, None)
        money = words.money(one.adjusted_price, valuation.currency, 3)
        adjusted = words.text("table", "adjusted").format(money=money)
        size = words.area(round(one.area_m2)) if one.area_m2 else ""
        away = ""
        if one.metres is not None:
            away = words.text("table", "away").format(metres=words.number(one.metres))
        print(f"  {one.date:%Y-%m}  {price:>14}  {adjusted:>26}  {size:>8}  {away}".rstrip())
    model = words.text("table", "model")
    print(model.format(market=valuation.market, version=valuation.version))
