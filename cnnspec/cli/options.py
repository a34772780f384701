"""Options that several commands share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

Function = TypeVar("Function", bound=Callable[..., Any])

set_option = click.option(
    "--set",
    "settings",
    multiple=True,
    metavar="NAME=VALUE",
    help="Set a network parameter, or `train.optimizer.lr=0.1`. Repeatable.",
)
network_option = click.option("--network", metavar="NAME", help="Which network of the file; otherwise the last one.")
input_option = click.option("--input", "given_input", metavar="SHAPE", help="Replace the declared input, such as 3x64x64.")
data_option = click.option(
    "--data", metavar="DATA", help="Replace the data set: mnist, or 'mnist, root=\"data\"', as in a spec."
)
device_option = click.option(
    "--device", default="auto", show_default=True, metavar="auto|cpu|cuda|cuda:N", help="Where to compute."
)
precision_option = click.option(
    "--precision",
    type=click.Choice(["fp64", "fp32", "tf32", "bf16"]),
    default="fp32",
    show_default=True,
    help="With which numbers to compute.",
)
color_option = click.option(
    "--color", type=click.Choice(["auto", "always", "never"]), default="auto", show_default=True, help="Colour in the output."
)


def options(*decorators: Callable[[Function], Function]) -> Callable[[Function], Function]:
    """Returns one decorator that applies several options; the first one is shown first in the help."""

    def decorate(function: Function) -> Function:
        for decorator in reversed(decorators):
            function = decorator(function)
        return function

    return decorate
