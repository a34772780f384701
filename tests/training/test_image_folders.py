"""Class folders of images."""

from __future__ import annotations

import os
import zipfile
from pathlib import Path

import pytest
import torch
from PIL import Image
from training_specs import compiled, recipe_of, request_of

from cnnspec.recipe.data import Folder
from cnnspec.training.data.dataset import Dataset
from cnnspec.training.data.image_folder import read_folder
from cnnspec.training.data.read import read as read_data
from cnnspec.training.fitness import verify_fitness
from cnnspec.training.options import TrainOptions
from cnnspec.training.problems import TrainingError
from cnnspec.training.results.evaluate import evaluate
from cnnspec.training.run_folder.stored_run import read_run
from cnnspec.training.train import train

COLOUR = "network N {\n input 3x6x4\n flatten\n linear 2\n}\ntrain { data synthetic }"
GREY = COLOUR.replace("3x6x4", "1x6x4")


def save(path: Path, colour: tuple[int, int, int], size: tuple[int, int] = (4, 6)) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", size, colour).save(path)


def fill(folder: Path, count: int = 5) -> None:
    """Writes two classes, cats red and dogs blue, in PNG files 4 wide and 6 high."""
    for index in range(count):
        save(folder / "cats" / f"{index}.png", (255, 0, 0))
        save(folder / "dogs" / f"{index}.png", (0, 0, 255))


def read(base: Path, data: Folder, text: str = COLOUR) -> Dataset:
    return read_folder(data, request_of(compiled(text), base))


def fault(base: Path, data: Folder) -> str:
    with pytest.raises(TrainingError) as caught:
        read(base, data)
    return f"{caught.value.problems[0].code} {caught.value.problems[0].message}"


def test_one_folder_is_split(tmp_path: Path) -> None:
    fill(tmp_path / "pets")
    found = read(tmp_path, Folder(path="pets"))
    assert found.classes == ("cats", "dogs")
    assert found.test is not None
    assert (len(found.train), len(found.test)) == (8, 2)
    assert found.train.inputs.shape == (8, 3, 6, 4)
    for image, label in zip(found.train.inputs, found.train.targets, strict=True):
        assert image[:, 0, 0].tolist() == ([255, 0, 0] if label == 0 else [0, 0, 255])


def test_train_and_test_folders_are_the_parts(tmp_path: Path) -> None:
    fill(tmp_path / "train", 3)
    fill(tmp_path / "test", 2)
    found = read(tmp_path, Folder(path="."))
    assert found.test is not None
    assert (len(found.train), len(found.test)) == (6, 4)


def test_a_train_folder_alone_is_split(tmp_path: Path) -> None:
    fill(tmp_path / "pets" / "train")
    found = read(tmp_path, Folder(path="pets"))
    assert found.classes == ("cats", "dogs")
    assert found.test is not None
    assert (len(found.train), len(found.test)) == (8, 2)


def test_one_channel_is_grey(tmp_path: Path) -> None:
    fill(tmp_path)
    found = read(tmp_path, Folder(path=".", test=0.0), GREY)
    assert found.test is None
    assert found.train.inputs.shape == (10, 1, 6, 4)


def test_resize(tmp_path: Path) -> None:
    fill(tmp_path)
    save(tmp_path / "cats" / "large.png", (255, 0, 0), (40, 60))
    found = read(tmp_path, Folder(path=".", resize=(5, 7), test=0.0))
    assert found.train.inputs.shape == (11, 3, 5, 7)


def test_sizes_that_differ(tmp_path: Path) -> None:
    fill(tmp_path)
    save(tmp_path / "dogs" / "large.png", (0, 0, 255), (40, 60))
    assert fault(tmp_path, Folder(path=".")).startswith("E0424 images of different sizes: ")
    with pytest.raises(TrainingError, match=r"bring them to one size with `resize=6x4`"):
        read(tmp_path, Folder(path="."))
    assert read(tmp_path, Folder(path=".", resize=(6, 4), test=0.0)).sample == (3, 6, 4)
    with pytest.raises(TrainingError, match=r"`resize=\.\.\.`"):
        read(tmp_path, Folder(path="."), COLOUR.replace("3x6x4", "24"))
    assert fault(tmp_path, Folder(path=".")).endswith("large.png is 60x40")


