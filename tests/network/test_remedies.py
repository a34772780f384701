"""What is offered for wrong numbers and windows that do not fit: whoever writes it into the file has no mistake left."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from cnnspec.compiler import Result, check_source
from cnnspec.diagnostics.diagnostic import Diagnostic
from cnnspec.source import Source

Layer = tuple[str, dict[str, Any]]
Size = tuple[int, ...]

CHANGE = re.compile(r"`([^`]+)` in line (\d+)")
INPUT = re.compile(r"(?:for an? |an input of )([\dx]+)")
CHANNELS = re.compile(r"with (\d+) output (channel|feature)s? in line (\d+)")
DROP = re.compile(r"drop the `\w+` in line (\d+)")


class Spec:
    """A network of one layer in a line, in the `.cnn` notation or in YAML."""

    def __init__(self, size: Size, layers: list[Layer], *, yaml: bool = False, expect: dict[int, str] | None = None) -> None:
        self.size = size
        self.layers = layers
        self.yaml = yaml
        self.expect = expect or {}

    @property
    def first_line(self) -> int:
        return 4 if self.yaml else 3

    @property
    def text(self) -> str:
        head = (
            ["network: N", f"input: {written(self.size)}", "layers:"]
            if self.yaml
            else ["network N {", f"input {written(self.size)}"]
        )
        lines = [self.line(number, *layer) for number, layer in enumerate(self.layers)]
        return "\n".join([*head, *lines, "" if self.yaml else "}\n"])

    def line(self, number: int, keyword: str, arguments: dict[str, Any]) -> str:
        expect = self.expect.get(number)
        if self.yaml:
            pairs = [f"{name}: {value}" for name, value in arguments.items()] + ([f"expect: {expect}"] if expect else [])
            return f"  - {keyword}: {{{', '.join(pairs)}}}" if pairs else f"  - {keyword}"
        line = f"{keyword} {', '.join(f'{name}={value}' for name, value in arguments.items())}"
        return f"{line} -> {expect}" if expect else line

    def check(self) -> Result:
        return check_source(Source("n.yaml" if self.yaml else "n.cnn", self.text))

    def resized(self, size: str) -> Spec:
        return self.made(tuple(map(int, size.split("x"))), self.layers)

    def made(self, size: Size, layers: list[Layer]) -> Spec:
        return Spec(size, layers, yaml=self.yaml, expect=self.expect)

    def changed(self, line: int, arguments: str) -> Spec:
        """Returns the spec with arguments, as they are written in its notation, on a line."""
        new = dict(re.split(r"=|: ", pair) for pair in arguments.split(", "))
        return self.replaced(
            line, [(self.layers[line - self.first_line][0], {**self.layers[line - self.first_line][1], **new})]
        )

    def replaced(self, line: int, layers: list[Layer]) -> Spec:
        number = line - self.first_line
        every = [*self.layers[:number], *layers, *self.layers[number + 1 :]]
        return self.made(self.size, every)


def written(sizes: Size) -> str:
    return "x".join(map(str, sizes))


def offered(spec: Spec, text: str) -> list[Spec]:
    """Returns the specs that a text of advice leads to."""
    found = [spec.resized(size) for size in INPUT.findall(text)]
    found += [
        spec.changed(int(line), arguments)
        for arguments, line in CHANGE.findall(text)
        if "drop the" not in text or "=" in arguments or ":" in arguments
    ]
    found += [spec.changed(int(line), f"out_{noun}s: {count}") for count, noun, line in CHANNELS.findall(text)]
    return found + [spec.replaced(int(line), []) for line in DROP.findall(text)]


def errors(result: Result) -> list[Diagnostic]:
    return [diagnostic for diagnostic in result.diagnostics if diagnostic.is_error]


def only(result: Result, code: str) -> Diagnostic:
    (found,) = errors(result)
    assert found.code == code
    return found


def codes(spec: Spec) -> list[str]:
    return [diagnostic.code for diagnostic in errors(spec.check())]


def output(spec: Spec) -> Size:
    (network,) = spec.check().networks
    return network.output.sizes


convolutions = st.fixed_dictionaries(
    {"out_channels": st.integers(1, 8), "kernel": st.integers(1, 7), "stride": st.integers(1, 2), "padding": st.integers(0, 3)}
)
pools = st.fixed_dictionaries({"kernel": st.integers(2, 3)}, optional={"stride": st.integers(1, 2)})
layers = st.one_of(
    st.tuples(st.just("conv"), convolutions),
    st.tuples(st.sampled_from(["maxpool", "avgpool"]), pools),
    st.tuples(st.sampled_from(["relu", "batchnorm"]), st.just({})),
)
bodies = st.lists(layers, min_size=1, max_size=6)
images = st.builds(lambda channels, side: (channels, side, side), st.sampled_from([1, 3]), st.integers(16, 48))
END: list[Layer] = [("flatten", {})]


@given(size=images, body=bodies, yaml=st.booleans(), number=st.integers(1, 2000))
def test_any_wrong_number_of_features(size: Size, body: list[Layer], yaml: bool, number: int) -> None:
    """Whatever is offered for a number gives exactly that number."""
    spec = Spec(size, [*body, *END, ("linear", {"out_features": 10, "in_features": number})], yaml=yaml)
    assume(codes(spec) == ["E0301"])
    for text in only(spec.check(), "E0301").notes:
        for repaired in offered(spec, text):
            assert codes(repaired) == [], text


@given(size=images, other=st.integers(16, 48), body=bodies, yaml=st.booleans())
def test_a_number_for_another_input(size: Size, other: int, body: list[Layer], yaml: bool) -> None:
    """A number that is right for another square input: such an input is found."""
    elsewhere = Spec((size[0], other, other), [*body, *END])
    assume(codes(elsewhere) == [])
    (number,) = output(elsewhere)
    spec = Spec(size, [*body, *END, ("linear", {"out_features": 10, "in_features": number})], yaml=yaml)
    assume(codes(spec) == ["E0301"])
    notes = " ".join(only(spec.check(), "E0301").notes)
    assert INPUT.findall(notes), spec.text
    assert [codes(repaired) for repaired in offered(spec, notes)] == [[]] * len(offered(spec, notes))


@given(
    size=images, body=bodies, place=st.integers(0, 5), field=st.sampled_from(["kernel", "padding"]), by=st.sampled_from([-1, 1])
)
def test_a_number_for_another_window(size: Size, body: list[Layer], place: int, field: str, by: int) -> None:
    """A number that was right before a kernel or a padding was changed by one: something is found that makes it right."""
    assume(place < len(body) and field in body[place][1] and body[place][1][field] + by >= (field == "kernel"))
    before = Spec(size, [*body, *END])
    assume(codes(before) == [])
    (number,) = output(before)
    keyword, arguments = body[place]
    body = [*body[:place], (keyword, {**arguments, field: arguments[field] + by}), *body[place + 1 :]]
    spec = Spec(size, [*body, *END, ("linear", {"out_features": 10, "in_features": number})])
    assume(codes(spec) == ["E0301"])
    notes = " ".join(only(spec.check(), "E0301").notes)
    assert CHANGE.findall(notes) or INPUT.findall(notes), spec.text
    assert [codes(repaired) for repaired in offered(spec, notes)] == [[]] * len(offered(spec, notes))


@given(size=images, body=bodies, yaml=st.booleans(), number=st.integers(1, 20))
def test_any_wrong_number_of_channels(size: Size, body: list[Layer], yaml: bool, number: int) -> None:
    spec = Spec(size, [*body, ("conv", {"out_channels": 4, "kernel": 1, "in_channels": number})], yaml=yaml)
    assume(codes(spec) == ["E0302"])
    notes = " ".join(only(spec.check(), "E0302").notes)
    (repaired,) = offered(spec, notes)  # the layer that decides on the channels, or the input
    assert codes(repaired) == []


@given(size=images, body=bodies, yaml=st.booleans(), by=st.tuples(st.integers(-3, 3), st.integers(-3, 3)))
def test_a_shape_that_is_expected(size: Size, body: list[Layer], yaml: bool, by: Size) -> None:
    """What is offered for `-> shape` gives that shape."""
    spec = Spec(size, body, yaml=yaml)
    assume(codes(spec) == [])
    channels, side, _ = output(spec)
    expected = (channels + by[0], side + by[1], side + by[1])
    assume(min(expected) > 0 and any(by))
    spec.expect = {len(body) - 1: written(expected)}
    (help_,) = [only(spec.check(), "E0313").help]
    for repaired in offered(spec, str(help_)):
        assert codes(repaired) == [], help_
        assert output(repaired) == expected


@given(size=images, kernel=st.integers(1, 5), out=st.integers(1, 9), by=st.integers(1, 2), yaml=st.booleans())
def test_a_shape_that_one_layer_can_give(size: Size, kernel: int, out: int, by: int, yaml: bool) -> None:
    """The formula has a solution near what is written, and it is found."""
    conv = ("conv", {"out_channels": out, "kernel": kernel})
    expected = (out, size[1] - kernel + 1 + by, size[1] - kernel + 1 + by)
    spec = Spec(size, [conv], yaml=yaml, expect={0: written(expected)})
    (repaired,) = offered(spec, str(only(spec.check(), "E0313").help))
    assert output(repaired) == expected


@given(
    size=images,
    body=bodies,
    keyword=st.sampled_from(["conv", "maxpool", "avgpool"]),
    kernel=st.integers(2, 60),
    dilation=st.integers(1, 3),
    yaml=st.booleans(),
)
def test_a_window_that_does_not_fit(
    size: Size, body: list[Layer], keyword: str, kernel: int, dilation: int, yaml: bool
) -> None:
    """Each way to make room does, and a smaller kernel is the largest that fits."""
    last = {"out_channels": 4, "kernel": kernel, "dilation": dilation} if keyword == "conv" else {"kernel": kernel}
    spec = Spec(size, [*body, (keyword, last)], yaml=yaml)
    assume(codes(spec) == ["E0305"] and codes(Spec(size, body)) == [])
    found = only(spec.check(), "E0305")
    line = spec.first_line + len(body)
    text = str(found.help)
    own = re.findall(r"`((?:kernel|padding)[^`]+)`", text)
    for arguments in own:
        assert codes(spec.changed(line, arguments)) == [], text
        name, value = re.split(r"=|: ", arguments)
        nearer = int(value) + (1 if name == "kernel" else -1)
        if nearer >= 0 and not (name == "kernel" and nearer == kernel):
            assert codes(spec.changed(line, f"{name}={nearer}")) != [], text
    if keyword == "conv":
        assert len(own) == 2
    for repaired in offered(spec, " ".join([*found.notes, *re.findall(DROP.pattern.replace("(", "").replace(")", ""), text)])):
        assert codes(repaired) == [], text


BLOCK = """
block Basic(c, stride=1) {
    residual {
        conv c, kernel=3, stride=stride, padding=1
        batchnorm
        relu
        conv c, kernel=3, padding=1
    } shortcut {
        conv c, kernel=1, stride=stride
    }
}
block Wide(c) {
    concat {
        conv c, kernel=1
        conv c, kernel=5, padding=2
        { maxpool 3, stride=1, padding=1 }
    }
}
"""
CALLS: list[Layer] = [("Basic", {"c": 4}), ("Basic", {"c": 4, "stride": 2}), ("Wide", {"c": 3}), ("repeat 2 { Wide 2 }", {})]
with_calls = st.lists(st.one_of(layers, st.sampled_from(CALLS)), min_size=2, max_size=7)


class Blocks(Spec):
    """A network of layers and of blocks that come before it, called once or several times."""

    @property
    def first_line(self) -> int:
        return 3 + BLOCK.count("\n")

    @property
    def text(self) -> str:
        return BLOCK + super().text

    def made(self, size: Size, layers: list[Layer]) -> Spec:
        return Blocks(size, layers, expect=self.expect)


@given(size=images, other=st.integers(16, 48), body=with_calls)
def test_through_blocks_and_branches(size: Size, other: int, body: list[Layer]) -> None:
    """What is offered holds for a network with branches too, where all of them must still meet."""
    elsewhere = Blocks((size[0], other, other), [*body, *END])
    assume(codes(elsewhere) == [])
    (number,) = output(elsewhere)
    spec = Blocks(size, [*body, *END, ("linear", {"out_features": 10, "in_features": number})])
    assume(codes(spec) == ["E0301"])
    notes = " ".join(only(spec.check(), "E0301").notes)
    assert INPUT.findall(notes), spec.text
    assert [codes(repaired) for repaired in offered(spec, notes)] == [[]] * len(offered(spec, notes))


@given(size=images, body=with_calls, kernel=st.integers(2, 40))
def test_windows_behind_blocks_and_branches(size: Size, body: list[Layer], kernel: int) -> None:
    spec = Blocks(size, [*body, ("conv", {"out_channels": 4, "kernel": kernel})])
    assume(codes(spec) == ["E0305"] and codes(Blocks(size, body)) == [])
    found = only(spec.check(), "E0305")
    for repaired in offered(spec, " ".join([*found.notes, *re.findall(r"drop the `\w+` in line \d+", str(found.help))])):
        assert codes(repaired) == [], found


@given(size=images, body=with_calls, by=st.integers(-3, 3))
def test_shapes_behind_blocks_and_branches(size: Size, body: list[Layer], by: int) -> None:
    spec = Blocks(size, body)
    assume(by != 0 and codes(spec) == [])
    channels, side, _ = output(spec)
    assume(side + by > 0 and not body[-1][0].startswith("repeat"))
    spec.expect = {len(body) - 1: written((channels, side + by, side + by))}
    for repaired in offered(spec, str(only(spec.check(), "E0313").help)):
        assert codes(repaired) == []


def test_what_the_file_says_elsewhere_is_kept() -> None:
    """No offer contradicts a shape that the author states, or an expression that asks for a size."""
    body: list[Layer] = [("conv", {"out_channels": 6, "kernel": 5}), *END, ("linear", {"out_features": 2, "in_features": 600})]
    open_ = Spec((1, 28, 28), body)
    stated = Spec((1, 28, 28), body, expect={0: "6x24x24"})
    asked = Spec((1, 28, 28), [("conv", {"out_channels": "in.height // 14 * 3", "kernel": 5}), *body[1:]])
    notes = [[note for note in only(spec.check(), "E0301").notes if "is right" in note] for spec in (open_, stated, asked)]
    assert notes == [["600 is right for a 1x14x14 input"], [], []]


def test_wrong_advice_would_be_noticed() -> None:
    spec = Spec(
        (1, 28, 28), [("conv", {"out_channels": 6, "kernel": 5}), *END, ("linear", {"out_features": 1, "in_features": 9})]
    )
    (wrong,) = offered(spec, "9 is right for a 1x8x8 input")
    assert codes(wrong) == ["E0301"]
    (right,) = offered(spec, "9 is right with `kernel=28` in line 3")
    assert codes(right) == ["E0301"]
    with pytest.raises(AssertionError):
        only(wrong.resized("1x3x3").check(), "E0301")  # the kernel does not fit
    with pytest.raises(ValueError, match="unpack"):
        only(wrong.replaced(5, []).check(), "E0301")
