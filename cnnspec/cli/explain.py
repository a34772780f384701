"""`cnnspec explain`: what a layer, a word or a code means."""

from __future__ import annotations

import click

from cnnspec.diagnostics.problem import UsageError


def _beginning_with(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[str]:
    """Returns what a shell completes a topic to."""
    from cnnspec.backends.reference import topic_names

    return [name for name in topic_names() if name.startswith(incomplete)]


@click.command()
@click.argument("name", required=False, shell_complete=_beginning_with)
def command(name: str | None) -> None:
    """Explain a layer, a word, a setting or a code, with an example.

    NAME is a layer such as `conv`, a word such as `repeat`, a setting of `train` or a kind of one such as `sgd`, or the code of
    a message such as `E0301`; `E03` lists the codes that begin so. Without it, words and codes are listed.
    """
    from cnnspec.backends.reference import code_group, code_page, layer_page, nearest_topic, topics
    from cnnspec.backends.reference_settings import setting_page
    from cnnspec.backends.reference_words import word_page

    if name is None:
        print(topics())
        return
    page = code_page(name.upper()) or layer_page(name) or word_page(name) or setting_page(name) or code_group(name.upper())
    if page is None:
        guess = nearest_topic(name)
        raise UsageError(
            f"there is no layer, word or code `{name}`; "
            + (f"did you mean `{guess}`?" if guess else "`cnnspec explain` lists words and codes, `cnnspec layers` the layers")
        )
    print(page)
