"""Files of weights in other formats: what they are by their first bytes, and how their weights become safetensors."""

from __future__ import annotations

import io
import re
import zipfile

_SAVE = "safetensors.torch.save_file(state_dict, 'weights.safetensors')"
_PICKLED = "which can run anything and is never read: where you trust it, write its state_dict with"
_PICKLE = re.compile(rb"\x80[\x02-\x05]")  # protocol 2 and later; torch before 1.6 wrote such files, too
_PAGE = re.compile(rb"\s*<(?:!doctype\s+html|html)", re.IGNORECASE)
_KERAS = (
    "other frameworks name and order weights in their own way: copy them into the model, layer by layer, and write its "
    "state_dict with `safetensors.torch.save_file`"
)


def foreign_format(data: bytes) -> str | None:
    """Returns what a file is and what to do instead, as the end of a sentence; None for what might be safetensors."""
    if not data:
        return "is empty"
    if data.startswith(b"PK\x03\x04"):
        return _archive(data)
    if _PICKLE.match(data):
        return f"is a file of torch.save or pickle.dump, a pickle, {_PICKLED} `{_SAVE}`"
    if data.startswith(b"\x89HDF\r\n\x1a\n"):
        return f"is an HDF5 file, as Keras writes: {_KERAS}"
    if data.startswith(b"\x93NUMPY"):
        return "is a single array of numpy (.npy), without the name of a weight: write all weights by name with `save_file`"
    if data.startswith(b"version https://git-lfs"):
        return "is a pointer of Git LFS and not the weights: fetch them with `git lfs pull`"
    if data.startswith(b"GGUF"):
        return "is a GGUF file, whose weights are mostly quantised: take the safetensors that it was made from"
    if data.startswith(b"\x1f\x8b"):
        return "is compressed with gzip: unpack it first"
    if _PAGE.match(data):
        return "is a web page and not the weights: the address was that of the page about them"
    if data.lstrip().startswith(b"{") and b"weight_map" in data:
        return "is the list of the parts that the weights were split into: join these, and write them with `save_file`"
    return None


def _archive(data: bytes) -> str:
    """Returns what a zip file holds."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = archive.namelist()
    except zipfile.BadZipFile:
        return "is a zip file that is cut short: .npz, .pt and .keras files begin so"
    if any(name.endswith("constants.pkl") for name in names):
        return f"is a TorchScript model, {_PICKLED} `safetensors.torch.save_file(torch.jit.load(...).state_dict(), ...)`"
    if any(name.endswith("data.pkl") for name in names):
        return f"is a file of torch.save, a pickle, {_PICKLED} `{_SAVE}`"
    if any(name.endswith(".weights.h5") for name in names):
        return f"is a Keras model: {_KERAS}"
    if names and all(name.endswith(".npy") for name in names):
        arrays = f"{len(names)} array" + ("s" if len(names) > 1 else "")
        write = "safetensors.numpy.save_file(dict(numpy.load('weights.npz')), 'weights.safetensors')"
        return f"is an .npz file of numpy with {arrays}: where these have the names of the weights, `{write}` writes them so"
    return f"is a zip file with {', '.join(names[:3]) or 'nothing'} in it: unpack it first"
