"""`tokenaudit init`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from tokenaudit.cli.options import Shared, shared


@shared()
def init(
    shared: Shared,
    force: Annotated[
        bool, typer.Option("--force", help="Replace an existing file; how the clouds let us in is kept.")
    ] = False,  # typer's form
    discover: Annotated[
        bool | None,
        typer.Option("--discover/--no-discover", help="Ask the clouds what there is.", show_default="--discover"),
    ] = None,
) -> None:
    """Write a commented tokenaudit.toml into this folder, with what the clouds tell of themselves."""
    from tokenaudit.cli.clouds import connected
    from tokenaudit.cli.output import stdout_or
    from tokenaudit.cli.session import begin_anew
    from tokenaudit.cli.verbose import logged
    from tokenaudit.config import DEFAULT_LEDGER, FILE_NAME
    from tokenaudit.export.files import refuse_existing, write_whole
    from tokenaudit.model.inert import visible
    from tokenaudit.model.secrets import scrub
    from tokenaudit.pipeline.former_config import former
    from tokenaudit.pipeline.init import draft
    from tokenaudit.pipeline.pull.clouds import ALL, providers_of, short_name

    path = stdout_or(shared.output) or shared.config or Path(FILE_NAME)
    refuse_existing(path, force=force)
    old = former(path)
    session = begin_anew(path, old.config)
    names = [short_name(each.name) for each in providers_of(ALL)]
    ledger, target = str(shared.ledger or DEFAULT_LEDGER), ALL
    if sys.stdin.isatty() and sys.stderr.isatty():
        ledger = typer.prompt("Folder of the ledger", default=ledger, err=True)
        target = typer.prompt(f"Clouds to read ({', '.join([*names, ALL])})", default=target, err=True)
        if discover is None:
            discover = typer.confirm("Ask them what there is, with your present credentials?", default=True, err=True)

    def note(line: str) -> None:
        if not shared.quiet:
            typer.echo(f"note: {visible(scrub(line))}", err=True)

    with logged(verbose=shared.verbose):
        clouds = connected(target, session, note) if discover is not False and names else []
        made = draft(path, clouds, ledger, old.kept)
    write_whole(path, [made.text])
    kept = [f"{table}.{key}" for table, values in old.kept.items() for key in values]
    for what, keys in (("kept", kept), ("gone", old.gone)):
        if keys:
            note(f"{what} of the file that was there: {', '.join(keys)}")
    for cloud, keys in made.found.items():
        note(f"{short_name(cloud)}: {', '.join(keys) if keys else 'nothing'} found and written down")
    for cloud, reason in made.silent.items():
        note(f"{short_name(cloud)} was not asked: {reason}")
    note("next: `tokenaudit doctor` says what is missing, `tokenaudit pull all` fetches")
    typer.echo(str(path))
