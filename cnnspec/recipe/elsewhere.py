"""What training scripts elsewhere call the settings of `train`."""

from __future__ import annotations

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
OF_OPTIMIZER = {
    "lr": "lr",
    "learning_rate": "lr",
    "momentum": "momentum",
    "weight_decay": "weight_decay",
    "decay": "weight_decay",
    "nesterov": "nesterov",
}


def full_name(name: str) -> str | None:
    """Returns what a name may mean that lacks what goes before it: `train.epochs` of `epochs`, `train.optimizer.lr` of `lr`."""
    from cnnspec.recipe.recipe import SETTINGS as OURS  # pydantic, which this file does without

    first, *rest = name.removeprefix("train.").split(".")
    if first in OURS or first in SETTINGS:
        return ".".join(("train", SETTINGS.get(first, first), *rest))
    argument = OF_OPTIMIZER.get(first, first)
    for setting in ("optimizer", "schedule", "loss", "data"):
        if not rest and any(argument in kind.model_fields for kind in (OURS[setting] or {}).values()):
            return f"train.{setting}.{argument}"
    return None
