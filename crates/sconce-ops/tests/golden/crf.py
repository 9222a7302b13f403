"""A linear-chain CRF by listing every path of every sentence, in float64: the score of each path,
`torch.logsumexp` over them, gradients by autograd, the best path by `argmax`.

`long` has too many paths to list; there it is the forward algorithm and Viterbi's, one label at a
time. The case `hard` has scores of -1e4 and emissions hundreds apart, so that the only good path
goes through labels that look hopeless from either side; `bio` allows some transitions only.
"""

import itertools
import sys
from pathlib import Path

import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).resolve().parents[3] / "sconce-testing" / "python"))
from golden_file import random32, tensor, write  # noqa: E402

BIO = {
    # O, B-X, I-X, B-Y, I-Y
    "transitions": [(i, j) for i in range(5) for j in range(5)
                    if j not in (2, 4) or i in ((1, 2) if j == 2 else (3, 4))],
    "starts": [0, 1, 3],
    "ends": [0, 1, 2, 3, 4],
}

# name, number of labels, lengths, allowed
CASES = [
    ("small", 3, [3, 0, 1, 4, 0], None),
    ("one_label", 1, [2, 1], None),
    ("wide", 17, [2, 3], None),
    ("bio", 5, [4, 1, 0, 3], BIO),
    ("hard", 4, [3, 4, 2], None),
    ("long", 5, [70, 33], None),
]


def path_score(path, emissions, weights):
    score = weights["starts"][path[0]] + weights["ends"][path[-1]]
    score = score + sum(emissions[t, y] for t, y in enumerate(path))
    return score + sum(weights["transitions"][i, j] for i, j in zip(path, path[1:]))


def is_allowed(path, allowed):
    return allowed is None or (path[0] in allowed["starts"] and path[-1] in allowed["ends"]
                               and all(step in allowed["transitions"] for step in zip(path, path[1:])))


def by_paths(emissions, weights, allowed):
    n = emissions.shape[1]
    paths = [p for p in itertools.product(range(n), repeat=len(emissions)) if is_allowed(p, allowed)]
    at = torch.tensor(paths)
    scores = weights["starts"][at[:, 0]] + weights["ends"][at[:, -1]]
    scores = scores + emissions[torch.arange(len(emissions)), at].sum(1)
    scores = scores + weights["transitions"][at[:, :-1], at[:, 1:]].sum(1)
    return torch.logsumexp(scores, 0), list(paths[int(scores.argmax())])


def by_steps(emissions, weights):
    n = emissions.shape[1]
    log_sums = best = weights["starts"] + emissions[0]
    origins = []
    for row in emissions[1:]:
        log_sums = torch.stack([torch.logsumexp(log_sums + weights["transitions"][:, j], 0) for j in range(n)]) + row
        candidates = best[:, None] + weights["transitions"]
        origins.append(candidates.argmax(0).tolist())
        best = candidates.max(0).values + row
    path = [int((best + weights["ends"]).argmax())]
    for origin in reversed(origins):
        path.insert(0, origin[path[0]])
    return torch.logsumexp(log_sums + weights["ends"], 0), path


def values(generator, name, n, lengths):
    weights = {
        "transitions": random32(generator, n, n),
        "starts": random32(generator, n),
        "ends": random32(generator, n),
    }
    emissions = random32(generator, sum(lengths), n)
    if name == "hard":
        # 0 is the favourite of the left, and nothing good follows it.
        weights["transitions"][0, 1:] = -1e4
        weights["transitions"][3, :] = -1e4
        weights["transitions"][:, 3] = -1e4
        emissions *= 16
        emissions[0] = [300, 0, 1, 2]
        emissions[1] = [-400, 3, -200, 250]
        emissions[4, 0] += 100
    return weights, emissions


def random_tags(generator, n, lengths, allowed):
    tags = []
    for length in lengths:
        while length:
            path = generator.integers(0, n, length).tolist()
            if is_allowed(path, allowed):
                tags += path
                break
    return tags


def main():
    torch.set_num_threads(1)
    generator = np.random.default_rng(33)
    entries = {"cases": [case[0] for case in CASES]}
    for name, n, lengths, allowed in CASES:
        weights, emissions = values(generator, name, n, lengths)
        tags = random_tags(generator, n, lengths, allowed)
        upstream = random32(generator, len(lengths))
        arrays = {"emissions": emissions, **weights}
        tracked = {k: torch.tensor(a, dtype=torch.float64, requires_grad=True) for k, a in arrays.items()}
        weights = {k: tracked[k] for k in weights}
        losses, log_sums, best, scores, at = [], [], [], [], 0
        for length in lengths:
            if length == 0:
                losses.append(torch.zeros((), dtype=torch.float64))
                scores.append(0.0)
                continue
            rows, path = tracked["emissions"][at:at + length], tags[at:at + length]
            log_sum, best_path = by_steps(rows, weights) if name == "long" else by_paths(rows, weights, allowed)
            log_sums.append(log_sum)
            losses.append(log_sum - path_score(path, rows, weights))
            best += best_path
            scores.append(path_score(best_path, rows, weights).item())
            at += length
        marginals, = torch.autograd.grad(sum(log_sums), tracked["emissions"], retain_graph=True)
        output = torch.stack(losses)
        output.backward(torch.tensor(upstream, dtype=torch.float64))
        entries[f"{name}.tags"] = tags
        entries[f"{name}.offsets"] = [0, *np.cumsum(lengths).tolist()]
        for key, array in arrays.items():
            entries[f"{name}.{key}"] = tensor(array)
        for key, value in tracked.items():
            entries[f"{name}.d{key}"] = tensor(value.grad)
        entries[f"{name}.loss"] = tensor(output)
        entries[f"{name}.upstream"] = tensor(upstream)
        entries[f"{name}.marginals"] = tensor(marginals)
        entries[f"{name}.best"] = best
        entries[f"{name}.scores"] = scores
        if allowed:
            pairs = [int((i, j) in allowed["transitions"]) for i in range(n) for j in range(n)]
            entries[f"{name}.allowed_transitions"] = pairs
            for key in ("starts", "ends"):
                entries[f"{name}.allowed_{key}"] = [int(i in allowed[key]) for i in range(n)]
    write(__file__, entries)


main()
