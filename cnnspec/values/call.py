"""A constructor call as data: interpreted by the module builder and printed by the source generator."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from cnnspec.values.dims import differ

Value: TypeAlias = "int | float | str | bool | tuple[Value, ...] | Call | None"


@dataclass(frozen=True)
class Call:
    """`nn.Conv2d(3, 6, kernel_size=5)`.

    `function` begins with `nn.` for a class of torch.nn; without the prefix it names one of cnnspec's own modules
    (see backends/modules), of which the generator copies the source.
    """

    function: str
    positional: tuple[Value, ...] = ()
    named: tuple[tuple[str, Value], ...] = ()

    def __str__(self) -> str:
        """Returns the call as Python source."""
        words = [*map(python_source, self.positional), *(f"{name}={python_source(value)}" for name, value in self.named)]
        return f"{self.function}({', '.join(words)})"


def calls_differ(left: Value, right: Value) -> bool:
    """Returns whether two calls make different modules; symbolic sizes are taken to be equal where they can be."""
    if left == right:
        return False
    if isinstance(left, Call) and isinstance(right, Call):
        return calls_differ((left.function, *left.positional, *left.named), (right.function, *right.positional, *right.named))
    if isinstance(left, tuple) and isinstance(right, tuple):
        return len(left) != len(right) or any(map(calls_differ, left, right))
    return differ(left, right)


def python_source(value: Value) -> str:
    """Returns a value as Python source: `(3, 5)`, `"reflect"`, `float("inf")`."""
    if isinstance(value, Call):
        return str(value)
    if isinstance(value, tuple):
        inside = ", ".join(map(python_source, value))
        return f"({inside},)" if len(value) == 1 else f"({inside})"
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    if isinstance(value, float) and value in (float("inf"), float("-inf")):
        return f'float("{value}")'
    return repr(value).replace("e+", "e")
