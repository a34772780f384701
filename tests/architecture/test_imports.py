"""The arrows of the design: import-linter's contracts, and what a run of the command really loads."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SPEC = """network N {
    input 1x8x8
    conv 4, kernel=3 -> 4x6x6
    flatten
    linear 10
}

train {
    data digits
    epochs 1
}
"""
YAML = "network: N\ninput: 1x8x8\nlayers:\n  - conv: {out_channels: 4, kernel: 3}\n  - flatten\n  - linear: 2\n"
HEAVY = ("torch", "numpy", "PIL", "rich", "pooch", "safetensors")
MISTAKES = ("syntax.mending", "syntax.recovery", "syntax.advice", "syntax.wording", "syntax.indentation")
MISTAKES += (
    "network.remedies.meeting",
    "network.remedies.find",
    "diagnostics.fixes",
    "diagnostics.render_text",
    "cli.fixing",
    "layers.elsewhere",
)
ANALYSIS = ("network.budgets", "network.analyses.analysis", "network.analyses.reach")
LATE = {  # what a plain chain of layers does not need, by the line that does
    "    require macs <= 1e9\n": ANALYSIS,
    "    residual { relu }\n": ("network.branches",),
    "    repeat 2 { relu }\n": ("network.control",),
    "    from in\n": ("network.references",),
}


def loaded(*arguments: str, root: Path = ROOT) -> set[str]:
    """Returns the modules that are loaded when `cnnspec` with these arguments has run successfully.

    `root` is the folder of the package that is run.
    """
    program = (
        "import sys\n"
        "from cnnspec.cli.main import main\n"
        "try:\n"
        "    main(sys.argv[1:])\n"
        "except SystemExit as end:\n"
        "    assert not end.code, end.code\n"
        "sys.stderr.write(' '.join(sys.modules))\n"
    )
    run = subprocess.run([sys.executable, "-c", program, *arguments], capture_output=True, text=True, cwd=root, check=False)
    assert run.returncode == 0, run.stderr
    return set(run.stderr.split())


@pytest.fixture
def spec(tmp_path: Path) -> str:
    path = tmp_path / "n.cnn"
    path.write_text(SPEC)
    return str(path)


@pytest.mark.parametrize("command", [["check"], ["summary"], ["check", "--format", "json"]])
def test_checking_loads_neither_torch_nor_yaml(command: list[str], spec: str) -> None:
    assert not loaded(*command, spec) & {*HEAVY, "yaml"}


def test_a_clean_check_loads_only_what_it_needs(spec: str) -> None:
    late = {f"cnnspec.{name}" for names in (*LATE.values(), MISTAKES) for name in names}
    assert not loaded("check", spec) & {*late, "lark"}


@pytest.mark.parametrize("line", LATE)
def test_a_file_that_needs_more_loads_it(line: str, tmp_path: Path) -> None:
    """So that the test above can fail: these names are those of modules."""
    path = tmp_path / "n.cnn"
    path.write_text(SPEC.replace("    flatten\n", f"{line}    flatten\n", 1))
    assert {f"cnnspec.{name}" for name in LATE[line]} <= loaded("check", str(path))


@pytest.mark.parametrize("name", MISTAKES)
def test_what_mistakes_need_is_there(name: str) -> None:
    assert (ROOT / "cnnspec" / f"{name.replace('.', '/')}.py").is_file()


def test_yaml_is_loaded_for_yaml_only(tmp_path: Path) -> None:
    path = tmp_path / "n.yaml"
    path.write_text(YAML)
    packages = loaded("check", str(path))
    assert "yaml" in packages
    assert not packages & set(HEAVY)


def test_an_import_of_torch_would_be_noticed(spec: str, tmp_path: Path) -> None:
    copy_package(tmp_path)
    module = tmp_path / "cnnspec" / "compiler.py"
    module.write_text(module.read_text() + "\nimport torch\n")
    assert "torch" in loaded("check", spec, root=tmp_path)


def copy_package(folder: Path) -> None:
    """Copies the package, without data, and its configuration."""
    for path in [*ROOT.glob("cnnspec/**/*.py"), *ROOT.glob("cnnspec/**/*.lark"), ROOT / "pyproject.toml"]:
        copy = folder / path.relative_to(ROOT)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(path.read_bytes())


def test_numbers_load_no_algebra_of_sizes(spec: str) -> None:
    algebra = {f"cnnspec.values.{name}" for name in ("sizes", "conditions", "solve", "assumptions", "integer_sets")}
    assert not loaded("check", spec) & algebra
    symbolic = Path(spec).with_name("symbolic.cnn")
    symbolic.write_text("network N {\n    input 3xHxW\n    conv 4, kernel=3\n}\n")
    assert "cnnspec.values.sizes" in loaded("check", str(symbolic))


def test_importing_the_package_loads_no_torch() -> None:
    program = (
        "import sys, cnnspec\n"
        "everything = [getattr(cnnspec, name) for name in cnnspec.__all__]\n"
        "print(' '.join({name.split('.')[0] for name in sys.modules}))"
    )
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert not set(run.stdout.split()) & set(HEAVY)


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "from importlinter.cli import lint_imports_command; lint_imports_command()", "--no-cache"]
    return subprocess.run(command, capture_output=True, text=True, cwd=folder, check=False)


def test_imports_run_one_way() -> None:
    run = lint(ROOT)
    assert run.returncode == 0, run.stdout


@pytest.mark.parametrize(
    ("module", "line"),
    [
        ("source.py", "from cnnspec.network import scope"),
        ("layers/linear.py", "from cnnspec.syntax import tree"),
        ("backends/summary.py", "from cnnspec.cli import main"),
        ("compiler.py", "import torch"),
        ("network/walk.py", "import pydantic"),
        ("syntax/parse.py", "import lark"),
        ("stray.py", "VALUE = 1"),
    ],
)
def test_the_contracts_can_fail(module: str, line: str, tmp_path: Path) -> None:
    """Each forbidden arrow, drawn in a copy of the package, breaks a contract."""
    copy_package(tmp_path)
    target = tmp_path / "cnnspec" / module
    before = target.read_text() if target.exists() else '"""A module of no layer."""\n\nfrom __future__ import annotations\n'
    target.write_text(before + f"\n{line}\n")
    run = lint(tmp_path)
    assert run.returncode == 1
    assert "BROKEN" in run.stdout or "stray" in run.stdout
