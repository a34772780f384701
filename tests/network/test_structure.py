"""The modules that a network consists of: which are called, by whom, with what; and that they compute what the nodes do."""

from __future__ import annotations

import time
from dataclasses import replace
from random import Random

import pytest
from hand_built import Hand, Trees, find
from hypothesis import given, settings
from hypothesis import strategies as st

from cnnspec.network.network import BlockCall, MergeNode, Network, Node
from cnnspec.network.structure import Module, structure


def same(network: Network, module: Module) -> bool:
    """Returns whether modules compute what the nodes do, each node once."""
    flat, nested = Trees(), Trees()
    nested.known = flat.known
    return flat.flat(network) == nested.nested(network, module) and flat.made == nested.made


def checked(network: Network) -> Module:
    module = structure(network)
    assert same(network, module)
    return module


def steps(module: Module) -> list[str]:
    """Returns the steps as text: `2 = conv1(0)`."""
    written = []
    for step in module.steps:
        target = step.target.keyword if isinstance(step.target, MergeNode) else step.target
        outputs = ", ".join(map(str, step.outputs))
        written.append(f"{outputs} = {target}({', '.join(map(str, step.inputs))})")
    return written


def module_of(module: Module, name: str) -> Module:
    found = find(module, name)
    assert isinstance(found, Module)
    return found


def test_a_chain_is_a_chain_at_every_level() -> None:
    hand = Hand()
    for name in ("features.conv1", "features.1", "features.inner.0", "1", "head"):
        hand.layer(name)
    root = checked(hand.network())
    assert root.is_chain
    assert list(root.children) == ["features", "1", "head"]
    assert module_of(root, "features").is_chain
    assert module_of(root, "features.inner").is_chain
    assert isinstance(root.children["head"], Node)


def residual(hand: Hand, name: str, downsample: bool) -> None:
    before = hand.value
    hand.layer(f"{name}.conv1")
    main = hand.layer(f"{name}.1")
    if downsample:
        hand.layer(f"{name}.downsample.0", before)
        before = hand.layer(f"{name}.downsample.1")
    hand.merge(name, main, before)
    hand.layer(f"{name}.3")


def test_a_block_merges_inside() -> None:
    hand = Hand()
    hand.layer("conv1")
    residual(hand, "layer1.0", downsample=True)
    residual(hand, "layer1.1", downsample=False)
    basic = BlockCall("Basic", (("channels", 2),))
    root = checked(hand.network(blocks={("layer1", "0"): basic}))
    assert root.is_chain
    assert module_of(root, "layer1").is_chain
    block = module_of(root, "layer1.0")
    assert steps(block) == ["1 = conv1(0)", "2 = 1(1)", "3 = downsample(0)", "4 = add(2, 3)", "5 = 3(4)"]
    assert (block.takes, block.gives, block.block) == (1, (5,), basic)
    assert module_of(root, "layer1.0.downsample").is_chain
    assert steps(module_of(root, "layer1.1")) == ["1 = conv1(0)", "2 = 1(1)", "3 = add(2, 0)", "4 = 3(3)"]
    assert module_of(root, "layer1.1").block is None


def test_a_level_takes_and_gives_several_values() -> None:
    """As where `a.b` looks into a sequence, and a sequence refers to a label around it."""
    hand = Hand()
    outer = hand.layer("outer")
    inside = hand.layer("encoder.a")
    hand.layer("encoder.b")
    hand.merge("decoder", hand.value, outer)
    hand.layer("decoder.0")
    hand.merge("", hand.value, inside)
    root = checked(hand.network())
    assert steps(root) == ["1 = outer(0)", "2, 3 = encoder(1)", "4 = decoder(2, 1)", "5 = add(4, 3)"]
    encoder = module_of(root, "encoder")
    assert encoder.gives == (2, 1)
    assert not encoder.is_chain
    assert module_of(root, "decoder").takes == 2


def test_several_inputs_and_outputs() -> None:
    hand = Hand(inputs=3)
    left = hand.layer("left", 2)
    right = hand.layer("right", 0)
    root = checked(hand.network(right, left, right, 1))
    assert (root.takes, root.gives) == (3, (4, 3, 4, 1))


