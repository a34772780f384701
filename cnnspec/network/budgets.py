"""Budgets: `require parameters <= 5_000_000, macs <= 300e6`, verified for a network without mistakes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import NamedTuple

from cnnspec.diagnostics.diagnostic import Diagnostic, diagnose
from cnnspec.diagnostics.nearest import nearest
from cnnspec.network.analyses.analysis import BYTES, receptive_fields, weight_memory
from cnnspec.network.expressions import condition
from cnnspec.network.graph_problems import BudgetMissed
from cnnspec.network.network import MergeNode, Network, Node
from cnnspec.network.problems import BadExpression, Fault, UnknownName
from cnnspec.network.scope import Scope, Unknown
from cnnspec.source import Span
from cnnspec.syntax import tree
from cnnspec.syntax.visit import nodes, used_words
from cnnspec.values.dims import Dim, in_the_end

MOST_NAMED = 3  # of the layers that spend the most


class Requirement(NamedTuple):
    """Budgets, and the names that they see. `told_at` is where to speak of them if they do not stand in the file itself."""

    budgets: tuple[tree.Expression, ...]
    scope: Scope
    told_at: Span | None = None


def receptive_field(network: Network) -> Dim:
    """Returns how many input positions one position of the first output sees, along the axis where it sees the fewest.

    Of formulas it is the one that is smallest in the end.
    """
    fields = list(receptive_fields(network))
    position = network.returns[0] - len(network.inputs)
    return min(fields[position].size, default=1, key=in_the_end) if position >= 0 else 1


def activation_memory(network: Network) -> int:
    """Returns the most bytes of values that are alive at once in inference, for one sample in float32."""
    from cnnspec.network.analyses.memory import inference_memory  # late, since most files have no budget of it

    return inference_memory(network, BYTES)


def _alive(network: Network) -> list[int]:
    """Returns the bytes that are alive while each node runs."""
    from cnnspec.network.analyses.memory import inference_steps

    return [step.bytes(BYTES) for step in inference_steps(network)]


QUANTITIES: dict[str, Callable[[Network], int]] = {
    "parameters": lambda network: network.parameters,
    "macs": lambda network: network.macs,
    "receptive_field": receptive_field,
    "weight_memory": weight_memory,
    "activation_memory": activation_memory,
}
_SPENT: dict[str, Callable[[Node | MergeNode], int]] = {
    "parameters": lambda node: node.parameters if isinstance(node, Node) else 0,
    "macs": lambda node: node.macs if isinstance(node, Node) else 0,
    "weight_memory": lambda node: BYTES * node.parameters if isinstance(node, Node) else 0,
}


def verify_budgets(network: Network, requirements: Iterable[Requirement]) -> Iterator[Diagnostic]:
    """Yields the budgets that a network does not meet, with the layers that spend the most; memory is in bytes."""
    for requirement in requirements:
        for budget in requirement.budgets:
            try:
                yield from _verify(network, budget, requirement)
            except Fault as fault:
                place, notes = _place(requirement, fault.span, budget)
                yield diagnose(fault.problem, place, labels=fault.labels, notes=notes)
            except Unknown:
                continue  # a name in it is at fault


def holds(budget: tree.Expression, values: Mapping[str, int], scope: Scope) -> bool:
    """Returns whether a budget is met by these values of the quantities that it uses; raises Fault, or Unknown."""
    for node in nodes(budget):
        if isinstance(node, tree.Name) and node.text not in QUANTITIES and _is_misspelt(node.text, scope):
            raise Fault(UnknownName("name", node.text, tuple(QUANTITIES)), node.span)
    if not isinstance(budget, tree.Comparison) or used_words(budget).isdisjoint(QUANTITIES):
        text = f"a budget compares one of {', '.join(f'`{name}`' for name in QUANTITIES)} with a number"
        raise Fault(BadExpression(text, "such as `require macs <= 300e6`"), budget.span)
    return condition(budget, Scope(outer=scope, values=dict(values)))


def _is_misspelt(name: str, scope: Scope) -> bool:
    """Returns whether a name stands for nothing and is near that of a quantity."""
    try:
        scope.find(name)
    except KeyError:
        return nearest(name, QUANTITIES) is not None
    return False


def _verify(network: Network, budget: tree.Expression, requirement: Requirement) -> Iterator[Diagnostic]:
    words = used_words(budget)
    values = {name: count(network) for name, count in QUANTITIES.items() if name in words}
    if not holds(budget, values, requirement.scope):
        facts = tuple(f"`{name}` is {value:,}" for name, value in values.items())
        spenders = tuple(_spenders(network, name) for name in values if name != "receptive_field")
        place, notes = _place(requirement, budget.span, budget)
        yield diagnose(BudgetMissed(budget.span.text, facts), place, notes=(*spenders, *notes))


def _place(requirement: Requirement, span: Span, budget: tree.Expression) -> tuple[Span, tuple[str, ...]]:
    """Returns where to speak of a budget, or a part of it, and a note that says who asks for it if the file does not."""
    if requirement.told_at is None:
        return span, ()
    return requirement.told_at, (f"`{budget.span.source.name}` asks for `{budget.span.text}`",)


def _spenders(network: Network, quantity: str) -> str:
    """Returns which layers account for most of a quantity: for its sum, or for its peak."""
    if quantity == "activation_memory":
        return f"most of `{quantity}` is alive at {_most(network, _alive(network))}"
    spent = [_SPENT[quantity](node) for node in network.nodes]
    return f"most of `{quantity}`: {_most(network, spent, sum(spent) or 1)}"


def _most(network: Network, spent: list[int], total: int | None = None) -> str:
    """Returns the nodes that spend the most with what they spend, and the share of it where there is a total.

    Formulas are compared, and their share is told, for large inputs.
    """
    pairs = sorted(zip(spent, network.nodes, strict=True), key=lambda pair: -in_the_end(pair[0]))[:MOST_NAMED]
    share = {amount: "" if total is None else f" ({100 * in_the_end(amount) / in_the_end(total):.0f} %)" for amount, _ in pairs}
    return ", ".join(f"`{node.name}` {amount:,}{share[amount]}" for amount, node in pairs if amount) or "none"
