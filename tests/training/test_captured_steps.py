"""Steps that are recorded once and played again train exactly as steps taken one by one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NoReturn

import pytest
import torch
from tape import Tape, recorder
from training_specs import compiled, recipe_of

from cnnspec.recipe.optimizer import Optimizer
from cnnspec.training import captured_steps, loop, optimizer
from cnnspec.training.capture import capture
from cnnspec.training.captured_steps import CapturedSteps, Recording
from cnnspec.training.device import own_random_numbers
from cnnspec.training.options import TrainOptions
from cnnspec.training.session import Session, prepare
from cnnspec.training.state import State
from cnnspec.training.steps import PlainSteps
from cnnspec.training.task import Tally

TEXT = """
network Net {
    input 1x8x8
    conv 4, kernel=3, padding=1
    batchnorm
    relu
    maxpool 2
    flatten
    dropout 0.2
    linear 10
}
train {
    data digits
    batch 100
    epochs 2
    seed 3
    EXTRA
}
"""
SGD = "optimizer sgd, lr=0.1, momentum=0.9"
AUGMENTED = [
    "augment random_crop, padding=1, padding_mode=reflect",
    "augment horizontal_flip",
    "augment random_affine, degrees=10, translate=(0.1, 0.2)",
    "augment cutout, size=3",
    "augment random_erasing, p=0.5",
]


@pytest.fixture(autouse=True)
def _alone() -> Iterator[None]:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # operations this small only wait for each other
    with own_random_numbers():
        yield
    torch.set_num_threads(threads)


class Watcher:
    """Notes what the loop says, and stops nothing."""

    is_stopping = False

    def __init__(self) -> None:
        self.notes: list[str] = []

    def stop(self, state: State) -> NoReturn:
        raise AssertionError("nobody asks to stop")

    def note(self, text: str) -> None:
        self.notes.append(text)

    def after_step(self, state: State, samples: int) -> None:
        pass

    def after_epoch(self, state: State) -> None:
        pass


def session_of(*lines: str, precision: str = "fp32", text: str = TEXT) -> Session:
    network = compiled(text.replace("EXTRA", "\n".join(lines)))
    recipe = recipe_of(network)
    assert recipe.data is not None
    return prepare(network, recipe, recipe.data, TrainOptions("cpu", precision), Path())


def on_device(session: Session, state: State) -> list[torch.Tensor]:
    """Returns all that a step changes, which making a recording must not."""
    learner = session.learner
    found = [*learner.model.state_dict().values(), state.tally.sums]
    found += [value for values in learner.optimizer.state.values() for value in values.values() if torch.is_tensor(value)]
    found += [] if learner.average is None else list(learner.average.module.state_dict().values())
    scaling = (getattr(learner.scaler, name, None) for name in ("_scale", "_growth_tracker"))
    return found + [value for value in scaling if value is not None]


def trained(session: Session, monkeypatch: pytest.MonkeyPatch, is_captured: bool) -> tuple[Any, Watcher, int]:
    """Returns what a checkpoint holds after all epochs, what was said, and how often the recording was played."""
    state, watcher, played = State(Tally(session.task, session.device)), Watcher(), [0]
    average = session.learner.average
    host = [] if average is None else [average.n_averaged]
    record = recorder(lambda: on_device(session, state), host)

    class OnCpu(CapturedSteps):
        def stream(self) -> Any:
            return PlainSteps(session).stream()

    def play(self: Recording, group: Any) -> None:
        played[0] += 1
        before(self, group)

    before = Recording.play
    with monkeypatch.context() as patch:
        patch.setattr(Recording, "play", play)
        if is_captured:
            patch.setattr(loop, "steps_for", lambda session, note: OnCpu(session, note, record))
        loop.run(session, state, watcher)
    return capture(session, state), watcher, played[0]


def verify_equal(monkeypatch: pytest.MonkeyPatch, *lines: str, precision: str = "fp32", text: str = TEXT) -> int:
    """Verifies that both ways give the same checkpoint to the bit, and returns how many steps were played."""
    plain, _, _ = trained(session_of(*lines, precision=precision, text=text), monkeypatch, False)
    found, watcher, played = trained(session_of(*lines, precision=precision, text=text), monkeypatch, True)
    assert watcher.notes == []
    assert found.tensors.keys() == plain.tensors.keys()
    for name, tensor in plain.tensors.items():
        assert torch.equal(found.tensors[name], tensor), name
    for one, other in zip(found.facts["history"], plain.facts["history"], strict=True):
        assert {**one, "examples_per_second": 0} == {**other, "examples_per_second": 0}
    return played


@pytest.mark.parametrize(
    "lines",
    [
        [SGD],
        ["optimizer sgd, lr=0.1"],
        ["optimizer adam, lr=0.01"],
        ["optimizer adamw, lr=0.01, amsgrad=true"],
        ["optimizer adagrad, lr=0.05"],
        [SGD, "schedule cosine, warmup=1"],
        [SGD, *AUGMENTED],
        [SGD, "accumulate 3"],
        [SGD, "accumulate 2", *AUGMENTED],
        [SGD, "clip_norm 0.1"],
        [SGD, "ema 0.9"],
        [SGD, "loss cross_entropy, weight=[1, 2, 3, 4, 5, 6, 7, 8, 9, 10]"],
        [SGD, "loss cross_entropy, label_smoothing=0.1"],
        [SGD, "loss mse"],
        ["optimizer adafactor, lr=0.01"],
        ["optimizer rprop"],
        ["optimizer radam, lr=0.01", "ema 0.9", "clip_norm 1.0"],
    ],
    ids=lambda lines: "; ".join(lines[:2]),
)
def test_a_recorded_step_is_the_step(lines: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    _takes_rates_as_tensors(monkeypatch)
    whole = 1437 // 100  # of each epoch the last batch is smaller
    accumulate = next((int(line.split()[1]) for line in lines if line.startswith("accumulate")), 1)
    assert verify_equal(monkeypatch, *lines) == 2 * (whole // accumulate) - captured_steps.WARM_UP


CAPTURABLE = ["adadelta", "adam", "adamax", "adamw", "asgd", "nadam", "radam", "rmsprop", "rprop"]


@pytest.mark.parametrize("keyword", CAPTURABLE)
def test_optimizers_that_keep_their_counts_on_the_device(keyword: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def on_cpus(supports_xla: bool = True) -> list[str]:
        return ["cpu"]

    def manner(declared: Optimizer, kind: type[torch.optim.Optimizer], device: torch.device) -> dict[str, Any]:
        return {"capturable": True, "foreach": True, "lr": torch.tensor(declared.lr)}

    for module in {getattr(torch.optim, name).__module__ for name in dir(torch.optim) if name[0].isupper()}:
        found = __import__(module, fromlist=["_"])
        if hasattr(found, "_get_capturable_supported_devices"):
            monkeypatch.setattr(found, "_get_capturable_supported_devices", on_cpus)
    monkeypatch.setattr(optimizer, "_manner", manner)
    assert verify_equal(monkeypatch, f"optimizer {keyword}", "schedule exponential, gamma=0.9", "ema 0.9") > 20


def test_a_scaled_loss(monkeypatch: pytest.MonkeyPatch) -> None:
    _takes_rates_as_tensors(monkeypatch)
    assert verify_equal(monkeypatch, SGD, precision="bf16") > 20
    assert verify_equal(monkeypatch, SGD, "clip_norm 1.0", precision="fp16") > 20


def test_masks_are_recorded_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a mask ignores makes the divisor of the loss another one in each step."""
    _takes_rates_as_tensors(monkeypatch)
    assert verify_equal(monkeypatch, SGD, "loss cross_entropy, ignore_index=3") > 20


