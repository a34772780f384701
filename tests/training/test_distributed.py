"""Several processes: the same result as one, and an end for all where one of them ends."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import safetensors.torch
import torch
from interruptions import results
from launches import LIMIT, free_port, kill, launch, launch_script, launched, until, worker
from training_specs import compiled, recipe_of

from cnnspec.training.options import TrainOptions
from cnnspec.training.train import train

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks at processes in /proc")

SPEC = """
network Net {
    input 1x8x8
    conv 4, kernel=3, padding=1, bias=false
    NORM
    relu
    maxpool 2
    flatten
    linear 10
}
train {
    data digits
    LOSS
    optimizer adam, lr=0.003
    augment random_crop, padding=1
    augment cutout, size=2
    batch 359
    accumulate 2
    clip_norm 1.0
    ema 0.9
    epochs EPOCHS
}
"""
PLAIN = {"NORM": "", "LOSS": "", "EPOCHS": "2"}
# The last batch has two samples: each process gets one. Labels weigh differently, and one is ignored.
WEIGHTED = {**PLAIN, "LOSS": "loss cross_entropy, weight=[1, 2, 3, 4, 5, 6, 7, 8, 9, 10], ignore_index=3"}
NORMALIZED = {**PLAIN, "NORM": "batchnorm"}
INSTANCES = {**PLAIN, "NORM": "instancenorm affine=true, track_running_stats=true"}
LONG = {**NORMALIZED, "EPOCHS": "2000"}
# The first layers stay, statistics included, and `side` leads nowhere.
FROZEN = {**NORMALIZED, "conv 4": "first: conv 4", "batchnorm": "norm: batchnorm", "LOSS": "freeze first\n    freeze norm"}
UNUSED = {**PLAIN, "relu": "main: relu\n    side: conv 3, kernel=1\n    from main"}


def written(folder: Path, words: dict[str, str]) -> str:
    """Writes the spec and returns its text."""
    text = SPEC
    for word, value in words.items():
        text = text.replace(word, value)
    (folder / "net.cnn").write_text(text)
    return text


def weights(run: Path) -> torch.Tensor:
    tensors = safetensors.torch.load((run / "model.safetensors").read_bytes())
    return torch.cat([tensor.flatten() for _, tensor in sorted(tensors.items()) if tensor.is_floating_point()])


def difference(one: Path, other: Path) -> float:
    """Returns the relative difference of two runs' weights."""
    expected = weights(one)
    return float((weights(other) - expected).norm() / expected.norm())


def metrics(run: Path) -> list[dict[str, Any]]:
    lines = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
    return [{name: value for name, value in line.items() if name != "examples_per_second"} for line in lines]


def alone(folder: Path, words: dict[str, str]) -> Path:
    """Returns a run of one process, in float64."""
    network = compiled(written(folder, words))
    return train(network, recipe_of(network), TrainOptions("cpu", "fp64", folder / "one")).path


@pytest.mark.parametrize(
    ("words", "options"),
    [
        (PLAIN, ()),
        pytest.param(WEIGHTED, (), marks=pytest.mark.slow),
        (NORMALIZED, ("--sync-batchnorm",)),
        pytest.param(FROZEN, (), marks=pytest.mark.slow),
        pytest.param(UNUSED, (), marks=pytest.mark.slow),
    ],
    ids=["plain", "weighted", "normalized", "frozen", "unused"],
)
def test_two_processes_do_what_one_does(tmp_path: Path, words: dict[str, str], options: tuple[str, ...]) -> None:
    one = alone(tmp_path, words)
    code, output = launched(tmp_path, "net.cnn", "--precision", "fp64", "--out", "two", *options)
    assert code == 0, output
    assert output.count("epoch 1/2") == 1, output
    assert "on cpu, 2 processes" in output
    assert difference(one, tmp_path / "two") < 1e-12
    for expected, found in zip(metrics(one), metrics(tmp_path / "two"), strict=True):
        assert found == pytest.approx(expected, rel=1e-12)


@pytest.mark.slow
def test_without_synchronisation_each_normalises_its_share(tmp_path: Path) -> None:
    one = alone(tmp_path, NORMALIZED)
    code, output = launched(tmp_path, "net.cnn", "--precision", "fp64", "--out", "two")
    assert code == 0, output
    assert 1e-5 < difference(one, tmp_path / "two") < 0.5


