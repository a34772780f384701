"""What is asked for in a wrong way gets one line on standard error and the exit code 2."""

from __future__ import annotations

from pathlib import Path

import click
import pytest
from command_line import CLEAN, RECIPE, cnnspec

from cnnspec import __version__
from cnnspec.cli import check as cli_check
from cnnspec.cli.main import COMMANDS, cli


@pytest.fixture(autouse=True)
def files(folder: Path) -> None:
    Path("net.cnn").write_text(CLEAN)
    Path("recipe.cnn").write_text(RECIPE)
    Path("empty").mkdir()


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ("chek", "no such command `chek`; did you mean `check`?"),
        ("Train net.cnn", "no such command `Train`; did you mean `train`?"),
        ("net.cnn", "no such command `net.cnn`; to check that file write `cnnspec check net.cnn`"),
        ("check --bogus", "no such option '--bogus' (see `cnnspec check --help`)"),
        ("check net.cnn --formt json", "no such option '--formt'; did you mean '--format'?"),
        ("check net.cnn -x", "no such option '-x' (see `cnnspec check --help`)"),
        ("check --input", "option '--input' requires an argument"),
        ("check net.cnn --strict=yes", "option '--strict' does not take a value"),
        ("summary", "missing argument 'FILE' (see `cnnspec summary --help`)"),
        ("summary net.cnn --depth 0", "invalid value for '--depth': 0 is not in the range x>=1 (see `cnnspec summary --help`)"),
        ("generate net.cnn other.cnn", "got unexpected extra argument (other.cnn) (see `cnnspec generate --help`)"),
        ("summary empty", "empty is a folder: name one spec"),
        ("summary .", ". is a folder: name one spec, such as net.cnn"),
        ("train recipe.cnn --out net.cnn", "net.cnn is no folder, and a run needs one: name another with --out"),
        (
            "train recipe.cnn --out net.cnn/a/b",
            "net.cnn is no folder, and a run needs one: name another with --out",
        ),
        ("train recipe.cnn --resume empty", "--resume takes the settings that the run began with: leave out the FILE"),
        ("generate missing.cnn", "missing.cnn: No such file or directory"),
        (
            "generate net.cnn -o no/such/x.py",
            "cannot write no/such/x.py: No such file or directory (there is no folder {}/no/such)",
        ),
        ("generate net.cnn -o empty", "cannot write empty: it is a folder"),
        ("generate net.cnn -o empty/", "`empty/` is no name of a file for -o"),
        ("generate net.cnn -o net.cnn/x.py", "cannot write net.cnn/x.py: Not a directory (there is no folder {}/net.cnn)"),
        ("generate net.cnn -o ./net.cnn", "-o ./net.cnn is the spec itself"),
        ("generate net.cnn --set foo=1", "the network has no parameter `foo` (it has: classes, width)"),
        ("summary net.cnn --network X", "there is no network `X` in this file (it has: Net)"),
        ("summary net.cnn --input 3xx", "--input 3xx: write a shape such as `3x64x64`"),
        ("explain konv", "there is no layer, word or code `konv`; did you mean `conv`?"),
        (
            "explain E9999",
            "there is no layer, word or code `E9999`; `cnnspec explain` lists words and codes, `cnnspec layers` the layers",
        ),
        ("explain ../README", None),
        ("layers --format yaml", None),
        ("train missing.cnn", "missing.cnn: No such file or directory"),
        ("train recipe.cnn --epochs 0", None),
        ("train recipe.cnn --epochs many", None),
        ("train recipe.cnn --seed -1", None),
        *(
            (
                f"train recipe.cnn --checkpoint-minutes {never}",
                f"invalid value for '--checkpoint-minutes': {never} is no number of minutes (see `cnnspec train --help`)",
            )
            for never in ("nan", "inf")
        ),
        ("train recipe.cnn --precision fp8", None),
        ("train recipe.cnn --batch 32", "no such option '--batch'; write `--set train.batch=32`"),
        ("train recipe.cnn --batch-size=32", "no such option '--batch-size'; write `--set train.batch=32`"),
        ("train recipe.cnn --lr 0.3", "no such option '--lr'; write `--set train.optimizer.lr=0.3`"),
        ("train recipe.cnn --optimizer adam", "no such option '--optimizer'; write `--set train.optimizer=adam`"),
        ("train recipe.cnn --optimizer", "no such option '--optimizer'; write `--set train.optimizer=...`"),
        ("train recipe.cnn --cpu", "no such option '--cpu'; write `--device cpu`"),
        ("evaluate empty --gpu", "no such option '--gpu'; write `--device cuda`"),
        ("check net.cnn --gpu", "no such option '--gpu'; did you mean '--input'?"),
        ("train recipe.cnn --dataset mnist", "no such option '--dataset'; write `--data`"),
        ("train recipe.cnn --workers 4", "no such option '--workers'; leave it out: samples are loaded in the fastest way"),
        ("predict a b --num_workers=4", "no such option '--num_workers'; leave it out: samples are loaded in the fastest way"),
        ("train recipe.cnn --steps 9", "no such option '--steps'; the line `epochs` says how long a run is"),
        ("train recipe.cnn --epoch 3", "no such option '--epoch'; did you mean '--epochs'?"),
        *(
            (
                f"train recipe.cnn --precision {name}",
                f"invalid value for '--precision': '{name}' is called `{ours}` here (see `cnnspec train --help`)",
            )
            for name, ours in (
                ("half", "fp16"),
                ("float16", "fp16"),
                ("FP16", "fp16"),
                ("double", "fp64"),
                ("bfloat16", "bf16"),
            )
        ),
        ("train recipe.cnn --device gpu", "--device gpu: write `cuda`"),
        ("train recipe.cnn --device GPU:1", "--device GPU:1: write `cuda:1`"),
        ("train recipe.cnn --device cuda:", "--device cuda:: write `cuda`"),
        ("train recipe.cnn --device tpu", "--device tpu: write `auto`, `cpu`, `cuda` or `cuda:N`"),
        ("train recipe.cnn --out net.cnn", None),
        ("evaluate empty", None),
        ("evaluate missing", None),
        ("predict missing image.png", None),
        ("weights missing", None),
        ("runs missing", "there is no folder missing"),
        ("run net.cnn missing.png", None),
        ("run missing.cnn missing.png", None),
    ],
)
def test_one_line(arguments: str, complaint: str | None, folder: Path) -> None:
    done = cnnspec(*arguments.split())
    assert done.code == 2
    assert complaint is None or done.complaint == complaint.format(folder)
    assert done.complaint


