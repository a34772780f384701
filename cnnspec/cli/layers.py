"""`cnnspec layers`: the vocabulary."""

from __future__ import annotations

import json

import click

from cnnspec.cli.output import print_document


@click.command()
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "markdown", "json"]),
    default="text",
    show_default=True,
    help="How they are listed; Markdown and JSON have the whole reference.",
)
def command(form: str) -> None:
    """List all layers by family, with their arguments and defaults."""
    from cnnspec.backends.reference import layer_facts, layer_list, layer_list_markdown

    if form == "text":
        print(layer_list())
    else:
        print_document(json.dumps(layer_facts(), indent=2) if form == "json" else layer_list_markdown())
