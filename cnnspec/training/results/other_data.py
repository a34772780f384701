"""Other data for a run, named in a line: what is wrong with the line itself. No torch."""

from __future__ import annotations

from dataclasses import replace

from cnnspec.compiler import Result, check_source
from cnnspec.network.network import Network
from cnnspec.network.outside import again
from cnnspec.recipe.problems import MoreOutputsThanClasses, OutputNotFlat, TooFewOutputs
from cnnspec.recipe.sample_problems import SampleDiffers

# How data and network fit, which `evaluate` asks of the data that it has read, and tells of a network that stays as it is.
_ASKED_AGAIN = {problem.code for problem in (SampleDiffers, OutputNotFlat, TooFewOutputs, MoreOutputsThanClasses)}


def on_other_data(network: Network, line: str) -> Result:
    """Returns the network of a run with another line `data` in its recipe, and the mistakes in that line; raises BadOption."""
    found = check_source(network.source, replace(again(network), data=line))
    return replace(found, diagnostics=tuple(item for item in found.diagnostics if item.code not in _ASKED_AGAIN))
