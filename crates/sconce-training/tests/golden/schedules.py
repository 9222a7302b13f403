"""Learning-rate schedules of `transformers.get_scheduler`: the factor of the learning rate at every step.

The slanted triangular schedule is that of Howard and Ruder (2018), equation 3, by its formula.
"""

import sys
from pathlib import Path

import torch
from transformers import get_scheduler

sys.path.insert(0, str(Path(__file__).resolve().parents[3] / "sconce-testing" / "python"))
from golden_file import write  # noqa: E402

PEAK = 0.5
STEPS = 20
# Name in Sconce, name in transformers, its keyword arguments.
SCHEDULES = [
    ("constant", "constant_with_warmup", {}),
    ("linear", "linear", {}),
    ("cosine", "cosine", {}),
    ("cosine-with-restarts:cycles=3", "cosine_with_restarts", {"num_cycles": 3}),
    ("cosine-with-min-lr:min=0.1", "cosine_with_min_lr", {"min_lr_rate": 0.1}),
    ("polynomial:power=2,end=0.05", "polynomial", {"power": 2.0, "lr_end": 0.05 * PEAK}),
    ("polynomial", "polynomial", {"lr_end": 0.0}),
    ("inverse-sqrt", "inverse_sqrt", {}),
    ("warmup-stable-decay:decay=0.25", "warmup_stable_decay", {"num_decay_steps": 5}),
    ("warmup-stable-decay:decay=0.25,shape=linear,min=0.1", "warmup_stable_decay",
     {"num_decay_steps": 5, "decay_type": "linear", "min_lr_ratio": 0.1}),
    ("warmup-stable-decay:decay=0.5,shape=one-minus-sqrt,min=0.02", "warmup_stable_decay",
     {"num_decay_steps": 10, "decay_type": "1-sqrt", "min_lr_ratio": 0.02}),
]


def factors(name, n_warmup, options):
    """At every step, and at the end."""
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=PEAK)
    scheduler = get_scheduler(name, optimizer, n_warmup, STEPS, scheduler_specific_kwargs=options)
    values = []
    for _ in range(STEPS + 1):
        values.append(scheduler.get_last_lr()[0] / PEAK)
        optimizer.step()
        scheduler.step()
    return values


def slanted(cut, ratio):
    """With `cut` steps up."""
    def factor(step):
        p = step / cut if step < cut else 1.0 - (step - cut) / (STEPS - cut)
        return (1.0 + p * (ratio - 1.0)) / ratio
    return [factor(step) for step in range(STEPS + 1)]


def main():
    entries = {"cases": []}

    def add(name, n_warmup, values):
        case = f"{name};{n_warmup}"
        entries["cases"].append(case)
        entries[case] = values

    for ours, theirs, options in SCHEDULES:
        for n_warmup in [0, 4]:
            add(ours, n_warmup, factors(theirs, n_warmup, options))
    add("slanted-triangular", 4, slanted(4, 32.0))
    add("slanted-triangular:ratio=10", 2, slanted(2, 10.0))
    write(__file__, entries)


main()
