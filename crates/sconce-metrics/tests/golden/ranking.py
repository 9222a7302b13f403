"""Scores of rankings: nDCG with tied scores and several grades by scikit-learn; nDCG, MAP, MRR, precision,
recall and hits of retrieved documents by the evaluator of sentence-transformers.
"""

import sys
from pathlib import Path

import numpy as np
from sentence_transformers.evaluation import InformationRetrievalEvaluator
from sklearn.metrics import average_precision_score, ndcg_score

sys.path.insert(0, str(Path(__file__).resolve().parents[3] / "sconce-testing" / "python"))
from golden_file import write  # noqa: E402

CUTOFFS = [1, 3, 5, 10, 100]


def graded(entries, generator):
    entries["graded"] = []
    for name, n, levels, n_scores in (("few_ties", 12, 4, 1000), ("many_ties", 30, 3, 4), ("all_tied", 9, 3, 1),
                                      ("nothing_relevant", 6, 1, 9), ("two", 2, 5, 9)):
        grades = generator.integers(0, levels, (5, n))
        scores = generator.integers(0, n_scores, (5, n)) / 8.0
        entries["graded"].append(name)
        entries[f"{name}.n"] = n
        entries[f"{name}.grades"] = grades.reshape(-1).tolist()
        entries[f"{name}.scores"] = scores.reshape(-1).tolist()
        for k in (*CUTOFFS, None):
            entries[f"{name}.ndcg@{k}"] = float(ndcg_score(grades, scores, k=k))
            entries[f"{name}.exponential@{k}"] = float(ndcg_score(2.0**grades - 1, scores, k=k))


def average_precisions(entries, generator):
    """Of rankings without ties, where average precision is that of scikit-learn."""
    grades = generator.integers(0, 2, (8, 20))
    scores = np.array([generator.permutation(20) for _ in range(8)]) / 4.0
    entries["binary.grades"] = grades.reshape(-1).tolist()
    entries["binary.scores"] = scores.reshape(-1).tolist()
    entries["binary.map"] = float(np.mean([average_precision_score(g, s) for g, s in zip(grades, scores)]))


def retrieved(entries, generator):
    documents = {f"d{i}": "text" for i in range(40)}
    queries = {f"q{i}": "text" for i in range(25)}
    relevant, results = {}, []
    entries["queries"] = list(queries)
    for number, query in enumerate(queries):
        n_relevant = 1 + number % 7
        relevant[query] = {f"d{i}" for i in generator.choice(40, n_relevant, replace=False)}
        found = [f"d{i}" for i in generator.permutation(40)[: [40, 4, 12][number % 3]]]
        results.append([{"corpus_id": d, "score": 1.0 - 0.01 * rank} for rank, d in enumerate(found)])
        entries[f"{query}.relevant"] = sorted(relevant[query])
        entries[f"{query}.retrieved"] = found
    evaluator = InformationRetrievalEvaluator(
        queries, documents, relevant, mrr_at_k=CUTOFFS, ndcg_at_k=CUTOFFS, accuracy_at_k=CUTOFFS,
        precision_recall_at_k=CUTOFFS, map_at_k=CUTOFFS,
    )
    scores = evaluator.compute_metrics(results)
    for key, name in (("accuracy@k", "hit_rate"), ("precision@k", "precision"), ("recall@k", "recall"),
                      ("ndcg@k", "ndcg"), ("mrr@k", "mrr"), ("map@k", "map")):
        for k, value in scores[key].items():
            entries[f"retrieved.{name}@{k}"] = float(value)


def main():
    generator = np.random.default_rng(71)
    entries = {"cutoffs": CUTOFFS}
    graded(entries, generator)
    average_precisions(entries, generator)
    retrieved(entries, generator)
    write(__file__, entries)


main()
