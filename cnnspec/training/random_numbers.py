"""Random numbers: where they come from, and how a run goes on with the same ones.

The order of the samples follows from the recipe's seed and the epoch, and from nothing before, so that it is the same on every
device and after an interruption. What layers draw (dropout) comes from torch's own generators, whose states a checkpoint keeps.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch

ORDER = 0  # which numbers: the order of the samples of an epoch
SHARE = 1  # what layers draw in a step of another process than the first


def generator(seed: int, *place: int, device: torch.device | str = "cpu") -> torch.Generator:
    """Returns a generator of its own for a place in a run, such as `generator(seed, ORDER, epoch)`.

    The numbers of different places are independent: numpy's SeedSequence mixes them (O'Neill 2015).
    """
    mixed = np.random.SeedSequence((seed, *place)).generate_state(1, np.uint64)
    return torch.Generator(device).manual_seed(int(mixed[0]))


def reseed(seed: int, *place: int) -> None:
    """Lets torch's generators begin anew with the numbers of a place in a run."""
    torch.manual_seed(generator(seed, *place).initial_seed())


def random_states(device: torch.device) -> dict[str, torch.Tensor]:
    """Returns the states of torch's generators that a run on a device draws from: bytes, on the CPU."""
    states = {"cpu": torch.get_rng_state()}
    if device.type == "cuda":
        states["cuda"] = torch.cuda.get_rng_state(device)
    return states


def restore_random_states(states: Mapping[str, torch.Tensor], device: torch.device) -> None:
    """Lets torch's generators go on from given states; those of a GPU are left out on a CPU."""
    torch.set_rng_state(states["cpu"])
    if device.type == "cuda" and "cuda" in states:
        torch.cuda.set_rng_state(states["cuda"], device)
