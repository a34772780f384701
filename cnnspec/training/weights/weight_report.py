"""Tensors in a file held against those of a network: names, shapes and kinds of numbers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

import torch

from cnnspec.diagnostics.problem import UsageError

Tensors: TypeAlias = Mapping[str, torch.Tensor]  # by name
_COUNTED = ".num_batches_tracked"  # older files lack it: it came with torch 0.4.1, which fills it in where it is missing
SHOWN = 5  # names of a kind in a message of one line


class Differing(NamedTuple):
    """A tensor that is another one than the network has: `10x84 instead of 10x120`."""

    name: str
    found: str
    expected: str


class Unusable(NamedTuple):
    """How many of the numbers of a tensor no network takes, and why: they are `infinite or not a number`, for one."""

    name: str
    wrong: int
    total: int
    why: str

    def __str__(self) -> str:
        return f"{self.wrong:,} of {self.total:,} numbers in `{self.name}` {self.why}"


class Rename(NamedTuple):
    """A beginning of names, and what stands in its place; an empty `old` is the beginning of all names."""

    old: str
    new: str

    def __str__(self) -> str:
        return f"{self.old}={self.new}"

    def apply(self, name: str) -> str:
        return self.new + name.removeprefix(self.old) if name.startswith(self.old) else name


@dataclass(frozen=True)
class WeightReport:
    """What keeps a file from filling a network. `converted` are tensors of other floats, which are rounded to the network's.

    `rename` makes more of the names fit, where a beginning such as `module.` is all that differs. `unusable` are numbers that
    keep it from that, where they were looked at.
    """

    missing: tuple[str, ...]
    unexpected: tuple[str, ...]
    misshapen: tuple[Differing, ...]
    converted: tuple[Differing, ...]
    rename: Rename | None
    unusable: tuple[Unusable, ...] = ()

    @property
    def fits(self) -> bool:
        return not (self.missing or self.unexpected or self.misshapen or self.unusable)

    def __str__(self) -> str:
        """Returns all faults in one line; of many names the first ones."""
        faults = [*_some("missing", self.missing), *_some("unexpected", self.unexpected)]
        faults += [f"{name} is {found} instead of {expected}" for name, found, expected in self.misshapen]
        return "; ".join([*faults, *map(str, self.unusable)])

    def advice(self, path: object) -> str | None:
        """Returns what to do about names that differ in their beginning only, or where to see all of many."""
        if self.rename is None:
            several = max(len(self.missing), len(self.unexpected)) > SHOWN
            return f"`cnnspec weights {path} --for SPEC` lists them all" if several else None
        old, new = self.rename
        if old and new:
            what = f"with `{new}` for `{old}` more"
        else:
            what = f"without `{old}` the" if old else f"with `{new}` before the"
        return f"{what} names fit: `cnnspec weights {path} --rename {self.rename} -o PATH` writes them so"


def compare(expected: Tensors, found: Tensors) -> WeightReport:
    """Returns how the tensors of a file differ from the `state_dict` of a network, whatever their numbers are.

    Floats fill floats of another size; integers in the place of floats, or the other way round, count as misshapen.
    """
    common = [name for name in expected if name in found]
    misshapen: list[Differing] = []
    converted: list[Differing] = []
    for name in common:
        here, there = found[name], expected[name]
        if here.shape != there.shape:
            misshapen.append(Differing(name, shape_of(here), shape_of(there)))
        elif here.dtype != there.dtype:
            floats = here.is_floating_point() == there.is_floating_point()
            (converted if floats else misshapen).append(Differing(name, kind_of(here), kind_of(there)))
    return WeightReport(
        tuple(sorted(name for name in expected.keys() - found.keys() if not name.endswith(_COUNTED))),
        tuple(sorted(found.keys() - expected.keys())),
        tuple(misshapen),
        tuple(converted),
        _rename(expected.keys(), found.keys()) or _other_name(expected, found),
    )


def renamed(tensors: Tensors, rename: Rename) -> dict[str, torch.Tensor]:
    """Returns tensors under their new names; raises UsageError where nothing changes, or two get one name."""
    names = {name: rename.apply(name) for name in tensors}
    if all(name == other for name, other in names.items()):
        raise UsageError(f"--rename {rename}: no name begins with `{rename.old}`")
    if len(set(names.values())) < len(names):
        twice = next(name for name in names.values() if list(names.values()).count(name) > 1)
        raise UsageError(f"--rename {rename}: two tensors would be called `{twice}`")
    return {names[name]: tensor for name, tensor in tensors.items()}


def shape_of(tensor: torch.Tensor) -> str:
    """Returns `6x1x5x5`."""
    return "x".join(map(str, tensor.shape)) or "a single number"


def kind_of(tensor: torch.Tensor) -> str:
    """Returns `float32`."""
    return str(tensor.dtype).removeprefix("torch.")


def _rename(expected: Iterable[str], found: Iterable[str]) -> Rename | None:
    """Returns the beginning to take away, or to put before all names, that makes the most of them fit; None for none."""
    wanted, names = set(expected), set(found)
    removed, added = _beginnings(names, wanted), _beginnings(wanted, names)
    choices = [*(Rename(old, "") for old in removed), *(Rename("", new) for new in added)]
    most, best = len(wanted & names), None
    for choice in choices:
        count = len({choice.apply(name) for name in names} & wanted)
        if count > most:
            most, best = count, choice
    return best


def _beginnings(names: set[str], others: set[str]) -> list[str]:
    """Returns what names begin with, the rest being one of the others, the shortest first: `module.`, `module.model.`."""
    found = {beginning for name in names for beginning, rest in _splits(name) if rest in others}
    return sorted(found, key=lambda text: (text.count("."), text))


def _other_name(expected: Tensors, found: Tensors) -> Rename | None:
    """Returns the beginning of a part that has another name but the same tensors, half of those missing or more; or None."""
    missing, unexpected = _uncounted(expected.keys() - found.keys()), _uncounted(found.keys() - expected.keys())
    parts: dict[tuple[str, torch.Size], list[str]] = {}
    for name in missing:
        for new, rest in _splits(name):
            parts.setdefault((rest, expected[name].shape), []).append(new)
    beginnings = ((old, rest, found[name].shape) for name in unexpected for old, rest in _splits(name))
    alike = Counter(Rename(old, new) for old, rest, shape in beginnings for new in parts.get((rest, shape), ()))
    sizes_found, sizes_expected = _sizes(found), _sizes(expected)
    for rename, size in sorted(alike.items(), key=lambda item: (-item[1], item[0])):
        if sizes_found[rename.old] == sizes_expected[rename.new] == size >= len(missing) / 2:  # fewer may be alike by chance
            return rename
    return None


def _sizes(names: Iterable[str]) -> Counter[str]:
    """Returns how many names have each beginning."""
    return Counter(beginning for name in _uncounted(names) for beginning, _ in _splits(name))


def _splits(name: str) -> list[tuple[str, str]]:
    """Returns the beginnings of a name and what is behind: `a.`, `b.weight`, and `a.b.`, `weight`."""
    return [(name[:place], name[place:]) for place, sign in enumerate(name, 1) if sign == "."]


def _uncounted(names: Iterable[str]) -> list[str]:
    return [name for name in names if not name.endswith(_COUNTED)]


def shortened(names: Sequence[str]) -> str:
    """Returns names in one line, the first ones of many: `a, b, c, d, e and 4 more`."""
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return f"{', '.join(names[:SHOWN])}{more}"


def _some(what: str, names: tuple[str, ...]) -> list[str]:
    if not names:
        return []
    return [f"{what}: {shortened(names)}"]
