"""How weights begin."""

from __future__ import annotations

import pytest
import torch
from training_specs import compiled

from cnnspec.backends.torch_module import build
from cnnspec.recipe.init import Init
from cnnspec.recipe.init_schemes import Constant, Dirac, Ones, Sparse, XavierUniform
from cnnspec.training.problems import TrainingError
from cnnspec.training.weights.initialize import initialize

TEXT = """
network N {
    input 1x8x8
    conv 4, kernel=3
    batchnorm
    fixed: conv 2, kernel=1, weight=[[1]]
    flatten
    own: linear 3, init="zeros"
    linear 2
}
"""


def filled(init: Init | None, text: str = TEXT) -> dict[str, torch.Tensor]:
    network = compiled(text)
    torch.manual_seed(0)
    model = build(network)
    torch.manual_seed(1)
    initialize(model, network, init)
    return dict(model.state_dict())


def test_weights_of_convolutions_and_linear_layers_are_filled() -> None:
    before, after = filled(None), filled(Constant(val=0.5))
    assert bool((after["0.weight"] == 0.5).all())
    assert bool((after["5.weight"] == 0.5).all())
    for name in ("0.bias", "5.bias", "1.weight", "1.bias"):
        assert torch.equal(before[name], after[name])


def test_written_numbers_stay_and_a_layer_has_its_own_scheme() -> None:
    for init in (None, Ones()):
        found = filled(init)
        assert bool((found["fixed.weight"] == 1).all())
        assert bool((found["own.weight"] == 0).all())


def test_the_draws_follow_torch() -> None:
    network = compiled("network N {\n input 4\n linear 3\n}")
    model = build(network)
    torch.manual_seed(7)
    initialize(model, network, XavierUniform(gain=2.0))
    torch.manual_seed(7)
    expected = torch.nn.init.xavier_uniform_(torch.empty(3, 4), gain=2.0)
    assert torch.equal(model.get_parameter("0.weight"), expected)


@pytest.mark.parametrize("init", [Dirac(), Sparse(sparsity=0.5)])
def test_a_scheme_that_is_not_defined_names_the_layer(init: Init) -> None:
    with pytest.raises(TrainingError, match=rf"`{init.keyword}` cannot fill the weight of `(0|5)`") as caught:
        filled(init)
    assert caught.value.problems[0].setting == "init"
