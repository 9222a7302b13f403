"""The distributions that temperature, top-k, top-p and min-p leave of given logits."""

import numpy as np
import tiny
import torch
from transformers import MinPLogitsWarper, TemperatureLogitsWarper, TopKLogitsWarper, TopPLogitsWarper

# In the order in which transformers applies them.
WARPERS = {"temperature": TemperatureLogitsWarper, "top_k": TopKLogitsWarper, "top_p": TopPLogitsWarper, "min_p": MinPLogitsWarper}

CASES = {
    "plain": {},
    "cold": {"temperature": 0.7},
    "hot": {"temperature": 1.5},
    "top_k": {"top_k": 3},
    "top_k_of_all": {"top_k": 50},
    "top_p": {"top_p": 0.8},
    "top_p_small": {"top_p": 0.05},
    "min_p": {"min_p": 0.2},
    "cold_top_k": {"temperature": 0.5, "top_k": 5},
    "hot_top_p": {"temperature": 2.0, "top_p": 0.7},
    "top_k_top_p": {"top_k": 6, "top_p": 0.8},
    "top_k_min_p": {"top_k": 5, "min_p": 0.1},
    "all": {"temperature": 1.3, "top_k": 8, "top_p": 0.9, "min_p": 0.08},
}

TIED = [2, 7, 9]


def warpers():
    """Writes `generation_warpers`: the logits of three rows, and for each case the probabilities and how many are kept."""
    logits = np.round(np.random.default_rng(77).standard_normal((3, 14)) * 2.0 * 1024) / 1024
    logits[1, 4], logits[1, TIED] = 3.5, 2.5  # equal ones, which top-k keeps together
    entries = {"cases": list(CASES), "logits": tiny.tensor(logits)}
    for case, settings in CASES.items():
        scores = torch.tensor(logits)
        for name, kind in WARPERS.items():
            if name in settings:
                entries[f"{case}.{name}"] = settings[name]
                scores = kind(settings[name])(None, scores)
        entries[f"{case}.probabilities"] = tiny.close(scores.softmax(-1))
        assert len(scores[1, TIED].unique()) == 1, f"{case}: which of equal tokens stays is chance"
        entries[f"{case}.kept"] = torch.isfinite(scores).sum(-1).tolist()
    tiny.expect(tiny.folder("generation_warpers"), entries)
