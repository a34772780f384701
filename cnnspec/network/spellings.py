"""PyTorch's spellings as edits to the short ones: `Conv2d 64, kernel_size=3` to `conv 64, kernel=3`."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator

from cnnspec.diagnostics.diagnostic import Edit
from cnnspec.layers.index import SPELLINGS
from cnnspec.layers.registry import lookup
from cnnspec.source import Span
from cnnspec.syntax import tree
from cnnspec.syntax.visit import nodes

Verified = Callable[[], Collection[Span]]


def short_spellings(document: tree.Document, verified: Verified) -> list[Edit]:
    """Returns the edits that write layers and their arguments in the short spelling, without a change of meaning.

    A spelling with a rank asserts it. It goes where `verified` (asked only then) has the place of the word, because the shapes
    in the file make the assertion true; elsewhere `Conv2d` becomes `conv2d`.
    """
    own = set(_own_words(document))
    edits: list[Edit] = []
    for definition in document.definitions:
        if isinstance(definition, tree.TrainDefinition):
            continue
        for node in nodes(definition):
            if isinstance(node, tree.Call) and node.word.text not in own:
                edits += _word(node.word, verified)
                edits += (edit for argument in node.arguments for edit in _argument(node.word.text, argument))
    return edits


def _own_words(document: tree.Document) -> Iterator[str]:
    """Yields the names that a file introduces, which it may call like layers."""
    for node in nodes(document.definitions):
        if isinstance(node, tree.BlockDefinition | tree.Parameter | tree.Let):
            yield node.name.text
        elif isinstance(node, tree.For):
            yield from (name.text for name in node.targets)


def _word(word: tree.Name, verified: Verified) -> Iterator[Edit]:
    if word.text not in SPELLINGS:
        return
    keyword, rank = SPELLINGS[word.text]
    short = keyword if rank is None or word.span in verified() else f"{keyword}{rank}d"
    if short != word.text and (short == keyword or SPELLINGS.get(short) == (keyword, rank)):
        yield Edit(word.span, short)


def _argument(word: str, argument: tree.Argument) -> Iterator[Edit]:
    found = lookup(word)
    if found is None or argument.name is None or argument.name.text in found.kind.model_fields:
        return
    name, value = argument.name, argument.value
    if name.text in found.kind.aliases:
        yield Edit(name.span, found.kind.aliases[name.text])
    elif name.text in found.kind.torch_axes and isinstance(value, tree.Literal) and type(value.value) is int and value.value:
        yield Edit(name.span, found.kind.torch_axes[name.text])
        if value.value > 0:  # counted the batch too
            yield Edit(value.span, str(value.value - 1))
