"""`cnnspec completion`: the script that makes a shell complete commands, options and files."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from cnnspec.cli.output import print_document


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def command(context: click.Context, shell: str) -> None:
    """Print the script that completes `cnnspec` in a shell.

    \b
    bash: cnnspec completion bash > ~/.local/share/bash-completion/completions/cnnspec
    zsh:  cnnspec completion zsh > ~/.zfunc/_cnnspec    (a folder of $fpath)
    fish: cnnspec completion fish > ~/.config/fish/completions/cnnspec.fish
    """
    script = get_completion_class(shell)
    assert script is not None
    print_document(script(context.find_root().command, {}, "cnnspec", "_CNNSPEC_COMPLETE").source())
