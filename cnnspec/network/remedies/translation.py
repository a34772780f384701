"""Statements in the notation of other frameworks, as they are said here: `nn.Conv2d(3, 64, 3)`, `Dense(10, activation="relu")`.

What comes out is a proposal: whoever shows it checks the text with it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

from cnnspec.declarations.declaration import positional_names
from cnnspec.diagnostics.diagnostic import Diagnostic, Edit
from cnnspec.diagnostics.nearest import nearest
from cnnspec.layers.base import Layer
from cnnspec.layers.elsewhere import our_argument, our_layer, our_merge
from cnnspec.layers.elsewhere_differs import ARGUMENTS
from cnnspec.layers.index import SPELLINGS
from cnnspec.layers.registry import lookup
from cnnspec.network.remedies.foreign_text import Call, code, read_call
from cnnspec.network.remedies.rewriting import fix
from cnnspec.source import Source, Span
from cnnspec.syntax.parse import parse

WORDS = frozenset({"E0201", "E0202", "E0206"})  # where one word is at fault, and a better one is known
CODES = WORDS | {"E0101", "E0103", "E0106", "E0204", "E0205", "E0208", "E0305"}
MOST = 1000  # mistakes: a text with more is no spec that somebody wrote, and is to be checked soon all the same
WEIGHTED = ("in_channels", "in_features")  # what PyTorch wants first, before the size that decides
COUNTED = ("num_features", "normalized_shape")  # what PyTorch wants, and nothing else
DROPPED = frozenset({"inplace", "device", "name"})
_NAME = re.compile(r"[A-Za-z_]\w*")
_SUM = re.compile(r"(?:\w+\s*=\s*)?(?P<first>[A-Za-z_]\w*)\s*(?P<sign>[+*])=?\s*(?P<second>[A-Za-z_]\w*)$")
ACTIVATION = frozenset({"activation", "nonlinearity", "act"})


class Arguments(NamedTuple):
    """Of a call: those by position, those by name, and the activation that a framework applies in the same call."""

    places: Sequence[str]
    named: dict[str, str]
    activation: str | None


def translated(source: Source, diagnostics: list[Diagnostic]) -> list[Diagnostic]:
    """Returns the diagnostics of a `.cnn` text with the statements that are meant, where those at fault are foreign."""
    few, rest = diagnostics[:MOST], diagnostics[MOST:]
    return [_with_translation(source, found) if found.code in CODES else found for found in few] + rest


def _with_translation(source: Source, diagnostic: Diagnostic) -> Diagnostic:
    if diagnostic.span.source is not source or (diagnostic.code == "E0101" and diagnostic.fixes):
        return diagnostic  # a mistake of notation that has a fix of its own
    number = diagnostic.span.begin.line
    line = source.line(number)
    start = source.line_starts[number - 1] + len(line) - len(line.lstrip())
    place = Span(source, start, start + len(code(line.strip())))
    margin = line[: len(line) - len(line.lstrip())]
    known = {place.text, *(_changed(place, edit) for own in diagnostic.fixes for edit in own.edits)}
    found = [text for text in dict.fromkeys(translations(place.text)) if text not in known and _reads(text)]
    if not found:
        return diagnostic
    new = [each for text in found for each in fix(f"write `{_first(text)}`", (Edit(place, text.replace("\n", f"\n{margin}")),))]
    if diagnostic.code == "E0305":
        return replace(diagnostic, fixes=(*new, *diagnostic.fixes))
    if diagnostic.fixes and _same(found[0], diagnostic.fixes[0].edits[0].content):
        return diagnostic
    own = None if diagnostic.code == "E0106" else diagnostic.help
    behind = " and, on a line of its own, `{}`".format(found[0].partition("\n")[2]) if "\n" in found[0] else ""
    advice = f"write `{_first(found[0])}`{behind}" + (f"; {own}" if own else "")
    if diagnostic.code in WORDS and diagnostic.fixes:
        return replace(diagnostic, fixes=(*diagnostic.fixes, *new))
    return replace(diagnostic, help=advice, fixes=(*new, *(() if own is None else diagnostic.fixes)))


def _changed(place: Span, edit: Edit) -> str:
    """Returns the text of a place after an edit in it."""
    return place.source.text[place.start : edit.span.start] + edit.content + place.source.text[edit.span.end : place.end]


def _same(text: str, other: str) -> bool:
    """Returns whether two texts consist of the same words, capitals and brackets aside."""
    return re.findall(r"[\w.]+", text.lower()) == re.findall(r"[\w.]+", other.lower())


def _first(text: str) -> str:
    return text.partition("\n")[0]


def _reads(text: str) -> bool:
    """Returns whether a text is a statement of ours."""
    return not parse(Source("statement", f"network N {{\n{text}\n}}\n"))[1]


def translations(text: str) -> Iterator[str]:
    """Yields what a statement of another framework may be here, the likeliest first."""
    merged = _SUM.match(text)
    if merged is not None:
        yield f"{'add' if merged['sign'] == '+' else 'multiply'} {merged['first']}, {merged['second']}"
        return
    call = read_call(text)
    if call is None:
        return
    if call.word.lower() in ("input", "inputlayer"):
        yield from _input(call)
        return
    merge = our_merge(call.word)
    if merge is not None and call.places and "(" in text:
        yield f"{merge} {', '.join(_NAME.findall(' '.join(call.places)))}"
        return
    keyword = call.word if lookup(call.word) is not None else our_layer(call.word)
    word = lookup(keyword) if keyword is not None else None
    if word is None or keyword is None:
        return
    name = word.kind.keyword if word.rank is None or call.word not in SPELLINGS else call.word
    arguments = _arguments(call, word.kind)
    labels = dict.fromkeys((call.label, None))
    known = (*word.kind.model_fields, *word.kind.aliases, *word.kind.torch_axes)
    if not set(arguments.named) <= set(known):
        return
    for given in _orders(arguments, word.kind, is_keras=call.word not in SPELLINGS and call.word != word.kind.keyword):
        for label in labels if len(given.places) <= len(positional_names(word.kind)) or word.kind.variadic else ():
            yield _statement(call, label, name, given, word.kind)


def _input(call: Call) -> Iterator[str]:
    """Yields `input` with the sizes of one sample: the batch, which frameworks leave open, is not mentioned."""
    sizes = [
        size for text in (*call.places, *call.named.values()) for size in re.findall(r"\b[A-Z][A-Z0-9]*\b|\d+|[Nn]one|-1", text)
    ]
    known = [size for size in sizes if size.isdigit() or size.isupper()]
    if known and known[0].isdigit():
        yield f"{f'{call.label}: ' if call.label else ''}input {'x'.join(known)}"


def _arguments(call: Call, kind: type[Layer]) -> Arguments:
    """Returns the arguments with our names, without those that say what is said elsewhere, or nothing."""
    named: dict[str, str] = {}
    activation = None
    for name, value in call.named.items():
        if name == "padding" and kind.family == "pooling" and value.strip("\"'") in ("same", "valid"):
            named |= {"ceil_mode": "true"} if "same" in value and "ceil_mode" in kind.model_fields else {}
        elif name in ACTIVATION and name not in kind.model_fields:
            activation = value.strip("\"'")
        elif name in kind.model_fields or name in kind.aliases or name in kind.torch_axes:
            named[name] = value
        elif (ours := our_argument(name, kind.model_fields)) is not None:
            named[ours] = value
        elif name not in DROPPED and not ARGUMENTS.get(name, "").startswith("leave it out"):
            named[nearest(name, kind.model_fields) or name] = value
    return Arguments(call.places, named, activation)


def _orders(arguments: Arguments, kind: type[Layer], *, is_keras: bool) -> Iterator[Arguments]:
    """Yields the arguments as PyTorch orders them, where its first one is inferred here; then as they stand."""
    places, named, activation = arguments
    inferred = next((name for name in (*WEIGHTED, *COUNTED) if name in kind.model_fields), None)
    takes = len(places) >= 2 if inferred in WEIGHTED else len(places) == 1
    if inferred is not None and takes and not is_keras and places[0].isdigit():
        yield Arguments(places[1:], {**named, inferred: places[0]}, activation)
        if inferred in COUNTED:
            yield Arguments((), named, activation)
    if "num_channels" in kind.model_fields and len(places) == 2:
        yield Arguments(places[:1], {**named, "num_channels": places[1]}, activation)
    if is_keras and not places and "kernel" not in named and kind.family == "pooling" and "kernel" in kind.model_fields:
        yield Arguments(("2",), named, activation)  # the default of Keras
    yield arguments


def _statement(call: Call, label: str | None, name: str, given: Arguments, kind: type[Layer]) -> str:
    fields = positional_names(kind)
    written = list(given.places[:1]) if kind.variadic is None else list(given.places)
    for place, value in enumerate(given.places[1:] if kind.variadic is None else (), 1):
        is_moved = given.places is not call.places and place < len(fields)
        written.append(f"{fields[place]}={value}" if is_moved else value)
    written += [f"{field}={value}" for field, value in given.named.items()]
    text = f"{label}: {name}" if label else name
    text += (f" {', '.join(written)}" if written else "") + call.expected
    applied = given.activation if given.activation not in (None, "linear", "None", "none") else None
    if applied is None:
        return text
    keyword = applied if lookup(applied) is not None else our_layer(applied)
    return f"{text}\n{keyword}" if keyword else text
