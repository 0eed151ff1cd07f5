"""`homelens bench`: time and memory on this machine.

    homelens bench photos listings --out pictures
    homelens bench photos listings --reference yolo26n.pt     # beside plain ultralytics
    homelens bench serve listings --out pictures              # the service under load
    homelens bench scan listings                              # scans of an archive
    homelens bench avm                                        # values of homes, all markets
    homelens bench faults --out docs                          # what breaks, and what then
    homelens bench noise DATA --weights yolo26n.pt            # label noise: no times, but hours
    homelens bench copycat king_county --data ...             # a copy of a valuation model

Measure on a machine that does nothing else.
"""

import tempfile
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(help="Measure time and memory on this machine.", no_args_is_help=True)


@app.callback()
def bench() -> None:
    """Keeps `photos` a command of its own, for others come beside it."""


@app.command()
def photos(
    folder: Annotated[Path | None, typer.Argument(metavar="DIR")] = None,
    reference: Annotated[
        Path | None,
        typer.Option("--reference", help="Weights (.pt) for plain ultralytics, to compare with."),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object on standard output.")
    ] = False,
    out: Annotated[Path | None, typer.Option("--out", help="Write a picture here.")] = None,
) -> None:
    """Every stage on DIR's photos, beside the floor; without DIR on photos made for it."""
    from training.bench.photos import bench_photos, find
    from training.bench.synthetic import write_photos
    from training.console import note
    from training.figures import measured, show

    bundles = ["rooms", "objects", "people"]
    if folder is not None:
        figures = bench_photos(find(folder), reference, out)
        return show(measured("bench photos", [folder], bundles, figures), as_json)
    with tempfile.TemporaryDirectory() as made:
        note("no photos were given: measuring on synthetic 12 megapixel ones, without people")
        paths = write_photos(Path(made))
        figures = bench_photos(paths, reference, out)
        done = measured("bench photos", paths, bundles, figures)
    # the photos are the same each time; the folder's name is not
    same = {Path(path).name: digest for path, digest in done.data.items()}
    show(done.model_copy(update={"command": "homelens bench photos", "data": same}), as_json)


@app.command()
def serve(
    folder: Annotated[Path | None, typer.Argument(metavar="DIR")] = None,
    seconds: Annotated[
        float, typer.Option("--seconds", min=1, help="How long each load lasts.")
    ] = 30,
    requests: Annotated[
        int,
        typer.Option("--requests", min=10, help="Photos after which memory is read again."),
    ] = 5000,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object on standard output.")
    ] = False,
    out: Annotated[Path | None, typer.Option("--out", help="Write a picture here.")] = None,
) -> None:
    """`homelens serve` with DIR's photos sent to it; without DIR with photos made for it."""
    from training.bench.photos import find
    from training.bench.serve import bench_serve
    from training.bench.serve_runs import Plan
    from training.bench.synthetic import write_photos
    from training.console import note
    from training.figures import measured, show

    plan, bundles = Plan(seconds=seconds, requests=requests), ["rooms", "objects", "people"]
    if folder is not None:
        figures = bench_serve(find(folder), plan, out)
        return show(measured("bench serve", [folder], bundles, figures), as_json)
    with tempfile.TemporaryDirectory() as made:
        note("no photos were given: sending synthetic 12 megapixel ones, without people")
        paths = write_photos(Path(made))
        figures = bench_serve(paths, plan, out)
        done = measured("bench serve", paths, bundles, figures)
    # the photos are the same each time; the folder's name is not
    same = {Path(path).name: digest for path, digest in done.data.items()}
    show(done.model_copy(update={"command": "homelens bench serve", "data": same}), as_json)


@app.command()
def scan(
    folder: Annotated[Path, typer.Argument(metavar="DIR")],
    photos: Annotated[
        int, typer.Option("--photos", min=32, help="How many of DIR's photos are looked at.")
    ] = 192,
    rounds: Annotated[int, typer.Option("--rounds", min=2, help="Repetitions.")] = 4,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object on standard output.")
    ] = False,
) -> None:
    """Scans of DIR's photos: beside bare looks, with 1 and 2 workers, killed, repeated, on Ray."""
    from training.bench.scan import bench_scan
    from training.figures import measured, show

    figures = bench_scan(folder, photos, rounds)
    show(measured("bench scan", [folder], ["rooms", "objects"], figures), as_json)


@app.command()
def avm(
    folder: Annotated[Path | None, typer.Argument(metavar="DIR")] = None,
    homes: Annotated[int, typer.Option("--homes", min=5, help="Homes of each market.")] = 50,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object on standard output.")
    ] = False,
) -> None:
    """All markets of DIR (by default the shipped ones) in one process: memory, time of a value."""
    from avm.bundle import read_manifest
    from training.bench.avm import bench_avm
    from training.figures import measured, show
    from vision.bundle import models_folder

    models = folder or models_folder() / "avm"
    done = measured("bench avm", [], [], bench_avm(models, homes))
    used = {path.parent.name: read_manifest(path.parent) for path in models.glob("*/manifest.json")}
    hashes = {f"avm/{name}": used[name].sha256 for name in sorted(used)}
    show(done.model_copy(update={"models": hashes}), as_json)


