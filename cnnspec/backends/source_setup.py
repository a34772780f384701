"""What `__init__` does after the modules are made: stored factors, numbers that the file fixes, frozen layers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cnnspec.backends.source_layout import INDENT, WIDTH, Brackets, Item, lay_out
from cnnspec.backends.source_values import source_of_numbers
from cnnspec.layers.fixed import Weighted
from cnnspec.network.network import Node, Path
from cnnspec.values.call import python_source

METHOD = INDENT * 2


def setup(layers: Sequence[tuple[Path, Node]]) -> Iterator[str]:
    """Yields the lines for the layers of one class, each with its path from there."""
    parents = {path[:-1]: None for path, node in layers if "" in node.layer.weights(node.input)}
    for parent in parents:
        yield from lay_out(Item(Brackets("LayerScale.adopt(", (Item(_submodule(parent)),), ")")), METHOD)
    weighted = [(".".join(path), node.layer) for path, node in layers if isinstance(node.layer, Weighted)]
    fixed = [(f"{path}.{name}", numbers) for path, layer in weighted for name, numbers in layer.fixed_numbers.items()]
    if fixed:
        yield f"{METHOD}with torch.no_grad():"
    for name, numbers in fixed:
        tensor = Brackets("torch.tensor(", (Item(source_of_numbers(numbers)),), ")")
        yield from _apply("get_parameter", name, Item(Brackets("copy_(", (Item(tensor),), ")")), METHOD + INDENT)
    for path, layer in weighted:
        if layer.is_frozen:
            yield from _apply("get_submodule", path, Item("requires_grad_(False)"), METHOD)


def _apply(find: str, name: str, method: Item, indent: str) -> list[str]:
    """Returns the call of a method on what a name of `state_dict` leads to: one statement, or two where the name is long."""
    found = f"self.{find}({python_source(name)})"
    opening = method.value if isinstance(method.value, str) else method.value.opening
    if len(f"{indent}{found}.{opening}") <= WIDTH:
        return lay_out(_on(found, method), indent)
    item = Item(Brackets(f"self.{find}(", (Item(python_source(name)),), ")"), "found = ")
    return [*lay_out(item, indent), *lay_out(_on("found", method), indent)]


def _on(value: str, method: Item) -> Item:
    return Item(method.value, f"{value}.")


def _submodule(path: Path) -> str | Brackets:
    return Brackets("self.get_submodule(", (Item(python_source(".".join(path))),), ")") if path else "self"
