"""Published data sets: found where others keep them, or downloaded once and verified."""

from __future__ import annotations

import os
from pathlib import Path

from cnnspec.training.data.dataset import Request
from cnnspec.training.problems import DownloadFailed, TrainingError


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

    It is verified before it gets its name. `place` says where below `root` the same file would be looked for.
    """
    import pooch

    pooch.get_logger().setLevel("WARNING")
    try:
        return Path(pooch.retrieve(address, f"md5:{md5}", fname=address.rpartition("/")[2], path=folder))
    except (OSError, ValueError) as error:  # ValueError: another sum
        reason = "there is no connection" if isinstance(error, OSError) else "what came is not the published file"
        text = f"`{keyword}` could not be downloaded from {address}: {reason}"
        advice = f'with the files at hand, write `data {keyword}, root="folder"` for folder/{place}'
        raise TrainingError(DownloadFailed(text, advice)) from None
