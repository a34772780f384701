"""What training scripts elsewhere call the settings of `train`, and what to write for lines that there are not."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from cnnspec.recipe.precisions import our_precision

if TYPE_CHECKING:
    from cnnspec.declarations.declaration import Declaration

SETTINGS = {
    name: setting
    for setting, names in {
        "data": "dataset datasets train_data training_data trainset train_loader dataloader",
        "loss": "criterion loss_fn loss_function objective",
        "optimizer": "optim opt solver",
        "schedule": "scheduler lr_scheduler lr_schedule",
        "augment": "augmentation augmentations transform transforms",
        "init": "initializer initialization kernel_initializer weight_init",
        "batch": "batch_size batchsize minibatch",
        "epochs": "num_epochs n_epochs max_epochs nb_epoch",
        "seed": "random_seed manual_seed random_state",
        "accumulate": "accumulation_steps gradient_accumulation_steps accumulate_grad_batches",
        "clip_norm": "grad_clip clip_grad_norm gradient_clip_val max_grad_norm",
        "early_stopping": "patience",
    }.items()
    for name in names.split()
}
_BY_DEVICE = "leave it out: `cnnspec train --device` says it, and takes a GPU where there is one"
_BY_PRECISION = "leave it out: `cnnspec train --precision {}` says it"
_BY_WEIGHTS = "leave it out: `cnnspec train --weights FILE.safetensors` begins with given weights"
_LOADED = "leave it out: training shuffles the samples in each epoch, and loads them in the fastest way"
_TESTED = "leave it out: `data` has a test part, or a share `test=0.2` of it"
_REPORTED = "leave it out: accuracy, or the error, is reported in any case"
_EPOCHS = "the line `epochs` says how long a run is"

INSTEAD = {
    **dict.fromkeys("device gpu gpus cuda accelerator devices".split(), _BY_DEVICE),
    **dict.fromkeys("precision amp fp16 mixed_precision dtype".split(), _BY_PRECISION),
    **dict.fromkeys("weights pretrained checkpoint load_from".split(), _BY_WEIGHTS),
    **dict.fromkeys("shuffle num_workers workers pin_memory drop_last".split(), _LOADED),
    **dict.fromkeys("validation validation_data val_data valset test_data testset val_loader test_loader".split(), _TESTED),
    **dict.fromkeys("metrics metric callbacks verbose".split(), _REPORTED),
    **dict.fromkeys("steps iterations max_steps max_iter steps_per_epoch total_steps num_iterations".split(), _EPOCHS),
    **dict.fromkeys("output out save save_dir output_dir log_dir".split(), "leave it out: `cnnspec train --out` says where"),
    "resume": "leave it out: `cnnspec train --resume RUN` goes on with a run",
    "compile": "leave it out: `cnnspec train --compile` says it",
    "dropout": "it is a layer: write `dropout 0.5` in the network",
    "model": "leave it out: `--network` says which network of a file is trained",
}


def instead(word: str, given: str) -> str | None:
    """Returns what takes the place of a setting that there is not, with the value that was given; None: nothing known."""
    advice = INSTEAD.get(word)
    if advice is None:
        return None
    usual = "fp16" if word in ("fp16", "amp") else "bf16"
    return advice.format(our_precision(given) or usual)


def setting_advice(word: str, given: str, chosen: Mapping[str, str]) -> str | None:
    """Returns what to write for a line that begins with no setting, but with an argument or a kind of one; None: nothing known.

    `given` is what stands behind the word, `chosen` what stands behind the settings of the file: `sgd, momentum=0.9`.
    """
    if word in INSTEAD:
        return instead(word, given)
    found = _argument(word, chosen)
    if found is not None:
        setting, kind, argument = found
        line = chosen.get(setting, "")
        before = line if _kind(line) == kind.keyword else kind.keyword
        if re.search(rf"\b{argument}\s*=", before):
            return f"leave it out: the line `{setting}` says `{argument}` already"
        return f"it is an argument of `{setting}`: write `{setting} {before}, {argument}={given or '...'}`"
    from cnnspec.recipe.elsewhere_kinds import our_kind
    from cnnspec.recipe.recipe import SETTINGS as OURS

    for setting, kinds in OURS.items():
        keyword = None if kinds is None else word if word in kinds else our_kind(setting, word, kinds)
        if keyword is not None:
            return f"it is a kind of `{setting}`: write `{setting} {keyword}{', ' if given else ''}{given}`"
    return None


def full_name(name: str) -> str | None:
    """Returns what a name may mean that lacks what goes before it: `train.epochs` of `epochs`, `train.optimizer.lr` of `lr`."""
    from cnnspec.recipe.recipe import SETTINGS as OURS  # pydantic, which this file does without

    first, *rest = name.removeprefix("train.").split(".")
    if first in OURS or first in SETTINGS:
        setting = SETTINGS.get(first, first)
        return ".".join(("train", setting, *(_field(OURS[setting] or {}, argument) for argument in rest)))
    found = None if rest else _argument(first, {})
    return None if found is None else f"train.{found[0]}.{found[2]}"


def _argument(name: str, chosen: Mapping[str, str]) -> tuple[str, type[Declaration], str] | None:
    """Returns the setting, its kind and the argument that a name stands for: of the kind that is chosen or usual, else of one
    that best needs no other argument."""
    from cnnspec.recipe.elsewhere_arguments import our_argument
    from cnnspec.recipe.elsewhere_kinds import our_kind
    from cnnspec.recipe.recipe import SETTINGS as OURS
    from cnnspec.recipe.recipe import Recipe

    for setting in ("optimizer", "schedule", "loss", "data"):
        kinds = OURS[setting] or {}
        usual = Recipe.model_fields[setting].default
        likely = {usual.keyword: 1} if usual is not None else {}
        written = _kind(chosen.get(setting, ""))
        likely[our_kind(setting, written, kinds) or written] = 0
        for kind in sorted(kinds.values(), key=lambda kind: (likely.get(kind.keyword, 2), _others(kind, name))):
            field = name if name in kind.model_fields else our_argument(kind, name)
            if field is not None:
                return setting, kind, field
    return None


def _field(kinds: Mapping[str, type[Declaration]], name: str) -> str:
    """Returns what an argument of a setting is called here, where a kind of it has one that others call `name`."""
    from cnnspec.recipe.elsewhere_arguments import our_argument

    if any(name in kind.model_fields for kind in kinds.values()):
        return name
    return next((ours for kind in kinds.values() if (ours := our_argument(kind, name))), name)


def _kind(line: str) -> str:
    return line.partition(",")[0].strip()


def _others(kind: type[Declaration], name: str) -> int:
    """Returns how many other arguments a kind cannot do without."""
    return sum(info.is_required() for field, info in kind.model_fields.items() if field != name)
