"""Greedy decoding of a GPT-2 of 25 million parameters with random weights, one sequence."""

import time
from argparse import Namespace
from pathlib import Path

import torch
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import GPT2Config, GPT2LMHeadModel, PreTrainedTokenizerFast

N_LAYERS, N_HEADS, DIM, POSITIONS, VOCAB = 6, 8, 512, 512, 12_000
N_PROMPT, N_NEW, ROUNDS = 32, 256, 3
PROMPT = "prompt.txt"


def make(folder: Path) -> None:
    """Writes the model, a tokenizer of one token for each word, and the prompt."""
    torch.manual_seed(0)
    words = {"<unk>": 0} | {f"w{at}": at for at in range(1, VOCAB)}
    tokenizer = Tokenizer(models.WordLevel(words, unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    config = GPT2Config(
        vocab_size=VOCAB, n_positions=POSITIONS, n_embd=DIM, n_layer=N_LAYERS, n_head=N_HEADS,
        bos_token_id=None, eos_token_id=None, pad_token_id=None,
    )  # fmt: skip
    # Larger than GPT-2's own, so that the best token is not the same one for ever.
    config.initializer_range = 0.1
    GPT2LMHeadModel(config).save_pretrained(folder)
    PreTrainedTokenizerFast(tokenizer_object=tokenizer, unk_token="<unk>").save_pretrained(folder)
    prompt = " ".join(f"w{1 + at * 7919 % (VOCAB - 1)}" for at in range(N_PROMPT))
    (folder / PROMPT).write_text(prompt, encoding="utf-8")


def run(args: Namespace) -> dict:
    if not (args.model / PROMPT).is_file():
        make(args.model)
    tokenizer = PreTrainedTokenizerFast.from_pretrained(args.model)
    model = GPT2LMHeadModel.from_pretrained(args.model).eval()
    n_new = args.limit or N_NEW
    ids = tokenizer((args.model / PROMPT).read_text(encoding="utf-8"), return_tensors="pt")
    seconds = []
    with torch.inference_mode():
        for _ in range(ROUNDS):
            started = time.perf_counter()
            out = model.generate(**ids, do_sample=False, max_new_tokens=n_new, use_cache=True)
            seconds.append(time.perf_counter() - started)
    new = out[0, ids["input_ids"].shape[1] :].tolist()
    return {
        "rate": n_new / sorted(seconds)[ROUNDS // 2],
        "n_steps": len(new),
        "metrics": {},
        "n_parameters": model.num_parameters(),
        "text": tokenizer.decode(new),
    }