def test_a_step_that_cannot_be_recorded_is_taken_one_operation_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Batch normalisation without a momentum asks how many batches there were."""
    text = TEXT.replace("    batchnorm\n", "    batchnorm momentum=none\n")
    plain, _, _ = trained(session_of(SGD, text=text), monkeypatch, False)
    found, watcher, played = trained(session_of(SGD, text=text), monkeypatch, True)
    (note,) = watcher.notes
    assert note.endswith("cannot be recorded as a CUDA graph: operation not permitted when stream is capturing")
    assert played == 0
    assert all(torch.equal(found.tensors[name], tensor) for name, tensor in plain.tensors.items())


def test_a_rate_that_python_reads_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """With a plain number as its rate, every played step has the rate of the step that was recorded."""
    monkeypatch.setattr(captured_steps, "is_capturable", lambda found: True)
    with pytest.raises(AssertionError):
        verify_equal(monkeypatch, SGD, "schedule exponential, gamma=0.5")


def test_a_recording_does_nothing_by_itself() -> None:
    place = torch.zeros(3)
    again = recorder(lambda: [place])(lambda: place.add_(1))
    assert place.tolist() == [0, 0, 0]
    again()
    again()
    assert place.tolist() == [2, 2, 2]
    with Tape(), pytest.raises(RuntimeError, match="capturing"):
        place.sum().item()


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU")
@pytest.mark.parametrize("lines", [[SGD, *AUGMENTED], ["optimizer adamw", "ema 0.9"], ["optimizer adafactor", "clip_norm 1.0"]])
def test_cuda_graphs(lines: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    found = []
    for is_plain in (True, False):
        network = compiled(TEXT.replace("EXTRA", "\n".join(lines)))
        recipe = recipe_of(network)
        assert recipe.data is not None
        session = prepare(network, recipe, recipe.data, TrainOptions("cuda"), Path())
        state, watcher = State(Tally(session.task, session.device)), Watcher()
        loop.run(session, state, watcher, looks=1 if is_plain else None)
        assert watcher.notes == []
        found.append(capture(session, state))
    for name, tensor in found[0].part("model").items():
        torch.testing.assert_close(found[1].part("model")[name], tensor, rtol=1e-3, atol=1e-4)


def _takes_rates_as_tensors(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lets fused optimizers keep their rates as tensors, as they do on a GPU."""
    before = optimizer._manner

    def manner(declared: Optimizer, kind: type[torch.optim.Optimizer], device: torch.device) -> dict[str, Any]:
        found = before(declared, kind, device)
        return {**found, "lr": torch.tensor(declared.lr)} if found else found

    monkeypatch.setattr(optimizer, "_manner", manner)
