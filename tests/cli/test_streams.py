"""The process around the command: pipes that close, full disks, odd encodings, streams that are missing, signals."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from command_line import BAD, CLEAN, RECIPE, cnnspec, process

UNICODE = "network Übung {\n    input 1x8x8\n    größe: conv 4, kernel=3\n}\n"
MANY = "network N {\n    input 8\n" + "    nonsense\n" * 3000 + "}\n"
PROGRAM = f"{sys.executable} -m cnnspec"


@pytest.fixture(autouse=True)
def files(folder: Path) -> None:
    for name, text in {"clean": CLEAN, "bad": BAD, "unicode": UNICODE, "many": MANY, "recipe": RECIPE}.items():
        Path(f"{name}.cnn").write_text(text, encoding="utf-8")


def shell(command: str, buffered: bool = True) -> tuple[int, str]:
    """Returns the exit code of the last `cnnspec` in a bash command, and what went to standard error."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    if not buffered:
        environment["PYTHONUNBUFFERED"] = "1"
    command = command.replace("cnnspec", PROGRAM)
    run = subprocess.run(
        ["bash", "-c", f"{command}; exit ${{PIPESTATUS[0]}}"], capture_output=True, text=True, env=environment, check=False
    )
    return run.returncode, run.stderr


@pytest.mark.parametrize("buffered", [True, False])
@pytest.mark.parametrize(
    ("command", "code"), [("check many.cnn", 1), ("check clean.cnn", 0), ("layers --format json", 0), ("--help", 0)]
)
def test_a_pipe_that_is_closed_early(command: str, code: int, buffered: bool) -> None:
    assert shell(f"cnnspec {command} | true", buffered) == (code, "")
    assert shell(f"cnnspec {command} | head -n 1 > /dev/null", buffered) == (code, "")


@pytest.mark.parametrize("reader", ["true", "head -n 1 > /dev/null"])
def test_a_run_goes_on_where_nobody_reads_its_warnings(reader: str) -> None:
    Path("warned.cnn").write_text(RECIPE.replace("    linear", "    batchnorm\n    linear", 1))
    assert shell(f"cnnspec train warned.cnn --out run 2>&1 | {reader}") == (0, "")
    assert Path("run/manifest.json").is_file()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full")
def test_a_run_goes_on_where_its_log_finds_no_room() -> None:
    complaint = "error: cannot write the output: No space left on device\n"
    assert shell("cnnspec train recipe.cnn --out run > /dev/full") == (2, complaint)
    assert Path("run/manifest.json").is_file()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full")
@pytest.mark.parametrize("place", ["/dev/full", "&-"])
@pytest.mark.parametrize(("command", "code"), [("evaluate nosuch", 2), ("check bad.cnn", 1), ("check --nosuch", 2)])
def test_standard_error_that_takes_nothing(command: str, code: int, place: str) -> None:
    assert shell(f"cnnspec {command} 2>{place}") == (code, "")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full")
@pytest.mark.parametrize("buffered", [True, False])
@pytest.mark.parametrize("command", ["check clean.cnn", "check many.cnn", "generate clean.cnn"])
def test_a_full_disk(command: str, buffered: bool) -> None:
    complaint = "error: cannot write the output: No space left on device\n"
    assert shell(f"cnnspec {command} > /dev/full", buffered) == (2, complaint)


@pytest.mark.parametrize(
    ("command", "code"),
    [
        ("check clean.cnn >&-", 0),
        ("check bad.cnn >&-", 1),
        ("check bad.cnn >&- 2>&- <&-", 1),
        ("chek 2>&-", 2),
        ("check - <&-", 1),
        ("summary - <&-", 1),
    ],
)
def test_streams_that_are_closed(command: str, code: int) -> None:
    found, complaints = shell(f"cnnspec {command}")
    assert found == code
    assert "internal error" not in complaints
    assert "Traceback" not in complaints


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp437"])
def test_terminals_without_unicode(encoding: str) -> None:
    environment = {**os.environ, "PYTHONIOENCODING": encoding}
    for command in (["check"], ["summary"]):
        run = subprocess.run(
            [sys.executable, "-m", "cnnspec", *command, "unicode.cnn"], capture_output=True, env=environment, check=False
        )
        assert (run.returncode, run.stderr) == (0, b"")
        assert "bung" in run.stdout.decode(encoding)
    for command in (["summary", "--format", "json"], ["generate"], ["summary", "--format", "markdown"]):
        assert process(*command, "unicode.cnn", environment=environment) == cnnspec(*command, "unicode.cnn")


