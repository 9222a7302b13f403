"""`cross_entropy(linear(x, w, b), targets)` by `torch.nn.functional`, and the gradients of x, w and b.

Inputs are exact in float32, results float64; ignored targets are written as 4294967295.
"""

import sys
from pathlib import Path

import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).resolve().parents[3] / "sconce-testing" / "python"))
from golden_file import exact, random32, tensor, write  # noqa: E402

IGNORED = 4294967295

# name, rows, dim, classes, bias, smoothing, weighted, ignored rows, reduction
CASES = [
    ("mean", 5, 3, 4, True, 0.0, False, [], "mean"),
    ("no_bias", 5, 3, 4, False, 0.0, False, [], "mean"),
    ("ignored", 7, 3, 5, True, 0.0, False, [0, 3, 4], "mean"),
    ("sum", 6, 4, 3, True, 0.1, False, [2], "sum"),
    ("none", 6, 4, 9, True, 0.0, True, [5], "none"),
    ("all_options", 6, 4, 7, True, 0.2, True, [1], "mean"),
    # More rows than a chunk holds at least.
    ("chunks", 70, 2, 5, True, 0.0, False, [8, 69], "mean"),
]


def main():
    generator = np.random.default_rng(33)
    entries = {"cases": [case[0] for case in CASES]}
    for name, rows, dim, classes, biased, smoothing, weighted, ignored, reduction in CASES:
        arrays = {"x": random32(generator, rows, dim), "w": random32(generator, classes, dim)}
        if biased:
            arrays["b"] = random32(generator, classes)
        tracked = {k: torch.tensor(a, dtype=torch.float64, requires_grad=True) for k, a in arrays.items()}
        targets = generator.integers(0, classes, rows)
        targets[ignored] = -100
        weights = exact(generator.uniform(0.25, 3.0, classes)) if weighted else None
        loss = torch.nn.functional.cross_entropy(
            torch.nn.functional.linear(tracked["x"], tracked["w"], tracked.get("b")),
            torch.tensor(targets),
            weight=None if weights is None else torch.tensor(weights, dtype=torch.float64),
            label_smoothing=smoothing,
            reduction=reduction,
        )
        upstream = random32(generator, *loss.shape)
        loss.backward(torch.tensor(upstream, dtype=torch.float64))
        for key, array in arrays.items():
            entries[f"{name}.{key}"] = tensor(array)
        entries[f"{name}.targets"] = [IGNORED if t == -100 else int(t) for t in targets]
        if weights is not None:
            entries[f"{name}.weights"] = tensor(weights)
        entries[f"{name}.label_smoothing"] = smoothing
        entries[f"{name}.reduction"] = [reduction]
        entries[f"{name}.loss"] = tensor(loss)
        entries[f"{name}.upstream"] = tensor(upstream)
        for key, value in tracked.items():
            entries[f"{name}.d{key}"] = tensor(value.grad)
    write(__file__, entries)


main()
