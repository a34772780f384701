"""What a run needs: data on the device, and what learns from it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path

import torch
from torch import nn
from torch.nn.parallel import DistributedDataParallel

from cnnspec.backends.torch_module import build
from cnnspec.network.network import Network
from cnnspec.recipe.batch_count import batch_count
from cnnspec.recipe.data import Data
from cnnspec.recipe.recipe import Recipe
from cnnspec.training.average import Average
from cnnspec.training.batches.augment_maps import verify_maps, void_of
from cnnspec.training.batches.batches import Batches
from cnnspec.training.channels_last import put_channels_last
from cnnspec.training.data.dataset import Dataset, Request
from cnnspec.training.data.read import read
from cnnspec.training.data.scaling import Scaling
from cnnspec.training.device import Precision, select_device
from cnnspec.training.freezing import freeze
from cnnspec.training.group_norms import adapt_group_norms
from cnnspec.training.optimizer import build_optimizer
from cnnspec.training.options import TrainOptions
from cnnspec.training.processes.ranks import ALONE, Ranks
from cnnspec.training.profile import Clock, NoClock
from cnnspec.training.short_memory import told_of_data
from cnnspec.training.task import Task
from cnnspec.training.weights.initialize import initialize
from cnnspec.training.weights.transfer import begin_with


@dataclass(frozen=True)
class Learner:
    """Everything that a step changes, and so everything that a checkpoint holds of it.

    `scaler` scales the loss of a run in half precision, and does nothing otherwise. `average` is the moving average of the
    weights, where the recipe asks for one. `notes` say in which weights a file that was given differs from them. `parallel` is
    the model with gradients that are the mean over several processes.
    """

    model: nn.Module
    optimizer: torch.optim.Optimizer
    scaler: torch.amp.GradScaler
    average: Average | None
    notes: tuple[str, ...] = ()
    parallel: DistributedDataParallel | None = None

    @property
    def network(self) -> nn.Module:
        """Returns what computes the outputs in a step."""
        return self.model if self.parallel is None else self.parallel

    def gradients(self, are_complete: bool) -> AbstractContextManager[None]:
        """Returns the context of a forward and a backward pass, after which the processes share gradients that are complete."""
        return nullcontext() if self.parallel is None or are_complete else self.parallel.no_sync()

    @property
    def result(self) -> nn.Module:
        """Returns the network that is tested and saved: the average of the weights where there is one."""
        return self.model if self.average is None else self.average.module

    @property
    def lr(self) -> float:
        """Returns the learning rate of the last step."""
        return float(self.optimizer.param_groups[0]["lr"])

    def weights(self) -> Mapping[str, torch.Tensor]:
        """Returns the state_dict of the result."""
        return self.result.state_dict()


@dataclass(frozen=True)
class Session:
    """Everything that a run needs, ready for a step."""

    network: Network
    recipe: Recipe
    precision: Precision
    dataset: Dataset
    scaling: Scaling
    task: Task
    train: Batches
    test: Batches | None
    learner: Learner
    ranks: Ranks = ALONE
    clock: Clock = field(default_factory=NoClock)

    @property
    def device(self) -> torch.device:
        return self.precision.device

    @property
    def model(self) -> nn.Module:
        return self.learner.model

    @property
    def steps(self) -> int:
        """Returns how many steps of the optimizer an epoch has."""
        return math.ceil(batch_count(len(self.train), self.recipe.batch) / self.recipe.accumulate)


def prepare(network: Network, recipe: Recipe, data: Data, options: TrainOptions, base: Path, ranks: Ranks = ALONE) -> Session:
    """Returns what a run needs; raises TrainingError and UsageError. Processes that share it are not connected here.

    Torch's random numbers are seeded here: weights and dropout follow from the recipe's seed.
    """
    device = select_device(options.device, ranks)
    precision = Precision.select(options.precision, device)
    precision.prepare()
    with told_of_data(data):
        dataset, scaling = read(data, Request(network.input, network.output, recipe.loss, base, precision.dtype))
        verify_maps(recipe.augment, dataset)
        void = void_of(recipe.loss, dataset.train.targets.dtype)
        train = Batches(dataset.train, scaling, device, precision.dtype, recipe.augment, void)
        test = None if dataset.test is None else Batches(dataset.test, scaling, device, precision.dtype)
    return Session(
        network,
        recipe,
        precision,
        dataset,
        scaling,
        Task.of(recipe.loss, dataset),
        train,
        test,
        begin(network, recipe, precision, options.weights),
        ranks,
    )


def begin(network: Network, recipe: Recipe, precision: Precision, weights: Path | None = None) -> Learner:
    """Returns a learner before its first step, with the weights of a file where one is given; seeds torch's random numbers.

    Raises TrainingError, and UsageError or OSError for the file.
    """
    torch.manual_seed(recipe.seed)
    model = build(network)
    initialize(model, network, recipe.init)
    # Drawn on the CPU and in float32, so that all devices and precisions begin with the same weights; those of a file are kept.
    model.to(precision.device, precision.dtype)
    notes = () if weights is None else begin_with(model, network, weights, recipe.freeze)
    freeze(model, recipe.freeze)
    if any(node.layer.is_in_place for node in network.layers):
        model.register_forward_pre_hook(_with_a_copy)
    adapt_group_norms(model)
    if network.input.rank == 3:
        put_channels_last(model)
    average = None if recipe.ema is None else Average(model, recipe.ema)
    scaler = torch.amp.GradScaler(precision.device.type, enabled=precision.scales_loss)
    return Learner(model, build_optimizer(recipe.optimizer, model), scaler, average, notes)


def _with_a_copy(model: nn.Module, inputs: tuple[torch.Tensor, ...]) -> tuple[torch.Tensor, ...]:
    """Returns copies of the inputs: a first layer with `inplace=true` would change the data of all later epochs."""
    return tuple(values.clone() for values in inputs)
