"""The packages that a function needs, and what to say where one is not installed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def imports(what: str) -> Iterator[None]:
    """Says what to install where an import fails for want of a package."""
    try:
        yield
    except ModuleNotFoundError as error:
        if error.name is None or error.name.startswith("cnnspec"):
            raise
        raise not_installed(what, error.name) from None


def not_installed(what: str, package: str) -> ModuleNotFoundError:
    """Returns the error that says how a package is installed."""
    from cnnspec.training.packages import INSTALL

    return ModuleNotFoundError(f"cnnspec.{what} needs {package}: {INSTALL}", name=package)