def test_siamese_towers_are_two_calls() -> None:
    hand = Hand(inputs=2)
    hand.layer("tower.0")
    left = hand.layer("tower.1")
    hand.value = 1
    right = hand.reuse(0, 2, entry=0)
    hand.merge("", left, right, keyword="concat")
    root = checked(hand.network())
    assert steps(root) == ["2 = tower(0)", "3 = tower(1)", "4 = concat(2, 3)"]
    assert module_of(root, "tower").is_chain


def test_one_forward_serves_all_calls() -> None:
    """The second call is on another value than the first; the first one's inner value is used outside, the second's is not."""
    hand = Hand()
    start = hand.layer("start")
    inner = hand.layer("tower.0")
    hand.merge("tower", hand.value, start)
    hand.merge("", hand.value, inner)
    hand.value = 0
    hand.reuse(1, 3, entry=start)
    network = hand.network()
    # `reuse` put the current value in the place of both uses of `start`; now only the first of them goes on from it
    nodes = [
        replace(node, inputs=(node.inputs[0], start)) if node.application and isinstance(node, MergeNode) else node
        for node in network.nodes
    ]
    root = checked(replace(network, nodes=tuple(nodes)))
    assert steps(root) == ["1 = start(0)", "2, 3 = tower(1, 1)", "4 = add(2, 3)", "5, 6 = tower(0, 1)"]
    assert steps(module_of(root, "tower")) == ["2 = 0(0)", "3 = add(2, 1)"]


def test_a_reuse_inside_belongs_to_the_body() -> None:
    hand = Hand()
    hand.layer("cell.conv")
    hand.reuse(0, 1, entry=0, caller="cell")
    end = hand.reuse(0, 1, entry=0, caller="cell")
    hand.reuse(0, 3, entry=0)
    assert end == 3
    root = checked(hand.network())
    assert steps(root) == ["1 = cell(0)", "2 = cell(1)"]
    assert steps(module_of(root, "cell")) == ["1 = conv(0)", "2 = conv(1)", "3 = conv(2)"]


def test_a_reuse_outside_is_a_call() -> None:
    hand = Hand()
    hand.layer("cell.conv")
    hand.reuse(0, 1, entry=0)
    hand.reuse(0, 1, entry=0)
    root = checked(hand.network())
    assert steps(root) == ["1 = cell(0)", "2 = cell(1)", "3 = cell(2)"]
    assert module_of(root, "cell").is_chain


def test_a_part_is_called_by_its_dotted_name() -> None:
    hand = Hand()
    hand.layer("tower.conv.0")
    hand.layer("tower.1")
    hand.reuse(0, 1, entry=0)
    root = checked(hand.network())
    assert steps(root) == ["1 = tower(0)", "2 = tower.conv(1)"]
    assert module_of(root, "tower").is_chain


@pytest.mark.parametrize("place", ["before", "between", "after"])
def test_a_level_that_reuses_what_stands_outside_only_holds(place: str) -> None:
    hand = Hand()
    hand.layer("shared.0")
    if place == "before":
        hand.reuse(0, 1, entry=0, caller="user")
    hand.layer("user.0")
    if place == "between":
        hand.reuse(0, 1, entry=0, caller="user")
    hand.layer("user.inner.0")
    hand.layer("user.inner.1")
    if place == "after":
        hand.reuse(0, 1, entry=0, caller="user")
    hand.layer("last")
    root = checked(hand.network())
    user = module_of(root, "user")
    assert user.is_container
    assert not user.is_chain
    assert module_of(root, "user.inner").is_chain
    called = [text.split(" = ")[1].split("(")[0] for text in steps(root)]
    expected = {
        "before": ["shared", "shared", "user.0", "user.inner", "last"],
        "between": ["shared", "user.0", "shared", "user.inner", "last"],
        "after": ["shared", "user.0", "user.inner", "shared", "last"],
    }
    assert called == expected[place]


