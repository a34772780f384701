"""`cnnspec schema`: what a YAML or JSON spec may hold, for editors."""

from __future__ import annotations

import json

import click

from cnnspec.cli.output import print_document


@click.command()
def command() -> None:
    """Print the JSON Schema (draft-07) of the YAML and JSON notation.

    Editors complete and check specs with it: save it, and name it in the first line of a YAML file,
    `# yaml-language-server: $schema=cnnspec.schema.json`.
    """
    from cnnspec.backends.schema import schema

    print_document(json.dumps(schema(), indent=1, ensure_ascii=False))