@pytest.mark.slow
@pytest.mark.parametrize(
    ("words", "options"),
    [(WEIGHTED, ()), (NORMALIZED, ("--sync-batchnorm",)), (INSTANCES, ())],
    ids=["weighted", "normalized", "instances"],
)
def test_more_processes_than_samples_in_the_last_batch(tmp_path: Path, words: dict[str, str], options: tuple[str, ...]) -> None:
    """Two of four have an empty share, and 359 samples are shared as 90, 90, 90 and 89."""
    one = alone(tmp_path, words)
    ranks = ["--nproc-per-node", "4", "--master-port", str(free_port())]
    process = launch(tmp_path, "net.cnn", "--precision", "fp64", "--out", "four", *options, nodes=ranks)
    output, _ = process.communicate(timeout=LIMIT)
    assert process.returncode == 0, output
    assert difference(one, tmp_path / "four") < 1e-12
    for expected, found in zip(metrics(one), metrics(tmp_path / "four"), strict=True):
        assert found == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("rank", [pytest.param(0, marks=pytest.mark.slow), 1])
def test_a_dead_process_ends_the_others_within_seconds(tmp_path: Path, rank: int) -> None:
    written(tmp_path, LONG)
    process = launch(tmp_path, "net.cnn", "--out", "run")
    until(process, "epoch +2/")
    kill(process, rank)
    began = time.monotonic()
    output, _ = process.communicate(timeout=LIMIT)
    assert time.monotonic() - began < 10
    assert process.returncode != 0
    said = f"error: process {1 - rank} of 2 ends, because process {rank} has ended; `cnnspec train --resume run`, started with"
    assert output.count(said) == 1, output
    assert "exitcode  : -9" in output


@pytest.mark.slow
def test_a_run_that_is_interrupted_goes_on(tmp_path: Path) -> None:
    """With as many processes to the same bytes; with another number it says so."""
    spec = {**NORMALIZED, "EPOCHS": "40", "relu": "relu\n    fractional_maxpool 2, output_ratio=0.6\n    dropout 0.2"}
    written(tmp_path, spec)
    assert launched(tmp_path, "net.cnn", "--out", "whole")[0] == 0
    process = launch(tmp_path, "net.cnn", "--out", "run")
    until(process, "epoch +2/")
    process.send_signal(signal.SIGTERM)
    output, _ = process.communicate(timeout=LIMIT)
    assert output.count("run is interrupted: `cnnspec train --resume run` goes on") == 1, output
    code, output = launched(tmp_path, "--resume", "run")
    assert code == 0, output
    assert results(tmp_path / "run") == results(tmp_path / "whole")


@pytest.mark.slow
def test_another_number_of_processes_is_named(tmp_path: Path) -> None:
    written(tmp_path, LONG)
    process = launch(tmp_path, "net.cnn", "--out", "run")
    until(process, "epoch +2/")
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=LIMIT)
    alone_again = launch(tmp_path, "--resume", "run", nodes=["--nproc-per-node", "1", "--master-port", str(free_port())])
    assert "2 processes before, 1 now" in until(alone_again, "epoch")
    alone_again.send_signal(signal.SIGTERM)
    alone_again.communicate(timeout=LIMIT)


@pytest.mark.slow
def test_the_launcher_begins_anew_from_the_last_checkpoint(tmp_path: Path) -> None:
    written(tmp_path, {**NORMALIZED, "EPOCHS": "40"})
    assert launched(tmp_path, "net.cnn", "--out", "whole")[0] == 0
    ranks = ["--nproc-per-node", "2", "--max-restarts", "1", "--master-port", str(free_port())]
    process = launch(tmp_path, "net.cnn", "--out", "run", nodes=ranks)
    until(process, "epoch +2/")
    kill(process, 1)
    output, _ = process.communicate(timeout=LIMIT)
    assert process.returncode == 0, output
    assert results(tmp_path / "run") == results(tmp_path / "whole")


@pytest.mark.slow
def test_two_agents_meet(tmp_path: Path) -> None:
    """As on two machines, whose processes find each other at an address."""
    one = alone(tmp_path, PLAIN)
    agents = two_agents(tmp_path, "--precision", "fp64", "--out", "two")
    outputs = [agent.communicate(timeout=LIMIT)[0] for agent in agents]
    assert [agent.returncode for agent in agents] == [0, 0], outputs
    assert "".join(outputs).count("epoch 1/2") == 1
    assert difference(one, tmp_path / "two") < 1e-12


