"""Published data sets: found where others keep them, or downloaded once and verified."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

from cnnspec.training.data.dataset import Request
from cnnspec.training.problems import DownloadFailed, TrainingError

try:
    import fcntl
except ImportError:  # Windows has none: there each process fetches for itself
    fcntl = None  # type: ignore[assignment]


def shared_root(given: str | None, request: Request) -> Path | None:
    """Returns the folder to look for data sets in: what a line says, else what $CNNSPEC_DATA says, None without both."""
    if given is not None:
        return request.locate(given)
    shared = os.environ.get("CNNSPEC_DATA")
    return Path(shared) if shared else None


def cache() -> Path:
    """Returns the folder that data sets are downloaded to, which has the layout of a `root`."""
    import pooch  # slow to import, and needed only once

    return Path(pooch.os_cache("cnnspec"))


def fetch(keyword: str, address: str, md5: str, folder: Path, place: str) -> Path:
    """Returns a file in a folder of the cache, after downloading it where it is not there yet; raises TrainingError.

    It is verified before it gets its name. `place` says where below `root` the same file would be looked for. Of several
    processes of a machine, whether of one run or not, one fetches it while the others wait.
    """
    import pooch

    pooch.get_logger().setLevel("WARNING")
    name = address.rpartition("/")[2]
    try:
        with nullcontext() if (folder / name).exists() else _one_at_a_time(folder):  # a cache that is filled may be read-only
            return Path(pooch.retrieve(address, f"md5:{md5}", fname=name, path=folder))
    except (OSError, ValueError) as error:  # ValueError: another sum
        reason = "there is no connection" if isinstance(error, OSError) else "what came is not the published file"
        text = f"`{keyword}` could not be downloaded from {address}: {reason}"
        advice = f'with the files at hand, write `data {keyword}, root="folder"` for folder/{place}'
        raise TrainingError(DownloadFailed(text, advice)) from None


@contextmanager
def _one_at_a_time(folder: Path) -> Iterator[None]:
    """Waits until no other process of this machine is here; its end, whatever it be, frees the place."""
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / ".lock", "wb") as file:
        if fcntl is not None:
            fcntl.flock(file, fcntl.LOCK_EX)
        yield
