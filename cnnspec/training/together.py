"""What a run needs, prepared by all processes; none takes a step where one of them finds a mistake or other data."""

from __future__ import annotations

from typing import Any

from cnnspec.diagnostics.diagnostic import Diagnostic
from cnnspec.recipe.data import Data
from cnnspec.training.data.content import content_sum
from cnnspec.training.data.dataset import AnyPart, Part
from cnnspec.training.finish import data_facts
from cnnspec.training.fitness import verify_fitness
from cnnspec.training.job import TrainOptions
from cnnspec.training.processes.agreement import agreed
from cnnspec.training.processes.ranks import Ranks
from cnnspec.training.run_folder.folder import StoredRun
from cnnspec.training.session import Session, prepare
from cnnspec.training.short_numbers import verify_short_numbers

LOOKED_AT = 64 * 2**20  # bytes of the inputs, spread over all of them: a tenth of a second


def prepare_together(stored: StoredRun, data: Data, options: TrainOptions, ranks: Ranks) -> tuple[Session, list[Diagnostic]]:
    """Returns the session and what is to be warned of; raises what `prepare`, `verify_fitness` and `agreed` raise."""

    def prepared() -> tuple[Session, list[Diagnostic]]:
        session = prepare(stored.network, stored.recipe, data, options, stored.base, ranks)
        verify_short_numbers(session)
        return session, verify_fitness(stored.network, stored.recipe, session.dataset)

    return agreed(prepared, lambda found: _facts(found[0]), ranks)


def _facts(session: Session) -> dict[str, Any]:
    """Returns what has to be the same for all processes: the shares of a batch are cut from one order of the same samples."""
    test = session.dataset.test
    return {**data_facts(session), "content": [_sum(part) for part in (session.dataset.train, test) if part is not None]}


def _sum(part: AnyPart) -> str:
    """Returns the sum of targets and inputs; of images that stay in their files, and of many others, not all are looked at."""
    arrays = {"targets": part.targets.numpy()}
    if isinstance(part, Part):
        each = max(1, part.inputs.nbytes // LOOKED_AT)
        arrays["inputs"] = part.inputs[::each].numpy()
    return content_sum(arrays)
