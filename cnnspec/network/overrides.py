"""Settings of `train` that come from outside the file: `--set train.optimizer.lr=0.1`, in the place of what its lines say."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from cnnspec.declarations.declaration import Declaration
from cnnspec.diagnostics.nearest import nearest
from cnnspec.diagnostics.problem import UsageError
from cnnspec.network.bind import Bound
from cnnspec.network.recipe_lines import Override, Overrides, in_python
from cnnspec.recipe.recipe import REPEATED, SETTINGS, Recipe
from cnnspec.source import Span
from cnnspec.syntax import tree


def verify_overrides(overrides: Overrides) -> None:
    """Raises UsageError for an override that names no setting, or an argument of one that has none or is left out."""
    for path, override in overrides.items():
        setting, *argument = path
        given = f"--set train.{'.'.join(path)}"
        if setting not in SETTINGS or len(argument) > 1:
            raise UsageError(f"{given}: no such setting (`train` has: {', '.join(SETTINGS)}){_meant(path, override.span.text)}")
        if argument and setting in REPEATED:
            raise UsageError(f"{given}: there may be several lines `{setting}`; set it as a whole")
        if argument and SETTINGS[setting] is None:
            raise UsageError(f"{given}: `{setting}` is one value; write `--set train.{setting}=...`")
        whole = overrides.get((setting,))
        if argument and whole is not None and _is_off(setting, whole.value):
            raise UsageError(f"{given}: `--set {whole.span.source.text}` leaves `{setting}` out")


def chosen_lines(overrides: Overrides, written: Iterable[tree.Statement]) -> list[tree.Call]:
    """Returns the lines that settings from outside stand for, and those that go without saying, of which an argument is set."""
    whole = {path[0]: given for path, given in overrides.items() if len(path) == 1}
    lines = [line for setting, given in whole.items() for line in _lines(setting, given)]
    said = {line.word.text for line in written if isinstance(line, tree.Call)} | set(whole)
    asked = dict.fromkeys(path[0] for path in overrides if path[0] not in said)
    usual = {setting: Recipe.model_fields[setting].default for setting in asked}
    implied = {setting: kind.keyword for setting, kind in usual.items() if isinstance(kind, Declaration)}
    return [*lines, *(_line(setting, in_python(f"train.{setting}", keyword)) for setting, keyword in implied.items())]


def override_arguments(kind: type[Declaration], bound: Bound, setting: str, overrides: Overrides) -> None:
    """Puts the arguments that are set from outside in the place of those in the file; raises UsageError for unknown ones."""
    for path, given in overrides.items():
        if len(path) == 2 and path[0] == setting:
            name, source = path[1], given.span.source
            if name not in kind.model_fields:
                raise _no_argument(kind, setting, name)
            span = Span(source, 0, len(source.text))
            bound.values[name], bound.spans[name], bound.expressions[name] = given.value, span, tree.Literal(None, span)
            bound.positional = [other for other in bound.positional if other != name]


def _is_off(setting: str, value: Any) -> bool:
    """Returns whether a value leaves a setting out: `none` where it is that by itself, no lines where there may be several."""
    if setting in REPEATED:
        return value is None or value == ()
    return value in (None, "none") and Recipe.model_fields[setting].default is None


def _lines(setting: str, given: Override) -> list[tree.Call]:
    """Returns the lines that a setting stands for: `--set train.augment=[horizontal_flip, cutout]` is as many lines."""
    if _is_off(setting, given.value):
        return []
    several = given.value if setting == "augment" and isinstance(given.value, tuple) else (given.value,)
    return [_line(setting, Override(value, given.span)) for value in several]


def _line(setting: str, given: Override) -> tree.Call:
    """Returns the line that `--set train.epochs=3` or `--set train.optimizer=adam` stands for."""
    value, span = given
    parts = value if setting == "freeze" and isinstance(value, tuple) else (value,)
    expressions = [tree.Name(part, span) if isinstance(part, str) else tree.Literal(part, span) for part in parts]
    arguments = tuple(tree.Argument(None, expression, span) for expression in expressions)
    return tree.Call(None, tree.Name(setting, span), arguments, None, span)


def _meant(path: tuple[str, ...], value: str) -> str:
    """Returns what is said of a path that names no setting: what it is called here, or what takes its place."""
    from cnnspec.recipe.elsewhere import full_name, instead  # settings that are known do without

    setting, *argument = path
    advice = None if argument else instead(setting, value)
    if advice is not None:
        return f"; {advice}"
    near = nearest(setting, SETTINGS)
    meant = full_name(".".join(path)) or (full_name(".".join((near, *argument))) if near else None)
    return f"; did you mean `{meant}`?" if meant and meant != f"train.{'.'.join(path)}" else ""


def _no_argument(kind: type[Declaration], setting: str, name: str) -> UsageError:
    """Returns the mistake of an argument that a kind does not have, with what it is called here or what takes its place."""
    from cnnspec.recipe.elsewhere_arguments import argument_advice, our_argument  # arguments that are known do without

    known = ", ".join(kind.model_fields) or "none"
    ours, near = our_argument(kind, name), nearest(name, kind.model_fields)
    advice = f"it is called `{ours}` here" if ours else argument_advice(kind, name)
    advice = advice or (f"did you mean `train.{setting}.{near}`?" if near else None)
    behind = f"; {advice}" if advice else ""
    return UsageError(f"--set train.{setting}.{name}: `{kind.keyword}` has no argument `{name}` (it has: {known}){behind}")
