"""`cnnspec generate`: stand-alone PyTorch source."""

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
from cnnspec.cli.output import print_document, verify_output, write_document
from cnnspec.cli.settings import layer_limit
from cnnspec.compiler import Options


@click.command()
@click.argument("file", type=NamedPath())
@options(
    click.option("-o", "--output", type=click.Path(), metavar="PATH", help="Write to a file instead of standard output."),
    input_option,
    set_option,
    network_option,
    layers_option,
    color_option,
)
def command(
    file: str,
    output: str | None,
    inputs: tuple[str, ...],
    settings: tuple[str, ...],
    network: str | None,
    max_layers: int | None,
    color: str,
) -> None:
    """Write a network as PyTorch source that needs nothing of cnnspec."""
    if output is not None:
        verify_output(output, file)
    found = load(
        file, Options(set=settings, input=single_input(inputs), network=network, max_layers=layer_limit(max_layers)), color
    )
    from cnnspec.backends.torch_source import generate

    source = generate(found)
    if output is None or output == "-":
        print_document(source)
    else:
        write_document(source, output)
