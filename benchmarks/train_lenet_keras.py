"""One epoch of LeNet with Keras, for train_lenet.py: prints the examples per second of `Model.fit`.

    python benchmarks/train_lenet_keras.py DIR     (the folder that holds MNIST/raw, in an environment with Keras)

The first steps, in which the graph is made, are not counted: they are taken on a few batches before.
"""

from __future__ import annotations

import sys
from pathlib import Path
from time import perf_counter

import keras
import numpy as np

BATCH, LEARNING_RATE, HEADERS = 256, 0.9, {"images-idx3": 16, "labels-idx1": 8}


def read(root: Path, kind: str) -> np.ndarray:
    """Returns the bytes of a file of MNIST behind its header."""
    return np.fromfile(root / "MNIST" / "raw" / f"train-{kind}-ubyte", np.uint8)[HEADERS[kind] :]


def lenet() -> keras.Model:
    """Returns the network of specs/lenet.cnn; Keras begins with the same initialisation by itself."""
    layers = keras.layers
    return keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.Conv2D(6, 5, padding="same", activation="sigmoid"),
            layers.AveragePooling2D(2),
            layers.Conv2D(16, 5, activation="sigmoid"),
            layers.AveragePooling2D(2),
            layers.Flatten(),
            layers.Dense(120, activation="sigmoid"),
            layers.Dense(84, activation="sigmoid"),
            layers.Dense(10),
        ]
    )


def main() -> None:
    """Trains one epoch."""
    root = Path(sys.argv[1])
    images = read(root, "images-idx3").reshape(-1, 28, 28, 1).astype(np.float32) / 255
    labels = read(root, "labels-idx1").astype(np.int64)
    model = lenet()
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.SGD(LEARNING_RATE), loss, metrics=["accuracy"])
    rest = len(images) % BATCH or BATCH  # the last batch has a graph of its own
    warm = 10 * BATCH + rest
    model.fit(images[:warm], labels[:warm], batch_size=BATCH, epochs=1, verbose=0)
    began = perf_counter()
    model.fit(images, labels, batch_size=BATCH, epochs=1, verbose=0)
    print(len(images) / (perf_counter() - began))


if __name__ == "__main__":
    main()