@pytest.mark.parametrize("locale", ["C", "POSIX", "C.UTF-8", "nonsense"])
def test_locales(locale: str) -> None:
    environment = {**os.environ, "LC_ALL": locale, "LANG": locale}
    done = process("check", "unicode.cnn", environment=environment)
    assert done.code == 0


def test_names_that_are_no_unicode() -> None:
    name = os.fsdecode(b"\xff.cnn")
    Path(name).write_text(BAD)
    Path(os.fsdecode(b"\xfe.cnn")).write_text(CLEAN)
    for form in ("text", "concise", "json", "github", "sarif"):
        done = process("check", ".", "--format", form)
        assert (done.code, done.err) == (1, "")
    for command in ("summary", "generate"):
        assert process(command, os.fsdecode(b"\xfe.cnn")).code == 0
    assert process("generate", os.fsdecode(b"\xfd.cnn")).err == "error: \\u{dcfd}.cnn: No such file or directory\n"


# Signals


def interrupted(number: signal.Signals) -> tuple[int, str]:
    """Returns the exit code and the standard error of a long training run that gets a signal after its first epoch."""
    start = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); from cnnspec.cli.main import main; main()"
    arguments = ["train", "recipe.cnn", "--epochs", "1000000", "--device", "cpu"]
    with subprocess.Popen(
        [sys.executable, "-c", start, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as run:
        assert run.stdout is not None
        for line in run.stdout:
            if line.startswith("epoch"):
                break
        time.sleep(0.05)
        run.send_signal(number)  # click ends the line on which a terminal shows ^C
        _, complaints = run.communicate(timeout=30)
    return run.returncode, complaints.strip()


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_signals(number: signal.Signals, code: int) -> None:
    assert interrupted(number) == (code, "runs/Tiny-1 is interrupted: `cnnspec train --resume runs/Tiny-1` goes on")
    assert Path("runs/Tiny-1/spec.cnn").exists()
    assert Path("runs/Tiny-1/metrics.jsonl").exists()


def test_the_stream_that_python_began_with_is_left(tmp_path: Path) -> None:
    """Threads that end a process write their last words there."""
    script = (
        "import sys\nfrom cnnspec.cli.streams import prepare_streams\nprepare_streams()\nprint('last', file=sys.__stderr__)"
    )
    run = subprocess.run([sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert run.stderr == "last\n"


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
@pytest.mark.parametrize("place", ["call __set_name__", "return _outcome", "atexit"])
def test_a_signal_amid_imports_and_at_the_end(number: signal.Signals, code: int, place: str) -> None:
    """Where Python wraps what a handler raises, between the command and the end, and while Python itself ends."""
    start = f"""
import atexit, os, signal, sys
def interrupt(frame, event, argument):
    if f"{{event}} {{frame.f_code.co_name}}" == {place!r}:
        sys.setprofile(None)
        os.kill(os.getpid(), {int(number)})
signal.signal(signal.SIGINT, signal.default_int_handler)
from cnnspec.cli.main import main
if {place!r} == "atexit":
    atexit.register(os.kill, os.getpid(), {int(number)})
sys.setprofile(interrupt)
sys.argv[1:] = ["check", "clean.cnn"]
main()
"""
    run = subprocess.run([sys.executable, "-c", start], capture_output=True, text=True, check=False)
    assert (run.returncode, run.stderr.strip()) == (code, "")


@pytest.mark.skipif(sys.platform == "win32", reason="processes do not end by signals")
def test_an_interrupt_within_code_of_a_string() -> None:
    """As those of `dataclasses` are."""
    Path("within.py").write_text(
        "import cnnspec.cli.main as main\n"
        "main.prepare_streams = lambda: None\n"
        "def run(arguments):\n"
        "    try:\n"
        "        exec('raise KeyboardInterrupt')\n"
        "    except KeyboardInterrupt:\n"
        "        return 130\n"
        "main._run = run\n"
        "main.main()\n"
    )
    assert subprocess.run([sys.executable, "-m", "within"], check=False).returncode == 130
