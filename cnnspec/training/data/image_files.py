"""Many image files of one size, decoded together or one at a time."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import torch

from cnnspec.training.data.images import read_image
from cnnspec.training.data.memory import fits_in_memory, memory
from cnnspec.training.data.places import File
from cnnspec.training.problems import ImageSizesDiffer, TooMuchData, TrainingError


@dataclass(frozen=True)
class ImageFiles:
    """Files that hold images of `size` (height, width), or are brought to it; `shape` is the shape of one as a sample.

    `resize` is the argument that would bring them to one size.
    """

    files: tuple[File, ...]
    channels: int
    size: tuple[int, int]
    shape: tuple[int, ...]
    resizes: bool
    resize: str

    @classmethod
    def of(cls, files: Sequence[File], channels: int, size: tuple[int, int] | None, resize: str) -> ImageFiles:
        """Returns files (at least one) whose size is `size`, or that of the first; raises TrainingError where that is none."""
        height, width = size or read_image(files[0], channels).shape[1:]
        return cls(tuple(files), channels, (height, width), (channels, height, width), size is not None, resize)

    def __len__(self) -> int:
        return len(self.files)

    def __getitem__(self, index: int) -> torch.Tensor:
        """Returns an image as uint8 in `shape`; raises TrainingError where it has another size, or cannot be read."""
        image = read_image(self.files[index], self.channels, self.size if self.resizes else None)
        if tuple(image.shape[1:]) != self.size:
            raise sizes_differ(self.files[0], self.size, self.files[index], image.shape[1:], self.resize)
        return image.reshape(self.shape)

    @property
    def bytes(self) -> int:
        """Returns how much memory all of them take when they are decoded."""
        return len(self) * self.channels * self.size[0] * self.size[1]

    def decode(self, indices: range | None = None) -> torch.Tensor:
        """Returns all images, or some, as uint8 [N, *shape]; raises TrainingError."""
        chosen = range(len(self)) if indices is None else indices
        images = torch.empty(len(chosen), *self.shape, dtype=torch.uint8)
        # Pillow lets other threads run while it decodes.
        with ThreadPoolExecutor() as pool:
            for place, image in enumerate(pool.map(self.__getitem__, chosen)):
                images[place] = image
        return images

    def take(self, indices: Sequence[int]) -> ImageFiles:
        """Returns the files at some positions."""
        return replace(self, files=tuple(self.files[index] for index in indices))


def sizes_differ(one: File, size: Sequence[int], other: File, other_size: Sequence[int], resize: str) -> TrainingError:
    """Returns the mistake of images that have two sizes, which the argument `resize` brings to one."""
    first, second = (f"{height}x{width}" for height, width in (size, other_size))
    text = f"images of different sizes: {one} is {first}, {other} is {second}"
    return TrainingError(ImageSizesDiffer(text, f"bring them to one size with `{resize}`"))


def verify_memory(size: int) -> None:
    """Raises TrainingError where so many bytes of decoded images, of which none can stay in files, are too much."""
    if not fits_in_memory(size):
        text = f"the images take {size / 2**30:.1f} GiB decoded, which is too much of the {memory() / 2**30:.1f} GiB of memory"
        raise TrainingError(TooMuchData(text, "bring them to a smaller size with `resize=...`"))
