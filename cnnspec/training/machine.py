"""What the last bits of a result depend on besides the settings: the machine, and how the computation is divided."""

from __future__ import annotations

import platform
from collections.abc import Callable, Mapping

import torch

import cnnspec
from cnnspec.layers.problems import counted
from cnnspec.training.device import Precision
from cnnspec.training.processes.ranks import ALONE, Ranks

_WORDS: dict[str, Callable[[str], str]] = {
    "cnnspec": "cnnspec {}".format,
    "torch": "PyTorch {}".format,
    "device": "the device {}".format,
    "processor": "a processor that computes with {}".format,
    "threads": lambda found: counted(int(found), "thread"),
    "precision": "precision {}".format,
    "processes": lambda found: counted(int(found), "process"),
}


def machine_facts(precision: Precision, ranks: Ranks = ALONE) -> dict[str, str]:
    """Returns what has to be the same for equal runs to give equal bytes, by name."""
    on_gpu = precision.device.type == "cuda"
    return {
        "cnnspec": cnnspec.__version__,
        "torch": torch.__version__,
        "device": torch.cuda.get_device_name(precision.device) if on_gpu else "cpu",
        "processor": f"{platform.machine()} {torch.backends.cpu.get_cpu_capability()}",
        "threads": str(torch.get_num_threads()),
        "precision": precision.name,
        "processes": str(ranks.count),
    }


def differences(before: Mapping[str, str], now: Mapping[str, str]) -> list[str]:
    """Returns what is not as it was: `2 threads before, 1 now`."""
    return [
        f"{_WORDS[name](before[name])} before, {now[name]} now"
        for name in _WORDS
        if name in before and before[name] != now[name]
    ]