def test_sizes_that_differ_between_the_parts(tmp_path: Path) -> None:
    fill(tmp_path / "train")
    save(tmp_path / "test" / "cats" / "0.png", (255, 0, 0), (9, 9))
    assert fault(tmp_path, Folder(path=".")).startswith("E0424")


def test_damaged_image(tmp_path: Path) -> None:
    fill(tmp_path)
    path = tmp_path / "cats" / "3.png"
    path.write_bytes(path.read_bytes()[:46])
    assert fault(tmp_path, Folder(path=".")).startswith(f"E0422 {path} is a damaged image")


def test_no_image(tmp_path: Path) -> None:
    fill(tmp_path)
    (tmp_path / "cats" / "3.png").write_text("a cat")
    assert fault(tmp_path, Folder(path=".")).endswith("is no image that pillow can read")


def test_missing_and_empty_folders(tmp_path: Path) -> None:
    assert fault(tmp_path, Folder(path="none")).startswith("E0421 there is no folder")
    assert "has no folders" in fault(tmp_path, Folder(path="."))
    (tmp_path / "cats").mkdir()
    assert fault(tmp_path, Folder(path=".")).startswith("E0430")


def test_a_class_that_was_never_trained(tmp_path: Path) -> None:
    fill(tmp_path / "train")
    fill(tmp_path / "test")
    save(tmp_path / "test" / "eels" / "0.png", (0, 255, 0))
    assert "has the class eels" in fault(tmp_path, Folder(path="."))


def test_split_is_the_same_whatever_the_torch_seed(tmp_path: Path) -> None:
    fill(tmp_path)
    torch.manual_seed(1)
    first = read(tmp_path, Folder(path="."))
    torch.manual_seed(2)
    assert torch.equal(first.train.targets, read(tmp_path, Folder(path=".")).train.targets)


def test_what_systems_leave_behind_is_passed_over(tmp_path: Path) -> None:
    fill(tmp_path)
    for name in (".DS_Store", "Thumbs.db", "cats/.DS_Store", "cats/Thumbs.db", "cats/._0.png"):
        (tmp_path / name).write_bytes(b"x")
    for name in (".git", "__MACOSX", "@eaDir"):
        (tmp_path / name).mkdir()
    found = read(tmp_path, Folder(path=".", test=0.0))
    assert (found.classes, len(found.train)) == (("cats", "dogs"), 10)


def test_links_and_capital_letters(tmp_path: Path) -> None:
    fill(tmp_path / "pets")
    save(tmp_path / "pets" / "cats" / "LOUD.PNG", (255, 0, 0))
    (tmp_path / "pets" / "eels").symlink_to(tmp_path / "pets" / "dogs", target_is_directory=True)
    (tmp_path / "pets" / "dogs" / "again.png").symlink_to(tmp_path / "pets" / "dogs" / "0.png")
    found = read(tmp_path, Folder(path="pets", test=0.0))
    assert found.classes == ("cats", "dogs", "eels")
    assert torch.bincount(found.train.targets).tolist() == [6, 6, 6]
    (tmp_path / "pets" / "dogs" / "gone.png").symlink_to(tmp_path / "nowhere.png")
    assert fault(tmp_path, Folder(path="pets")).startswith("E0421 there is no file")


@pytest.mark.parametrize(
    ("first", "second"), [("Train", "Test"), ("train", "valid"), ("training", "validation"), ("TRAIN", "val")]
)
def test_the_parts_have_several_names(tmp_path: Path, first: str, second: str) -> None:
    fill(tmp_path / first, 3)
    fill(tmp_path / second, 2)
    found = read(tmp_path, Folder(path="."))
    assert found.test is not None
    assert (found.classes, len(found.train), len(found.test)) == (("cats", "dogs"), 6, 4)