@pytest.mark.parametrize("data", ["", "digits }", "digits # all", "digits\nepochs 3", '"', "folder, (", "csv,"])
def test_data_that_cannot_be_read(data: str) -> None:
    done = cnnspec("train", "recipe.cnn", "--data", data)
    assert done.code == 2
    assert done.complaint.endswith(': write a data set as in a spec, such as `mnist` or `csv, "people.csv"`')


@pytest.mark.parametrize(
    ("data", "places"),
    [
        ("foo", ["1 | foo", "  | ^^^"]),
        ("digits, bogus=3", ["1 | digits, bogus=3", "  |         ^^^^^"]),
        ('csv, "no.csv"', ['1 | csv, "no.csv"', "  | ^^^^^^^^^^^^^"]),
        ("mnist", ["1 | mnist", "  | ^^^^^ gives 1x28x28"]),
    ],
)
def test_data_is_shown_as_it_was_typed(data: str, places: list[str]) -> None:
    done = cnnspec("train", "recipe.cnn", "--data", data)
    assert done.code == 1
    assert done.out == ""
    assert "\n".join(places) + "\n" in done.err
    assert not list(Path().glob("runs/*"))


def test_no_command_shows_the_help() -> None:
    done = cnnspec()
    assert done.code == 2
    assert done.out == ""
    assert done.err.startswith("Usage: cnnspec")


@pytest.mark.parametrize("arguments", [[], *([command] for command in COMMANDS)])
@pytest.mark.parametrize("option", ["-h", "--help"])
def test_help(arguments: list[str], option: str) -> None:
    done = cnnspec(*arguments, option)
    assert done.code == 0
    assert done.out.startswith(" ".join(["Usage: cnnspec", *arguments]))
    assert done.err == ""


def test_every_option_and_command_says_what_it_does() -> None:
    for name in COMMANDS:
        command = cli.get_command(click.Context(cli), name)
        assert command is not None
        assert "..." not in command.get_short_help_str(64)  # what 80 columns leave
        for parameter in command.params:
            assert isinstance(parameter, click.Argument) or getattr(parameter, "help", None), (name, parameter.name)


def test_version() -> None:
    assert cnnspec("--version") == (0, f"cnnspec {__version__}\n", "")


def test_a_mistake_of_ours_is_said_to_be_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cli_check, "finding_filter", lambda *_: 1 // 0)
    done = cnnspec("check", "net.cnn")
    assert done.code == 2
    assert done.err.startswith("error: internal error in cnnspec: ZeroDivisionError: ")
    monkeypatch.setenv("CNNSPEC_TRACEBACK", "1")
    with pytest.raises(ZeroDivisionError):
        cnnspec("check", "net.cnn")


@pytest.mark.parametrize(
    "command",
    ["train recipe.cnn --out", "train --resume", "train", "check", "fmt", "summary", "evaluate", "predict", "runs", "weights"],
)
def test_an_empty_text_is_no_path(command: str) -> None:
    """What `--out "$RUN"` gives where there is no RUN; it would be the current folder."""
    done = cnnspec(*command.split(), "", *(["x.png"] if command == "predict" else []))
    assert (done.code, "an empty text is no path" in done.complaint) == (2, True)
