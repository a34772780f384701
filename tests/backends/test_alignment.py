"""Which rows of two summaries belong together: compared with what was done to one network to get the other."""

from __future__ import annotations

import random

import pytest
from checked_networks import chain, network

from cnnspec.backends import alignment
from cnnspec.backends.alignment import Pair, aligned
from cnnspec.backends.comparison_pairs import change, compare
from cnnspec.backends.summary_rows import Row, summarise
from cnnspec.diagnostics.problem import UsageError
from cnnspec.network.network import Network


def pairs(before: Network, after: Network) -> list[Pair]:
    return aligned(summarise(before).rows, summarise(after).rows)


def changes(before: Network, after: Network) -> list[tuple[str, str, str]]:
    """Returns what became of each row that is not equal: the change, and the layer before and after."""
    found = compare(("", before), ("", after)).pairs
    return [(change(pair), *(row.layer if row else "" for row in pair)) for pair in found if change(pair) != "equal"]


LINES = ["conv 16, kernel=3, padding=1", "relu", "conv 32, kernel=3, padding=1", "relu", "maxpool 2", "flatten", "linear 10"]


def test_equal_networks_have_no_changes() -> None:
    assert changes(chain("3x8x8", *LINES), chain("3x8x8", *LINES)) == []


def test_layers_put_in_between_leave_their_surroundings_alone() -> None:
    before, after = chain("3x8x8", *LINES), chain("3x8x8", *LINES[:2], "dropout 0.5", "tanh", *LINES[2:])
    assert changes(before, after) == [("added", "", "dropout 0.5"), ("added", "", "tanh")]
    assert changes(after, before) == [("removed", "dropout 0.5", ""), ("removed", "tanh", "")]


def test_wider_layers_keep_their_order() -> None:
    """The second convolution is what the first was: by their arguments alone they would be moved."""
    wider = [line.replace("conv 32", "conv 64").replace("conv 16", "conv 32") for line in LINES]
    found = changes(chain("3x8x8", *LINES), chain("3x8x8", *wider))
    assert {what for what, _, _ in found} == {"changed"}
    assert ("changed", "conv 16, kernel=3, padding=1", "conv 32, kernel=3, padding=1") in found
    assert ("changed", "conv 32, kernel=3, padding=1", "conv 64, kernel=3, padding=1") in found


def test_labels_hold_layers_together() -> None:
    before = network("network N {\n input 3x8x8\n stem: conv 8, kernel=3\n relu\n head: conv 8, kernel=3\n}\n")
    after = network("network N {\n input 3x8x8\n relu\n head: conv 8, kernel=3\n}\n")
    assert [change for change, _, _ in changes(before, after)] == ["removed", "changed", "changed"]
    assert [(one.name, other.name) for one, other in pairs(before, after) if one and other] == [("1", "0"), ("head", "head")]


def test_a_layer_under_another_label_is_the_same_layer() -> None:
    before, after = (network(f"network N {{\n input 3x8x8\n {label}: conv 8, kernel=3\n}}\n") for label in ("a", "b"))
    assert [(one.name, other.name) for one, other in pairs(before, after) if one and other] == [("a", "b")]


@pytest.mark.parametrize("seed", range(40))
def test_what_was_done_is_what_is_found(seed: int) -> None:
    """Each row comes once and in its order, and no more differs than what was put in, taken out or changed."""
    chance = random.Random(seed)
    lines = [chance.choice(["relu", "tanh", "conv 4, kernel=1", "conv 8, kernel=1", "batchnorm"]) for _ in range(12)]
    others = list(lines)
    done = chance.randrange(4)
    for _ in range(done):
        place = chance.randrange(len(others))
        others[place : place + chance.randrange(2)] = chance.choice([[], ["sigmoid"], ["mish"]])
    before, after = chain("4x4x4", *lines), chain("4x4x4", *others)
    found = pairs(before, after)
    assert [row for row, _ in found if row] == list(summarise(before).rows)
    assert [row for _, row in found if row] == list(summarise(after).rows)
    assert sum(one is None or other is None or one.layer != other.layer for one, other in found) <= 2 * done


def test_a_wrong_alignment_would_be_noticed() -> None:
    rows = summarise(chain("3x8x8", *LINES)).rows
    alone: list[Pair] = [*((row, None) for row in rows), *((None, row) for row in rows)]
    assert len(aligned(rows, rows)) < len(alone)
    assert [change(pair) for pair in alone] == ["removed"] * len(rows) + ["added"] * len(rows)


def test_many_rows_are_aligned() -> None:
    lines = ["conv 4, kernel=1", "relu"] * 400
    found = pairs(chain("4x4x4", *lines), chain("4x4x4", *lines[:400], "dropout 0.5", *lines[400:]))
    assert sum(change(pair) != "equal" for pair in found) == 1


def test_rows_that_repeat_in_another_order() -> None:
    """Where nothing but kinds that repeat is alike, the time grows with the product of the rows, and not faster."""
    one, other = ["conv 4, kernel=1", "batchnorm", "relu"] * 100, ["conv 4, kernel=3, padding=1", "relu", "batchnorm"] * 100
    found = pairs(chain("4x4x4", *one), chain("4x4x4", *other))
    assert {change(pair) for pair in found} == {"equal", "changed", "added", "removed"}


def test_too_many_rows_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(alignment, "MOST_CELLS", 11)
    before, after = chain("4x4x4", "relu", "tanh", "relu", "mish", "relu"), chain("4x4x4", "relu", *["silu"] * 3, "relu")
    assert len(pairs(before, after)) > 0  # 3 by 3: the rows at both ends do not count
    with pytest.raises(UsageError, match=r"5 rows of the one network with 4 of the other: fold them with --depth"):
        pairs(chain("4x4x4", "relu", "tanh", "relu", "mish", "tanh", "relu"), after)


@pytest.mark.parametrize("seed", range(30))
def test_no_other_way_costs_less(seed: int) -> None:
    """Compared with all ways there are, tried one by one."""
    chance = random.Random(seed)
    words = ["relu", "conv 4, kernel=1", "conv 4, kernel=3, padding=1"]
    before, after = ([chance.choice(words) for _ in range(chance.randrange(6))] for _ in range(2))
    one, other = (list(summarise(chain("4x4x4", "tanh", *lines)).rows) for lines in (before, after))
    found = aligned(one, other)
    assert cost(found) == least(one, other)


def cost(found: list[Pair]) -> int:
    """Returns how many rows differ or stand alone; rows of different kinds never belong together."""
    assert all(one is None or other is None or one.kind == other.kind for one, other in found)
    return sum(one is None or other is None or one.layer != other.layer for one, other in found)


def least(one: list[Row], other: list[Row]) -> int:
    """Returns the least cost of all ways."""
    if not one or not other:
        return len(one) + len(other)
    alone = 1 + min(least(one[1:], other), least(one, other[1:]))
    if one[0].kind != other[0].kind:
        return alone
    return min(alone, (one[0].layer != other[0].layer) + least(one[1:], other[1:]))


def test_a_row_of_its_own_kind() -> None:
    row: Row = summarise(chain("3x8x8", "relu")).rows[0]
    assert aligned([row], []) == [(row, None)]
    assert aligned([], []) == []