@app.command()
def faults(
    seconds: Annotated[
        float, typer.Option("--seconds", min=1, help="How long database and files are away.")
    ] = 30,
    repeat: Annotated[int, typer.Option("--repeat", min=1, help="Times of each case.")] = 3,
    case: Annotated[
        list[str] | None, typer.Option("--case", metavar="NAME", help="Only these; default: all.")
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object on standard output.")
    ] = False,
    out: Annotated[
        Path | None, typer.Option("--out", help="Write reliability.md and its picture here.")
    ] = None,
) -> None:
    """Kill, stop and fill what the service stands on, under load; nothing may be lost."""
    from training.bench.faults import Plan, all_faults, fault_figures
    from training.console import note
    from training.figures import measured, show

    outcomes, left_out = all_faults(Plan(seconds, repeat, tuple(case or ())))
    bundles = ["rooms", "objects", "people"]
    figures = measured("bench faults", [], bundles, fault_figures(outcomes))
    if out is not None:
        from training.bench.faults_report import write_report

        write_report(outcomes, figures, out, left_out)
        note(f"wrote {out / 'reliability.md'}")
    show(figures, as_json)
    if any(one.lost for one in outcomes):
        raise typer.Exit(1)


@app.command()
def noise(
    data: Annotated[Path, typer.Argument(metavar="DATA", envvar="HOMELENS_DATA")],
    weights: Annotated[Path, typer.Option("--weights", help="Initial weights, yolo26n.pt.")],
    work: Annotated[
        Path, typer.Option("--work", help="Results of each training; taken up again.")
    ] = Path("work/noise"),
    seeds: Annotated[int, typer.Option("--seeds", min=1, help="Repetitions.")] = 1,
    choice_seeds: Annotated[
        int, typer.Option("--choice-seeds", min=1, help="Repetitions of the choice of photos.")
    ] = 2,
    size: Annotated[
        str,
        typer.Option(
            "--size", metavar="PHOTOS,PIXELS,EPOCHS,FOLD_EPOCHS,FEW_EPOCHS", help="How big."
        ),
    ] = "400,256,10,8,25",
    levels: Annotated[
        str, typer.Option("--levels", metavar="PERCENTS", help="Of noise; 20 must be among them.")
    ] = "10,20,30,40",
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object on standard output.")
    ] = False,
    out: Annotated[Path | None, typer.Option("--out", help="Write pictures here.")] = None,
) -> None:
    """What label noise costs on DATA/doordetect, and what of it is won back."""
    from training.bench.noise import all_figures, read_levels
    from training.bench.noise_setup import Size, prepare
    from training.figures import measured, show

    setup = prepare(data, weights, work, Size.read(size))
    work.mkdir(parents=True, exist_ok=True)
    figures = all_figures(
        setup,
        list(range(1, seeds + 1)),
        list(range(1, choice_seeds + 1)),
        out,
        read_levels(levels),
    )
    paths = [data / "doordetect", data / "coco" / "train.json", weights]
    show(measured("bench noise", paths, [], figures), as_json)


@app.command()
def copycat(
    market: Annotated[str, typer.Argument(metavar="MARKET", help="Name of the bundle.")],
    data: Annotated[Path, typer.Option("--data", metavar="FILE", help="The market's file.")],
    schema: Annotated[str, typer.Option(metavar="NAME_OR_YAML", help="Its adapter.")],
    test_from: Annotated[
        datetime, typer.Option("--test-from", formats=["%Y-%m-%d"], help="After the model's time.")
    ],
    models: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Folder of the markets' bundles.")
    ] = None,
    queries: Annotated[
        int, typer.Option("--queries", min=50, help="Requests of an attack.")
    ] = 2000,
    people: Annotated[int, typer.Option("--people", min=4, help="Natural callers drawn.")] = 300,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object on standard output.")
    ] = False,
    out: Annotated[Path | None, typer.Option("--out", help="Write copycat.png here.")] = None,
) -> None:
    """Copy a valuation model through its answers, with and without what protects it."""
    from avm.bundle import read_manifest
    from serving.settings import load_settings
    from training.bench.copycat import Plan, bench_copycat
    from training.bench.draw_copycat import draw_copycat
    from training.figures import measured, show

    folder = models if models is not None else load_settings().models / "avm"
    plan = Plan(queries=queries, people=people)
    copies, detector = bench_copycat(folder, market, data, schema, test_from.date(), plan)
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
        draw_copycat(copies, plan.sizes, out / "copycat.png")
    found = measured(f"bench copycat {market} --data", [data], [], [*copies, *detector])
    used = {f"avm/{market}": read_manifest(folder / market).sha256}
    show(found.model_copy(update={"models": used}), as_json)
