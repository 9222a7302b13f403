"""Byte-pair encoding over bytes as the tokenizers library trains it: the peer of `sconce tokenizer train`.

    python train_bpe.py FILE... [--vocab-size N] [--out tokenizer.json]

prints one line of JSON. Equal on both sides: the files, GPT-2's words and 256 bytes, one special token, the
size of the vocabulary, pairs that occur at least twice, the number of threads (RAYON_NUM_THREADS). The
vocabularies that come out are equal, token by token and merge by merge.

The time is that of `Tokenizer.train`, without imports and without writing the file; the memory is the peak of
the process.
"""

import argparse
import json
import platform
import resource
import time

import tokenizers
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="+")
    parser.add_argument("--vocab-size", type=int, default=30_000)
    parser.add_argument("--out")
    arguments = parser.parse_args()

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.post_processor = processors.ByteLevel(
        trim_offsets=False, add_prefix_space=False
    )
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=arguments.vocab_size,
        min_frequency=2,
        special_tokens=["<|endoftext|>"],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    start = time.perf_counter()
    tokenizer.train(arguments.files, trainer)
    seconds = time.perf_counter() - start
    if arguments.out:
        tokenizer.save(arguments.out)
    print(
        json.dumps(
            {
                "seconds": seconds,
                "vocab_size": tokenizer.get_vocab_size(),
                "peak_rss_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
                "versions": {
                    "python": platform.python_version(),
                    "tokenizers": tokenizers.__version__,
                },
            }
        )
    )


if __name__ == "__main__":
    main()