def test_a_folder_around_all(tmp_path: Path) -> None:
    fill(tmp_path / "pets")
    with zipfile.ZipFile(tmp_path / "pets.zip", "w") as archive:
        for path in (tmp_path / "pets").rglob("*.png"):
            archive.write(path, path.relative_to(tmp_path))
            archive.writestr(f"__MACOSX/{path.relative_to(tmp_path)}", b"")
    for place in ("pets.zip", "."):
        assert read(tmp_path, Folder(path=place, test=0.0)).classes == ("cats", "dogs")
    fill(tmp_path / "one" / "train")
    fill(tmp_path / "one" / "test", 1)
    (tmp_path / "outer").mkdir()
    (tmp_path / "one").rename(tmp_path / "outer" / "one")
    found = read(tmp_path, Folder(path="outer"))
    assert found.test is not None
    assert (len(found.train), len(found.test)) == (10, 2)


def test_images_that_lie_beside_each_other(tmp_path: Path) -> None:
    save(tmp_path / "0.png", (255, 0, 0))
    with pytest.raises(TrainingError, match="sort the images that lie in it into such folders"):
        read(tmp_path, Folder(path="."))


def test_an_empty_class_is_named(tmp_path: Path) -> None:
    fill(tmp_path)
    (tmp_path / "eels").mkdir()
    recipe = 'train {\n data folder, ".", test=0\n batch 2\n}'
    network = compiled(COLOUR.replace("linear 2", "linear 3").replace("train { data synthetic }", recipe))
    dataset = read_folder(Folder(path=".", test=0.0), request_of(network, tmp_path))
    (only,) = verify_fitness(network, recipe_of(network), dataset)
    assert (only.code, only.message) == ("W0504", "no sample for training has the class `eels` (of 3)")
    assert only.help is not None
    assert only.help.startswith("put images into the folder of that name, or remove it")


def zipped(folder: Path) -> Path:
    """Returns a zip file of a folder, as `zip -r photos.zip photos` makes it."""
    with zipfile.ZipFile(folder.with_suffix(".zip"), "w") as archive:
        for path in sorted(folder.rglob("*")):
            archive.write(path, path.relative_to(folder.parent))
    return folder.with_suffix(".zip")


@pytest.mark.parametrize("form", ["folder", "zip"])
def test_images_in_folders_below_a_class_belong_to_it(tmp_path: Path, form: str) -> None:
    """The truth is what `os.walk` finds, which torchvision's ImageFolder goes by; hidden folders apart."""
    pets = tmp_path / "pets"
    fill(pets, 2)
    for name in ("cats/old/1.png", "cats/old/grey/2.PNG", "cats/new/3.png", "dogs/a/b/c/4.png", "eels/only/below/5.png"):
        save(pets / name, (9, 9, 9))
    walked = {
        name: sum(file.lower().endswith(".png") for _, _, files in os.walk(pets / name) for file in files)
        for name in ("cats", "dogs", "eels")
    }
    for name in ("cats/.thumbs/1.png", "cats/@eaDir/2.png", "dogs/a/.hidden.png"):
        save(pets / name, (9, 9, 9))
    path = pets if form == "folder" else zipped(pets)
    found = read(tmp_path, Folder(path=path.name, test=0.0))
    assert found.classes == tuple(walked)
    assert torch.bincount(found.train.targets).tolist() == list(walked.values()) == [5, 3, 1]
    save(pets / "cats" / "old" / "wide.png", (9, 9, 9), (8, 8))
    assert fault(tmp_path, Folder(path="pets")).startswith("E0424")


