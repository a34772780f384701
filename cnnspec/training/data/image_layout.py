"""Which of the folders in a folder are parts of a data set, and which are classes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from PIL import Image

from cnnspec.training.data.images import ENDINGS, images_of
from cnnspec.training.data.places import File, Place
from cnnspec.training.problems import DataMissing, LeftOut, TrainingError

# What the parts of data sets are called, in small or capital letters; a test part goes before one for validation.
_TRAIN = ("train", "training")
_TEST = ("test", "testing")
_VALIDATION = ("val", "valid", "validation")


@dataclass(frozen=True)
class FolderLayout:
    """The folders of the class folders: of all samples, or of those for training and for testing."""

    train: Place
    test: Place | None = None
    remarks: tuple[LeftOut, ...] = field(default=())

    @property
    def parts(self) -> list[Place]:
        """Returns the folders that there are."""
        return [self.train] if self.test is None else [self.train, self.test]


def folder_layout(root: Place) -> FolderLayout:
    """Returns the folders of the training part and of the other one, or only that of all; raises TrainingError for parts of
    which none is for training."""
    folders = root.folders()
    named = {name.lower(): name for name in folders}
    train, *others = ([named[name] for name in names if name in named] for names in (_TRAIN, _TEST, _VALIDATION))
    other = [name for found in others for name in found]
    if train and other:
        return FolderLayout(folders[train[0]], folders[other[0]], _left_out(root, [train[0], other[0]]))
    # A folder `train` that holds folders and no images is a part, not a class.
    if train and _holds_folders(folders[train[0]]):
        return FolderLayout(folders[train[0]], remarks=_left_out(root, train[:1]))
    # A single folder of folders is no class: it is what a zip file was made of.
    if len(folders) == 1 and not images_of(root):
        (only,) = folders.values()
        if _holds_folders(only):
            return folder_layout(only)
    _verify_classes(root)
    return FolderLayout(root)


def unread_files(folders: Sequence[Place]) -> Iterator[LeftOut]:
    """Returns what is not read in class folders and below them although pillow might: images with other endings, or none."""
    found = [file for folder in folders for inner in folder.folders().values() for file in _unread(inner)]
    if found:
        endings = ", ".join(
            f"`{ending}`" if ending else "no ending" for ending, _ in Counter(map(_ending, found)).most_common(5)
        )
        count = "1 file is" if len(found) == 1 else f"{len(found):,} files are"
        text = f"{count} left out, whose names do not end as those of images ({endings}): {found[0]} is the first"
        yield LeftOut(text, f"if they are images, store them as {', '.join(sorted(ENDINGS))}")


def _unread(folder: Place) -> Iterator[File]:
    yield from (file for file in folder.files() if _ending(file) not in ENDINGS and _may_be_image(file))
    for inner in folder.folders().values():
        yield from _unread(inner)


def _ending(file: File) -> str:
    return file.suffix.lower()


def _may_be_image(file: File) -> bool:
    return _ending(file) in {"", ".heic", ".heif"} or _ending(file) in Image.registered_extensions()


def _holds_folders(folder: Place) -> bool:
    return bool(folder.folders()) and not images_of(folder)


def _left_out(root: Place, parts: Sequence[str]) -> tuple[LeftOut, ...]:
    """Returns what is said of folders beside the parts that are read, if there are any."""
    beside = [name for name in root.folders() if name not in parts]
    if not beside:
        return ()
    some = ", ".join(f"`{name}`" for name in beside[:5]) + (", ..." if len(beside) > 5 else "")
    read = " and ".join(f"`{name}`" for name in parts)
    text = f"of the folders in {root}, {read} {'is' if len(parts) == 1 else 'are'} read, and {some} left out"
    return (LeftOut(text, "a data set has one part for training and one for testing; move what is meant into them"),)


def _verify_classes(root: Place) -> None:
    """Raises TrainingError for folders that are parts by their names, and hold the same folders: these are the classes."""
    folders = root.folders()
    words = (*_TRAIN, *_TEST, *_VALIDATION)
    are_parts = len(folders) > 1 and all(name.lower().startswith(words) and _holds_folders(folders[name]) for name in folders)
    if not are_parts or not set.intersection(*(set(folder.folders()) for folder in folders.values())):
        return
    names = ", ".join(f"`{name}`" for name in folders)
    text = f"the folders {names} in {root} seem to be parts of a data set, not classes: each holds folders, and no image"
    raise TrainingError(DataMissing(text, "call the folder to train on `train`, and the one to test on `test` or `val`"))
