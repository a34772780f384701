"""What all nodes of the syntax tree are: immutable values of a few fields."""

from __future__ import annotations

from typing import Any, Self, dataclass_transform

PLACES = frozenset({"span", "source"})  # fields that say where a node is written, and not what


@dataclass_transform(frozen_default=True)
class _Kind(type):
    """Makes the annotated names of a class its fields, in their order."""

    fields: tuple[str, ...]

    def __new__(cls, name: str, bases: tuple[type, ...], body: dict[str, Any]) -> _Kind:
        fields = tuple(body.get("__annotations__", ()))
        made = super().__new__(cls, name, bases, {**body, "__slots__": fields, "__match_args__": fields})
        made.fields = fields
        return made


class Node(metaclass=_Kind):
    """Base of all nodes. Subclasses declare their fields as dataclasses do; equality ignores those of `PLACES`.

    They are no dataclasses, whose methods are compiled when the class is made: for all nodes together that takes half as long
    as a start of Python.
    """

    def __init__(self, *values: Any) -> None:
        fields = type(self).fields
        if len(values) != len(fields):
            raise TypeError(f"{type(self).__name__} takes {', '.join(fields)}")
        for name, value in zip(fields, values, strict=True):
            object.__setattr__(self, name, value)

    def replaced(self, **changes: Any) -> Self:
        """Returns the same node but for the fields given; raises TypeError for others."""
        kept = {name: getattr(self, name) for name in type(self).fields}
        if not changes.keys() <= kept.keys():
            raise TypeError(f"{type(self).__name__} has {', '.join(kept)}")
        return type(self)(*(kept | changes).values())

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"a {type(self).__name__} cannot be changed")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"a {type(self).__name__} cannot be changed")

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        return self._said() == other._said()

    def __hash__(self) -> int:
        return hash((type(self), self._said()))

    def __repr__(self) -> str:
        fields = ", ".join(f"{name}={getattr(self, name)!r}" for name in type(self).fields if name not in PLACES)
        return f"{type(self).__name__}({fields})"

    def __reduce__(self) -> tuple[type[Self], tuple[Any, ...]]:
        return type(self), tuple(getattr(self, name) for name in type(self).fields)  # for copies and pickles

    def _said(self) -> tuple[Any, ...]:
        return tuple(getattr(self, name) for name in type(self).fields if name not in PLACES)
