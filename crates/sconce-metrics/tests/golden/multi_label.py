"""Precision, recall and F1 of examples with any number of labels, subset accuracy and Hamming loss
by scikit-learn, with zero division as 0.

`targets` and `predictions` are 0 and 1, row by row, `n_labels` for each example.
"""

import sys
from pathlib import Path

import numpy as np
from sklearn.metrics import accuracy_score, hamming_loss
from sklearn.metrics import precision_recall_fscore_support as scores

sys.path.insert(0, str(Path(__file__).resolve().parents[3] / "sconce-testing" / "python"))
from golden_file import write  # noqa: E402

NAMES = ("precision", "recall", "f1")
AVERAGES = ("micro", "macro", "weighted", "samples")


def cases(generator):
    """Name, targets, predictions of shape (examples, n_labels)."""
    dense = generator.integers(0, 2, (80, 6))
    yield "dense", dense, np.where(generator.random(dense.shape) < 0.8, dense, 1 - dense)
    rare = (generator.random((120, 9)) < [0.5, 0.3, 0.2, 0.1, 0.05, 0.02, 0.01, 0.01, 0.0]).astype(int)
    yield "rare_labels", rare, np.where(generator.random(rare.shape) < 0.93, rare, 1 - rare)
    yield "rows_without_labels", [[0, 0], [0, 0], [1, 0], [0, 1]], [[0, 0], [1, 0], [0, 0], [0, 1]]
    yield "nothing_predicted", rare[:20], np.zeros((20, 9), int)
    yield "nothing_there", np.zeros((20, 9), int), rare[:20]
    yield "nothing_at_all", np.zeros((3, 4), int), np.zeros((3, 4), int)
    yield "everything_predicted", dense[:20], np.ones((20, 6), int)
    yield "all_right", dense[:20], dense[:20]
    yield "all_wrong", dense[:20], 1 - dense[:20]
    yield "one_example", [[1, 0, 1]], [[1, 1, 0]]
    yield "two_labels", dense[:30, :2], dense[30:60, :2]


def main():
    entries = {"cases": []}
    for name, targets, predictions in cases(np.random.default_rng(42)):
        targets, predictions = np.asarray(targets), np.asarray(predictions)
        entries["cases"].append(name)
        entries[f"{name}.n_labels"] = targets.shape[1]
        entries[f"{name}.targets"] = targets.reshape(-1).tolist()
        entries[f"{name}.predictions"] = predictions.reshape(-1).tolist()
        for average in AVERAGES:
            values = scores(targets, predictions, average=average, zero_division=0)
            for score, value in zip(NAMES, values):
                entries[f"{name}.{average}_{score}"] = float(value)
        per_label = scores(targets, predictions, average=None, zero_division=0)
        for score, values in zip((*NAMES, "support"), per_label):
            entries[f"{name}.per_label.{score}"] = [float(value) for value in values]
        entries[f"{name}.subset_accuracy"] = float(accuracy_score(targets, predictions))
        entries[f"{name}.hamming_loss"] = float(hamming_loss(targets, predictions))
    write(__file__, entries)


main()
