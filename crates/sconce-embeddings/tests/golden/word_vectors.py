"""Write the reference files that the tests of `WordVectors` read, with gensim.

The versions stand in requirements.txt beside this script; `cargo xtask golden word_vectors` runs it.

Twenty words of eight dimensions, drawn from a fixed seed, in the three formats that gensim
writes (GloVe text is the word2vec text without its header line), and gensim's answers.
"""

import json
import pathlib

import numpy
from gensim.models import KeyedVectors

HERE = pathlib.Path(__file__).parent
DIM = 8
WORDS = (
    "the frog toad lizard King queen man woman naïve café "
    "北京 東京 Привет мир Ελλάδα مرحبا 😀 don't U.S. 3.14"
).split()


def vectors() -> KeyedVectors:
    rng = numpy.random.default_rng(7)
    made = KeyedVectors(vector_size=DIM)
    made.add_vectors(WORDS, rng.normal(0.0, 0.5, (len(WORDS), DIM)).astype(numpy.float32))
    return made


def neighbours(found) -> list:
    return [[word, float(similarity)] for word, similarity in found]


def main() -> None:
    made = vectors()
    made.save_word2vec_format(HERE / "word2vec.txt", binary=False)
    made.save_word2vec_format(HERE / "word2vec.bin", binary=True)
    made.save_word2vec_format(HERE / "glove.txt", binary=False, write_header=False)

    triples = [("man", "King", "woman"), ("frog", "toad", "北京"), ("мир", "Привет", "😀")]
    free = [0.1, -0.2, 0.3, -0.4, 0.5, -0.6, 0.7, -0.8]
    truth = {
        "words": WORDS,
        "vectors": [[float(value) for value in made[word]] for word in WORDS],
        "nearest": {word: neighbours(made.most_similar(word, topn=5)) for word in WORDS},
        "nearest_to": {
            "vector": free,
            "found": neighbours(
                made.similar_by_vector(numpy.array(free, numpy.float32), topn=20)
            ),
        },
        "similarity": [
            [one, other, float(made.similarity(one, other))]
            for one, other in zip(WORDS, WORDS[1:] + WORDS[:1])
        ],
        "analogy": [
            {
                "a": a,
                "b": b,
                "c": c,
                "found": neighbours(made.most_similar(positive=[b, c], negative=[a], topn=6)),
            }
            for a, b, c in triples
        ],
    }
    text = json.dumps(truth, ensure_ascii=False, indent=1)
    (HERE / "word_vectors.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
