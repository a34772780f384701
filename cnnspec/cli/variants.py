"""One spec asked for in several ways: what `--compare` and `--sweep` change, in one notation for all options.

`depth=50` is a parameter (or `train.optimizer.lr=0.1`), as after `--set`; `input=3x64x64` and `network=Small` are the options
of these names.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import replace

from cnnspec.cli.options import input_words
from cnnspec.compiler import Options
from cnnspec.diagnostics.problem import UsageError
from cnnspec.source import Source
from cnnspec.syntax import tree
from cnnspec.syntax.parse import parse_expression

MOST = 1000  # networks of one sweep
EXAMPLE = "such as `--sweep width=0.25,0.5,1.0`"

Settings = tuple[tuple[str, str], ...]  # names and values as text


def changed(asked: Options, settings: Settings) -> Options:
    """Returns the options with these settings, which replace those of the same name."""
    for name, value in settings:
        if name == "input":
            asked = replace(asked, input=value)
        elif name == "network":
            asked = replace(asked, network=value)
        else:
            others = (text for text in asked.set if text.partition("=")[0].strip() != name)
            asked = replace(asked, set=(*others, f"{name}={value}"))
    return asked


def words(file: str, asked: Options) -> str:
    """Returns how a command is told the same: `resnet.cnn --network ResNet --set depth=18 --input 3x64x64`."""
    network = [f"--network {asked.network}"] if asked.network is not None else []
    given = [input_words(asked.input)] if isinstance(asked.input, str | dict) else []
    return " ".join([file, *network, *(f"--set {text}" for text in asked.set), *given])


def grid(texts: Sequence[str]) -> list[Settings]:
    """Returns the settings of a sweep, the last name changing fastest; raises UsageError for what is no list of values."""
    lists = [_values(text) for text in texts]
    names = [name for name, _ in lists]
    for name in names:
        if names.count(name) > 1:
            raise UsageError(f"--sweep is given twice for `{name}`: write all values into one, {EXAMPLE}")
    count = math.prod(len(values) for _, values in lists)
    if count > MOST:
        raise UsageError(f"--sweep asks for {count:,} networks, and takes at most {MOST:,}")
    return [tuple(zip(names, values, strict=True)) for values in itertools.product(*(values for _, values in lists))]


def _values(text: str) -> tuple[str, list[str]]:
    """Returns the name and the values of `width=0.25,0.5`; commas in brackets and strings belong to a value."""
    name, equals, rest = (part.strip() for part in text.partition("="))
    source = Source("--sweep", f"[{rest}]")
    expression, mistakes = parse_expression(source, 0, len(source.text))
    if not equals or not name.replace(".", "_").isidentifier():
        raise UsageError(f"--sweep {text}: write a name and its values, {EXAMPLE}")
    if mistakes or not isinstance(expression, tree.Sequence) or not expression.items:
        raise UsageError(f"--sweep {text}: `{rest}` is no list of values, {EXAMPLE}")
    return name, [item.span.text for item in expression.items]
