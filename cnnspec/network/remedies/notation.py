"""What is said about `train`, in YAML or JSON where the file is: `loss: mse`, `lr: 0.1`, and not `loss mse`, `lr=0.1`."""

from __future__ import annotations

import re
from dataclasses import replace

from cnnspec.diagnostics.diagnostic import Diagnostic
from cnnspec.diagnostics.problem import UsageError
from cnnspec.layers.registry import lookup
from cnnspec.recipe.recipe import SETTINGS
from cnnspec.source import Source
from cnnspec.syntax.parse import parse
from cnnspec.syntax.print_yaml import in_one_line

ABOUT_TRAINING = ("E04", "W050", "W053", "W054")
_QUOTED = re.compile(r"`([^`]+)`")
_ARGUMENTS = re.compile(r"[a-z]\w*=([^=\s].*)?")
_STATEMENT = re.compile(r"([a-z]\w*) \S.*")
_TUPLE = re.compile(r"\(([-+.\w]+(?:, [-+.\w]+)+)\)")
_LIST = r"[\1]"


def in_own_notation(found: Diagnostic, source: Source) -> Diagnostic:
    """Returns what was found in a file in YAML or JSON with the lines and arguments of `train` as that file writes them."""
    if found.span.source is not source or not found.code.startswith(ABOUT_TRAINING):
        return found
    is_json = source.text.lstrip().startswith("{")

    def said(text: str) -> str:
        return _QUOTED.sub(lambda piece: f"`{_written(piece[1], is_json)}`", text)

    return replace(
        found,
        message=said(found.message),
        label=said(found.label),
        labels=tuple(replace(label, text=said(label.text)) for label in found.labels),
        notes=tuple(map(said, found.notes)),
        help=None if found.help is None else said(found.help),
        fixes=tuple(replace(fix, title=said(fix.title)) for fix in found.fixes),
    )


def _written(text: str, is_json: bool) -> str:
    """Returns a statement or arguments of the `.cnn` notation in the other one, and anything else as it is."""
    if _ARGUMENTS.fullmatch(text):
        return ", ".join(_argument(part, is_json) for part in re.split(r", (?=[a-z]\w*=)", text))
    word = _STATEMENT.fullmatch(text)
    if word is None or not (word[1] in SETTINGS or word[1] == "input" or lookup(word[1]) is not None):
        return text  # such as a command
    around = "train" if word[1] in SETTINGS else "network N"
    document, mistakes = parse(Source("", f"{around} {{\n{text}\n}}\n"))
    if mistakes:
        return text
    try:
        return in_one_line(document, is_json=is_json)
    except UsageError:  # for which there is no form
        return text


def _argument(text: str, is_json: bool) -> str:
    name, _, value = text.partition("=")
    key = f'"{name}"' if is_json else name
    return f"{key}: {_TUPLE.sub(_LIST, value)}".rstrip()
