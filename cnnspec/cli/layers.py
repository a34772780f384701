"""`cnnspec layers`: the vocabulary."""

from __future__ import annotations

import json

import click


@click.command()
@click.option("--format", "form", type=click.Choice(["text", "markdown", "json"]), default="text", show_default=True)
def command(form: str) -> None:
    """List all layers by family, with their arguments and defaults."""
    from cnnspec.backends.reference import layer_facts, layer_list, layer_list_markdown

    if form == "json":
        print(json.dumps(layer_facts(), indent=2))
    else:
        print(layer_list() if form == "text" else layer_list_markdown())