def test_a_class_of_its_own_with_folders_is_not_entered(tmp_path: Path) -> None:
    fill(tmp_path / "pets", 2)
    for name in ("cats", "dogs"):
        (tmp_path / "all" / "train" / name).mkdir(parents=True)
    save(tmp_path / "all" / "train" / "0.png", (0, 0, 0))
    save(tmp_path / "all" / "plane" / "jets" / "1.png", (0, 0, 0))
    assert read(tmp_path, Folder(path="all", test=0.0)).classes == ("plane", "train")
    (tmp_path / "all" / "plane").rename(tmp_path / "plane")
    assert read(tmp_path, Folder(path="all", test=0.0)).classes == ("train",)


def test_links_in_a_circle_are_not_followed(tmp_path: Path) -> None:
    fill(tmp_path / "pets", 2)
    (tmp_path / "pets" / "cats" / "home").symlink_to(tmp_path / "pets", target_is_directory=True)
    (tmp_path / "pets" / "cats" / "friends").symlink_to(tmp_path / "pets" / "dogs", target_is_directory=True)
    (tmp_path / "pets" / "dogs" / "friends").symlink_to(tmp_path / "pets" / "cats", target_is_directory=True)
    found = read(tmp_path, Folder(path="pets", test=0.0))
    assert torch.bincount(found.train.targets).tolist() == [4, 4]


def remarks(base: Path, data: Folder) -> list[tuple[str, str]]:
    return [(problem.code, problem.message) for problem in read(base, data).remarks]


@pytest.mark.parametrize("names", [("val", "test"), ("train_set", "test_set"), ("Training Data", "Testing Data", "validation")])
def test_parts_without_one_to_train_on_are_no_classes(tmp_path: Path, names: tuple[str, ...]) -> None:
    for name in names:
        fill(tmp_path / "pets" / name, 2)
    found = fault(tmp_path, Folder(path="pets"))
    assert found.startswith("E0421 the folders ")
    assert "seem to be parts of a data set, not classes" in found
    fill(tmp_path / "more" / "pets", 1)
    (tmp_path / "pets").rename(tmp_path / "more" / "around")
    (tmp_path / "more" / "pets").rename(tmp_path / "aside")
    assert fault(tmp_path, Folder(path="more")) == found.replace(f"{tmp_path}/pets", f"{tmp_path}/more/around")


@pytest.mark.parametrize("names", [("cats", "dogs"), ("test", "cats"), ("valley", "trainer")])
def test_classes_with_the_same_folders_below_are_classes(tmp_path: Path, names: tuple[str, ...]) -> None:
    """Indoors and outdoors are parts of a class; and a class may be called as a part is, if it holds images."""
    for name in names:
        for below in ("indoors", "outdoors"):
            save(tmp_path / name / below / "1.png", (9, 9, 9))
        save(tmp_path / name / "0.png" if name == "trainer" else tmp_path / name / "indoors" / "0.png", (9, 9, 9))
    assert read(tmp_path, Folder(path=".", test=0.0)).classes == tuple(sorted(names))
    assert remarks(tmp_path, Folder(path=".", test=0.0)) == []


def test_folders_beside_the_parts_are_named(tmp_path: Path) -> None:
    fill(tmp_path / "train", 3)
    fill(tmp_path / "test", 2)
    assert remarks(tmp_path, Folder(path=".")) == []
    fill(tmp_path / "val", 1)
    fill(tmp_path / "train_extra", 1)
    (tmp_path / ".cache").mkdir()
    told = f"of the folders in {tmp_path}, `train` and `test` are read, and `train_extra`, `val` left out"
    assert remarks(tmp_path, Folder(path=".")) == [("W0543", told)]
    network = compiled(COLOUR)
    data = read_folder(Folder(path="."), request_of(network, tmp_path))
    assert "W0543" in [warning.code for warning in verify_fitness(network, recipe_of(network), data)]


