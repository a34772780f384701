"""Layers with `inplace=true` that overwrite what is read afterwards, against what torch gives with and without `inplace`."""

from __future__ import annotations

import random
from collections import Counter

import pytest
import torch

from cnnspec.backends.torch_module import build
from cnnspec.compiler import check_source
from cnnspec.layers.registry import all_kinds
from cnnspec.network.lints.overwriting import OverwritesValue
from cnnspec.source import Source

IN_PLACE = (
    "relu inplace=true",
    "relu inplace=true",
    "relu6 inplace=true",
    "leaky_relu inplace=true",
    "hardtanh -1, 1, inplace=true",
    "hardsigmoid inplace=true",
    "silu inplace=true",
    "threshold 0, 0, inplace=true",
    "dropout 0.5, inplace=true",
    "channel_dropout 0.4, inplace=true",
    "elu inplace=true",
)
OTHERS = (
    "conv 4, kernel=1",
    "conv 4, kernel=3, padding=1",
    "relu",
    "relu6",
    "tanh",
    "sigmoid",
    "dropout 0.4",
    "drop_path 0.3",
    "identity",
    "flatten\nreshape 4, 4, 4",
    "permute 0, 2, 1",
    "channel_shuffle 2",
    "maxpool 3, stride=1, padding=1",
    "avgpool 3, stride=1, padding=1",
    "zero_pad 1\ncrop 1",
    "groupnorm 2",
)
CLIPS = ("relu", "relu6", "hardtanh", "hardsigmoid", "threshold")


def statements(draw: random.Random, depth: int, tag: str, *, has_labels: bool = True) -> list[str]:
    """Returns a few statements whose output has the shape of their input, 4x4x4; in loops without labels."""
    lines: list[str] = []
    labels: list[str] = []
    kinds = ["layer"] * 3 + ["write"] * 2 + ["again"] * 2 * has_labels + ["residual", "parts", "branches", "loop"] * bool(depth)
    for number in range(draw.randint(1, 4)):
        kind = draw.choice(kinds)
        line = draw.choice(IN_PLACE if kind == "write" else OTHERS)
        inner = (
            statements(draw, depth - 1, f"{tag}{number}", has_labels=has_labels and kind != "loop")
            if kind in ("residual", "branches", "loop")
            else []
        )
        if kind in ("layer", "write"):
            if has_labels and "\n" not in line and draw.random() < 0.5:
                labels.append(f"{tag}{number}")
                line = f"{labels[-1]}: {line}"
            lines.append(line)
        elif kind == "again" and labels:
            label = draw.choice(labels)
            lines += [f"{tag}{number}: conv 4, kernel=1", draw.choice(("add", "multiply", "from", "reuse")) + f" {label}"]
        elif kind == "residual":
            lines += ["residual {", *inner, "}"]
        elif kind == "parts":
            halves = [[f"slice {start}, {stop}", draw.choice(IN_PLACE)] for start, stop in ((0, 2), (2, 4))]
            lines += ["concat {", "{", *halves[0], "}", "{", *halves[1], "}", "}"]
        elif kind == "branches":
            lines += ["add {", "{", draw.choice(IN_PLACE), *inner, "}", "{", draw.choice(IN_PLACE), line, "}", "}"]
        elif kind == "loop":
            lines += ["repeat 2 {", *inner, "}"]
    return lines or ["relu inplace=true"]


def differs(text: str, *, seeds: int = 4) -> bool:
    """Returns whether torch computes something else, in training or evaluation, than with every `inplace=true` left out."""
    written, drawn = (
        build(check_source(Source("n.cnn", each)).networks[0]) for each in (text, text.replace("=true", "=false"))
    )
    drawn.load_state_dict(written.state_dict())
    for seed in range(seeds):
        torch.manual_seed(seed)
        x = 3 * torch.randn(4, 4, 4, 4)
        for is_training in (True, False):
            outputs = []
            for model in (written, drawn):
                torch.manual_seed(seed)
                with torch.no_grad():
                    outputs.append(model.train(is_training)(x.clone()))
            if not torch.equal(*outputs):
                return True
    return False


def is_found(text: str) -> bool:
    result = check_source(Source("n.cnn", text))
    assert result.ok, [found.message for found in result.diagnostics]
    return any(found.code == "W0519" for found in result.diagnostics)


def network(*lines: str) -> str:
    return "\n".join(["network N {", "input 4x4x4", *lines, "}"])