def test_an_unused_value_is_given_where_there_is_no_other() -> None:
    hand = Hand()
    hand.layer("used")
    used = hand.value
    hand.layer("unused.0")
    hand.layer("unused.1")
    root = checked(hand.network(used))
    assert steps(root) == ["1 = used(0)", "2 = unused(1)"]
    assert root.gives == (1,)
    assert not root.is_chain


def random_network(random: Random) -> Network:
    """Returns a network of nested levels, merges, and uses of earlier layers and levels from anywhere they can be seen."""
    hand = Hand(random.randint(1, 3))
    made: list[tuple[str, int, int, int]] = []  # the level where it stands, its nodes, and the value that entered

    def body(level: str, depth: int) -> None:
        prefix = f"{level}." if level else ""
        seen = list(range(hand.inputs)) if not level else [hand.value]
        for number in range(random.randint(1, 5)):
            start, entry = len(hand.nodes), hand.value
            if random.random() < 0.15:
                entry = hand.value = random.choice(range(hand.inputs + len(hand.nodes)))
            visible = [item for item in made if level[: len(item[0])] == item[0]]
            kind = random.random()
            if kind < 0.35:
                hand.layer(f"{prefix}{number}", entry)
                made.append((level, start, len(hand.nodes), entry))
            elif kind < 0.6 and depth < 4:
                body(f"{prefix}{number}", depth + 1)
                if len(hand.nodes) > start:
                    made.append((level, start, len(hand.nodes), entry))
            elif kind < 0.8 or not visible:
                hand.merge(level, hand.value, random.choice(seen), keyword=random.choice(["add", "concat"]))
            else:
                _, first, last, value = random.choice(visible)
                if last - first + len(hand.nodes) < 400:
                    hand.reuse(first, last, value, caller=level)
            seen.append(hand.value)

    body("", 0)
    values = range(hand.inputs + len(hand.nodes))
    return hand.network(*(random.choice(values) for _ in range(random.randint(1, 3))))


@settings(max_examples=300)
@given(st.integers(0, 2**32))
def test_modules_compute_what_the_nodes_do(seed: int) -> None:
    network = random_network(Random(seed))
    module = checked(network)
    layers = {node.path for node in network.layers}
    assert set(paths(module)) == layers


def paths(module: Module) -> list[tuple[str, ...]]:
    """Returns the paths of all layers that a module holds, each as often as it is held."""
    found = []
    for name, child in module.children.items():
        assert child.path == (*module.path, name)
        found += paths(child) if isinstance(child, Module) else [child.path]
    return found


def test_the_comparison_can_fail() -> None:
    hand = Hand()
    hand.layer("a")
    hand.layer("b")
    network = hand.network()
    module = structure(network)
    assert same(network, module)
    assert not same(network, replace(module, gives=(1,)))
    assert not same(network, replace(module, steps=module.steps[:1], gives=(1,)))
    assert not same(network, replace(module, steps=(module.steps[0], replace(module.steps[1], inputs=(0,)))))


def long_network(layers: int) -> Network:
    """Returns a network of residual blocks in stages, the blocks of every other stage used twice."""
    hand = Hand()
    while len(hand.nodes) < layers:
        stage = f"stage{len(hand.nodes)}"
        first, entry = len(hand.nodes), hand.value
        for number in range(50):
            residual(hand, f"{stage}.{number}", downsample=number % 2 == 0)
        nodes = hand.nodes[first:]
        shift = len(nodes)
        if len(hand.nodes) // shift % 2:
            last = hand.value
            for node in nodes:
                inputs = tuple(value + shift if value > entry else last for value in node.inputs)
                hand.nodes.append(replace(node, inputs=inputs, application=1))
            hand.value = hand.inputs + len(hand.nodes) - 1
    return hand.network()


def test_time_is_linear() -> None:
    def seconds(network: Network) -> float:
        start = time.process_time()
        structure(network)
        return time.process_time() - start

    short, long = long_network(4_000), long_network(64_000)
    assert same(short, structure(short))
    assert min(seconds(long) for _ in range(2)) < 40 * min(seconds(short) for _ in range(3))
