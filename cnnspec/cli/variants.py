"""One spec asked for in several ways: what `--compare` and `--sweep` change, in one notation for all options.

`depth=50` is a parameter (or `train.optimizer.lr=0.1`), as after `--set`; `input=3x64x64`, of several inputs
`input.left=3x64x64`, and `network=Small` are the options of these names.
"""

from __future__ import annotations

import itertools
import math
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import replace

from cnnspec.cli.options import input_words
from cnnspec.cli.output import harmless
from cnnspec.compiler import Options
from cnnspec.diagnostics.problem import UsageError
from cnnspec.source import Source
from cnnspec.syntax.parse import parse_expression
from cnnspec.syntax.pieces import pieces

MOST = 1000  # networks of one sweep
EXAMPLE = "such as `--sweep width=0.25,0.5,1.0`"

Settings = tuple[tuple[str, str], ...]  # names and values as text


def changed(asked: Options, settings: Settings) -> Options:
    """Returns the options with these settings, which replace those of the same name."""
    for name, value in settings:
        first, _, rest = name.partition(".")
        if name == "input":
            asked = replace(asked, input=value)
        elif first == "input":
            others = asked.input if isinstance(asked.input, Mapping) else {}
            asked = replace(asked, input={**others, rest: value})
        elif name == "network":
            asked = replace(asked, network=value)
        else:
            kept = (text for text in asked.set if text.partition("=")[0].strip() != name)
            asked = replace(asked, set=(*kept, f"{name}={value}"))
    return asked


def words(file: str, asked: Options) -> str:
    """Returns how a shell is told the same: `resnet.cnn --network ResNet --set depth=18 --input 3x64x64`."""
    network = ["--network", asked.network] if asked.network is not None else []
    settings = [word for text in asked.set for word in ("--set", text)]
    given = input_words(asked.input).split() if isinstance(asked.input, str | dict) else []
    return harmless(shlex.join([file, *network, *settings, *given]))


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
    source = Source("--sweep", rest)
    if not equals or not name.replace(".", "_").isidentifier():
        raise UsageError(f"--sweep {text}: write a name and its values, {EXAMPLE}")
    values = pieces(source, 0, len(rest))
    for value in values:
        if parse_expression(*value)[1]:
            raise UsageError(f"--sweep {text}: `{value.text}` is no value; write them {EXAMPLE}")
    return name, [value.text for value in values]
