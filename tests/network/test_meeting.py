"""What the checker says about values that do not meet in a merge: whoever does it has no mistake left, and torch agrees."""

from __future__ import annotations

import re

import pytest
import torch
from hypothesis import assume, given
from hypothesis import strategies as st

from cnnspec.backends.torch_module import build
from cnnspec.compiler import Result, check_source
from cnnspec.diagnostics.diagnostic import Diagnostic
from cnnspec.source import Source

CODE = re.compile(r"`([^`]+)`")
channels = st.integers(1, 6)
sizes = st.integers(3, 40)
large = st.integers(16, 40)  # nothing comes out as a single position, which would serve all
few = st.integers(-4, 4)
Sizes = tuple[int, ...]


def check(*lines: str) -> Result:
    """Returns what is found in a network with this body."""
    return check_source(Source("n.cnn", "network N {\n" + "\n".join(lines) + "\n}\n"))


def errors(result: Result) -> list[Diagnostic]:
    return [diagnostic for diagnostic in result.diagnostics if diagnostic.is_error]


def advice(result: Result) -> list[str]:
    """Returns the pieces of code in the help of the only mistake, other inputs left out."""
    (found,) = errors(result)
    assert found.code in ("E0330", "E0331")
    assert found.help is not None, found.message
    return [piece for piece in CODE.findall(found.help) if not piece.startswith("input ")]


def output(result: Result) -> Sizes:
    """Returns the shape that torch gives; fails where the checker finds anything, or says another shape."""
    assert [diagnostic.message for diagnostic in errors(result)] == []
    (network,) = result.networks
    module = build(network).eval()
    with torch.no_grad():
        y = module(*(torch.rand(2, *given.shape.sizes) for given in network.inputs))
    assert tuple(y.shape[1:]) == network.output.sizes
    return tuple(y.shape[1:])


def written(shape: Sizes) -> str:
    return "x".join(map(str, shape))


def strided(size: int, goal: int) -> bool:
    """Returns whether a 1x1 convolution of some stride gives the goal, by trying them in torch."""
    x = torch.zeros(1, 1, size)
    weight = torch.zeros(1, 1, 1)
    return any(torch.nn.functional.conv1d(x, weight, stride=stride).shape[-1] == goal for stride in range(1, size + 1))


@given(
    shape=st.tuples(channels, sizes, sizes),
    out=channels,
    kernel=st.integers(1, 5),
    stride=st.tuples(st.integers(1, 3), st.integers(1, 3)),
    padding=st.integers(0, 3),
)
def test_a_residual_without_shortcut(shape: Sizes, out: int, kernel: int, stride: Sizes, padding: int) -> None:
    """The shortcut is a 1x1 convolution of the right stride wherever there is one; whatever it is, it fits."""
    main = f"conv {out}, kernel={kernel}, stride=({stride[0]}, {stride[1]}), padding={padding}"
    alone = check(f"input {written(shape)}", main)
    assume(alone.ok)
    expected = output(alone)
    lines = (f"input {written(shape)}", "residual {", main)
    result = check(*lines, "}")
    assume(not result.ok)
    code = [piece for piece in advice(result) if piece != "shortcut"]
    if code[0].startswith("padding="):
        assert output(check(lines[0], lines[1], re.sub(r"padding=\d+", code[0], main), "}")) == shape
        return
    if all(strided(size, goal) for size, goal in zip(shape[1:], expected[1:], strict=True)):
        assert re.fullmatch(rf"shortcut \{{ conv {out}, kernel=1(, stride=[^}}]+)? \}}", code[0])
    inside = [code[0].removeprefix("shortcut {").removesuffix("}").strip(), *code[1:]]
    assert output(check(*lines, "} shortcut {", *inside, "}")) == expected


@given(shape=st.tuples(channels, sizes, sizes), goal=st.tuples(channels, sizes, sizes))
def test_the_end_of_a_shortcut(shape: Sizes, goal: Sizes) -> None:
    """Of any two shapes, one can be made the other, at the end of the path that is named."""
    main = (f"conv {goal[0]}, kernel=1", f"upsample size=({goal[1]}, {goal[2]})")
    result = check(f"input {written(shape)}", "residual {", *main, "} shortcut {", "relu", "}")
    assume(not result.ok)
    help_ = str(errors(result)[0].help)
    code = advice(result)
    to_main, to_shortcut = (code, []) if "at the end of the residual" in help_ else ([], code)
    assert to_main or "at the end of the shortcut" in help_
    output(check(f"input {written(shape)}", "residual {", *main, *to_main, "} shortcut {", "relu", *to_shortcut, "}"))


@given(shape=st.lists(sizes, min_size=1, max_size=3), by=st.tuples(few, few, few), first=channels, second=channels)
def test_concat_of_sizes_that_differ_by_a_few(shape: list[int], by: Sizes, first: int, second: int) -> None:
    other = [max(size + difference, 1) for size, difference in zip(shape, by, strict=False)]
    assume(other != shape)
    inputs = (f"left: input {written((first, *shape))}", f"right: input {written((second, *other))}")
    code = advice(check(*inputs, "concat left"))
    assert output(check(*inputs, *code, "concat left")) == (first + second, *shape)


