"""Scores of probabilities of several labels by scikit-learn: Brier score, accuracy among the first k, areas
under curves; bins of `calibration_curve` and the calibration errors that follow from them.
"""

import sys
import warnings
from pathlib import Path

import numpy as np
from scipy.special import softmax
from sklearn.calibration import calibration_curve
from sklearn.metrics import average_precision_score, brier_score_loss, roc_auc_score, top_k_accuracy_score

sys.path.insert(0, str(Path(__file__).resolve().parents[3] / "sconce-testing" / "python"))
from golden_file import write  # noqa: E402


def cases(generator):
    """Name, targets, probabilities of shape (examples, n_labels)."""
    for name, n_labels, n, scale in (
        ("three", 3, 90, 1.0),
        ("six", 6, 150, 2.0),
        ("eight_rare", 8, 120, 1.0),
        ("confident", 4, 80, 30.0),
        ("ties", 5, 80, 1.0),
    ):
        targets = generator.integers(0, n_labels, n)
        if name == "eight_rare":
            targets = np.minimum(targets * (generator.random(n) < 0.4), n_labels - 1)
            targets[:n_labels] = np.arange(n_labels)
        logits = generator.standard_normal((n, n_labels)) + 1.5 * np.eye(n_labels)[targets]
        logits = np.round(logits) if name == "ties" else logits
        # Short decimals are the same numbers wherever they are read, so that ties stay ties.
        yield name, targets, np.round(softmax(logits * scale, axis=1), 9)


def calibration(right, confidences):
    """The expected, the greatest and the adaptive error with 15 bins."""
    edges = np.linspace(0.0, 1.0, 16)
    index = np.searchsorted(edges[1:-1], confidences)
    counts = np.bincount(index, minlength=15)
    true, predicted = calibration_curve(right, confidences, n_bins=15)
    gaps = np.abs(true - predicted)
    expected = float((counts[counts > 0] * gaps).sum() / len(right))
    order = np.lexsort((right, confidences))
    parts = [part for part in np.array_split(order, 15) if len(part)]
    adaptive = sum(len(p) * abs(right[p].mean() - confidences[p].mean()) for p in parts) / len(right)
    return expected, float(gaps.max()), float(adaptive), counts.tolist(), true.tolist(), predicted.tolist()


def main():
    warnings.simplefilter("ignore")
    entries = {"cases": [], "binary": []}
    generator = np.random.default_rng(61)
    for name, targets, probabilities in cases(generator):
        labels = list(range(probabilities.shape[1]))
        one_hot = np.eye(len(labels))[targets]
        entries["cases"].append(name)
        entries[f"{name}.n_labels"] = len(labels)
        entries[f"{name}.targets"] = targets.tolist()
        entries[f"{name}.probabilities"] = probabilities.reshape(-1).tolist()
        entries[f"{name}.brier"] = float(brier_score_loss(targets, probabilities, labels=labels))
        for k in (1, 2, 3, 5):
            entries[f"{name}.top_{k}_accuracy"] = float(
                top_k_accuracy_score(targets, probabilities, k=k, labels=labels)
            )
        for average in ("macro", "weighted"):
            for suffix, way in (("", "ovr"), ("_ovo", "ovo")):
                entries[f"{name}.{average}_auroc{suffix}"] = float(
                    roc_auc_score(targets, probabilities, multi_class=way, average=average, labels=labels)
                )
        for average in ("macro", "micro", "weighted"):
            entries[f"{name}.{average}_average_precision"] = float(
                average_precision_score(one_hot, probabilities, average=average)
            )
        entries[f"{name}.micro_auroc"] = float(roc_auc_score(one_hot, probabilities, average="micro"))
        right = (probabilities.argmax(1) == targets).astype(float)
        expected, greatest, adaptive, counts, true, predicted = calibration(right, probabilities.max(1))
        entries[f"{name}.ece"] = expected
        entries[f"{name}.mce"] = greatest
        entries[f"{name}.adaptive_ece"] = adaptive
        entries[f"{name}.bin_counts"] = counts
        entries[f"{name}.bin_accuracies"] = true
        entries[f"{name}.bin_confidences"] = predicted
    for name, n in (("binary", 70), ("binary_rounded", 70)):
        targets = generator.integers(0, 2, n)
        probabilities = 1 / (1 + np.exp(-generator.standard_normal(n) - targets))
        probabilities = np.round(probabilities, 1 if name == "binary_rounded" else 9)
        entries["binary"].append(name)
        entries[f"{name}.targets"] = targets.tolist()
        entries[f"{name}.probabilities"] = probabilities.tolist()
        entries[f"{name}.brier"] = float(brier_score_loss(targets, probabilities))
        expected, greatest, adaptive, *_ = calibration(targets.astype(float), probabilities)
        entries[f"{name}.ece"], entries[f"{name}.mce"] = expected, greatest
        entries[f"{name}.adaptive_ece"] = adaptive
    write(__file__, entries)


main()
