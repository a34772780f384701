"""What goes wrong in training, as Python is told of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from cnnspec.api.load import SpecError
from cnnspec.api.words import python_words
from cnnspec.network.network import Network


@contextmanager
def told_in_python(network: Network, has_data: bool = False) -> Iterator[None]:
    """Raises a TrainingError as SpecError, and says how an interrupted run goes on; `has_data`: with data of the program.

    All of it in the words of Python.
    """
    from cnnspec.training.problems import TrainingError
    from cnnspec.training.signals import Interrupted

    try:
        with python_words():
            yield
    except TrainingError as error:
        raise SpecError(error.diagnostics(network)) from None
    except Interrupted as stop:
        way = f'cnnspec.resume("{stop.path}"{", data=..." if has_data else ""})'
        raise Interrupted(stop.path, stop.number, way) from None
