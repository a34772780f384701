"""Tensors in a file held against those of a network: names, shapes and kinds of numbers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
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

    `rename` makes more of the names fit, where a beginning such as `module.` is all that differs.
    """

    missing: tuple[str, ...]
    unexpected: tuple[str, ...]
    misshapen: tuple[Differing, ...]
    converted: tuple[Differing, ...]
    rename: Rename | None

    @property
    def fits(self) -> bool:
        return not (self.missing or self.unexpected or self.misshapen)

    def __str__(self) -> str:
        """Returns all faults in one line; of many names the first ones."""
        faults = [*_some("missing", self.missing), *_some("unexpected", self.unexpected)]
        faults += [f"{name} is {found} instead of {expected}" for name, found, expected in self.misshapen]
        return "; ".join(faults)

    def advice(self, path: object) -> str | None:
        """Returns what to do about names that differ in their beginning only, or where to see all of many."""
        if self.rename is None:
            several = max(len(self.missing), len(self.unexpected)) > SHOWN
            return f"`cnnspec weights {path} --for SPEC` lists them all" if several else None
        old, new = self.rename
        what = f"without `{old}`" if old else f"with `{new}` before"
        return f"{what} the names fit: `cnnspec weights {path} --rename {self.rename} -o PATH` writes them so"


def compare(expected: Tensors, found: Tensors) -> WeightReport:
    """Returns how the tensors of a file differ from the `state_dict` of a network.

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
        _rename(expected.keys(), found.keys()),
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
    places = ((name, place) for name in names for place, sign in enumerate(name, 1) if sign == ".")
    found = {name[:place] for name, place in places if name[place:] in others}
    return sorted(found, key=lambda text: (text.count("."), text))


def _some(what: str, names: tuple[str, ...]) -> list[str]:
    if not names:
        return []
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return [f"{what}: {', '.join(names[:SHOWN])}{more}"]
