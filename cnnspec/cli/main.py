"""The `cnnspec` command: finds the command's module and turns what goes wrong into one line and an exit code.

0 clean, 1 findings, 2 usage, input/output or internal error, 130 and 143 after SIGINT and SIGTERM.
"""

from __future__ import annotations

import errno
import gc
import importlib
import os
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import FrameType, SimpleNamespace
from typing import Any, NoReturn

import click

from cnnspec.cli.streams import prepare_streams, silence
from cnnspec.diagnostics.problem import UsageError

COMMANDS = (
    "check",
    "summary",
    "train",
    "evaluate",
    "predict",
    "run",
    "runs",
    "weights",
    "generate",
    "convert",
    "fmt",
    "layers",
    "explain",
    "schema",
    "completion",
)


class _LazyGroup(click.Group):
    """Imports a command's module only when the command is used, or its help line is shown."""

    def list_commands(self, context: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        if name not in COMMANDS:
            return None
        gc.disable()  # imports make many objects, and none of them is ever garbage
        command = importlib.import_module(f"cnnspec.cli.{name}").command
        gc.freeze()
        gc.enable()
        assert isinstance(command, click.Command)
        return command

    def resolve_command(
        self, context: click.Context, arguments: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if arguments and self.get_command(context, arguments[0]) is None and not arguments[0].startswith("-"):
            raise UsageError(_unknown(arguments[0]))
        return super().resolve_command(context, arguments)

    def make_context(self, *arguments: Any, **named: Any) -> click.Context:
        with _while_somebody_reads():
            return super().make_context(*arguments, **named)

    def invoke(self, context: click.Context) -> Any:
        with _while_somebody_reads():
            return super().invoke(context)


@contextmanager
def _while_somebody_reads() -> Iterator[None]:
    """Ends the command quietly where whoever reads its output has read enough, which click by itself calls a failure."""
    try:
        yield
    except BrokenPipeError:
        silence(sys.stdout)
        raise click.exceptions.Exit(0) from None


def _unknown(word: str) -> str:
    from cnnspec.diagnostics.nearest import nearest

    guess = nearest(word, COMMANDS)
    if guess:
        return f"no such command `{word}`; did you mean `{guess}`?"
    if os.path.exists(word):
        return f"no such command `{word}`; to check that file write `cnnspec check {word}`"
    return f"no such command `{word}`; the commands are {', '.join(COMMANDS)}"


@click.group(
    cls=_LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 120},
    epilog="Start with `cnnspec check FILE`; `cnnspec layers` lists the vocabulary, `cnnspec explain conv` one layer. "
    "Exit codes: 0 all is well, 1 mistakes were found, 2 wrong usage, or a file that cannot be read or written.",
)
@click.version_option(None, "-V", "--version", package_name="cnnspec", message="cnnspec %(version)s")
def cli() -> None:
    """A compiler for convolutional networks: one small text file, every shape, every mismatch, a PyTorch model."""


def main(arguments: list[str] | None = None) -> NoReturn:
    """Runs the command line (by default that of the process) and ends the process with its exit code."""
    signal.signal(signal.SIGTERM, _terminated)
    prepare_streams()
    # To look for plugins, pydantic imports what reads the metadata of all installed packages: a tenth of a start. We need none.
    sys.modules.setdefault("pydantic.plugin._loader", SimpleNamespace(get_plugins=tuple))  # type: ignore[arg-type]
    try:
        code = _run(arguments)
    except KeyboardInterrupt:  # while the last of the output is written
        code = 130
    except SystemExit as end:
        code = _code(end)
    if arguments is None:  # the process is ours: nothing is left to be cleaned up, and nobody to catch what would be raised
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, _end_at_once)
    gc.freeze()  # Python would look for garbage once more before it ends
    exec("")  # after an interrupt within an `exec` Python takes it for unhandled until the next one, and ends by the signal
    sys.exit(code)


