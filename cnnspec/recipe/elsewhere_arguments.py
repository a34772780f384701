"""What torch and others call the arguments of a setting's kinds, and what takes the place of those that there are not."""

from __future__ import annotations

from cnnspec.declarations.declaration import Declaration, positional_names
from cnnspec.recipe.augment import Augmentation
from cnnspec.recipe.data import Data
from cnnspec.recipe.loss import Bce, BceWithLogits, Loss
from cnnspec.recipe.optimizer import Optimizer
from cnnspec.recipe.schedule import Schedule

# Each with the fields that it may mean, of which a kind has one.
CALLED = {
    **dict.fromkeys("learning_rate lrate step_lr base_lr initial_lr".split(), ("lr",)),
    **dict.fromkeys("decay wd l2 l2_penalty weight_decay_rate".split(), ("weight_decay",)),
    **dict.fromkeys("epsilon".split(), ("eps",)),
    **dict.fromkeys("warmup_epochs warm_up num_warmup_epochs".split(), ("warmup",)),
    **dict.fromkeys("every drop_every decay_epochs step".split(), ("step_size",)),
    **dict.fromkeys("factor decay_rate drop decay_factor".split(), ("gamma",)),
    **dict.fromkeys("steps boundaries epochs_at".split(), ("milestones",)),
    **dict.fromkeys("min_lr lr_min final_lr".split(), ("eta_min",)),
    **dict.fromkeys("smoothing smooth epsilon_smoothing".split(), ("label_smoothing",)),
    **dict.fromkeys("class_weight class_weights weights".split(), ("weight", "pos_weight")),
    **dict.fromkeys("pos_weights positive_weight".split(), ("pos_weight",)),
    **dict.fromkeys("ignore_label ignore".split(), ("ignore_index",)),
    **dict.fromkeys("angle degree rotation rotate".split(), ("degrees",)),
    **dict.fromkeys("shift translation".split(), ("translate",)),
    **dict.fromkeys("zoom".split(), ("scale",)),
    **dict.fromkeys("prob probability".split(), ("p",)),
    **dict.fromkeys("length".split(), ("size",)),
    **dict.fromkeys("fill_value value".split(), ("fill", "value")),
    **dict.fromkeys("test_size test_split val_split validation_split val valid validation split".split(), ("test",)),
    **dict.fromkeys("file filename folder dir directory data_dir".split(), ("path", "root")),
    **dict.fromkeys("label labels target_column y_column".split(), ("target", "y")),
    **dict.fromkeys("image_size img_size size".split(), ("resize",)),
    **dict.fromkeys("num_samples n_samples n count".split(), ("samples",)),
    **dict.fromkeys("standardize normalise normalization".split(), ("normalize",)),
}

_BY_THE_RUN = "leave it out: a schedule goes by the run, whose length the line `epochs` says"
_BY_THE_OPTIMIZER = "leave it out: `lr` of the optimizer is the rate that it begins with, and the highest of `one_cycle`"
_ENDS_WITH_RUN = "it takes as long as the run, and its rate is `lr` of the optimizer"
_MOMENTUM = "leave it out: momentum stays as the optimizer has it"
_FASTEST = "leave it out: training takes the fastest way to compute a step"
_LOADER = "leave it out: training loads the data in the fastest way, and shuffles it in each epoch"
_RESTARTS = "leave it out: no schedule begins anew within a run"
_BETAS = "both stand together: `betas=(0.9, 0.999)`"
_CLIP = "leave it out: `clip_norm 1` is a line of `train`"

INSTEAD: dict[type[Declaration], dict[str, str]] = {
    Schedule: {
        **dict.fromkeys(
            "T_max t_max total_steps total_iters epochs steps_per_epoch max_epochs num_steps max_steps "
            "num_training_steps decay_steps".split(),
            _BY_THE_RUN,
        ),
        **dict.fromkeys("max_lr base_lr initial_lr lr learning_rate initial_learning_rate".split(), _BY_THE_OPTIMIZER),
        **dict.fromkeys("T_0 T_mult t_0 t_mult restarts".split(), _RESTARTS),
        **dict.fromkeys("cycle_momentum base_momentum max_momentum".split(), _MOMENTUM),
        **dict.fromkeys(
            "warmup_steps warmup_iters num_warmup_steps warmup_ratio".split(),
            "it is called `warmup` here and counts epochs, of which there may be a part: `warmup=0.5`",
        ),
        "last_epoch": "leave it out: `cnnspec train --resume` goes on where a run was",
        "optimizer": "leave it out: a recipe has one optimizer",
        "verbose": "leave it out: metrics.jsonl has the rate of each epoch",
    },
    Optimizer: {
        **dict.fromkeys("foreach fused capturable differentiable".split(), _FASTEST),
        **dict.fromkeys("beta1 beta2 beta_1 beta_2".split(), _BETAS),
        **dict.fromkeys("clipnorm clipvalue clip_norm global_clipnorm max_grad_norm grad_clip".split(), _CLIP),
        **dict.fromkeys("use_ema ema_momentum ema".split(), "leave it out: `ema 0.999` is a line of `train`"),
        "params": "leave it out: all weights are trained that no line `freeze` names",
        "schedule": "leave it out: `schedule cosine` is a line of `train`",
    },
    Loss: {
        **dict.fromkeys("reduction reduce size_average".split(), "leave it out: every loss is the mean over its batch"),
        "from_logits": "leave it out: `cross_entropy` and `bce_with_logits` take logits, `bce` takes probabilities",
    },
    Bce: {
        "weight": "leave it out: single samples cannot weigh more; `loss bce_with_logits, pos_weight=2` on logits, without the "
        "`sigmoid`, lets what is there count twice",
    },
    BceWithLogits: {
        "weight": "leave it out: single samples cannot weigh more; `pos_weight=2` lets what is there count twice",
    },
    Data: {
        **dict.fromkeys("shuffle num_workers workers pin_memory drop_last persistent_workers".split(), _LOADER),
        **dict.fromkeys("batch_size batch".split(), "leave it out: `batch 64` is a line of `train`"),
        **dict.fromkeys(
            "transform transforms target_transform augment".split(),
            "leave it out: lines `augment` change training images, `normalize=` and `resize=` behind `data` all of them",
        ),
        "train": "leave it out: both parts are read, one for training and one for testing",
        "download": "leave it out: what is not there is downloaded",
        "num_classes": "leave it out: the classes are counted in the data",
    },
    Augmentation: {
        "size": "leave it out: images stay as large as they are",
        **dict.fromkeys("interpolation shear resample".split(), "leave it out: that cannot be chosen"),
        "always_apply": "write `p=1`",
    },
}


def our_argument(kind: type[Declaration], name: str) -> str | None:
    """Returns which of the arguments of a setting's kind others call `name`, None where none is known."""
    return next((field for field in CALLED.get(name.lower(), ()) if field in kind.model_fields), None)


def argument_advice(kind: type[Declaration], name: str) -> str | None:
    """Returns what takes the place of an argument that a setting's kind does not have, None where nothing is known."""
    if our_argument(kind, name) is not None:
        return None
    return next((advice[name] for base, advice in INSTEAD.items() if issubclass(kind, base) and name in advice), None)


def position_advice(kind: type[Declaration]) -> str | None:
    """Returns why arguments without a name are others than elsewhere, None where there is nothing to say."""
    if kind.keyword == "random_crop":
        return "a crop is as large as the image: leave the size out, `random_crop, padding=4`"
    return _ENDS_WITH_RUN if issubclass(kind, Schedule) and not positional_names(kind) else None
