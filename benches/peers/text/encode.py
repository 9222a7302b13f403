"""Data sets through Hugging Face's datasets and tokenizers: prepared, opened again, encoded with spans.

The peer of `sconce data prepare` and of `text_peer` in `cargo xtask bench --peers text`.

    python encode.py prepare --data FILE.jsonl --tokenizer DIR --out DIR --threads N
    python encode.py reload --out DIR ...
    python encode.py offsets --data FILE.jsonl --tokenizer DIR ...

prints one line of JSON. A new cache folder each time, so that nothing is taken from an earlier run.

Equal on both sides: the file, the files of the tokenizer, whole texts (nothing is cut), special tokens, the
number of threads or processes, the number of tokens (which is compared).

`prepare` is `load_dataset("json")` and a batched `map` over as many processes as threads, with the fast
tokenizer as transformers loads it; attention masks and token types are not asked for, which is the cheaper
way. Both sides keep the labels; this one also keeps the texts, as `map` does unless columns are removed,
and they are removed here. Its columns of ids are 64 bits wide, as datasets makes them. `reload` is
`load_from_disk` of that and the first 32 rows. `offsets` is `encode_batch` of a list of all texts, which
gives spans in characters; the other side's are in bytes.

Imports are not timed.
"""

import argparse
import json
import os
import platform
import resource
import shutil
import tempfile
import time
from pathlib import Path

import datasets
import tokenizers
import transformers

datasets.disable_progress_bars()


def prepare(arguments):
    tokenizer = transformers.AutoTokenizer.from_pretrained(arguments.tokenizer)
    # Long texts are meant here: no warning for each of them.
    tokenizer.model_max_length = 10**9
    cache = tempfile.mkdtemp(prefix="datasets-", dir=Path(arguments.out).parent)

    def encode(batch):
        return tokenizer(
            batch["text"], return_attention_mask=False, return_token_type_ids=False
        )

    start = time.perf_counter()
    rows = datasets.load_dataset(
        "json", data_files=arguments.data, split="train", cache_dir=cache
    )
    rows = rows.map(
        encode, batched=True, num_proc=arguments.threads, remove_columns=["text"]
    )
    seconds = time.perf_counter() - start
    tokens = sum(len(ids) for ids in rows.data.column("input_ids"))
    shutil.rmtree(arguments.out, ignore_errors=True)
    rows.save_to_disk(arguments.out)
    shutil.rmtree(cache, ignore_errors=True)
    return {"seconds": seconds, "rows": len(rows), "tokens": tokens}


def reload(arguments):
    start = time.perf_counter()
    rows = datasets.load_from_disk(arguments.out)
    first = rows[:32]["input_ids"]
    seconds = time.perf_counter() - start
    return {
        "seconds": seconds,
        "rows": len(rows),
        "tokens": sum(len(ids) for ids in first),
    }


def offsets(arguments):
    auto = transformers.AutoTokenizer.from_pretrained(arguments.tokenizer)
    tokenizer = auto.backend_tokenizer
    tokenizer.no_padding()
    tokenizer.no_truncation()
    with open(arguments.data, encoding="utf-8", newline="\n") as lines:
        texts = [json.loads(line)["text"] for line in lines]
    start = time.perf_counter()
    encodings = tokenizer.encode_batch(texts)
    seconds = time.perf_counter() - start
    tokens = sum(len(encoding.ids) for encoding in encodings)
    return {"seconds": seconds, "rows": len(texts), "tokens": tokens}


def peak_mb():
    """The largest resident size of this process and, added, of the largest of its children."""
    sizes = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    return sum(resource.getrusage(who).ru_maxrss for who in sizes) / 1024


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=["prepare", "reload", "offsets"])
    parser.add_argument("--data")
    parser.add_argument("--tokenizer")
    parser.add_argument("--out")
    parser.add_argument("--threads", type=int, default=2)
    arguments = parser.parse_args()
    # Each process of a `map` has one thread.
    if arguments.what == "prepare":
        os.environ["TOKENIZERS_PARALLELISM"] = "false"
    measured = {"prepare": prepare, "reload": reload, "offsets": offsets}[
        arguments.what
    ](arguments)
    measured["peak_mb"] = peak_mb()
    measured["versions"] = {
        "datasets": datasets.__version__,
        "tokenizers": tokenizers.__version__,
        "transformers": transformers.__version__,
        "python": platform.python_version(),
    }
    print(json.dumps(measured))


if __name__ == "__main__":
    main()