def _run(arguments: list[str] | None) -> int:
    """Returns the exit code of one run whose output is written; says on standard error what went wrong."""
    code = _outcome(arguments)
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        silence(sys.stdout)
    except OSError as error:
        silence(sys.stdout)
        return _fail(_words(error))
    return code


def _outcome(arguments: list[str] | None) -> int:
    """Returns the exit code of a command; the last of its output may not be written yet."""
    try:
        code = cli.main(arguments, prog_name="cnnspec", standalone_mode=False)
        return code if isinstance(code, int) else 0
    except SystemExit as end:
        return _code(end)
    except click.exceptions.Exit as end:
        return end.exit_code
    except click.ClickException as mistake:
        return _misused(mistake, sys.argv[1:] if arguments is None else arguments)
    except (click.Abort, KeyboardInterrupt):
        return 130
    except UsageError as mistake:
        return _fail(str(mistake))
    except OSError as error:
        return _fail(_words(error))
    except Exception as error:
        if os.environ.get("CNNSPEC_TRACEBACK"):
            raise
        return _unexpected(error)


def _unexpected(error: Exception) -> int:
    """Says what nobody has caught: a signal, the memory or a package that is at fault, or else a bug."""
    if isinstance(error.__cause__, SystemExit | KeyboardInterrupt):  # a signal while a class is made, which Python wraps
        return _code(error.__cause__) if isinstance(error.__cause__, SystemExit) else 130
    if isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError" or "can't allocate memory" in str(error):
        return _fail("there is not enough memory")  # torch has other words for it, and other ones for GPUs
    if isinstance(error, ImportError) and not (error.name or "").startswith("cnnspec"):
        return _unloadable(error)
    _fail(f"internal error in cnnspec: {type(error).__name__}: {error}")
    return _fail("this is a bug; with CNNSPEC_TRACEBACK=1 in the environment it shows where", "  = help: ")


def _code(end: SystemExit) -> int:
    return end.code if isinstance(end.code, int) else 0


def _unloadable(error: ImportError) -> int:
    """Says which package does not load: one that is damaged, built for another machine, or larger than the memory allowed."""
    cause = error.__cause__ or error  # numpy wraps what went wrong into a page of advice
    _fail(f"a package cannot be loaded: {cause}")
    return _fail("install it anew, or allow more memory where a limit is set (`ulimit -v`)", "  = help: ")


def _misused(mistake: click.ClickException, arguments: Sequence[str]) -> int:
    """Says in one line what click found wrong with the arguments; returns the exit code for it."""
    if isinstance(mistake, click.NoSuchOption):
        from cnnspec.cli.elsewhere import meant

        instead = meant(mistake, arguments)
        if instead is not None:
            return _fail(f"no such option '{mistake.option_name}'; {instead}")
    text = mistake.format_message()
    if "\n" in text:  # the whole help, where no command is given
        mistake.show()
        return 2
    text = text[:1].lower() + text[1:].removesuffix(".").replace(". Did you", "; did you")
    context = mistake.ctx if isinstance(mistake, click.UsageError) else None
    if context is not None and not text.endswith("?"):
        text += f" (see `{context.command_path} --help`)"
    return _fail(text)


def _words(error: OSError) -> str:
    """Returns what went wrong with which file."""
    if error.filename is None:
        return f"cannot write the output: {error.strerror}" if error.errno == errno.ENOSPC else str(error)
    return f"{error.filename}: {error.strerror}"


def _fail(text: str, lead: str = "error: ") -> int:
    """Prints one line on standard error; returns the exit code for it."""
    from cnnspec.cli.output import harmless

    print(f"{lead}{harmless(text)}", file=sys.stderr)
    return 2


def _terminated(number: int, frame: FrameType | None) -> NoReturn:
    raise SystemExit(128 + number)


def _end_at_once(number: int, frame: FrameType | None) -> NoReturn:
    os._exit(128 + number)
