"""Averages of weights over ten steps: `torch.optim.swa_utils.AveragedModel` with `get_ema_multi_avg_fn`,
and the two other starts written out in numpy, in float64. Inputs are exact in float32.

`ramp` is TensorFlow's `ExponentialMovingAverage(decay, num_updates)`: decay_t = min(decay, (1 + t) / (10 + t)).
`debiased` is Adam's first moment: m <- d m + (1 - d) p from m = 0, divided by 1 - d^t.
"""

import sys
from pathlib import Path

import numpy as np
import torch
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

sys.path.insert(0, str(Path(__file__).resolve().parents[3] / "sconce-testing" / "python"))
from golden_file import random32, tensor, write  # noqa: E402

STEPS, SHAPE, DECAY = 10, (2, 3), 0.75


def main():
    torch.set_num_threads(1)
    weights = np.float64(random32(np.random.default_rng(25), STEPS + 1, *SHAPE))
    model = torch.nn.Linear(SHAPE[1], SHAPE[0], bias=False, dtype=torch.float64)
    averaged = AveragedModel(model, multi_avg_fn=get_ema_multi_avg_fn(DECAY))
    ramp, moment = weights[0], np.zeros(SHAPE)
    after = {"weights": [], "ramp": [], "debiased": []}
    with torch.no_grad():
        for t, values in enumerate(weights):
            model.weight.copy_(torch.tensor(values, dtype=torch.float64))
            averaged.update_parameters(model)  # the first call copies
            if t == 0:
                continue
            decay = min(DECAY, (1 + t) / (10 + t))
            ramp = decay * ramp + (1 - decay) * values
            moment = DECAY * moment + (1 - DECAY) * values
            after["weights"].append(averaged.module.weight.detach().numpy().copy())
            after["ramp"].append(ramp.copy())
            after["debiased"].append(moment / (1 - DECAY**t))
    entries = {"decay": DECAY, "steps": tensor(weights)}
    entries |= {name: tensor(np.stack(values)) for name, values in after.items()}
    write(__file__, entries)


main()
