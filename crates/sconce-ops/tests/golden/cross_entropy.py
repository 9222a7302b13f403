"""Softmax cross-entropy and its gradient by `torch.nn.functional.cross_entropy`, with each reduction.

Inputs are exact in float32, results are computed in float64. `torch` ignores the target -100;
targets are unsigned here, so the ignored ones are written as 4294967295.
"""

import sys
from pathlib import Path

import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).resolve().parents[3] / "sconce-testing" / "python"))
from golden_file import exact, random32, tensor, write  # noqa: E402

IGNORED = 4294967295

# name, rows, classes, smoothing, weighted, ignored rows, scale of the logits
CASES = [
    ("plain", 6, 4, 0.0, False, [], 1.0),
    ("binary", 5, 2, 0.0, False, [], 2.0),
    ("single_row", 1, 3, 0.0, False, [], 1.0),
    ("smoothed", 6, 4, 0.1, False, [], 1.0),
    ("weighted", 6, 4, 0.0, True, [], 1.0),
    ("weighted_smoothed", 6, 4, 0.1, True, [], 1.0),
    ("ignored", 6, 4, 0.0, False, [1, 4], 1.0),
    ("ignored_smoothed", 6, 4, 0.1, False, [0], 1.0),
    ("ignored_weighted", 6, 4, 0.0, True, [5], 1.0),
    ("ignored_weighted_smoothed", 7, 5, 0.1, True, [0, 3], 1.0),
    ("large_logits", 4, 3, 0.0, False, [], 200.0),
    ("many_classes", 9, 37, 0.1, False, [2], 3.0),
]


def main():
    generator = np.random.default_rng(20)
    entries = {"cases": [case[0] for case in CASES]}
    for name, rows, classes, smoothing, weighted, ignored, scale in CASES:
        logits = random32(generator, rows, classes, scale=scale)
        targets = generator.integers(0, classes, rows)
        targets[ignored] = -100
        weights = exact(generator.uniform(0.25, 3.0, classes)) if weighted else None
        tracked = torch.tensor(logits, dtype=torch.float64, requires_grad=True)
        loss = torch.nn.functional.cross_entropy(
            tracked,
            torch.tensor(targets),
            weight=None if weights is None else torch.tensor(weights, dtype=torch.float64),
            label_smoothing=smoothing,
            ignore_index=-100,
        )
        loss.backward()
        entries[f"{name}.logits"] = tensor(logits)
        entries[f"{name}.targets"] = [IGNORED if t == -100 else int(t) for t in targets]
        if weights is not None:
            entries[f"{name}.weights"] = tensor(weights)
        entries[f"{name}.label_smoothing"] = smoothing
        entries[f"{name}.loss"] = loss.item()
        entries[f"{name}.dlogits"] = tensor(tracked.grad)
        for reduction in ["sum", "none"]:
            tracked = torch.tensor(logits, dtype=torch.float64, requires_grad=True)
            loss = torch.nn.functional.cross_entropy(
                tracked,
                torch.tensor(targets),
                weight=None if weights is None else torch.tensor(weights, dtype=torch.float64),
                label_smoothing=smoothing,
                ignore_index=-100,
                reduction=reduction,
            )
            upstream = exact(np.cos(np.arange(loss.numel()))).reshape(loss.shape)
            loss.backward(torch.tensor(upstream, dtype=torch.float64))
            entries[f"{name}.{reduction}.loss"] = tensor(loss)
            entries[f"{name}.{reduction}.upstream"] = tensor(upstream)
            entries[f"{name}.{reduction}.dlogits"] = tensor(tracked.grad)
    write(__file__, entries)


main()
