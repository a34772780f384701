"""A session that several processes share, looked at in one of them."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from training_specs import compiled, recipe_of

from cnnspec.training.device import own_random_numbers
from cnnspec.training.fitted import _has_dead_ends
from cnnspec.training.options import TrainOptions
from cnnspec.training.session import prepare

TEXT = """
network Net {
    input 1x8x8
    first: LAYER
    side: conv 3, kernel=1
    from FROM
    flatten
    linear 10
}
train {
    data digits
}
"""


@pytest.mark.parametrize("layer", ["fractional_maxpool 2, output_ratio=0.6", "maxpool 2"])
@pytest.mark.parametrize("source", ["side", "first"])
def test_a_look_for_dead_ends_draws_nothing(layer: str, source: str) -> None:
    network = compiled(TEXT.replace("LAYER", layer).replace("FROM", source))
    recipe = recipe_of(network)
    assert recipe.data is not None
    with own_random_numbers():
        session = prepare(network, recipe, recipe.data, TrainOptions("cpu"), Path())
        before = torch.get_rng_state()
        assert _has_dead_ends(session) == (source == "first")
        assert torch.equal(torch.get_rng_state(), before)
        session.model(torch.zeros(2, 1, 8, 8))
        assert torch.equal(torch.get_rng_state(), before) == (layer == "maxpool 2"), "others do draw in evaluation"
