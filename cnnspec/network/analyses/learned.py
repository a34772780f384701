"""Which weights a recipe trains, and what is wrong with its choice."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cnnspec.network.network import Network, Node
from cnnspec.recipe.problems import FrozenUnknown, MatricesOnly, NothingToLearn, RecipeProblem
from cnnspec.recipe.recipe import Recipe
from cnnspec.recipe.value_problems import NothingFrozen


def learned_weights(network: Network, recipe: Recipe) -> Iterator[tuple[str, tuple[int, ...]]]:
    """Yields names and shapes of all weights that are trained: neither the layer nor a part around it is frozen."""
    for node in network.layers:
        if node.application or node.layer.is_frozen or is_below(node.name, recipe.freeze):
            continue
        for name, sizes in node.layer.weights(node.input).items():
            yield f"{node.name}.{name}" if name else node.name, sizes


def is_below(name: str, paths: Sequence[str]) -> bool:
    """Returns whether a module or weight is one of the parts that these paths name, or inside of one."""
    return any(f"{name}.".startswith(f"{path}.") for path in paths)


def keeps_statistics(node: Node, paths: Sequence[str]) -> bool:
    """Returns whether a layer is normalisation below frozen paths, which goes on with the statistics that it has learned."""
    return getattr(node.layer, "track_running_stats", False) and is_below(node.name, paths)


def unfit_weights(network: Network, recipe: Recipe) -> list[RecipeProblem]:
    """Returns frozen parts that are not there or have no weights, that nothing learns, and the first weight that is refused."""
    found: list[RecipeProblem] = []
    parts = (node.path[:depth] for node in network.layers for depth in range(1, len(node.path) + 1))
    known = list(dict.fromkeys(map(".".join, parts)))
    with_weights = [node.name for node in network.layers if node.layer.weights(node.input)]
    for position, path in enumerate(recipe.freeze):
        if path not in known:
            found.append(FrozenUnknown(path, tuple(known), position))
        elif not any(is_below(name, [path]) for name in with_weights):
            found.append(NothingFrozen(path, position))
    if not found and next(learned_weights(network, recipe), None) is None:
        is_learned_unfrozen = next(learned_weights(network, recipe.model_copy(update={"freeze": ()})), None) is not None
        found.append(NothingToLearn(is_learned_unfrozen))
    if recipe.optimizer.matrices_only:
        other = ((name, sizes) for name, sizes in learned_weights(network, recipe) if len(sizes) != 2)
        found += [MatricesOnly(recipe.optimizer.keyword, name, sizes) for name, sizes in other][:1]
    return found
