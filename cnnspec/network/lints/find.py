"""All lints, and the one pass that asks them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from typing import TypeAlias

from cnnspec.diagnostics.diagnostic import Diagnostic
from cnnspec.network.lints.facts import Facts
from cnnspec.network.lints.field import FieldEndsBeforeImage
from cnnspec.network.lints.idle import DoesNothing
from cnnspec.network.lints.linear import ActivatedTwice, NothingNonLinearBetween
from cnnspec.network.lints.lint import LayerLint, NetworkLint
from cnnspec.network.lints.normalization import DropoutBeforeBatchNorm, SingleValue, UselessBias
from cnnspec.network.lints.overwriting import OverwritesValue
from cnnspec.network.lints.whole import ActivatedLogits, ChannelsLast, MostParametersInOneLayer
from cnnspec.network.lints.windows import EdgeNeverRead, KernelOnPadding, PaddingAroundOne
from cnnspec.network.network import Network, Node
from cnnspec.source import Span
from cnnspec.values.dims import Undecided

Place: TypeAlias = tuple[type[LayerLint], Span]

LAYER_LINTS: tuple[type[LayerLint], ...] = (
    UselessBias,
    NothingNonLinearBetween,
    DropoutBeforeBatchNorm,
    EdgeNeverRead,
    KernelOnPadding,
    PaddingAroundOne,
    DoesNothing,
    SingleValue,
    ActivatedTwice,
    OverwritesValue,
)
NETWORK_LINTS: tuple[type[NetworkLint], ...] = (
    ActivatedLogits,
    FieldEndsBeforeImage,
    MostParametersInOneLayer,
    ChannelsLast,
)
_BY_KEYWORD: dict[str, list[type[LayerLint]]] = {}
for _lint in LAYER_LINTS:
    for _keyword in _lint.keywords:
        _BY_KEYWORD.setdefault(_keyword, []).append(_lint)


def lint(network: Network, *, is_trained: bool) -> Iterator[Diagnostic]:
    """Yields the warnings about a checked network, one for each lint and place in the text.

    Of several networks in a file the recipe is that of one, which `is_trained`.
    """
    facts = Facts(network, network.recipe if is_trained else None)
    lints = _BY_KEYWORD.get
    hits: dict[Place, list[int]] = {}
    for value, node in enumerate(facts.nodes, facts.first):
        if isinstance(node, Node):
            for kind in lints(node.layer.keyword, ()):
                try:
                    is_hit = kind.holds(node, value, facts)
                except Undecided:
                    continue  # it is about sizes, and these are symbols
                if is_hit:
                    hits.setdefault((kind, node.origin.word), []).append(value)
    if hits:
        uses = Counter(node.origin.word for node in facts.nodes)
        for (kind, word), values in hits.items():
            first = facts.maker(values[0])
            if isinstance(first, Node) and kind.is_worth_a_word(first, len(values), uses[word], facts):
                yield kind.explain(first, values[0], facts)
    for whole in NETWORK_LINTS:
        with suppress(Undecided):
            yield from whole.find(facts)
