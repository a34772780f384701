"""The modules that torch does not have: what they compute, and that their source can be copied."""

from __future__ import annotations

import builtins
import copy
import dis
import inspect
import types
from collections import OrderedDict
from collections.abc import Iterator

import pytest
import torch
from torch import nn

from cnnspec.backends.modules import OWN_MODULES
from cnnspec.backends.modules.normalization import ChannelLayerNorm
from cnnspec.backends.modules.pooling import StochasticPool
from cnnspec.backends.modules.regularization import DropPath
from cnnspec.backends.modules.scale import LayerScale
from cnnspec.backends.modules.shape import Permute, Slice

MAY_USE = {"torch", "nn", "F", "Any"} | set(dir(builtins))


@pytest.fixture(autouse=True)
def _seed() -> None:
    torch.manual_seed(0)


@pytest.mark.parametrize("name", sorted(OWN_MODULES))
def test_source_stands_alone(name: str) -> None:
    module = OWN_MODULES[name]
    assert global_names(module) <= MAY_USE | {name}
    assert inspect.getsource(module).startswith(f"class {name}(nn.")


def test_foreign_names_are_found() -> None:
    assert "OrderedDict" in global_names(UsesForeignName)


class UsesForeignName(nn.Module):
    """Needs an import that generated source does not have."""

    def forward(self, x: torch.Tensor) -> object:
        return OrderedDict(x=x)


def global_names(module: type[nn.Module]) -> set[str]:
    """Returns the global names that the functions of a class use."""
    functions = [inspect.unwrap(value) for _, value in inspect.getmembers(module, inspect.isfunction)]
    own = [function for function in functions if function.__module__ == module.__module__]
    return {name for function in own for code in codes(function.__code__) for name in loaded_globals(code)}


def codes(code: types.CodeType) -> Iterator[types.CodeType]:
    yield code
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from codes(constant)


def loaded_globals(code: types.CodeType) -> set[str]:
    return {str(step.argval) for step in dis.get_instructions(code) if step.opname == "LOAD_GLOBAL"}


class TestLayerScale:
    """Its parameter goes by the name of the layer itself."""

    def model(self) -> nn.Sequential:
        block = nn.Sequential(OrderedDict(conv=nn.Conv2d(3, 4, 1), layer_scale=LayerScale((4, 1, 1), 0.5)))
        LayerScale.adopt(block)
        return nn.Sequential(OrderedDict(stem=nn.Conv2d(1, 3, 1), block=block))

    def test_multiplies_channels(self) -> None:
        scale = LayerScale((2, 1, 1), 0.5)
        assert torch.equal(scale(torch.ones(1, 2, 3, 3)), torch.full((1, 2, 3, 3), 0.5))

    def test_is_stored_under_its_own_name(self) -> None:
        shapes = {name: tuple(tensor.shape) for name, tensor in self.model().state_dict().items()}
        assert shapes["block.layer_scale"] == (4, 1, 1)
        assert not [name for name in shapes if name.startswith("block.layer_scale.")]

    @pytest.mark.parametrize("prepare", [lambda model: model, copy.deepcopy, nn.Module.double], ids=["as is", "copy", "double"])
    def test_round_trip(self, prepare: types.FunctionType) -> None:
        source, target = self.model(), prepare(self.model())
        nn.init.uniform_(source.get_parameter("block.layer_scale.weight"))
        result = target.load_state_dict(source.state_dict())
        assert (result.missing_keys, result.unexpected_keys) == ([], [])
        assert torch.equal(target.state_dict()["block.layer_scale"].float(), source.state_dict()["block.layer_scale"])

    def test_missing_and_surplus_names_are_refused(self) -> None:
        weights = self.model().state_dict()
        scale = weights.pop("block.layer_scale")
        with pytest.raises(RuntimeError, match="layer_scale"):
            self.model().load_state_dict(weights)
        with pytest.raises(RuntimeError, match="other_scale"):
            self.model().load_state_dict(weights | {"block.layer_scale": scale, "block.other_scale": scale})

    def test_loading_leaves_the_given_weights_alone(self) -> None:
        weights = self.model().state_dict()
        names = list(weights)
        self.model().load_state_dict(weights)
        assert list(weights) == names

    def test_exports_and_trains(self) -> None:
        model, value = self.model(), torch.randn(2, 1, 5, 5)
        assert torch.allclose(torch.export.export(model, (value,)).module()(value), model(value))
        model(value).sum().backward()
        assert model.get_parameter("block.layer_scale.weight").grad is not None


