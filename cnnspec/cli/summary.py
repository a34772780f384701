"""`cnnspec summary`: the table of layers; two networks side by side; one network with several settings."""

from __future__ import annotations

import click

from cnnspec.cli.load import load
from cnnspec.cli.options import (
    NamedPath,
    color_option,
    input_option,
    layers_option,
    network_option,
    options,
    set_option,
    single_input,
)
from cnnspec.cli.output import print_table
from cnnspec.cli.settings import layer_limit
from cnnspec.compiler import Options
from cnnspec.diagnostics.problem import UsageError
from cnnspec.values.solve import MAX_PERIOD


@click.command()
@click.argument("file", type=NamedPath())
@options(
    input_option,
    set_option,
    network_option,
    layers_option,
    click.option(
        "--compare",
        "others",
        multiple=True,
        type=click.Path(),
        metavar="FILE|NAME=VALUE",
        help="Show another file beside this one, or this one with a setting such as depth=50 or input=3x96x96. Repeatable.",
    ),
    click.option(
        "--sweep",
        "sweeps",
        multiple=True,
        metavar="NAME=VALUE,...",
        help="Show one line for each value of a parameter, or of `input`. Repeated: every combination.",
    ),
    click.option("--batch", type=click.IntRange(min=1), metavar="N", help="Show shapes and costs for a batch of N samples."),
    click.option(
        "--depth", type=click.IntRange(min=1), metavar="N", help="Fold sequences and blocks below level N into one row."
    ),
    click.option(
        "--dtype",
        type=click.Choice(["float64", "float32", "bfloat16", "float16"]),
        default="float32",
        show_default=True,
        help="What all numbers are, for the memory.",
    ),
    click.option(
        "--max-period",
        type=click.IntRange(min=1),
        default=MAX_PERIOD,
        show_default=True,
        metavar="N",
        help="Decide which inputs are valid where that repeats after at most N sizes.",
    ),
    click.option("--columns", metavar="NAME,...", help="Show these columns, in this order; `all` for every one."),
    click.option("--sort", metavar="COLUMN", help="Sort the rows: numbers from the largest on, words from the first on."),
    click.option("--reverse", is_flag=True, help="Sort the other way round."),
    click.option(
        "--format",
        "form",
        type=click.Choice(["text", "markdown", "json", "csv"]),
        default="text",
        show_default=True,
        help="How the table is written; csv with --sweep.",
    ),
    color_option,
)
def command(
    file: str,
    inputs: tuple[str, ...],
    settings: tuple[str, ...],
    network: str | None,
    max_layers: int | None,
    others: tuple[str, ...],
    sweeps: tuple[str, ...],
    batch: int | None,
    depth: int | None,
    dtype: str,
    max_period: int,
    columns: str | None,
    sort: str | None,
    reverse: bool,
    form: str,
    color: str,
) -> None:
    """Show the layers of a network as a table, with totals.

    For each layer: name, output shape, receptive field, parameters, and MACs (multiply-accumulates). --columns shows others:
    kind, stride, offset, border, frozen, buffers, share, activations, weights, memory, saved, intensity.

    --compare shows two networks side by side, --sweep the totals for several values. Exit code: 0, 1 if there are mistakes (in
    a sweep, for any of the values), 2 wrong usage or an unreadable file.
    """
    if others and sweeps:
        raise UsageError("--compare shows two networks and --sweep one line for each of many: leave out one of them")
    if sweeps and depth is not None:
        raise UsageError("--depth folds layers, and --sweep shows none: leave out one of them")
    if form == "csv" and not sweeps:
        raise UsageError("--format csv is for --sweep; other tables are text, markdown or json")
    if (others or sweeps) and (columns or sort or reverse or dtype != "float32"):
        raise UsageError("--columns, --sort, --reverse and --dtype are for the table of one network")
    if reverse and not sort:
        raise UsageError("--reverse turns --sort around: name a column to sort by")
    asked = Options(set=settings, input=single_input(inputs), network=network, max_layers=layer_limit(max_layers))
    if sweeps:
        from cnnspec.cli.sweeping import show_sweep

        show_sweep(file, asked, sweeps, form, batch, color)
    elif others:
        from cnnspec.cli.comparing import show_comparison

        show_comparison(file, asked, others, form, depth, batch, color)
    else:
        from cnnspec.backends.summary import render
        from cnnspec.cli.layout import layout_of

        layout = layout_of(columns, sort, reverse)
        print_table(render(load(file, asked, color), form, depth, batch, dtype, layout, max_period), form)
