"""What a run needs, prepared by all processes; none takes a step where one of them finds a mistake or other data."""

from __future__ import annotations

from typing import Any, NamedTuple

import torch

from cnnspec.diagnostics.diagnostic import Diagnostic
from cnnspec.recipe.data import Data
from cnnspec.training.data.content import content_sum
from cnnspec.training.data.dataset import AnyPart, Part
from cnnspec.training.finish import data_facts
from cnnspec.training.fitness import verify_fitness
from cnnspec.training.in_place import verify_in_place
from cnnspec.training.job import TrainOptions
from cnnspec.training.processes.agreement import agreed
from cnnspec.training.processes.ranks import Ranks
from cnnspec.training.run_folder.folder import StoredRun
from cnnspec.training.session import Session, prepare
from cnnspec.training.short_numbers import verify_short_numbers

LOOKED_AT = 64 * 2**20  # bytes of inputs and of targets, up to twice as many: a tenth of a second
CHUNK = 1024  # samples


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
        return Prepared(session, verify_fitness(stored.network, stored.recipe, session.dataset), known_data(session))

    return agreed(prepared, lambda found: found.data, ranks)


def known_data(session: Session) -> dict[str, Any]:
    """Returns what has to be the same for all processes, which cut their shares of a batch from one order of the same samples,
    and for a run that goes on."""
    test = session.dataset.test
    return {**data_facts(session), "content": [_sum(part) for part in (session.dataset.train, test) if part is not None]}


def _sum(part: AnyPart) -> str:
    """Returns the sum of targets and inputs, spread over all of them where they are many.

    It is the same whether or not memory has room for the inputs, which may be otherwise on another machine.
    """
    size = part.inputs.nbytes if isinstance(part, Part) else part.files.bytes
    chunks = part.take(torch.arange(0, len(part), _every(size))).chunks(CHUNK)
    inputs = {f"inputs {place}": chunk.numpy() for place, chunk in enumerate(chunks)}
    return content_sum({"targets": part.targets[:: _every(part.targets.nbytes)].numpy(), **inputs})


def _every(size: int) -> int:
    """Returns 3 where every third sample of so many bytes is enough to look at."""
    return max(1, size // LOOKED_AT)
