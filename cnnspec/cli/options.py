"""Options that several commands share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import click

from cnnspec.diagnostics.problem import UsageError
from cnnspec.recipe.precisions import PRECISIONS, our_precision

Inputs = str | dict[str, str]  # the shape of the only input, or shapes by the names of the inputs
Function = TypeVar("Function", bound=Callable[..., Any])

set_option = click.option(
    "--set",
    "settings",
    multiple=True,
    metavar="NAME=VALUE",
    help="Set a network parameter, or `train.optimizer.lr=0.1`. Repeatable.",
)
network_option = click.option("--network", metavar="NAME", help="Which network of the file; otherwise the last one.")
input_option = click.option(
    "--input",
    "inputs",
    multiple=True,
    metavar="[NAME=]SHAPE",
    help="Replace the declared input, such as 3x64x64; of several inputs, the one of this name. Repeatable.",
)
layers_option = click.option(
    "--max-layers",
    type=click.IntRange(min=1),
    metavar="N",
    help="Refuse networks of more layers, loops unrolled; otherwise 250,000.",
)
data_option = click.option(
    "--data", metavar="DATA", help="Replace the data set: mnist, or 'mnist, root=\"data\"', as in a spec."
)
device_option = click.option(
    "--device", default="auto", show_default=True, metavar="auto|cpu|cuda|cuda:N", help="Where to compute."
)


class NamedPath(click.Path):
    """A path. An empty text, which a variable gives that is not set, would be the current folder, and is refused."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if value == "":
            self.fail("an empty text is no path", param, ctx)
        return super().convert(value, param, ctx)


class Precision(click.Choice[str]):
    """One of the precisions; names that others give them are told what they are here."""

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        if value not in self.choices:
            ours = our_precision(value)
            if ours is not None:
                self.fail(f"{value!r} is called `{ours}` here", param, ctx)
        return super().convert(value, param, ctx)


precision_option = click.option(
    "--precision",
    type=Precision(PRECISIONS),
    default="fp32",
    show_default=True,
    help="With which numbers to compute.",
)
color_option = click.option(
    "--color", type=click.Choice(["auto", "always", "never"]), default="auto", show_default=True, help="Colour in the output."
)

format_option = click.option(
    "--format",
    "form",
    type=click.Choice(["text", "markdown", "json"]),
    default="text",
    show_default=True,
    help="How the output is written.",
)


def input_turns(texts: Sequence[str]) -> list[Inputs]:
    """Returns what `--input` gives, turn by turn: shapes with names belong together until a name comes again."""
    turns: list[Inputs] = []
    for text in texts:
        name, equals, shape = text.partition("=")
        if not equals:
            turns.append(text)
            continue
        last = turns[-1] if turns else text
        if isinstance(last, str) or name in last:
            turns.append({name: shape})
        else:
            last[name] = shape
    return turns


def single_input(texts: Sequence[str]) -> Inputs | None:
    """Returns what `--input` gives to a command that works on one network; raises UsageError where that is not clear."""
    turns = input_turns(texts)
    if len(turns) > 1:
        raise UsageError("--input is given twice; several inputs have names: `--input left=3x64x64 --input right=3x64x64`")
    return turns[0] if turns else None


def input_words(given: Inputs) -> str:
    """Returns the options that say so: `--input left=3x64x64 --input right=3x64x64`."""
    shapes = [given] if isinstance(given, str) else [f"{name}={shape}" for name, shape in given.items()]
    return " ".join(f"--input {shape}" for shape in shapes)


def input_text(given: Inputs) -> str:
    """Returns the shapes: `3x64x64`, or `left=3x64x64, right=3x64x64`."""
    return given if isinstance(given, str) else ", ".join(f"{name}={shape}" for name, shape in given.items())


def options(*decorators: Callable[[Function], Function]) -> Callable[[Function], Function]:
    """Returns one decorator that applies several options; the first one is shown first in the help."""

    def decorate(function: Function) -> Function:
        for decorator in reversed(decorators):
            function = decorator(function)
        return function

    return decorate
