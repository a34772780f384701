"""Messages speak of arguments in Python, where the command line has options."""

from __future__ import annotations

import pickle  # noqa: TID251 - exceptions travel between processes in this form
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

import cnnspec
from cnnspec.api.words import in_python

TINY = "network N {\n input 1x8x8\n flatten\n linear 10\n}\n"
OPEN = "network N {\n input 1xHxW\n adaptive_avgpool 1\n flatten\n linear 10\n}\ntrain {\n data digits\n}\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("--device cuda:1: there are 1 GPUs", 'device="cuda:1": there are 1 GPUs'),
        ("no GPU here; `--device auto` takes what is there", 'no GPU here; `device="auto"` takes what is there'),
        ("--precision tf32 needs an NVIDIA GPU", 'precision="tf32" needs an NVIDIA GPU'),
        ("try `--precision bf16` or `--precision fp32`", 'try `precision="bf16"` or `precision="fp32"`'),
        ("name another folder with --out", "name another folder with out="),
        ("give one with --data, or write it in `train`", "give one with data=, or write it in `train`"),
        ("choose one as well, such as `--data digits`", 'choose one as well, such as `data="digits"`'),
        ("chosen with `--data`, in Python with `data=`", "chosen in Python with `data=`"),
        ("give them with `--input 1x8x8`", 'give them with `input="1x8x8"`'),
        ("--input left 3xx: write a shape", 'input={"left": "3xx"}: write a shape'),
        ("set it with `--set w=...`", "set it with `w=...`"),
        ("write `--set train.batch=8`", 'write `set={"train.batch": 8}`'),
        ("`--set train.schedule=none` leaves it out", '`set={"train.schedule": None}` leaves it out'),
        ("`cnnspec train --precision fp16` says it", '`precision="fp16"` says it'),
        ("`cnnspec train --device` says it", "`device=` says it"),
        ("--set train.batsh: no such setting", "train.batsh: no such setting"),
        ("such as `--set train.loss=mse`", 'such as `set={"train.loss": "mse"}`'),
        ("--set 'name=\"two words\"'", "set=['name=\"two words\"']"),
        ("raise the limit with `--max-layers`", "raise the limit with `max_layers=`"),
        ("--compile needs a C++ compiler", "compile=True needs a C++ compiler"),
        ("`cnnspec train --resume runs/N-1` goes on", '`cnnspec.resume("runs/N-1")` goes on'),
        ("a run with `--weights runs/N-1/model.safetensors`", 'a run with `weights="runs/N-1/model.safetensors"`'),
        ("a -- b --> c, no-- option", "a -- b --> c, no-- option"),
    ],
)
def test_options_become_arguments(text: str, expected: str) -> None:
    assert in_python(text) == expected
    assert in_python(expected) == expected


def _only_blocks(folder: Path) -> object:
    (folder / "blocks.cnn").write_text("block B(c) {\n conv c, kernel=3\n}\n")
    return cnnspec.load(folder / "blocks.cnn")


@pytest.mark.parametrize(
    ("work", "kind", "word"),
    [
        (lambda folder: cnnspec.train(cnnspec.loads(TINY), data="digits", device="gpu"), cnnspec.UsageError, 'device="gpu"'),
        (lambda folder: cnnspec.train(cnnspec.loads(TINY), data="digits", out=folder), cnnspec.UsageError, "out="),
        (lambda folder: cnnspec.train(cnnspec.loads(TINY)), cnnspec.SpecError, "data="),
        (lambda folder: cnnspec.train(cnnspec.loads(OPEN)), cnnspec.SpecError, 'input="1x8x8"'),
        (lambda folder: cnnspec.train(cnnspec.loads(TINY), data="digit"), cnnspec.SpecError, "<data>:1:1"),
        (lambda folder: cnnspec.loads(TINY, input="3x"), cnnspec.UsageError, 'input="3x"'),
        (lambda folder: cnnspec.loads(TINY, max_layers=1), cnnspec.SpecError, "max_layers="),
        (lambda folder: cnnspec.loads(TINY.replace("N {", "N(w) {")), cnnspec.SpecError, "`w=...`"),
        (_only_blocks, cnnspec.SpecError, "there is no network in this file"),
    ],
)
def test_no_message_speaks_of_the_command_line(
    work: Callable[[Path], object], kind: type[Exception], word: str, tmp_path: Path
) -> None:
    (tmp_path / "taken.txt").touch()
    with pytest.raises(kind) as caught:
        work(tmp_path)
    assert word in str(caught.value)
    assert "--" not in str(caught.value).replace("-->", "")
    if isinstance(caught.value, cnnspec.SpecError):
        assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)
        assert not any("--" in (found.help or "") for found in caught.value.diagnostics)


def test_findings_of_check_too(tmp_path: Path) -> None:
    (tmp_path / "w.cnn").write_text(TINY.replace("N {", "N(w) {"))
    (found,) = cnnspec.check(tmp_path / "w.cnn").diagnostics
    assert found.help == "give it a default, or set it with `w=...`"


def test_what_is_told_before_a_run_is_in_words_of_python(tmp_path: Path) -> None:
    """Warnings of the run itself, of which a program is told as of those of its network."""
    data = torch.rand(40, 1, 8, 8), torch.arange(40) % 10
    spec = cnnspec.loads(TINY.replace("linear", "body: linear 12\n linear") + "train {\n epochs 1\n batch 8\n}\n")
    with pytest.warns(cnnspec.SpecWarning) as told:
        cnnspec.train(spec, data=data, set={"train.freeze": "body"}, out=tmp_path / "run", progress=False)
    texts = [str(warning.message) for warning in told]
    (text,) = [text for text in texts if "W0541" in text]
    assert " --> <set>:1:" in text
    assert 'begin with trained weights, `weights="FILE.safetensors"`, or freeze nothing' in text
    assert not [text for text in texts if "--set" in text or "--weights" in text]
