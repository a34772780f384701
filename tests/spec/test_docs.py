"""What the documentation shows is true: its examples build and generate, its tables and limits are those of the code."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

import pytest
import torch
from spec_page import Block, blocks, files

import cnnspec
from cnnspec.compiler import check_source
from cnnspec.network import functions
from cnnspec.network.definitions import MAX_LAYERS
from cnnspec.network.elaborate import MAX_DEPTH
from cnnspec.network.symbolic.valid_sizes import valid_sizes
from cnnspec.source import Source
from cnnspec.syntax import depth, tree
from cnnspec.syntax.operators import BINDING
from cnnspec.syntax.parse import parse
from cnnspec.syntax.visit import nodes
from cnnspec.values.shapes import Shape
from cnnspec.values.sizes import value_at

ROOT = Path(__file__).parents[2]
REAL = sorted((ROOT / "tests" / "spec" / "real").glob("*.md"))
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")), *REAL]
TEXTS = {page: page.read_text(encoding="utf-8") for page in PAGES}
EXAMPLES = [(page, block) for page, text in TEXTS.items() for block in blocks(text) if not block.claims_errors]
LANGUAGE = TEXTS[ROOT / "docs" / "language.md"]
VALUE = re.compile(r"^\| `(?P<expression>[^`]+)` \| `(?P<value>[^`]+)` \|", re.MULTILINE)
LINK = re.compile(r"\]\((?P<file>[^)#:]*)(?:#(?P<heading>[^)]*))?\)")


def networks(page: Path, block: Block) -> list[cnnspec.Network]:
    """Returns the networks of an example, as people load them."""
    with files(TEXTS[page]):
        return [cnnspec.Network(network) for network in block.check().networks]


def generated(net: cnnspec.Network) -> torch.nn.Module:
    """Returns the model of the generated source."""
    names: dict[str, type[torch.nn.Module]] = {"__name__": "generated"}
    exec(compile(net.generate(), f"{net.name}.py", "exec"), names)
    return names[net.name]()


def numbers(net: cnnspec.Network) -> dict[str, int]:
    """Returns the smallest valid values of the symbols in an input."""
    return valid_sizes(net.checked).smallest if any(entry.shape.is_symbolic for entry in net.checked.inputs) else {}


def sizes_at(shape: Shape, values: dict[str, int]) -> tuple[int, ...]:
    return tuple(value_at(size, values) for size in shape.sizes)


def faults(net: cnnspec.Network, model: torch.nn.Module) -> list[str]:
    """Returns where a model on the meta device is not what the checker says: names, number of parameters, shapes."""
    sizes = numbers(net)
    given = [torch.zeros(2, *sizes_at(entry.shape, sizes), device="meta") for entry in net.checked.inputs]
    with torch.no_grad():
        results = model.eval()(*given)
    outputs = [results] if isinstance(results, torch.Tensor) else list(results)
    said = [sizes_at(shape, sizes) for shape in net.checked.outputs]
    found = [tuple(output.shape[1:]) for output in outputs]
    count = sum(parameter.numel() for parameter in model.parameters())
    modules = {key.rpartition(".")[0] for key in model.state_dict()}
    weighted = {node.name for node in net.nodes if node.parameters}
    return [
        *([f"shapes: {found}, not {said}"] if found != said else []),
        *([f"parameters: {count}, not {net.parameters}"] if count != net.parameters else []),
        *[f"no module {name}" for name in weighted - modules],
    ]


@pytest.mark.parametrize(("page", "block"), EXAMPLES, ids=[f"{page.name}:{block.line}" for page, block in EXAMPLES])
def test_examples_build_and_generate(page: Path, block: Block) -> None:
    for net in networks(page, block):
        with torch.device("meta"):
            built, source = net.build(), generated(net)
        assert faults(net, built) == []
        assert faults(net, source) == []
        shapes = [(name, tensor.shape) for name, tensor in built.state_dict().items()]
        assert shapes == [(name, tensor.shape) for name, tensor in source.state_dict().items()]


def test_a_model_of_something_else_would_be_seen() -> None:
    text = "network N {\n    input 3x8x8\n    stem: conv 4, kernel=3\n}\n"
    net = cnnspec.loads(text)
    with torch.device("meta"):
        assert faults(net, net.build()) == []
        other = cnnspec.loads(text.replace("4", "5").replace("stem", "head")).build()
    assert faults(net, other) == ["shapes: [(5, 6, 6)], not [(4, 6, 6)]", "parameters: 140, not 112", "no module stem"]
    assert len(EXAMPLES) > 25


# the reference of the language


def holds(expression: str, value: str) -> bool:
    """Returns whether an expression has a value where 16x32x24 arrives; False too where it has none."""
    text = f"network N {{\n    input 16x32x24\n    if ({expression}) == ({value}) {{ relu }} else {{ tanh }}\n}}\n"
    found = check_source(Source("table.cnn", text)).networks
    return bool(found) and found[0].layers[0].keyword == "relu"


@pytest.mark.parametrize("row", [match.groups() for match in VALUE.finditer(LANGUAGE)], ids=lambda row: row[0])
def test_expressions_have_the_values_of_the_table(row: tuple[str, str]) -> None:
    assert holds(*row)


def test_another_value_would_be_seen_and_no_function_is_left_out() -> None:
    assert not holds("7 + 3 * -2", "2")
    assert not holds("in.depth", "24")
    expressions = " ".join(match["expression"] for match in VALUE.finditer(LANGUAGE))
    assert {name for name in functions.FUNCTIONS if f"{name}(" not in expressions} == set()
    operators = expressions + LANGUAGE[LANGUAGE.index("| `1 < 2 <= 2`") : LANGUAGE.index("| `not true")]
    assert {operator for operator in (*BINDING, "not", " if ", "[") if operator not in operators} == set()


def test_every_statement_has_an_example() -> None:
    shown = {type(node) for block in blocks(LANGUAGE) for node in nodes(parse(Source("spec.cnn", block.bare))[0])}
    statements = {*get_args(tree.Statement), *get_args(tree.Definition)}
    assert statements - shown - {tree.Broken} == set()


def test_limits_are_those_of_the_code() -> None:
    digits = len(str(functions.MAX_INTEGER)) - 1
    limits = {
        f"at most {depth.MAX_NESTING} deep",
        f"at most {MAX_DEPTH} levels",
        f"at most {depth.MAX_OPERATORS} operators",
        f"at most {MAX_LAYERS:,} layers",
        f"at most {digits} digits",
        f"at most {functions.MAX_LENGTH:,} elements",
    }
    text = " ".join(LANGUAGE.split())
    assert {limit for limit in limits if limit not in text} == set()


def broken_links(page: Path, text: str) -> list[str]:
    """Returns the links of a page that lead to no file and no heading."""
    found = []
    for link in LINK.finditer(text):
        target = page.parent / link["file"] if link["file"] else page
        headings = re.findall(r"^#+ (.*)$", text, re.MULTILINE) if target == page else []
        anchors = {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}
        if not target.exists() or (target == page and link["heading"] not in anchors):
            found.append(link[0][2:-1])
    return found


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_links_lead_somewhere(page: Path) -> None:
    assert broken_links(page, TEXTS[page]) == []


def test_a_broken_link_would_be_seen() -> None:
    text = "# The one\n[a](#the-one), [b](#the-other), [c](nowhere.md), [d](https://pytorch.org)\n"
    assert broken_links(PAGES[0], text) == ["#the-other", "nowhere.md"]