def test_random_networks() -> None:
    """No difference is missed. Few warnings are in vain: a sum changes, but a later layer such as `relu` clips that away."""
    verdicts: Counter[tuple[bool, bool]] = Counter()
    for seed in range(120):
        text = network(*statements(random.Random(seed), 2, "a"))
        found, is_different = is_found(text), differs(text)
        assert found or not is_different, text
        verdicts[found, is_different] += 1
        if found and not is_different:
            assert any(f"\n{word}" in text.replace(": ", "\n") for word in CLIPS), text
    assert verdicts[True, True] > 30
    assert verdicts[False, False] > 50
    assert verdicts[True, False] <= 4


def test_a_difference_would_be_noticed() -> None:
    assert differs(network("x: conv 4, kernel=1", "relu inplace=true", "conv 4, kernel=1", "add x"))
    assert not differs(network("x: conv 4, kernel=1", "relu", "conv 4, kernel=1", "add x"))


def test_all_layers_that_overwrite_are_looked_at() -> None:
    kinds = {kind.keyword for kind in all_kinds() if "inplace" in kind.model_fields}
    assert set(OverwritesValue.keywords) == kinds - {"alpha_dropout"}, "torch's alpha dropout does not overwrite"


def test_every_layer_lies_where_it_is_said_to() -> None:
    """Values that share storage in torch do so here, and the others have their numbers in order; both modes."""
    for kind in all_kinds():
        for line in kind.examples:
            for shape in ("4x8x8", "4x9", "4x8x8x8", "64"):
                result = check_source(Source("t.cnn", f"network N {{\ninput {shape}\n{line}\n}}"))
                if not result.ok:
                    continue
                (checked,) = result.networks
                model, (layer,) = build(checked), (node.layer for node in checked.layers)
                for is_training in (True, False):
                    x = torch.rand(2, *checked.input.sizes)
                    with torch.no_grad():
                        y = model.train(is_training)(x)
                    shares = x.untyped_storage().data_ptr() == y.untyped_storage().data_ptr()
                    assert shares == layer.shares_storage(is_training), line
                    is_moved = kind.keyword in ("permute", "slice") or getattr(layer, "axis", None) == "channels"
                    assert y.is_contiguous() or is_moved, line


@pytest.mark.parametrize(
    ("lines", "repaired"),
    [
        (("x: conv 4, 1", "relu inplace=true", "conv 4, 1", "add x"), "relu inplace=false"),
        (("x: conv 4, 1", "relu true", "conv 4, 1", "add x"), "relu false"),
        (("x: conv 4, 1", "ReLU inplace = true", "conv 4, 1", "add x"), "ReLU inplace = false"),
        (("x: conv 4, 1", "hardtanh 0, 6, true", "conv 4, 1", "add x"), "hardtanh 0, 6, false"),
    ],
)
def test_the_repair(lines: tuple[str, ...], repaired: str) -> None:
    text = network(*lines)
    (found,) = check_source(Source("n.cnn", text)).diagnostics
    ((edit,),) = (fix.edits for fix in found.fixes)
    after = text[: edit.span.start] + edit.content + text[edit.span.end :]
    assert repaired in after.splitlines()
    assert not is_found(after)


def test_an_expression_has_no_repair() -> None:
    text = network("let saves = true", "x: conv 4, 1", "relu inplace=saves", "conv 4, 1", "add x")
    (found,) = (one for one in check_source(Source("n.cnn", text)).diagnostics if one.code == "W0519")
    assert found.fixes == ()
    assert found.span.text == "inplace=saves"


def test_what_is_only_so_in_evaluation_is_said_so() -> None:
    text = network("x: conv 4, 1", "dropout 0.2", "relu inplace=true", "conv 4, 1", "add x")
    (found,) = check_source(Source("n.cnn", text)).diagnostics
    assert found.notes == ("in evaluation only, when dropout hands on what it takes",)


def test_a_chain_of_layers_names_the_one_that_is_to_be_changed() -> None:
    text = network("x: conv 4, 1", "relu inplace=true", "relu6 inplace=true", "conv 4, 1", "add x")
    (found,) = check_source(Source("n.cnn", text)).diagnostics
    assert found.span.begin.line == 4


def test_a_long_chain_takes_little_time() -> None:
    lines = ["relu inplace=true", "identity"] * 1500
    assert not is_found(network("conv 4, 1", *lines))
