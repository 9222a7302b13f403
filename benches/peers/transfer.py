"""Fine-tuning, language modelling, decoding and sentence embeddings with transformers and PyTorch.

The peer in `cargo xtask bench --peers transfer`, which prepares the files that both sides read.
`transfer.py CASE --data DIR --model DIR` does one case and prints one line of JSON: `metrics`, `rate` (rows
of the training set a second; tokens for `decode`, sentences for `embed`), `peak_rss_mb`, `n_steps`,
`versions`. `--limit N` takes the first N rows of each file, for a quick look.

Cases
- `sst2`: sentences of SST-2, two labels; one epoch, batch 32, 5e-5, at most 128 tokens. Test accuracy.
- `conll`: entities of CoNLL-2003 in BIO, and `ewt`: parts of speech of UD English EWT; a label for the
  first piece of each word; one epoch, batch 32, 1e-4, at most 256 tokens. F1 of spans (seqeval), accuracy.
- `stsb`: pairs of STS-B with their scores of 0 to 5 as they are, one output, mean squared error; three
  epochs, batch 32, 5e-5, at most 128 tokens. Spearman's correlation.
- `squad`: 10,000 questions of SQuAD 1.1; windows of 384 tokens that share 128; one epoch, batch 16, 5e-5.
  Exact match and F1 on the first 2,000 questions of the development set; 20 best, answers of at most 30 tokens.
- `nanogpt`: nanoGPT's model on characters of tiny Shakespeare in its CPU setting: 4 layers, 4 heads, 128,
  blocks of 64, batch 12, 2,000 steps from random places, AdamW with betas 0.9 and 0.99 and decay 0.1 on
  matrices, 1e-3 after 100 steps of warmup and along a cosine to 1e-4. Loss on the whole validation tenth,
  cut into blocks.
- `decode`: a GPT-2 of 25 million parameters with random weights (made once), batch 1: 256 greedy tokens
  after a prompt of 32, with the cache of keys and values.
- `embed`: the sentences of STS-B's test set through sentence-transformers, batch 32.

Equal on both sides, where a case trains: the starting weights (fresh ones for the head are drawn by each
side from N(0, 0.02)), the tokenizer, the rows, epochs, batch sizes and steps; AdamW with betas 0.9 and 0.999 and
decay 0.01, but none for biases and layer norms; the rate, rising along a line over the first tenth of the steps
and falling along a line to zero; gradients clipped to norm 1; dropout of 0.1 as the config has it; single
precision; threads; and what is timed: the training steps, from encoded rows on, with making batches and without
tokenizing, loading and evaluation. The numbers of steps are compared. Rows of `squad` are windows.

Different, since each side does it as its users do: this one pads a batch to its longest row. Its variant
`usual` takes rows in random order and AdamW as it comes; `best` sorts rows by length, shuffles the batches,
and takes `fused=True`. Each side has random numbers of its own. In `nanogpt` this side has no biases in its linear layers
and layer norms and the exact GELU, as nanoGPT has; Sconce's GPT-2 has biases and GPT-2's approximate GELU, as
Hugging Face has. Memory is the process's largest resident size, with everything that it loads.
"""

import argparse
import importlib
import json
import os
import platform
import random
import sys
from importlib.metadata import version
from pathlib import Path

os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["TOKENIZERS_PARALLELISM"] = "false"

sys.path.insert(0, str(Path(__file__).resolve().parent / "transfer"))
import torch  # noqa: E402
import transformers  # noqa: E402

# Each case by its module and function; only that module is loaded, so that memory is that of the case.
CASES = {
    "sst2": ("classification", "sst2"),
    "conll": ("tagging", "conll"),
    "ewt": ("tagging", "ewt"),
    "stsb": ("classification", "stsb"),
    "squad": ("answers", "squad"),
    "nanogpt": ("nanogpt", "run"),
    "decode": ("decoding", "run"),
    "embed": ("embedding", "run"),
}
PACKAGES = ["torch", "transformers", "sentence-transformers"]


def peak_rss_mb() -> float:
    import resource  # Unix only, like the measurement itself

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (2**20 if sys.platform == "darwin" else 2**10)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("case", choices=CASES)
    parser.add_argument("--data", type=Path, required=True, help="the folder of prepared files")
    parser.add_argument("--model", type=Path, help="the folder of MiniLM; of `decode`: where its model lies")
    parser.add_argument("--variant", choices=["usual", "best"], default="usual")
    parser.add_argument("--epochs", type=int, help="in place of the case's")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seed", type=int, default=42)
    parser.add_argument("--limit", type=int, help="rows of each file; steps of nanogpt; tokens of decode")
    parser.add_argument("--out", type=Path, help="embed: where the vectors go, as .npy")
    args = parser.parse_args()

    torch.set_num_threads(args.threads)
    torch.manual_seed(args.seed)
    random.seed(args.seed)
    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()

    module, function = CASES[args.case]
    result = getattr(importlib.import_module(module), function)(args)
    versions = {"python": platform.python_version()} | {name: version(name) for name in PACKAGES}
    head = {"case": args.case, "variant": args.variant}
    print(json.dumps(head | result | {"peak_rss_mb": peak_rss_mb(), "versions": versions}))


if __name__ == "__main__":
    main()
