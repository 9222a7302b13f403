"""Correlations by scipy, errors and R2 by scikit-learn.

Where a correlation is not defined (scipy gives nan) the file has 0, the definition of the crate.
Errors of numbers whose squares are out of range are left out.
"""

import sys
import warnings
from pathlib import Path

import numpy as np
from scipy.stats import kendalltau, pearsonr, spearmanr
from sklearn.metrics import mean_absolute_error, mean_squared_error, r2_score, root_mean_squared_error

sys.path.insert(0, str(Path(__file__).resolve().parents[3] / "sconce-testing" / "python"))
from golden_file import exact, write  # noqa: E402

ERRORS = {
    "mse": mean_squared_error,
    "rmse": root_mean_squared_error,
    "mae": mean_absolute_error,
    "r2": r2_score,
}

CORRELATIONS = (("pearson", pearsonr), ("spearman", spearmanr), ("kendall", kendalltau))


def cases(generator):
    """Name, targets, predictions."""
    normal = exact(generator.standard_normal(60)).astype(float)
    noise = exact(generator.standard_normal(60)).astype(float)
    yield "normal", normal, exact(normal + noise).astype(float)
    yield "independent", normal, noise
    yield "line", normal, 3.0 - 2.0 * normal
    yield "curve", normal, exact(np.exp(normal)).astype(float)
    grades = np.arange(60) % 26 * 0.25
    yield "similarity_grades", grades, exact(grades + noise).astype(float)
    yield "ties_on_both_sides", generator.integers(0, 4, 60), generator.integers(0, 3, 60)
    yield "two_values", generator.integers(0, 2, 60), generator.integers(0, 2, 60)
    yield "all_but_one_equal", np.eye(1, 20, 7).reshape(-1), exact(generator.standard_normal(20))
    yield "constant_targets", np.full(9, 2.5), normal[:9]
    yield "constant_predictions", normal[:9], np.full(9, -1.0)
    yield "both_constant", np.full(4, 1.0), np.full(4, 1.0)
    yield "constant_and_right", np.full(4, 0.1), np.full(4, 0.1)
    yield "two_pairs", [1.0, 2.0], [5.0, 4.0]
    yield "two_pairs_tied", [1.0, 1.0], [5.0, 4.0]
    yield "signed_zeros", [0.0, -0.0, 1.0, -1.0], [-0.0, 1.0, 0.0, -1.0]
    yield "far_from_zero", 1e8 + np.round(8 * normal) / 8, 1e8 + np.round(8 * noise) / 8
    yield "outlier", np.append(normal, 1e6), np.append(noise, -1e6)
    yield "tiny", normal * 1e-200, noise * 1e-200
    yield "huge", normal * 1e200, (normal + noise) * 1e200
    yield "sorted", np.arange(40), np.arange(40) ** 3
    yield "reversed", np.arange(40), -(np.arange(40) ** 3)


def main():
    warnings.simplefilter("ignore")
    entries = {"cases": []}
    for name, targets, predictions in cases(np.random.default_rng(41)):
        targets, predictions = np.asarray(targets, float), np.asarray(predictions, float)
        entries["cases"].append(name)
        entries[f"{name}.targets"] = targets.tolist()
        entries[f"{name}.predictions"] = predictions.tolist()
        for score, correlation in CORRELATIONS:
            value = float(correlation(targets, predictions).statistic)
            entries[f"{name}.{score}"] = 0.0 if np.isnan(value) else value
        for score, error in ERRORS.items():
            if 1e-150 < np.abs(targets).max() < 1e150:
                entries[f"{name}.{score}"] = float(error(targets, predictions))
    write(__file__, entries)


main()
