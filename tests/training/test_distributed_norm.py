"""Normalisation of shares of 3, 2 and no samples, against torch's own on the whole batch."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from launches import LIMIT, free_port, launch_script

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="as the other tests with torchrun")

# Prints the largest differences of outputs, gradients and statistics for each way to normalise, seen by any process.
SCRIPT = """
import copy, json
import torch
import torch.distributed as dist
from torch import nn
from cnnspec.training.processes.distributed_norm import shared_by_samples, synchronized

dist.init_process_group("gloo")
share = [slice(0, 3), slice(3, 5), slice(5, 5)][dist.get_rank()]
WAYS = {
    "plain": {}, "momentum": {"momentum": 0.3}, "mean": {"momentum": None}, "fixed": {"affine": False},
    "alone": {},
}

def compared(name, arguments, short=None):
    torch.manual_seed(0)
    dtype = torch.float64 if short is None else torch.float32
    plain = nn.BatchNorm2d(4, dtype=dtype, **arguments)
    if plain.affine:
        nn.init.normal_(plain.weight), nn.init.normal_(plain.bias)
    ours = copy.deepcopy(plain)
    if name != "alone":
        ours = synchronized(nn.Sequential(ours), torch.device("cpu"))[0]
    worst = 0.0
    for training in (True, True, False, True):
        plain.train(training), ours.train(training)
        whole = (torch.randn(5, 4, 3, 2, dtype=dtype) * 3 + 7).to(short or dtype).requires_grad_()
        mine = whole.detach()[share].clone().requires_grad_()
        for values, module in ((whole, plain), (mine, ours)):
            if len(values):
                (module(values) ** 3).sum().backward()
            elif name != "alone":
                (module(values) ** 3).sum().backward()
        pairs = [(whole.grad[share], mine.grad), (plain(whole)[share], ours(mine))] if training and name != "alone" else []
        if training and name == "alone" and len(mine):
            pairs = [(plain(whole)[share], ours(mine))]
        if plain.running_mean is not None and name != "alone":
            pairs += [(plain.running_mean, ours.running_mean), (plain.running_var, ours.running_var)]
        for parameter, own in zip(plain.parameters(), ours.parameters()):
            if name != "alone":
                total = own.grad.clone()
                dist.all_reduce(total)
                pairs.append((parameter.grad, total))
        for expected, found in pairs:
            if found is not None and expected.numel():
                difference = (expected.double() - found.double()).abs().max() / expected.double().abs().max().clamp(min=1.0)
                worst = max(worst, difference.item())
        plain.zero_grad(), ours.zero_grad()
    worst = torch.tensor(worst, dtype=torch.float64)
    dist.all_reduce(worst, dist.ReduceOp.MAX)
    return worst.item()

def autocast(module):
    torch.manual_seed(1)
    plain = nn.Sequential(nn.Conv2d(4, 6, 3, padding=1), nn.BatchNorm2d(6), nn.ReLU(), nn.Conv2d(6, 3, 1))
    ours = module(copy.deepcopy(plain))
    whole = torch.randn(5, 4, 6, 6) * 3 + 1
    for model, values in ((plain, whole), (ours, whole[share])):
        with torch.autocast("cpu", torch.bfloat16):
            outputs = model(values)
        assert outputs.dtype == torch.bfloat16
        outputs.float().square().sum().backward()
    worst = max((a - b).abs().max() / a.abs().max() for a, b in zip(plain[1].buffers(), ours[1].buffers()))
    for parameter, own in zip(plain.parameters(), ours.parameters()):
        total = own.grad.clone()
        dist.all_reduce(total)
        if parameter is not plain[0].bias:  # what it adds is subtracted again: only rounding is left
            worst = torch.maximum(worst, (parameter.grad - total).norm() / parameter.grad.norm())
    dist.all_reduce(worst, dist.ReduceOp.MAX)
    return worst.item()

def of_instances(arguments, is_ours=True):
    torch.manual_seed(2)
    plain = nn.InstanceNorm2d(4, dtype=torch.float64, **arguments)
    for parameter in plain.parameters():
        nn.init.normal_(parameter)
    ours = nn.Sequential(copy.deepcopy(plain))
    if is_ours:
        shared_by_samples(ours)
    worst = torch.zeros((), dtype=torch.float64)
    for training in (True, True, False, True):
        plain.train(training), ours.train(training)
        whole = (torch.randn(5, 4, 3, 2, dtype=torch.float64) * 3 + 7).requires_grad_()
        mine = whole.detach()[share].clone().requires_grad_()
        expected = plain(whole)
        (expected ** 3).sum().backward()
        pairs = []
        if is_ours or len(mine):
            found = ours(mine)
            (found ** 3).sum().backward()
            pairs = [(expected[share], found), (whole.grad[share], mine.grad)] if len(mine) else []
        if is_ours:
            for parameter, own in zip(plain.parameters(), ours.parameters()):
                dist.all_reduce(own.grad)
                pairs.append((parameter.grad, own.grad))
        if is_ours or len(mine):
            pairs += [(a.double(), b.double()) for a, b in zip(plain.buffers(), ours.buffers())]
        for one, other in pairs:
            worst = torch.maximum(worst, ((one - other).abs().max() / one.abs().max().clamp(min=1.0)).detach())
        plain.zero_grad(), ours.zero_grad()
    dist.all_reduce(worst, dist.ReduceOp.MAX)
    return worst.item()

found = {name: compared(name, arguments) for name, arguments in WAYS.items()}
found |= {str(short): compared(str(short), {}, short) for short in (torch.bfloat16, torch.float16)}
found["autocast"] = autocast(lambda model: synchronized(model, torch.device("cpu")))
found["autocast alone"] = autocast(lambda model: model)
tracked = {"affine": True, "track_running_stats": True}
ways = {}, {"affine": True}, tracked, {**tracked, "momentum": 0.3}, {**tracked, "bias": False}
found["instances"] = max(map(of_instances, ways))
found["instances alone"] = of_instances(tracked, is_ours=False)
if dist.get_rank() == 0:
    print("found", json.dumps(found))
dist.destroy_process_group()
"""


@pytest.mark.slow
def test_as_one_process_normalises_the_whole_batch(tmp_path: Path) -> None:
    (tmp_path / "norms.py").write_text(SCRIPT)
    process = launch_script(tmp_path, "norms.py", nodes=["--nproc-per-node", "3", "--master-port", str(free_port())])
    output, _ = process.communicate(timeout=LIMIT)
    assert process.returncode == 0, output
    found = json.loads(next(line for line in output.splitlines() if line.startswith("found ")).removeprefix("found "))
    assert found.pop("instances alone") > 1e-2
    assert found.pop("instances") < 1e-12
    assert found.pop("alone") > 1e-2, "the comparison sees what each process normalises for itself"
    assert not found.pop("autocast alone") < 0.1, "and so it does under autocast"
    assert found.pop("autocast") < 2e-2
    assert found.pop("torch.bfloat16") < 2e-2
    assert found.pop("torch.float16") < 3e-3
    assert sorted(found) == ["fixed", "mean", "momentum", "plain"]
    assert max(found.values()) < 1e-12, found