def test_images_by_other_endings(tmp_path: Path) -> None:
    """JPEG goes by several names; what pillow might read and nobody asked for is told, and notes are not."""
    fill(tmp_path, 1)
    for number, ending in enumerate(("jfif", "JPE", "jpeg")):
        Image.new("RGB", (4, 6)).save(tmp_path / "cats" / f"{number}.{ending}", "jpeg")
    (tmp_path / "cats" / "notes.txt").write_text("a cat")
    assert len(read(tmp_path, Folder(path=".", test=0.0)).train) == 5
    assert remarks(tmp_path, Folder(path=".", test=0.0)) == []
    for name in ("a", "b", "c.tga", "below/d.heic"):
        (tmp_path / "dogs" / name).parent.mkdir(exist_ok=True)
        (tmp_path / "dogs" / name).touch()
    ((code, told),) = remarks(tmp_path, Folder(path=".", test=0.0))
    assert code == "W0543"
    assert told.startswith("4 files are left out, whose names do not end as those of images (no ending, ")
    assert told.endswith(f"{tmp_path}/dogs/a is the first")
    for path in {*tmp_path.glob("*/*.png"), *tmp_path.glob("cats/*")}:
        path.unlink()
    with pytest.raises(TrainingError, match=r"hold no images .*4 files are left out"):
        read(tmp_path, Folder(path="."))


def test_a_zip_file_that_is_written_again(tmp_path: Path) -> None:
    """One process reads what is there now, whether the file is replaced or written over."""
    for colour in ((255, 0, 0), (0, 0, 255), (0, 255, 0)):
        save(tmp_path / "pets" / "cats" / "0.png", colour)
        save(tmp_path / "pets" / "dogs" / "0.png", (9, 9, 9))
        (tmp_path / "pets" / "notes.txt").write_text("x" * colour[0])  # another size, lest the clock be too coarse
        whole = zipped(tmp_path / "pets")
        if colour == (0, 255, 0):
            whole.rename(tmp_path / "new.zip")
            (tmp_path / "new.zip").replace(whole)
        found = read(tmp_path, Folder(path="pets.zip", test=0.0))
        assert next(found.train.chunks(1))[0, :, 0, 0].tolist() == list(colour)


def test_a_zip_file_with_backslashes(tmp_path: Path) -> None:
    fill(tmp_path / "pets", 2)
    with zipfile.ZipFile(tmp_path / "pets.zip", "w") as archive:
        for path in sorted((tmp_path / "pets").rglob("*.png")):
            member = zipfile.ZipInfo("x")
            member.filename = str(path.relative_to(tmp_path)).replace("/", "\\")
            archive.writestr(member, path.read_bytes())
    found, plain = (read(tmp_path, Folder(path=name, test=0.0)) for name in ("pets.zip", "pets"))
    assert found.classes == plain.classes == ("cats", "dogs")
    assert all(torch.equal(*pair) for pair in zip(found.train.chunks(9), plain.train.chunks(9), strict=True))
    assert torch.equal(found.train.targets, plain.train.targets)


@pytest.mark.parametrize("outputs", [1, 2])
def test_one_class_is_told_as_such(tmp_path: Path, outputs: int) -> None:
    """Nothing is advised that is a mistake itself: cross entropy of a single output is one."""
    fill(tmp_path)
    loss = "bce_with_logits" if outputs == 1 else "cross_entropy"
    recipe = f'train {{\n data folder, "cats", test=0\n loss {loss}\n batch 2\n}}'
    (tmp_path / "cats" / "tabby").mkdir()
    for path in (tmp_path / "cats").glob("*.png"):
        path.rename(tmp_path / "cats" / "tabby" / path.name)
    network = compiled(COLOUR.replace("linear 2", f"linear {outputs}").replace("train { data synthetic }", recipe))
    dataset = read_folder(Folder(path="cats", test=0.0), request_of(network, tmp_path))
    found = {warning.code: warning for warning in verify_fitness(network, recipe_of(network), dataset)}
    assert found["W0501"].message == "`folder` has one class, so that a network has nothing to tell apart"
    assert "linear" not in str(found["W0501"].help)
    assert found["W0501"].fixes == ()


