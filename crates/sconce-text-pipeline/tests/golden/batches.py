"""Writes batches.json: rows padded and moved by transformers, streams cut as torchtext's BPTTIterator does.

The versions stand in requirements.txt beside this script; `cargo xtask golden batches` runs it.

`padding` is `pad` of a fast tokenizer with every choice of its options; `seq2seq` is
`DataCollatorForSeq2Seq` for the labels and `shift_tokens_right` of BART for what the decoder reads;
`bptt` is the documented behaviour of torchtext's legacy iterator, in torch: the stream is filled up,
laid out in columns, and cut along time.
"""

import itertools
import json
import math
import pathlib
import random

import torch
from tokenizers import Tokenizer, models
from transformers import DataCollatorForSeq2Seq, PreTrainedTokenizerFast
from transformers.models.bart.modeling_bart import shift_tokens_right

PAD, START, PAD_TYPE = 1, 2, 3


def tokenizer(side):
    vocabulary = {"<a>": 0, "<pad>": PAD, "<s>": START}
    fast = PreTrainedTokenizerFast(
        tokenizer_object=Tokenizer(models.WordLevel(vocabulary, unk_token="<a>")),
        pad_token="<pad>",
        padding_side=side,
        model_input_names=["input_ids", "token_type_ids", "attention_mask"],
    )
    fast._pad_token_type_id = PAD_TYPE
    return fast


def rows(generator, lengths):
    return [[generator.randrange(4, 60) for _ in range(length)] for length in lengths]


def padding(generator):
    cases = []
    lengths = [[3, 1, 7], [8, 8], [5], [1, 2, 16]]
    for lengths, side, fixed, multiple in itertools.product(
        lengths, ["right", "left"], [None, 16, 18], [None, 4, 8]
    ):
        ids = rows(generator, lengths)
        types = [[generator.randrange(2) for _ in row] for row in ids]
        padded = tokenizer(side).pad(
            {"input_ids": ids, "token_type_ids": types},
            padding="max_length" if fixed else "longest",
            max_length=fixed,
            pad_to_multiple_of=multiple,
        )
        cases.append(
            {
                "ids": ids,
                "types": types,
                "side": side,
                "fixed": fixed,
                "multiple_of": multiple or 0,
                "padded": padded["input_ids"],
                "padded_types": padded["token_type_ids"],
                "mask": padded["attention_mask"],
            }
        )
    return cases


def seq2seq(generator):
    cases = []
    for side, lengths, multiple in itertools.product(
        ["right", "left"], [[4, 2, 6], [3, 3], [1, 5]], [None, 8]
    ):
        sources, targets = rows(generator, lengths), rows(generator, reversed(lengths))
        collator = DataCollatorForSeq2Seq(
            tokenizer(side), pad_to_multiple_of=multiple, return_tensors="pt"
        )
        batch = collator([{"input_ids": s, "labels": t} for s, t in zip(sources, targets)])
        cases.append(
            {
                "sources": sources,
                "targets": targets,
                "side": side,
                "multiple_of": multiple or 0,
                "input_ids": batch["input_ids"].tolist(),
                "attention_mask": batch["attention_mask"].tolist(),
                "labels": batch["labels"].tolist(),
                "decoder_input_ids": shift_tokens_right(batch["labels"], PAD, START).tolist(),
            }
        )
    return cases


def bptt():
    cases = []
    for n_tokens, n_columns, length in [(40, 4, 3), (41, 4, 3), (43, 4, 20), (17, 5, 2), (9, 1, 4)]:
        ids = list(range(100, 100 + n_tokens))
        n_times = math.ceil(n_tokens / n_columns)
        filled = ids + [PAD] * (n_times * n_columns - n_tokens)
        data = torch.tensor(filled).view(n_columns, -1).t().contiguous()
        batches = []
        for start in range(0, len(data) - 1, length):
            n = min(length, len(data) - 1 - start)
            text, target = data[start : start + n], data[start + 1 : start + 1 + n]
            batches.append({"text": text.tolist(), "target": target.tolist()})
        cases.append(
            {"n_tokens": n_tokens, "n_columns": n_columns, "length": length, "batches": batches}
        )
    return cases


def main():
    generator = random.Random(0)
    golden = {"padding": padding(generator), "seq2seq": seq2seq(generator), "bptt": bptt()}
    path = pathlib.Path(__file__).with_suffix(".json")
    path.write_text(json.dumps(golden, separators=(",", ":")) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
