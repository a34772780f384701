"""A checked network as stand-alone PyTorch source: classes that its reader will own. Imports no torch.

The constructor calls are those that `torch_module` interprets, and the steps of each `forward` are those that it runs, so the
class has the same `state_dict` keys and shapes and, with the same weights, the same outputs as the built model.
"""

from __future__ import annotations

import builtins
from collections.abc import Iterator
from keyword import iskeyword

from cnnspec.backends.source_arguments import Unstated
from cnnspec.backends.source_calls import functions
from cnnspec.backends.source_classes import Classes, SourceClass
from cnnspec.backends.source_copies import Copy, Import, copies, import_lines
from cnnspec.backends.source_docstrings import docstring, docstring_of_network
from cnnspec.backends.source_forward import forward
from cnnspec.backends.source_header import header
from cnnspec.backends.source_labels import input_names
from cnnspec.backends.source_layout import INDENT, Brackets, Item, lay_out
from cnnspec.backends.source_skeletons import is_parameter
from cnnspec.backends.source_values import is_plain, source_of_part, uses_ordered_dict
from cnnspec.network.network import Network
from cnnspec.network.structure import structure
from cnnspec.values.call import python_source

METHOD = INDENT * 2


def generate(network: Network) -> str:
    """Returns the source of a module named as the network, formatted as `ruff format` does; the same text every time.

    It imports torch only (and OrderedDict), and holds the numbers that the file fixes (`weight=`, `bias_value=`, `frozen=`).
    How other weights begin (`init`) is a matter of training and not in it: they begin as torch's constructors choose.
    """
    taken = {"Any", "F", "OrderedDict", "nn", "torch"} | {node.layer.torch(node.input).function for node in network.layers}
    root = structure(network)
    classes = Classes(root, class_name(network.name, taken), taken)
    called = {name for made in classes for name in functions(made.children.values())} & taken
    own = copies(name for name in called if name.isidentifier())
    inputs = input_names(root, classes, [given.name for given in network.inputs])
    bodies = [line for made in classes for line in ["", "", *_class(made, classes, network, inputs[made])]]
    lines = [*header(network), "", *import_lines(_imports(classes, own))]
    for copy in own.values():
        lines += ["", "", copy.source]
    return "\n".join([*lines, *bodies]) + "\n"


def class_name(name: str, taken: set[str]) -> str:
    """Returns the network's name, with `Network` behind it where Python, its built-ins or the file already use it."""
    while iskeyword(name) or hasattr(builtins, name) or name in taken:
        name += "Network"
    return name


def _imports(classes: Classes, own: dict[str, Copy]) -> set[Import]:
    """Returns what the file imports: that which its classes use, and the copied ones."""
    imports = {Import("torch", "nn")}.union(*(copy.imports for copy in own.values()))
    if any(
        not (made.module.is_chain or made.module.is_container) or any("torch." in line for line in made.setup)
        for made in classes
    ):
        imports.add(Import("torch"))
    if any(uses_ordered_dict(made.children.values()) for made in classes):
        imports.add(Import("collections", "OrderedDict"))
    return imports


def _class(made: SourceClass, classes: Classes, network: Network, inputs: list[str]) -> Iterator[str]:
    """Yields the lines of one class: what it is, what it is made of, what it does."""
    module = made.module
    base = "Sequential" if module.is_chain else "ModuleList" if made.is_list else "Module"
    yield f"class {made.name}(nn.{base}):"
    yield from docstring_of_network(network, module) if not module.path else docstring(made)
    if made.children or module.is_chain:
        yield ""
        yield from _signature(made)
        yield from _body(made)
        yield from made.setup
    if not module.is_chain and (not module.is_container or not module.path):
        yield ""
        yield from forward(made, classes, inputs)


def _signature(made: SourceClass) -> list[str]:
    items = [Item("self")]
    for parameter in made.parameters:
        declared = f"{parameter.name}: {parameter.annotation}"
        default = "" if isinstance(parameter.default, Unstated) else f" = {python_source(parameter.default)}"
        items.append(Item(f"{declared}{default}"))
    return lay_out(Item(Brackets("def __init__(", tuple(items), ") -> None:")), INDENT)


def _body(made: SourceClass) -> Iterator[str]:
    """Yields what `__init__` does to make the modules: arguments of nn.Sequential, or one assignment for each."""
    module = made.module
    shapes = [str(step.shapes[0]) for step in module.steps] if module.is_chain and made.is_fixed else [""] * len(made.children)
    if made.is_list:
        parts = zip(made.children.values(), shapes, strict=True)
        items = tuple(Item(source_of_part(part, made.spelled), comment=shape) for part, shape in parts)
        if not module.is_chain:
            items = (Item(Brackets("[", items, "]", spread=True)),)
        yield from lay_out(Item(Brackets("super().__init__(", items, ")", spread=module.is_chain and bool(items))), METHOD)
        return
    yield f"{METHOD}super().__init__()"
    for (name, part), shape in zip(made.children.items(), shapes, strict=True):
        attribute, value = made.attributes[name], source_of_part(part, made.spelled)
        if is_plain(attribute):
            item = Item(value, f"self.{attribute} = ", shape)
        else:
            register = "register_parameter" if is_parameter(module.children[name], module) else "add_module"
            arguments = (Item(python_source(attribute)), Item(value))
            item = Item(Brackets(f"self.{register}(", arguments, ")"), comment=shape)
        yield from lay_out(item, METHOD)
