"""The base install has no torch: what needs none works, and what needs it says in one line what to install.

Where it is installed and still does not load, the line says that.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from command_line import BAD, CLEAN, RECIPE, cnnspec, process

BLOCKED = """import sys
for name in ("torch", "numpy", "safetensors", "rich", "PIL", "pooch"):
    sys.modules[name] = None
from cnnspec.cli.main import main
main(sys.argv[1:])
"""

UNLOADABLE = """import importlib.abc, sys
class Unloadable(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path, target=None):
        if name == "torch":
            raise {error}
sys.meta_path.insert(0, Unloadable())
from cnnspec.cli.main import main
main(sys.argv[1:])
"""


@pytest.fixture(autouse=True)
def files(folder: Path) -> None:
    for name, text in {"clean": CLEAN, "bad": BAD, "recipe": RECIPE}.items():
        Path(f"{name}.cnn").write_text(text)
    Path("array.npy").touch()


@pytest.mark.parametrize("command", ["check", "summary", "generate", "layers", "explain conv", "--help", "train --help"])
def test_what_needs_no_torch(command: str) -> None:
    arguments = command.split()
    if command in ("check", "summary", "generate"):
        arguments.append("clean.cnn")
    done = process(*arguments, program=BLOCKED)
    assert done == cnnspec(*arguments)
    assert done.code == 0


@pytest.mark.parametrize(
    "command",
    [
        "train recipe.cnn",
        "evaluate run",
        "predict run image.png",
        "run clean.cnn array.npy",
        "weights run",
        "train recipe.cnn --epochs 3 --device cuda",
    ],
)
def test_what_needs_torch(command: str) -> None:
    done = process(*command.split(), program=BLOCKED)
    assert done.code == 2
    name = command.split()[0]
    packages = "torch, numpy, safetensors, rich, pillow, pooch"
    assert done.complaint == f"`cnnspec {name}` needs {packages}: pip install 'cnnspec[train]'"
    assert not Path("runs").exists()


def test_mistakes_come_first() -> None:
    assert process("train", "bad.cnn", program=BLOCKED).code == 1


def test_runs_are_listed_without_torch() -> None:
    assert cnnspec("train", "recipe.cnn", "--device", "cpu").code == 0
    for arguments in (("runs",), ("runs", "runs/Tiny-1", "runs/Tiny-1", "--all")):
        done = process(*arguments, program=BLOCKED)
        assert done == cnnspec(*arguments)
        assert done.code == 0
        assert "finished" in done.out


def test_a_package_that_does_not_load() -> None:
    damaged = "ImportError('libtorch_cpu.so: failed to map segment from shared object', name='torch._C')"
    done = process("train", "recipe.cnn", program=UNLOADABLE.format(error=damaged))
    assert done.code == 2
    assert done.err == (
        "error: a package cannot be loaded: libtorch_cpu.so: failed to map segment from shared object\n"
        "  = help: install it anew, or allow more memory where a limit is set (`ulimit -v`)\n"
    )


@pytest.mark.parametrize("error", ["MemoryError", 'RuntimeError("DefaultCPUAllocator: can\'t allocate memory")'])
def test_memory_that_ends(error: str) -> None:
    done = process("train", "recipe.cnn", program=UNLOADABLE.format(error=error))
    assert (done.code, done.complaint) == (2, "there is not enough memory")
