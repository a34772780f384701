"""A checked network as stand-alone PyTorch source: one class that its reader will own. Imports no torch.

The constructor calls are those that `torch_module` interprets, so the class has the same `state_dict` keys and shapes and,
with the same weights, the same outputs as the built model.
"""

from __future__ import annotations

import builtins
import re
import shlex
import textwrap
from collections.abc import Iterator, Sequence
from keyword import iskeyword
from pathlib import PurePath

import cnnspec
from cnnspec.backends.layer_text import written
from cnnspec.backends.source_calls import (
    Child,
    are_numbered,
    children,
    functions,
    is_plain,
    positional,
    source_of_numbers,
    uses_ordered_dict,
)
from cnnspec.backends.source_copies import Import, copies, import_lines
from cnnspec.backends.source_layout import INDENT, WIDTH, Brackets, Item, lay_out
from cnnspec.layers.fixed import Weighted
from cnnspec.network.network import Network, Node
from cnnspec.values.call import python_source

METHOD = INDENT * 2


def generate(network: Network) -> str:
    """Returns the source of a module named as the network, formatted as `ruff format` does; the same text every time.

    It imports torch only (and OrderedDict), and holds the numbers that the file fixes (`weight=`, `bias_value=`, `frozen=`).
    How other weights begin (`init`) is a matter of training and not in it: they begin as torch's constructors choose.
    """
    modules = children(network.layers)
    own = copies(name for name in functions(network.layers) if not name.startswith("nn."))
    setup = list(_setup(network.layers))
    imports = {Import("torch", "nn")}.union(*(copy.imports for copy in own.values()))
    if any("torch." in line for line in setup):
        imports.add(Import("torch"))
    if uses_ordered_dict(modules):
        imports.add(Import("collections", "OrderedDict"))
    name = class_name(network.name, {item.binds for item in imports} | own.keys())
    lines = [*_header(network), "", *import_lines(imports), "", ""]
    for copy in own.values():
        lines += [copy.source, "", ""]
    lines += [f"class {name}(nn.Sequential):", *_docstring(network), "", f"{INDENT}def __init__(self) -> None:"]
    return "\n".join([*lines, *_body(modules), *setup]) + "\n"


def class_name(name: str, taken: set[str]) -> str:
    """Returns the network's name, with `Network` behind it where Python, its built-ins or the file already use it."""
    while iskeyword(name) or hasattr(builtins, name) or name in taken:
        name += "Network"
    return name


def _body(modules: Sequence[Child]) -> list[str]:
    """Returns what `__init__` does to make the modules: arguments of nn.Sequential, or one assignment for each."""
    if are_numbered(modules):
        return lay_out(Item(Brackets("super().__init__(", positional(modules), ")", spread=True)), METHOD)
    lines = [f"{METHOD}super().__init__()"]
    for child in modules:
        if is_plain(child.name):
            item = Item(child.value, f"self.{child.name} = ", child.shape)
        else:
            arguments = (Item(python_source(child.name)), Item(child.value))
            item = Item(Brackets("self.add_module(", arguments, ")"), comment=child.shape)
        lines += lay_out(item, METHOD)
    return lines


def _setup(nodes: Sequence[Node]) -> Iterator[str]:
    """Yields what `__init__` does after the modules are made: stored factors, fixed numbers, frozen layers."""
    parents = {node.path[:-1]: None for node in nodes if "" in node.layer.weights(node.input)}
    for parent in parents:
        yield from lay_out(Item(Brackets("LayerScale.adopt(", (Item(_submodule(parent)),), ")")), METHOD)
    weighted = [(node, node.layer) for node in nodes if isinstance(node.layer, Weighted)]
    fixed = [(f"{node.name}.{name}", numbers) for node, layer in weighted for name, numbers in layer.fixed_numbers.items()]
    if fixed:
        yield f"{METHOD}with torch.no_grad():"
    for name, numbers in fixed:
        tensor = Brackets("torch.tensor(", (Item(source_of_numbers(numbers)),), ")")
        yield from _apply("get_parameter", name, Item(Brackets("copy_(", (Item(tensor),), ")")), METHOD + INDENT)
    for node, layer in weighted:
        if layer.is_frozen:
            yield from _apply("get_submodule", node.name, Item("requires_grad_(False)"), METHOD)


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


def _submodule(path: tuple[str, ...]) -> str | Brackets:
    return Brackets("self.get_submodule(", (Item(python_source(".".join(path))),), ")") if path else "self"


def _docstring(network: Network) -> list[str]:
    count = "1 layer" if len(network.layers) == 1 else f"{len(network.layers):,} layers"
    text = [
        f'"""{network.name}: {network.input} -> {network.output}, {count}.',
        "",
        f"Input: N x {' x '.join(map(str, network.input.sizes))}. Output: N x {' x '.join(map(str, network.output.sizes))}.",
        f"Parameters: {network.parameters:,}. Multiply-accumulates for one sample: {network.macs:,}.",
        "The comments show the shape that each module returns for one sample.",
        '"""',
    ]
    return [f"{INDENT}{line}".rstrip() for line in text]


def _header(network: Network) -> list[str]:
    """Returns the comment that says where the source comes from: a name without folders, so that it is the same anywhere."""
    file = "standard input" if network.source.name in ("-", "<stdin>") else _printable(PurePath(network.source.name).name)
    settings = [f"--set {shlex.quote(f'{name}={_printable(written(value))}')}" for name, value in network.settings.items()]
    several = len(re.findall(r"^\s*network\b", network.source.text, flags=re.MULTILINE)) > 1
    choice = [f"--network {network.name}"] if several else []
    given = "-" if file == "standard input" else shlex.quote(file)
    command = " ".join(["cnnspec generate", given, *choice, *_input(network), *settings])
    return [
        *_comment(f"Generated by cnnspec {cnnspec.__version__} from {file}. To generate it again:", "# "),
        *_comment(command, "#     "),
    ]


def _input(network: Network) -> list[str]:
    """Returns the `--input` that the network was compiled with, unless it stands in the file in this form."""
    shape = str(network.input)
    stated = network.input_span is not None and re.search(rf"\b{shape}\b", network.input_span.text)
    return [] if stated else [f"--input {shape}"]


def _comment(text: str, mark: str) -> list[str]:
    return textwrap.wrap(
        text, WIDTH, initial_indent=mark, subsequent_indent=mark, break_long_words=False, break_on_hyphens=False
    )


def _printable(text: str) -> str:
    return "".join(character if character.isprintable() else "?" for character in text)
