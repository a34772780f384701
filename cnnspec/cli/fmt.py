"""`cnnspec fmt`: specs in their canonical layout."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import click

from cnnspec.backends.canonical import canonical, with_shapes
from cnnspec.cli.files import specs
from cnnspec.cli.options import NamedPath, color_option, options
from cnnspec.cli.output import harmless, print_document, print_text
from cnnspec.cli.rewrite import Original, read_original, rewrite, unified_diff
from cnnspec.compiler import YAML_ENDINGS, is_yaml
from cnnspec.diagnostics.diagnostic import Diagnostic
from cnnspec.diagnostics.problem import UsageError
from cnnspec.source import Source
from cnnspec.syntax.parse import parse


@click.command()
@click.argument("files", nargs=-1, type=NamedPath(), metavar="FILE|DIR...")
@options(
    click.option("--check", is_flag=True, help="Write nothing; name the files that would change."),
    click.option("--diff", is_flag=True, help="Write nothing; show what would change."),
    click.option("--shapes", is_flag=True, help="Write `-> shape` behind layers, blocks and merges, as the files stand."),
    click.option("--stdin-filename", metavar="NAME", help="What messages call standard input."),
    color_option,
)
def command(files: tuple[str, ...], check: bool, diff: bool, shapes: bool, stdin_filename: str | None, color: str) -> None:
    """Bring specs into their canonical layout and short spellings.

    FILE is a .cnn file, or `-` for standard input, whose layout goes to standard output. Of a folder all .cnn files are
    formatted; without FILE, those of this folder. Lines, comments and meaning stay. A file with mistakes of notation is left
    alone.

    Exit code: 0 formatted, 1 mistakes of notation (with --check and --diff: something would change), 2 wrong usage or a file
    that cannot be read or written.
    """
    changed = unchanged = 0
    is_broken = is_unreadable = False
    for path in _targets(files):
        try:
            original = read_original(path, stdin_filename)
        except OSError as error:
            print(f"error: {harmless(str(path))}: {error.strerror or error}", file=sys.stderr)
            is_unreadable = True
            continue
        text = _formatted(original, shapes, color)
        if text is None:
            is_broken = True
            continue
        assert isinstance(original.source, Source)
        differs = text != original.source.text
        changed, unchanged = changed + differs, unchanged + (not differs)
        if diff and differs:
            print_document(unified_diff(original.source, text))
        elif check and differs:
            print(f"would reformat {harmless(original.source.name)}")
        elif not (check or diff) and (differs or path is None):
            rewrite(original, text)
    if not diff and "-" not in files:
        print(_counts(changed, unchanged, "would be reformatted" if check else "reformatted"))
    if is_unreadable:
        raise SystemExit(2)
    if is_broken or (changed and (check or diff)):
        raise SystemExit(1)


def _targets(files: tuple[str, ...]) -> Iterator[Path | None]:
    """Yields the files to format; None stands for standard input. Raises UsageError for what has no layout of ours."""
    for name in dict.fromkeys(files or (".",)):
        if name == "-":
            yield None
        elif Path(name).is_dir():
            yield from (path for path, _ in specs([name]) if path is not None and not path.name.endswith(YAML_ENDINGS))
        elif name.endswith(YAML_ENDINGS):
            raise UsageError(f"{name}: fmt formats .cnn files; YAML and JSON have formatters of their own")
        else:
            yield Path(name)


def _formatted(original: Original, shapes: bool, color: str) -> str | None:
    """Returns the text in its layout and with its own line ends; mistakes of notation are shown, and then there is none."""
    source = original.source
    if isinstance(source, Source) and original.path is None and is_yaml(source):
        raise UsageError("fmt formats .cnn files; YAML and JSON have formatters of their own")
    mistakes = [source] if isinstance(source, Diagnostic) else parse(source)[1]
    print_text(mistakes, color, to_stderr=True)
    if mistakes:
        return None
    assert isinstance(source, Source)
    text = canonical(with_shapes(source) if shapes else source)
    return text.replace("\n", "\r\n") if "\r\n" in source.text else text


def _counts(changed: int, unchanged: int, what: str) -> str:
    """Returns the last line: `1 file reformatted, 2 files unchanged`."""
    counts = [(changed, what), (unchanged, "unchanged")]
    return ", ".join(f"{count} file{'' if count == 1 else 's'} {words}" for count, words in counts if count) or "No files."
