"""How training images are changed at random before each step, in the order of the lines; test images never are.

Names and arguments are torchvision's where it has them. Everything is drawn from the recipe's seed, the number of the epoch
and that of the step. Images are changed as they are stored, before `normalize`; a target that is an image or a mask is moved
with its input, and neither erased nor filled with anything but 0 (of a mask: the loss's `ignore_index`, where that is
0 to 255).
"""

from typing import ClassVar

from cnnspec.declarations.declaration import Declaration
from cnnspec.recipe.table import Table


class Augmentation(Declaration):
    """Base of all augmentations. `moves`: pixels change places, and those of a target that is an image with them."""

    moves: ClassVar[bool] = True


AUGMENTATIONS: Table[Augmentation] = Table(
    {"augment_kinds": ("random_crop", "horizontal_flip", "vertical_flip", "random_affine", "cutout", "random_erasing")}
)