@pytest.mark.parametrize(
    ("given", "advice"),
    [
        ("72", "write `input 3x6x4`"),
        ("96", "write `input 4x6x4`"),
        ("48", "write `input 24` for images in grey; for colours `input 3x6x4`, and `flatten` behind it"),
    ],
)
def test_flat_inputs_with_room_for_colours(tmp_path: Path, given: str, advice: str) -> None:
    fill(tmp_path)
    network = compiled(f'network N {{\n input {given}\n linear 2\n}}\ntrain {{\n data folder, "."\n}}')
    with pytest.raises(TrainingError) as caught:
        read_data(Folder(path="."), request_of(network, tmp_path))
    assert advice in str(caught.value.problems[0].help)


def test_an_input_of_two_channels_takes_no_images(tmp_path: Path) -> None:
    """The line of the input is at fault, and its fix reads the folder."""
    fill(tmp_path)
    text = 'network N {\n input 2x6x4\n flatten\n linear 2\n}\ntrain {\n data folder, "."\n}'
    network = compiled(text)
    with pytest.raises(TrainingError) as caught:
        read(tmp_path, Folder(path="."), text)
    (found,) = caught.value.diagnostics(network)
    assert (found.code, found.span.text) == ("E0410", "input 2x6x4")
    assert found.fixes[0].title == "write `input 3x6x4`"
    assert read(tmp_path, Folder(path="."), text.replace("2x6x4", "3x6x4")).sample == (3, 6, 4)


@pytest.mark.parametrize(
    ("empty", "outputs", "advice"),
    [
        (["birds"], 2, "the folder `birds` holds no images: remove it"),
        (["birds", "fish"], 2, "the folders `birds`, `fish` hold no images: remove them"),
        (["birds"], 1, "the folder `birds` holds no images: remove it, and end the network with `linear 2`"),
        ([], 1, None),
    ],
)
def test_more_outputs_are_not_for_folders_without_images(
    tmp_path: Path, empty: list[str], outputs: int, advice: str | None
) -> None:
    fill(tmp_path)
    for name in empty:
        (tmp_path / name).mkdir()
    loss = "bce_with_logits" if outputs == 1 else "cross_entropy"
    text = f'network N {{\n input 3x6x4\n flatten\n linear {outputs}\n}}\ntrain {{\n data folder, "."\n loss {loss}\n}}'
    network = compiled(text)
    if advice is None:
        read_data(Folder(path="."), request_of(network, tmp_path))
        return
    with pytest.raises(TrainingError) as caught:
        read_data(Folder(path="."), request_of(network, tmp_path))
    (found,) = caught.value.diagnostics(network)
    assert (found.code, found.help, found.fixes) == ("E0411", advice, ())
    save(tmp_path / "birds" / "0.png", (0, 255, 0))
    for name in empty[1:]:
        (tmp_path / name).rmdir()
    with pytest.raises(TrainingError) as caught:
        read_data(Folder(path="."), request_of(network, tmp_path))
    assert caught.value.problems[0].help == "end the network with `linear 3`"


def test_a_run_of_two_channels_is_not_told_to_change_its_input(tmp_path: Path) -> None:
    fill(tmp_path / "pets")
    text = "network N {\n input 2x6x4\n flatten\n linear 2\n}\ntrain {\n data synthetic, samples=8\n epochs 1\n}"
    network = compiled(text)
    train(network, recipe_of(network), TrainOptions("cpu", out=tmp_path / "run"))
    with pytest.raises(TrainingError) as caught:
        evaluate(read_run(tmp_path / "run"), Folder(path=str(tmp_path / "pets")))
    (found,) = caught.value.diagnostics(network)
    assert (found.code, found.fixes) == ("E0410", ())
    assert "`input" not in str(found.help)
