"""A vocabulary as torchtext's users build one, timed: a `Counter` over `basic_english` tokens.

    python vocabulary.py FILE [--min-freq N] [--max-tokens N]

Each line of FILE is a text. Prints one JSON object. Only the standard library is needed: tokenizer,
counting and order are those of torchtext 0.18, whose own functions do the same in Python
(`get_tokenizer("basic_english")`, `build_vocab_from_iterator`).
"""

import argparse
import collections
import json
import re
import resource
import time

SUBSTITUTIONS = [
    (re.compile(pattern), replacement)
    for pattern, replacement in [
        (r"\'", " '  "),
        (r"\"", ""),
        (r"\.", " . "),
        (r"<br \/>", " "),
        (r",", " , "),
        (r"\(", " ( "),
        (r"\)", " ) "),
        (r"\!", " ! "),
        (r"\?", " ? "),
        (r"\;", " "),
        (r"\:", " "),
        (r"\s+", " "),
    ]
]


def basic_english(line):
    line = line.lower()
    for pattern, replacement in SUBSTITUTIONS:
        line = pattern.sub(replacement, line)
    return line.split()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file")
    parser.add_argument("--min-freq", type=int, default=1)
    parser.add_argument("--max-tokens", type=int)
    arguments = parser.parse_args()

    start = time.perf_counter()
    counter = collections.Counter()
    with open(arguments.file, encoding="utf-8", newline="\n") as lines:
        for line in lines:
            counter.update(basic_english(line))
    specials = ["<pad>", "<unk>"]
    ordered = sorted(counter.items(), key=lambda item: (-item[1], item[0]))
    if arguments.max_tokens is not None:
        ordered = ordered[: arguments.max_tokens - len(specials)]
    words = [
        word for word, n in ordered if n >= arguments.min_freq and word not in specials
    ]
    ids = {word: id for id, word in enumerate(specials + words)}
    seconds = time.perf_counter() - start

    print(
        json.dumps(
            {
                "seconds": seconds,
                "n_words": sum(counter.values()),
                "vocabulary": len(ids),
                "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
            }
        )
    )


if __name__ == "__main__":
    main()
