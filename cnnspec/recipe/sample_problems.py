"""Samples of one shape for a network of another, and images for one that takes none (code E0410)."""

from __future__ import annotations

import math
from typing import ClassVar

from cnnspec.recipe.data import resize_to
from cnnspec.recipe.problems import RecipeProblem
from cnnspec.values.shapes import Shape

GREY_OR_COLOURED = frozenset({"folder", "pairs"})  # images that are read with as many channels as an input has


class SampleDiffers(RecipeProblem):
    """Data of one shape for a network of another; `is_trained`: the network has its weights, and stays what it is."""

    data: str
    sample: tuple[int, ...]
    input: Shape
    can_resize: bool
    is_trained: bool = False
    setting: ClassVar[str] = "data"
    code: ClassVar[str] = "E0410"

    @property
    def message(self) -> str:
        return f"a sample of `{self.data}` is {self._form}, but the network takes {self.input}"

    @property
    def label(self) -> str:
        return f"gives {self._form}"

    @property
    def _form(self) -> str:
        return str(Shape(self.sample)) if self.sample else "one number"

    @property
    def resize(self) -> str | None:
        """Returns the size that samples can be brought to, as `resize` takes it; None where they cannot."""
        return resize_to(self.input) if self.can_resize and self.input.channels == self.sample[0] else None

    @property
    def suitable(self) -> Shape:
        """Returns the input that takes such samples; these may have no axis for their only channel, or the channels last.

        A flat input, for which images are read in grey, may have been meant for colours.
        """
        if self._colours is not None:
            return Shape((self._colours, *self.sample[1:]))
        if self._is_read_in_grey:
            return Shape((math.prod(self.sample),))
        if self._lacks_channel:
            return Shape((1, *self.sample))
        return Shape((self.sample[-1], *self.sample[:-1]) if self._has_channels_last else self.sample)

    @property
    def _colours(self) -> int | None:
        """Returns how many colours of grey images a flat input has room for, None where it is no such input."""
        if self.input.rank != 1 or len(self.sample) != 3 or self.sample[0] != 1:
            return None
        return next((count for count in (3, 4) if self.input.features == count * math.prod(self.sample)), None)

    @property
    def _is_read_in_grey(self) -> bool:
        """Returns whether images have one channel only because a flat input says nothing of their colours."""
        return self.input.rank == 1 and self.data in GREY_OR_COLOURED

    @property
    def _lacks_channel(self) -> bool:
        """Returns whether samples have positions, but no axis for a single channel, as an input of such samples has."""
        if len(self.sample) != self.input.rank - 1:
            return False
        return self.input.channels == 1 or (self.input.rank > 2 and self.sample[0] != self.input.channels)

    @property
    def _has_channels_last(self) -> bool:
        """Returns whether the last axis is that of up to four colours, or the ones before it are the positions of the input."""
        *sizes, channels = self.sample
        if len(sizes) == 2 and channels <= 4 < min(sizes):
            return True
        return bool(sizes) and not self.input.is_symbolic and self.input.sizes[1:] == tuple(sizes) != self.sample[1:]

    @property
    def help(self) -> str:
        if not self.sample:
            axes = ", ".join(map(str, self.input.sizes))
            return f"inputs have the axes [N, {axes}], of which the first counts the samples"
        if self.is_trained:
            return self._help_after_training
        if self.resize is not None:
            return f"write `resize={self.resize}`, or `input {self.suitable}`"
        if self._colours is not None:
            return f"a flat input takes images in grey: for colours write `input {self.suitable}`, and `flatten` behind it"
        if self._is_read_in_grey:
            colours = Shape((3, *self.sample[1:]))
            return f"write `input {self.suitable}` for images in grey; for colours `input {colours}`, and `flatten` behind it"
        turned = "these have their channels last: " if self._has_channels_last else ""
        return f"{turned}write `input {self.suitable}`, or train on other data"

    @property
    def _help_after_training(self) -> str:
        if self.resize is not None:
            return f"name the data with `resize={self.resize}`, which brings its images to the size of those of the training"
        return f"bring the samples to {self.input}, as those of the training were"


class NoImages(RecipeProblem):
    """An input with as many channels as no image has; `is_trained`: the network has its weights, and stays what it is."""

    input: Shape
    is_trained: bool = False
    setting: ClassVar[str] = "input"
    code: ClassVar[str] = "E0410"

    @property
    def message(self) -> str:
        return f"images have 1, 3 or 4 channels, but the network takes {self.input}"

    @property
    def label(self) -> str:
        return f"{self.input.channels} channels"

    @property
    def suitable(self) -> Shape:
        """Returns the input that takes images in colours."""
        return Shape((3, *self.input.spatial))

    @property
    def help(self) -> str:
        if self.is_trained:
            return f"name arrays (`npz`) with samples of {self.input}, as those of the training were"
        grey = Shape((1, *self.input.spatial))
        return f"write `input {self.suitable}` for colours, or `input {grey}` for grey; other channels are read by `data npz`"
