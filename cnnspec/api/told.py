"""What goes wrong in training, as Python is told of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from cnnspec.api.load import SpecError
from cnnspec.api.words import python_words, resumed
from cnnspec.diagnostics.problem import UsageError
from cnnspec.network.network import Network


@contextmanager
def told_in_python(network: Network, has_data: bool = False) -> Iterator[None]:
    """Raises a TrainingError as SpecError, and says how a run that ended early goes on; `has_data`: with data of the program.

    All of it in the words of Python.
    """
    from cnnspec.training.problems import TrainingError
    from cnnspec.training.signals import Interrupted

    try:
        with python_words(has_data):
            yield
    except TrainingError as error:
        raise SpecError(error.diagnostics(network)) from None
    except Interrupted as stop:
        raise Interrupted(stop.path, stop.number, resumed(str(stop.path), has_data)) from None


@contextmanager
def told_of_files() -> Iterator[None]:
    """Raises a TrainingError about the files of a run, for which no line of a spec is at fault, as UsageError."""
    from cnnspec.training.problems import TrainingError

    with python_words():
        try:
            yield
        except TrainingError as error:
            raise UsageError(str(error)) from None
