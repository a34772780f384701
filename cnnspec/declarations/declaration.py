"""The base class of everything that a file can name and give arguments to.

Modules with declarations do without `from __future__ import annotations`: it makes strings of all annotations, and pydantic
would compile each of them again for every class, which is a tenth of a start.
"""

import inspect
from functools import cache
from typing import Any, ClassVar, NamedTuple, TypeVar, get_args

from pydantic import BaseModel, ConfigDict, ValidationError

from cnnspec.declarations.types import Says


class Declaration(BaseModel):
    """One kind: `keyword`, the fields as arguments, and examples. Instances are validated and immutable.

    Fields stand in the order of their positional arguments; `named_only` lists those that have no place in it.
    `variadic` names the one field that collects all positional arguments (`permute 1, 2, 0`).
    `aliases` maps other spellings of an argument to the field (`kernel_size` to `kernel`); `torch_axes` those of axis numbers
    that count the batch (torch's `dim` to `axis`).
    """

    model_config = ConfigDict(
        strict=True, frozen=True, extra="forbid", validate_default=True, allow_inf_nan=False, defer_build=True
    )

    keyword: ClassVar[str]
    examples: ClassVar[tuple[str, ...]] = ()
    named_only: ClassVar[frozenset[str]] = frozenset()
    variadic: ClassVar[str | None] = None
    aliases: ClassVar[dict[str, str]] = {}
    torch_axes: ClassVar[dict[str, str]] = {}


Kind = TypeVar("Kind", bound=Declaration)


class Refused(Exception):
    """Arguments that a declaration does not take: the required ones that are missing, else the first one at fault and why."""

    def __init__(self, missing: tuple[str, ...], field: str, reason: str) -> None:
        super().__init__(reason)
        self.missing = missing
        self.field = field
        self.reason = reason


def validated(kind: type[Kind], values: dict[str, Any]) -> Kind:
    """Returns the declaration with these arguments; raises Refused. So nobody outside the declarations has to know pydantic."""
    try:
        return kind.model_validate(values)
    except ValidationError as error:
        details = error.errors(include_url=False, include_context=False, include_input=False)
        missing = tuple(str(detail["loc"][0]) for detail in details if detail["type"] == "missing" and len(detail["loc"]) == 1)
        first = details[0]
        raise Refused(missing, str(first["loc"][0]) if first["loc"] else "", first["msg"]) from None


class Argument(NamedTuple):
    """One field as users see it."""

    name: str
    required: bool
    default: Any
    says: str
    positional: bool


@cache
def signature(kind: type[Declaration]) -> tuple[Argument, ...]:
    """Returns the arguments of a declaration, positional ones first, in their order."""
    arguments = [
        Argument(name, field.is_required(), field.default, _says(field), name not in kind.named_only)
        for name, field in kind.model_fields.items()
    ]
    return tuple(sorted(arguments, key=lambda argument: not argument.positional))


@cache
def positional_names(kind: type[Declaration]) -> tuple[str, ...]:
    """Returns the fields that positional arguments fill, in order."""
    return tuple(name for name in kind.model_fields if name not in kind.named_only)


def description(kind: type[Declaration]) -> str:
    """Returns the docstring of a declaration."""
    return inspect.cleandoc(kind.__doc__ or "")


def _says(field: Any) -> str:
    """Returns what a field's type is called: its own words (behind those of a type that it narrows), or its choices'."""
    for item in reversed(field.metadata):
        if isinstance(item, Says):
            return item.text
    words = [text for choice in get_args(field.annotation) for text in _words(choice)]
    if len(words) < 2:
        return "".join(words) or "valid"
    comma = "," if any(" " in text for text in words) else ""  # "a positive integer, or one for each axis, or `none`"
    return f"{', '.join(words[:-1])}{comma} or {words[-1]}"


def _words(choice: Any) -> list[str]:
    if choice is type(None):
        return ["`none`"]
    if isinstance(choice, str):
        return [f"`{choice}`"]
    named = [item.text for item in getattr(choice, "__metadata__", ()) if isinstance(item, Says)]
    return named or [f"`{value}`" for value in get_args(choice) if isinstance(value, str)]