def two_agents(folder: Path, *arguments: str, restarts: int = 0) -> list[subprocess.Popen[str]]:
    """Returns two launchers with one process each, that meet."""
    meeting = ["--nnodes", "2", "--nproc-per-node", "1", "--rdzv-backend", "c10d", "--rdzv-id", "test"]
    nodes = [*meeting, "--rdzv-endpoint", f"127.0.0.1:{free_port()}", "--max-restarts", str(restarts)]
    return [launch(folder, "net.cnn", *arguments, nodes=nodes) for _ in range(2)]


@pytest.mark.slow
@pytest.mark.parametrize("rank", [0, 1])
def test_two_agents_meet_again(tmp_path: Path, rank: int) -> None:
    """A single restart is enough, whether or not torchrun counts it, and in spite of the addresses that its store has still."""
    written(tmp_path, {**NORMALIZED, "EPOCHS": "40"})
    assert launched(tmp_path, "net.cnn", "--out", "whole")[0] == 0
    agents = two_agents(tmp_path, "--out", "run", restarts=1)
    speaking = ThreadPoolExecutor(2)
    outputs = [speaking.submit(agent.communicate, timeout=LIMIT) for agent in agents]
    wait_for(tmp_path / "run" / "checkpoints")
    for agent in agents:
        with suppress(AssertionError):  # the other agent's
            kill(agent, rank)
    said = [output.result()[0] for output in outputs]
    assert [agent.returncode for agent in agents] == [0, 0], said
    assert results(tmp_path / "run") == results(tmp_path / "whole")


def wait_for(folder: Path) -> None:
    """Returns when there is a file in a folder."""
    began = time.monotonic()
    while not (folder.is_dir() and any(folder.iterdir())):
        assert time.monotonic() - began < LIMIT
        time.sleep(0.05)


@pytest.mark.parametrize(
    ("words", "arguments", "said"),
    [
        ({**PLAIN, "relu": "rellu"}, (), "error[E0201]: unknown layer `rellu`"),
        (PLAIN, ("--set", "train.batch=1"), "error: a batch of 1 cannot be shared by 2 processes"),
        pytest.param(PLAIN, ("--data", 'csv, "no.csv", target=-1'), "error[E0421]", marks=pytest.mark.slow),
        (
            {**PLAIN, "flatten": "flatten\n    batchnorm"},
            (),
            "one of 2 processes gets a single sample, which `batchnorm` (4) cannot normalise",
        ),
    ],
    ids=["spec", "batch", "data", "share"],
)
def test_a_mistake_is_said_once(tmp_path: Path, words: dict[str, str], arguments: tuple[str, ...], said: str) -> None:
    written(tmp_path, words)
    code, output = launched(tmp_path, "net.cnn", "--out", "run", *arguments)
    assert code != 0
    assert output.count(said) == 1, output
    assert "in process" not in output
    assert not (tmp_path / "run").exists()


@pytest.mark.slow
def test_a_checkpoint_that_the_first_process_refuses_is_told_once(tmp_path: Path) -> None:
    written(tmp_path, LONG)
    process = launch(tmp_path, "net.cnn", "--out", "run")
    until(process, "epoch +2/")
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=LIMIT)
    spec = tmp_path / "run" / "spec.cnn"
    spec.write_text(spec.read_text() + "\n")
    code, output = launched(tmp_path, "--resume", "run")
    assert code != 0
    assert output.count("is not the file that the run began with") == 1, output
    assert output.count("error: ") == 1, output


# Trains with data from Python; each process writes down the network that it ends with.
ENDS = """
import os, sys
import numpy, safetensors.torch, torch
import cnnspec
random = torch.Generator().manual_seed(0)
samples = torch.rand(400, 1, 8, 8, generator=random), torch.arange(400) % 10
if "untested" in sys.argv:
    name = os.environ.get("RANK", "one") + ".npz"
    numpy.savez(name, x=samples[0].numpy(), y=samples[1].numpy())
    samples = f'npz, "{name}", test=0'
run = cnnspec.train(cnnspec.load("net.cnn"), data=samples, device="cpu", precision="fp64", out=sys.argv[1],
                    sync_batchnorm="sync" in sys.argv)
state = {name: tensor.contiguous() for name, tensor in run.model.state_dict().items()}
safetensors.torch.save_file(state, f"{sys.argv[1]}{os.environ.get('RANK', '')}.safetensors")
"""


