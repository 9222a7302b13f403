"""`torch.nn.functional.linear` and its gradients for a random upstream gradient, with and without bias.

Inputs are exact in float32, results float64.
"""

import sys
from pathlib import Path

import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).resolve().parents[3] / "sconce-testing" / "python"))
from golden_file import random32, tensor, write  # noqa: E402

# name, shape of x, outputs, with bias
CASES = [("bias", (3, 5), 4, True), ("no_bias", (3, 5), 4, False), ("one_row", (1, 9), 2, True), ("odd", (17, 13), 33, True)]


def main():
    generator = np.random.default_rng(25)
    entries = {"cases": [case[0] for case in CASES]}
    for name, shape, outputs, biased in CASES:
        arrays = {"x": random32(generator, *shape), "w": random32(generator, outputs, shape[1])}
        if biased:
            arrays["b"] = random32(generator, outputs)
        tracked = {k: torch.tensor(a, dtype=torch.float64, requires_grad=True) for k, a in arrays.items()}
        upstream = random32(generator, shape[0], outputs)
        y = torch.nn.functional.linear(tracked["x"], tracked["w"], tracked.get("b"))
        y.backward(torch.tensor(upstream, dtype=torch.float64))
        for key, array in arrays.items():
            entries[f"{name}.{key}"] = tensor(array)
        entries[f"{name}.y"] = tensor(y)
        entries[f"{name}.upstream"] = tensor(upstream)
        for key, value in tracked.items():
            entries[f"{name}.d{key}"] = tensor(value.grad)
    write(__file__, entries)


main()