@pytest.mark.parametrize("keyword", ["add", "concat", "multiply"])
@given(shape=st.tuples(channels, sizes, sizes), other=st.tuples(channels, sizes, sizes))
def test_what_stands_before_a_merge(keyword: str, shape: Sizes, other: Sizes) -> None:
    """Whatever two images are merged, the one that arrives can be made to fit."""
    inputs = (f"left: input {written(shape)}", f"right: input {written(other)}")
    result = check(*inputs, f"{keyword} left")
    assume(not result.ok)
    assert "before it" in str(errors(result)[0].help)
    output(check(*inputs, *advice(result), f"{keyword} left"))


@pytest.mark.parametrize("keyword", ["add", "concat", "multiply"])
@given(shape=st.tuples(channels, sizes, sizes), features=st.integers(1, 9), is_flat=st.booleans())
def test_flat_values_and_images(keyword: str, shape: Sizes, features: int, is_flat: bool) -> None:
    """A flat value meets an image where one of them becomes what the other is."""
    inputs = [f"image: input {written(shape)}", f"flat: input {features}"]
    labelled = "image" if is_flat else "flat"  # the other one arrives
    result = check(*(inputs if is_flat else inputs[::-1]), f"{keyword} {labelled}")
    code = advice(result)
    if "in a branch of its own" in str(errors(result)[0].help):
        merge = (f"{keyword} {{", "{ }", "{", f"from {labelled}", *code, "}", "}")
    else:
        merge = (*code, f"{keyword} {labelled}")
    output(check(*(inputs if is_flat else inputs[::-1]), *merge))


paths = st.tuples(st.integers(1, 7), st.integers(0, 3), st.integers(1, 2))


@pytest.mark.parametrize("keyword", ["add", "concat"])
@given(shape=st.tuples(channels, large, large), branches=st.tuples(paths, paths), in_block=st.booleans())
def test_branches_of_other_kernels(keyword: str, shape: Sizes, branches: tuple[Sizes, Sizes], in_block: bool) -> None:
    """A padding that makes the branches meet is found wherever there is one, also in a block."""
    before = ("block B {",) if in_block else ("network N {", f"input {written(shape)}")
    behind = ("}", "network N {", f"input {written(shape)}", "B", "}") if in_block else ("}",)

    def found(branches: tuple[Sizes, ...]) -> Result:
        lines = (f"conv 4, kernel={kernel}, padding={padding}, stride={stride}" for kernel, padding, stride in branches)
        text = "\n".join((*before, f"{keyword} {{", *lines, "}", *behind))
        return check_source(Source("n.cnn", text))

    result = found(branches)
    assume([mistake.code for mistake in errors(result)] == ["E0331"])
    first = len(before) + 2
    help_ = str(errors(result)[0].help)
    repaired = re.match(r"write `padding=(\d+)` in line (\d+)", help_)
    if repaired is None:
        for place, (kernel, _, stride) in enumerate(branches):
            usual = [(kernel, padding, stride) for padding in range(kernel // 2 + 1)]
            assert all(errors(found((*branches[:place], other, *branches[place + 1 :]))) for other in usual), help_
        return
    changed = [list(branch) for branch in branches]
    changed[int(repaired[2]) - first][1] = int(repaired[1])
    output(found(tuple(map(tuple, changed))))


def test_wrong_advice_would_be_noticed() -> None:
    with pytest.raises(AssertionError, match="needs values of one shape"):
        output(check("input 8x9x9", "residual {", "conv 8, kernel=3", "} shortcut {", "crop 2", "}"))
    with pytest.raises(ValueError, match="unpack"):
        advice(check("input 8x9x9", "relu"))
    assert strided(9, 5)
    assert not strided(9, 6)


def test_yaml_and_json_are_told_in_their_own_words() -> None:
    """What the help says can be written there, and then there is no mistake."""
    yaml = "network: N\ninput: 3x32x32\nlayers:\n  - residual: [conv: [8, 3, {stride: 2, padding: 1}]]\n"
    (found,) = errors(check_source(Source("n.yaml", yaml)))
    shortcut = CODE.findall(str(found.help))[1]
    assert shortcut == "conv: [8, {kernel: 1, stride: 2}]"
    assert output(check_source(Source("n.yaml", f"{yaml}    shortcut: [{shortcut}]\n"))) == (8, 16, 16)
    start = '{"network": "N", "input": "3x32x32", "layers": [{"label": "a", "maxpool": 2}, {"upsample": 3}, '
    (found,) = errors(check_source(Source("n.json", start + '{"concat": "a"}]}')))
    before = CODE.findall(str(found.help))[0]
    assert before.startswith('{"')
    assert output(check_source(Source("n.json", f'{start}{before}, {{"concat": "a"}}]}}'))) == (6, 16, 16)