@pytest.mark.slow
@pytest.mark.parametrize("words", ["", "untested", "sync"], ids=["own statistics", "untested", "synchronized"])
def test_data_of_a_script_and_the_same_network_for_all(tmp_path: Path, words: str) -> None:
    written(tmp_path, NORMALIZED)
    (tmp_path / "ends.py").write_text(ENDS)
    subprocess.run([sys.executable, "ends.py", "one", *words.split()], cwd=tmp_path, check=True, timeout=LIMIT)
    process = launch_script(tmp_path, "ends.py", "two", *words.split())
    output, _ = process.communicate(timeout=LIMIT)
    assert process.returncode == 0, output
    first, second = (safetensors.torch.load_file(tmp_path / f"two{rank}.safetensors") for rank in range(2))
    assert any(name.endswith("running_var") for name in first)
    assert [name for name in first if not torch.equal(first[name], second[name])] == []
    assert (difference(tmp_path / "one", tmp_path / "two") < 1e-12) == (words == "sync")


IMPATIENT = """
from cnnspec.training.processes import lifelines
lifelines.SILENCE = 2.0
from cnnspec.cli.main import main
main()
"""


@pytest.mark.slow
@pytest.mark.parametrize("rank", [0, 1])
def test_a_stopped_process_is_given_up(tmp_path: Path, rank: int) -> None:
    written(tmp_path, LONG)
    (tmp_path / "impatient.py").write_text(IMPATIENT)
    process = launch_script(tmp_path, "impatient.py", "train", "net.cnn", "--out", "run")
    until(process, "epoch +2/")
    stopped = worker(process, rank)
    os.kill(stopped, signal.SIGSTOP)
    said = f"error: process {1 - rank} of 2 ends, because process {rank} has been silent for 2 seconds"
    began = time.monotonic()
    until(process, said)
    assert time.monotonic() - began < 10
    os.kill(stopped, signal.SIGKILL)  # SIGTERM does not reach it
    process.communicate(timeout=LIMIT)
    assert process.returncode != 0


# Each process reads a file of its own, as on machines with copies of their own.
OWN_FILES = """
import os
from cnnspec.cli.main import main
os.chdir("machine" + os.environ["RANK"])
main()
"""


def table(rows: int, shift: float = 0.0) -> str:
    """Returns a table of 64 numbers and a label in each row."""
    numbers = torch.rand(rows, 64, generator=torch.Generator().manual_seed(0))
    numbers[rows // 2, 5] += shift
    lines = [",".join(map(str, [*row, place % 10])) for place, row in enumerate(numbers.tolist())]
    return "\n".join([",".join([*map("x{}".format, range(64)), "y"]), *lines, ""])


@pytest.mark.parametrize(
    ("second", "said"),
    [
        (table(401), "error: process 1 of 2 has other data than the first one: train 321 instead of 320"),
        (table(400, 1e-3), "error: process 1 of 2 has other data than the first one: content"),
        (None, "error: process 1 of 2 cannot begin: "),
    ],
    ids=["size", "content", "missing"],
)
@pytest.mark.slow
def test_other_data_on_another_machine(tmp_path: Path, second: str | None, said: str) -> None:
    written(tmp_path, {**PLAIN, "data digits": 'data csv, "data.csv", target="y", normalize=false'})
    spec = (tmp_path / "net.cnn").read_text()
    for rank, text in enumerate((table(400), second)):
        (tmp_path / f"machine{rank}").mkdir()
        (tmp_path / f"machine{rank}" / "net.cnn").write_text(spec)
        if text is not None:
            (tmp_path / f"machine{rank}" / "data.csv").write_text(text)
    (tmp_path / "own.py").write_text(OWN_FILES)
    process = launch_script(tmp_path, "own.py", "train", "net.cnn", "--out", "../run")
    output, _ = process.communicate(timeout=LIMIT)
    assert process.returncode != 0
    assert output.count(said) == 1, output
    assert "epoch" not in output
    assert not (tmp_path / "run").exists()
