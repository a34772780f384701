"""`cnnspec summary`: the table of layers."""

from __future__ import annotations

import click

from cnnspec.cli.load import load
from cnnspec.cli.options import color_option, input_option, layers_option, network_option, options, set_option, single_input
from cnnspec.cli.output import print_document
from cnnspec.cli.settings import layer_limit
from cnnspec.compiler import Options


@click.command()
@click.argument("file", type=click.Path())
@options(
    input_option,
    set_option,
    network_option,
    layers_option,
    click.option("--batch", type=click.IntRange(min=1), metavar="N", help="Show shapes and costs for a batch of N samples."),
    click.option(
        "--depth", type=click.IntRange(min=1), metavar="N", help="Fold sequences and blocks below level N into one row."
    ),
    click.option(
        "--format",
        "form",
        type=click.Choice(["text", "markdown", "json"]),
        default="text",
        show_default=True,
        help="How the table is written.",
    ),
    color_option,
)
def command(
    file: str,
    inputs: tuple[str, ...],
    settings: tuple[str, ...],
    network: str | None,
    max_layers: int | None,
    batch: int | None,
    depth: int | None,
    form: str,
    color: str,
) -> None:
    """Show the layers of a network as a table, with totals.

    For each layer: name, output shape, receptive field, parameters, and MACs (multiply-accumulates).
    """
    found = load(
        file, Options(set=settings, input=single_input(inputs), network=network, max_layers=layer_limit(max_layers)), color
    )
    from cnnspec.backends.summary import render

    text = render(found, form, depth=depth, batch=batch)
    if form == "text":
        print(text)
    else:
        print_document(text)
