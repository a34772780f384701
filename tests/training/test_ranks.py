"""Shares of a batch, and what the environment says about processes."""

from __future__ import annotations

import sys

import pytest
import torch
from torch import nn

from cnnspec.diagnostics.problem import UsageError
from cnnspec.recipe.loss import CrossEntropy, Mse, Nll
from cnnspec.training.processes import ranks as module
from cnnspec.training.processes.distributed import all_stop
from cnnspec.training.processes.ranks import ALONE, RankLost, Ranks, one_voice
from cnnspec.training.signals import StopRequest
from cnnspec.training.task import Task


@pytest.mark.parametrize("count", [1, 2, 3, 8])
def test_shares_are_the_whole_in_order(count: int) -> None:
    for size in range(20):
        shares = [Ranks(rank, count).share(5, 5 + size) for rank in range(count)]
        assert [place for share in shares for place in range(100)[share]] == list(range(5, 5 + size))
        lengths = [share.stop - share.start for share in shares]
        assert max(lengths) - min(lengths) <= 1
        assert lengths == sorted(lengths, reverse=True)


def environment(monkeypatch: pytest.MonkeyPatch, **variables: str) -> None:
    of_torchrun = ("TORCHELASTIC_RESTART_COUNT", "TORCHELASTIC_RUN_ID")
    for name in ("RANK", "WORLD_SIZE", "LOCAL_RANK", "LOCAL_WORLD_SIZE", "MASTER_ADDR", *of_torchrun):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)


def test_what_torchrun_says(monkeypatch: pytest.MonkeyPatch) -> None:
    environment(monkeypatch)
    assert Ranks.here() == ALONE
    environment(monkeypatch, RANK="3")  # somebody else's
    assert Ranks.here() == ALONE
    environment(monkeypatch, RANK="5", WORLD_SIZE="8", LOCAL_RANK="1", LOCAL_WORLD_SIZE="4", MASTER_ADDR="localhost")
    assert Ranks.here() == Ranks(5, 8, 1, 4)
    again = {"TORCHELASTIC_RESTART_COUNT": "2", "MASTER_ADDR": "localhost"}
    for given, launch in (("none", None), ("job1", "job1")):
        environment(monkeypatch, RANK="0", WORLD_SIZE="1", TORCHELASTIC_RUN_ID=given, **again)
        assert Ranks.here() == Ranks(restarts=2, launch=launch)


@pytest.mark.parametrize(("rank", "count"), [("2", "2"), ("-1", "2"), ("one", "2"), ("0", "")])
def test_nonsense_in_the_environment(monkeypatch: pytest.MonkeyPatch, rank: str, count: str) -> None:
    environment(monkeypatch, RANK=rank, WORLD_SIZE=count, MASTER_ADDR="localhost")
    with pytest.raises(UsageError, match=f"RANK={rank}, WORLD_SIZE={count}"):
        Ranks.here()


def test_the_others_are_silent(capsys: pytest.CaptureFixture[str]) -> None:
    for rank in (0, 1):
        with one_voice(Ranks(rank, 2)):
            print("a line")
    assert capsys.readouterr().out == "a line\n"


def test_a_mistake_of_its_own_is_said_in_the_end(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(module, "PATIENCE", 0.0)

    def fail() -> None:
        print("no such file", file=sys.stderr)
        raise SystemExit(1)

    with pytest.raises(SystemExit), one_voice(Ranks(1, 2)):
        fail()
    assert capsys.readouterr().err == "in process 1 of 2:\nno such file\n"


def test_the_loss_of_another_is_said_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module.time, "sleep", lambda seconds: pytest.fail("waits"))
    with pytest.raises(RankLost), one_voice(Ranks(1, 2)):
        raise RankLost("gone")


@pytest.mark.parametrize(
    "loss",
    [CrossEntropy(weight=(1.0, 2.0, 0.5)), CrossEntropy(ignore_index=1), Nll(weight=(1.0, 2.0, 4.0), ignore_index=0)],
)
def test_a_sum_over_its_divisor_is_the_mean(loss: CrossEntropy | Nll) -> None:
    random = torch.Generator().manual_seed(0)
    outputs = torch.randn(40, 3, generator=random, dtype=torch.float64)
    targets = torch.randint(0, 3, (40,), generator=random)
    task = Task(loss, True)
    divisor = task.divisor(targets)
    assert divisor is not None
    arguments = loss.model_dump()
    if arguments["weight"] is not None:
        arguments["weight"] = torch.tensor(arguments["weight"], dtype=torch.float64)
    mean = getattr(nn, loss.torch_name)(**arguments)(outputs, targets)
    assert task.losses(outputs, targets) / divisor == pytest.approx(mean.item())
    assert task.losses(outputs, targets) / 40 != pytest.approx(mean.item())


def test_other_losses_are_divided_by_the_samples() -> None:
    assert Task(CrossEntropy(), True, ignores=False).divisor(torch.tensor([0, 1])) is None
    assert Task(Mse(), False).divisor(torch.tensor([0.0, 1.0])) is None


class Answers:
    """An all_reduce in which a signal comes to this process while it waits, and that returns what the others were given."""

    def __init__(self, request: StopRequest, signals: list[int | None], others: int = 0) -> None:
        self._request, self._signals, self._others = request, signals, others

    def __call__(self, told: torch.Tensor, operation: object) -> None:
        self._request.number = self._signals.pop(0) or self._request.number
        told.clamp_(min=self._others)


def test_a_signal_that_comes_while_all_are_asked_is_told_the_next_time(monkeypatch: pytest.MonkeyPatch) -> None:
    request = StopRequest()
    monkeypatch.setattr(torch.distributed, "all_reduce", Answers(request, [None, 15, None]))
    assert [all_stop(request, Ranks(0, 2)) for _ in range(3)] == [False, False, True]
    assert request.number == 15


def test_the_signal_of_another_process_stops_this_one(monkeypatch: pytest.MonkeyPatch) -> None:
    request = StopRequest()
    monkeypatch.setattr(torch.distributed, "all_reduce", Answers(request, [None], others=2))
    assert all_stop(request, Ranks(1, 2))
    assert request.number == 2
