"""`torch.nn.functional.layer_norm` and `rms_norm` of `x` or of `residual + x`, and all gradients for a
random upstream gradient.

Inputs are exact in float32, results float64.
"""

import sys
from pathlib import Path

import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).resolve().parents[3] / "sconce-testing" / "python"))
from golden_file import random32, tensor, write  # noqa: E402

# name, kind, shape of x, with residual, with bias, eps
CASES = [
    ("layer", "layer", (3, 5), False, True, 1e-5),
    ("layer_no_bias", "layer", (2, 7), False, False, 1e-12),
    ("layer_one_dimension", "layer", (6,), False, True, 1e-5),
    ("layer_one_element", "layer", (4, 1), False, True, 1e-5),
    ("layer_wide", "layer", (2, 1, 67), False, True, 1e-5),
    ("layer_many_rows", "layer", (40, 3), False, True, 1e-5),
    ("layer_added", "layer", (5, 9), True, True, 1e-5),
    ("layer_added_no_bias", "layer", (2, 2, 8), True, False, 1e-5),
    ("rms", "rms", (3, 5), False, False, 1e-6),
    ("rms_one_element", "rms", (3, 1), False, False, 1e-6),
    ("rms_wide", "rms", (2, 1, 67), False, False, 1e-6),
    ("rms_added", "rms", (5, 9), True, False, 1e-6),
]


def main():
    generator = np.random.default_rng(31)
    entries = {"cases": [case[0] for case in CASES]}
    for name, kind, shape, added, biased, eps in CASES:
        arrays = {"x": random32(generator, *shape), "w": random32(generator, shape[-1])}
        if added:
            arrays["residual"] = random32(generator, *shape)
        if biased:
            arrays["b"] = random32(generator, shape[-1])
        if len(shape) == 2 and shape[0] > 2 and not added:
            arrays["x"][1] = 0.75  # a row whose variance is zero
        tracked = {k: torch.tensor(a, dtype=torch.float64, requires_grad=True) for k, a in arrays.items()}
        upstream = random32(generator, *shape)
        h = tracked["x"] + tracked["residual"] if added else tracked["x"]
        if kind == "layer":
            y = torch.nn.functional.layer_norm(h, shape[-1:], tracked["w"], tracked.get("b"), eps)
        else:
            y = torch.nn.functional.rms_norm(h, shape[-1:], tracked["w"], eps)
        y.backward(torch.tensor(upstream, dtype=torch.float64))
        entries[f"{name}.kind"] = [kind]
        entries[f"{name}.eps"] = eps
        for key, array in arrays.items():
            entries[f"{name}.{key}"] = tensor(array)
        entries[f"{name}.y"] = tensor(y)
        entries[f"{name}.upstream"] = tensor(upstream)
        for key, value in tracked.items():
            entries[f"{name}.d{key}"] = tensor(value.grad)
    write(__file__, entries)


main()
