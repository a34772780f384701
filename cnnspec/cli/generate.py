"""`cnnspec generate`: stand-alone PyTorch source."""

from __future__ import annotations

from pathlib import Path

import click

from cnnspec.cli.load import load
from cnnspec.cli.options import color_option, input_option, network_option, options, set_option
from cnnspec.compiler import Options


@click.command()
@click.argument("file")
@options(
    click.option("-o", "--output", metavar="PATH", help="Write to a file instead of standard output."),
    input_option,
    set_option,
    network_option,
    color_option,
)
def command(
    file: str, output: str | None, given_input: str | None, settings: tuple[str, ...], network: str | None, color: str
) -> None:
    """Write a network as PyTorch source that needs nothing of cnnspec."""
    found = load(file, Options(set=settings, input=given_input, network=network), color)
    from cnnspec.backends.torch_source import generate

    source = generate(found)
    if output is None or output == "-":
        print(source, end="")
    else:
        Path(output).write_text(source, encoding="utf-8")
