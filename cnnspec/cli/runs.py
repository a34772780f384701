"""`cnnspec runs`: the run folders that there are, and what differs between some of them."""

from __future__ import annotations

from pathlib import Path

import click

from cnnspec.backends.tables import Table, markdown_table, plain_table
from cnnspec.cli.options import NamedPath, format_option, options
from cnnspec.cli.output import harmless, harmless_table, print_document, print_table
from cnnspec.diagnostics.problem import UsageError


@click.command()
@click.argument("paths", type=NamedPath(path_type=Path), metavar="[DIR|RUN RUN...]", nargs=-1)
@options(
    click.option("--all", "everything", is_flag=True, help="Of runs that are compared, show all settings, the same ones too."),
    format_option,
)
def command(paths: tuple[Path, ...], everything: bool, form: str) -> None:
    """List runs, or compare some of them.

    DIR is the folder that holds them, otherwise `runs`. Of several RUNs: what came of them, and the settings that differ.

    A run is running, interrupted (`cnnspec train --resume RUN` goes on), finished, failed where its loss or its data ended
    it, or broken where its folder cannot be read. The best epoch is that of `best.safetensors`: by accuracy or loss on the
    test part, by training loss without one.
    """
    from cnnspec.diagnostics.render_json import VERSION, dumps
    from cnnspec.training.results.run_tables import run_comparison, run_json, run_list
    from cnnspec.training.results.runs import run_facts
    from cnnspec.training.run_folder.names import RUNS, is_run
    from cnnspec.training.run_folder.nearby import find_runs, no_run

    if not paths and not RUNS.is_dir():
        raise UsageError(f"there is no folder `{RUNS}` here: `cnnspec train FILE` makes the first run in it")
    are_runs = bool(paths) and all(map(is_run, paths))
    if len(paths) > 1 and not are_runs:
        raise no_run(next(path for path in paths if not is_run(path)))
    found = list(map(run_facts, paths if are_runs else find_runs(paths[0] if paths else RUNS)))
    if everything and not are_runs:
        raise UsageError("--all is for runs that are compared: name them")
    if form == "json":
        print_document(dumps({"version": VERSION, "runs": list(map(run_json, found))}))
    elif not found:
        print(f"{harmless(str(paths[0] if paths else RUNS))} holds no runs")
    else:
        _print(run_comparison(found, everything) if are_runs else run_list(found), form)
        for run in found:
            if run.problem is not None:
                click.echo(f"{harmless(str(run.path))}: {harmless(run.problem)}", err=True)


def _print(table: Table, form: str) -> None:
    table = harmless_table(table)
    print_table("\n".join(markdown_table(table) if form == "markdown" else plain_table(table)), form)
