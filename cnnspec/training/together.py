"""What a run needs, prepared by all processes; none takes a step where one of them finds a mistake or other data."""

from __future__ import annotations

from typing import Any, NamedTuple

from cnnspec.diagnostics.diagnostic import Diagnostic
from cnnspec.recipe.data import Data
from cnnspec.training.fitness import verify_fitness
from cnnspec.training.in_place import verify_in_place
from cnnspec.training.known_data import known_data
from cnnspec.training.options import TrainOptions
from cnnspec.training.processes.agreement import agreed
from cnnspec.training.processes.ranks import Ranks
from cnnspec.training.run_folder.stored_run import StoredRun
from cnnspec.training.session import Session, prepare
from cnnspec.training.short_memory import told_of_data
from cnnspec.training.short_numbers import verify_short_numbers


class Prepared(NamedTuple):
    """The session, what is to be warned of, and by what the data is known again."""

    session: Session
    warnings: list[Diagnostic]
    data: dict[str, Any]


def prepare_together(stored: StoredRun, data: Data, options: TrainOptions, ranks: Ranks) -> Prepared:
    """Returns what a run needs; raises what `prepare`, `verify_fitness` and `agreed` raise."""

    def prepared() -> Prepared:
        session = prepare(stored.network, stored.recipe, data, options, stored.base, ranks)
        verify_in_place(session)
        verify_short_numbers(session)
        with told_of_data(data):
            warnings = verify_fitness(stored.network, stored.recipe, session.dataset)
            return Prepared(session, warnings, known_data(session.dataset, session.scaling))

    return agreed(prepared, lambda found: found.data, ranks)