class TestDropPath:
    """Whole samples vanish, and the mean stays."""

    def test_drops_whole_samples_and_scales_the_others(self) -> None:
        y = DropPath(0.25).train()(torch.ones(4000, 2, 2))
        kept = y[:, 0, 0] != 0
        assert torch.equal(y, kept.view(-1, 1, 1) * torch.full_like(y, 1 / 0.75))
        assert abs(kept.float().mean().item() - 0.75) < 0.03

    @pytest.mark.parametrize(("p", "expected"), [(0.0, 1.0), (1.0, 0.0)])
    def test_limits(self, p: float, expected: float) -> None:
        assert torch.equal(DropPath(p).train()(torch.ones(5, 3)), torch.full((5, 3), expected))

    def test_does_nothing_in_evaluation(self) -> None:
        x = torch.randn(5, 3)
        assert DropPath(0.9).eval()(x) is x


class TestStochasticPool:
    """Zeiler and Fergus (2013), section 3."""

    def test_evaluation_weighs_by_probability(self) -> None:
        x = torch.tensor([[[[1.0, 3.0], [0.0, 0.0]]]])
        assert StochasticPool((2, 2), (2, 2)).eval()(x).item() == pytest.approx(1 * 0.25 + 3 * 0.75)

    def test_training_draws_by_probability(self) -> None:
        x = torch.tensor([1.0, 3.0, 0.0, -1.0]).expand(8000, 1, 4)
        y = StochasticPool((4,), (4,)).train()(x).flatten()
        assert set(y.tolist()) == {1.0, 3.0}
        assert abs((y == 3.0).float().mean().item() - 0.75) < 0.02

    def test_window_without_positive_values(self) -> None:
        pool = StochasticPool((2,), (2,))
        assert torch.equal(pool.eval()(torch.zeros(1, 1, 4)), torch.zeros(1, 1, 2))
        assert torch.equal(pool.train()(torch.zeros(1, 1, 4)), torch.zeros(1, 1, 2))
        assert pool.eval()(torch.tensor([[[-1.0, -3.0]]])).item() == -2.0

    @pytest.mark.parametrize("rank", [1, 2, 3])
    def test_windows_are_those_of_other_pools(self, rank: int) -> None:
        x = torch.rand(2, 3, *(7,) * rank)
        y = StochasticPool((3,) * rank, (2,) * rank).train()(x)
        largest = getattr(nn, f"MaxPool{rank}d")(3, 2)(x)
        assert y.shape == largest.shape
        assert bool((y <= largest).all())
        # the largest of many draws is the largest of the window
        drawn = torch.stack([StochasticPool((3,) * rank, (2,) * rank)(x) for _ in range(600)])
        assert torch.allclose(drawn.amax(0), largest)

    def test_gradient_reaches_what_was_drawn(self) -> None:
        x = torch.rand(1, 1, 4, requires_grad=True)
        StochasticPool((2,), (2,)).train()(x).sum().backward()
        assert x.grad is not None
        assert sorted(x.grad.flatten().tolist()) == [0.0, 0.0, 1.0, 1.0]


@pytest.mark.parametrize("affine", [True, False])
def test_channel_layer_norm(affine: bool) -> None:
    norm = ChannelLayerNorm(5, elementwise_affine=affine)
    if affine:
        nn.init.uniform_(norm.weight)
        nn.init.uniform_(norm.bias)
    x = torch.randn(2, 5, 3, 4)
    last = nn.LayerNorm(5, elementwise_affine=affine)
    last.load_state_dict(norm.state_dict())
    assert torch.allclose(norm(x), last(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2), atol=1e-6)


def test_permute_and_slice() -> None:
    x = torch.randn(2, 5, 3, 4)
    assert torch.equal(Permute(2, 3, 1)(x), x.permute(0, 2, 3, 1))
    assert torch.equal(Slice(1, 4)(x), x[:, 1:4])


def test_modules_say_how_they_were_made() -> None:
    modules = [Permute(2, 3, 1), Slice(1, 4), DropPath(0.5), StochasticPool((2, 2), (1, 1)), LayerScale((4, 1, 1), 0.1)]
    assert [str(module) for module in modules] == [
        "Permute(2, 3, 1)",
        "Slice(1, 4)",
        "DropPath(p=0.5)",
        "StochasticPool((2, 2), stride=(1, 1))",
        "LayerScale((4, 1, 1), init=0.1)",
    ]
