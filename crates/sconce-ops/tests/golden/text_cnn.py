"""The convolutional layer of TextCNN by `torch`: wide convolution, ReLU, maximum over time, and its gradients.

Each sentence of length n gets k - 1 zero rows on both sides, so a filter of width k has n + k - 1
windows. Weights are `(sum(widths), n_filters, dim)`: for each width its taps in order, tap j
multiplying token t + j of the window that starts at t. Inputs are exact in float32, results float64.
"""

import sys
from pathlib import Path

import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).resolve().parents[3] / "sconce-testing" / "python"))
from golden_file import random32, tensor, write  # noqa: E402

# name, sentence lengths, embedding dimension, widths, filters of each width
CASES = [
    ("mixed", [5, 1, 3, 9, 2], 6, [2, 3, 4], 4),
    ("all_length_one", [1, 1, 1, 1], 6, [2, 3, 4], 4),
    ("kim", [12, 7, 20], 10, [3, 4, 5], 8),
    ("width_one", [4, 1, 6], 5, [1], 3),
    ("one_sentence", [8], 4, [5], 17),
]


def forward(x, lengths, weights, biases, widths, n_filters):
    rows = []
    for sentence in torch.split(x, lengths):
        features, tap = [], 0
        for i, width in enumerate(widths):
            # (width, filters, dim) -> Conv1d's (filters, dim, width)
            kernel = weights[tap : tap + width].permute(1, 2, 0)
            tap += width
            bias = biases[i * n_filters : (i + 1) * n_filters]
            convolved = torch.nn.functional.conv1d(
                sentence.T.unsqueeze(0), kernel, bias, padding=width - 1
            )
            features.append(torch.relu(convolved).max(dim=2).values)
        rows.append(torch.cat(features, dim=1))
    return torch.cat(rows)


def main():
    generator = np.random.default_rng(21)
    entries = {"cases": [case[0] for case in CASES]}
    for name, lengths, dim, widths, n_filters in CASES:
        outputs = len(widths) * n_filters
        arrays = {
            "x": random32(generator, sum(lengths), dim),
            "w": random32(generator, sum(widths), n_filters, dim, scale=0.3),
            "b": random32(generator, outputs, scale=0.3),
        }
        x, w, b = (torch.tensor(a, dtype=torch.float64, requires_grad=True) for a in arrays.values())
        upstream = random32(generator, len(lengths), outputs)
        output = forward(x, lengths, w, b, widths, n_filters)
        output.backward(torch.tensor(upstream, dtype=torch.float64))
        entries[f"{name}.offsets"] = [0, *np.cumsum(lengths).tolist()]
        entries[f"{name}.widths"] = widths
        entries[f"{name}.n_filters"] = n_filters
        for key, array in arrays.items():
            entries[f"{name}.{key}"] = tensor(array)
        entries[f"{name}.output"] = tensor(output)
        entries[f"{name}.upstream"] = tensor(upstream)
        for key, tracked in (("dx", x), ("dw", w), ("db", b)):
            entries[f"{name}.{key}"] = tensor(tracked.grad)
    write(__file__, entries)


main()
