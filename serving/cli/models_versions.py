"""`homelens models history|rollback|push|pull`: versions of bundles, here and in the team's store.

    homelens models history objects
    homelens models rollback objects --why "more doors were missed"
    homelens models push                               # what is in use, to HOMELENS_MODELS_URL
    homelens models pull objects --version 1f2e3d4c

NAME is a bundle's folder below models/: objects, rooms, people, or avm/MARKET. Services run what
they have loaded until they are started again.
"""

import json
import sys
from typing import Annotated

import typer

history_command = typer.Typer(
    add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False
)
rollback_command = typer.Typer(
    add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False
)
push_command = typer.Typer(
    add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False
)
pull_command = typer.Typer(
    add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False
)

Name = Annotated[str, typer.Argument(metavar="NAME", help="objects, rooms, people or avm/MARKET.")]
Names = Annotated[
    list[str] | None,
    typer.Argument(metavar="[NAME]...", help="objects, rooms, people or avm/MARKET; default: all."),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object on standard output.")]


@history_command.command()
def history(
    name: Name,
    store: Annotated[
        bool, typer.Option("--store", help="What was pushed to HOMELENS_MODELS_URL instead.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """List the versions of a bundle: commit, data, figures, when it came and why."""
    from serving.bundle_store import BundleStore
    from serving.bundle_versions import folder_of, history_of, in_use, published_history
    from serving.settings import load_settings

    settings = load_settings()
    if store:
        shared = BundleStore.open(settings.models_url)
        rows = published_history(shared, name, in_use(folder_of(settings.models, name)))
    else:
        rows = history_of(settings.models, name)
    if as_json:
        found = {"bundle": name, "versions": [row.model_dump(mode="json") for row in rows]}
        print(json.dumps(found, ensure_ascii=False))
        return
    for row in rows:
        at = f"{row.at:%Y-%m-%d %H:%M}" if row.at else "from the start  "
        state = "in use" if row.in_use else "at hand" if row.at_hand else "not at hand"
        print(f"{at}  {row.version[:12]}  {row.action}: {row.why}  ({state})")
        if row.code:
            data = ", ".join(f"{name} {sha256[:12]}" for name, sha256 in row.data.items())
            print(f"    code {row.code[:12]}  data {data}")
        for metric in [one for one in row.metrics if one["name"].count(".") == 1][:3]:
            print(
                f"    {metric['name']} {metric['value']:.4g} "
                f"({metric['low']:.4g} to {metric['high']:.4g}), n {metric['n']}, {metric['data']}"
            )


@rollback_command.command()
def rollback(
    name: Name,
    to: Annotated[
        str | None,
        typer.Option(metavar="VERSION", help="How a version begins; default: the one before."),
    ] = None,
    why: Annotated[str, typer.Option(help="For the history.")] = "rolled back",
) -> None:
    """Use an earlier version of a bundle again, byte for byte as it was."""
    from serving.bundle_versions import roll_back
    from serving.settings import load_settings

    was, now = roll_back(load_settings().models, name, to, why)
    print(f"{name}: {now[:12]} is in use again, instead of {was[:12]}")
    restart()


@push_command.command()
def push(
    names: Names = None,
    why: Annotated[
        str | None, typer.Option(help="For the store's log; default: as in the history here.")
    ] = None,
) -> None:
    """Publish the bundles in use, for others to pull."""
    from serving.bundle_store import BundleStore
    from serving.bundle_versions import folder_of, history_of
    from serving.bundle_versions import names as all_names
    from serving.settings import load_settings

    settings = load_settings()
    shared = BundleStore.open(settings.models_url)
    for name in names or all_names(settings.models):
        row = next(row for row in reversed(history_of(settings.models, name)) if row.in_use)
        reason = why or f"{row.action}: {row.why}"
        line, new = shared.push(name, folder_of(settings.models, name), reason)
        print(f"{name}: {line.version[:12]} {'published' if new else 'is the newest already'}")


@pull_command.command()
def pull(
    names: Names = None,
    version: Annotated[
        str | None, typer.Option(metavar="VERSION", help="How it begins; default: the newest.")
    ] = None,
) -> None:
    """Put published versions in use, verified by their hashes; the ones before are kept."""
    from serving.bundle_store import BundleStore
    from serving.bundle_versions import pull as pull_one
    from serving.settings import load_settings
    from vision.errors import BundleMissing

    settings = load_settings()
    shared = BundleStore.open(settings.models_url)
    if version is not None and len(names or ()) != 1:
        raise BundleMissing("a version is one bundle's", accepted="one NAME with --version")
    wanted = names or list(shared.names())
    if not wanted:
        raise BundleMissing(f"there is nothing in {settings.models_url}", do="push something first")
    changed = False
    for name in wanted:
        found, new = pull_one(settings.models, shared, name, version)
        print(f"{name}: {found[:12]} {'is in use now' if new else 'is in use already'}")
        changed = changed or new
    if changed:
        restart()


def restart() -> None:
    """What is left to do after an exchange."""
    text = "services go on with what they have loaded until they are started again"
    print(text, file=sys.stderr)
