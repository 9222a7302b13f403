"""Writes golden files: the format that `sconce_testing::Golden` reads.

A golden file is one JSON object. Keys are `case.name`; a value is a tensor
(`{"shape": [..], "data": [..]}`), a plain number, or a flat list of numbers or strings.
"""

import json
from pathlib import Path

import numpy as np


def tensor(values):
    """A shape with row-major data, of a torch tensor or a numpy array."""
    array = values.detach().numpy() if hasattr(values, "detach") else np.asarray(values)
    return {"shape": list(array.shape), "data": array.reshape(-1).tolist()}


def exact(array):
    """Rounds to multiples of 1/1024: the decimal in the file is the same number in float32 and float64."""
    return (np.round(np.asarray(array) * 1024.0) / 1024.0 + 0.0).astype(np.float32)


def random32(generator, *shape, scale=1.0):
    """Normal values, rounded so that every precision starts from the very same input."""
    return exact(generator.standard_normal(shape) * scale)


def write(script, entries):
    """Writes `entries` beside `script` under its name and prints the path."""
    path = Path(script).resolve().with_suffix(".json")
    lines = [f"{json.dumps(key)}:{json.dumps(value, allow_nan=False, separators=(',', ':'))}"
             for key, value in entries.items()]
    path.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")
    print(path)
