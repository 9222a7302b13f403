"""Write tokenizer_tasks.json: what transformers' example scripts make of questions and tagged words.

The versions stand in requirements.txt beside this script; `cargo xtask golden tokenizer_tasks` runs it.
The tokenizers are those that `tokenizer_folders.py` makes: run this one after it.

`qa`: the windows of each question and the tokens of its answer, by the rules of `run_qa.py`. Two things
differ on purpose. The search for the first token of an answer stops at the last token of the context,
where the script runs on into the tokens after it if the answer begins with that token. Of several
tokens of one character, which all have its span, an answer begins with the first and ends with the last,
where the script has it the other way round.
`tags`: the classes of the tokens of words by the rules of `run_ner.py`, with and without
`label_all_tokens`; -100 is the class of none.
`words`: the word of each token of a text, -1 for added tokens.
"""

import json
import pathlib

from transformers import AutoTokenizer

HERE = pathlib.Path(__file__).parent
NAMES = ["bert_uncased", "roberta", "xlm_roberta"]

CONTEXT = (
    "The captain of the ship wrote the book about the white whale. Über Köln springt der Fuchs, "
    "and the reader of the book is 😀 amused. Привет, мир! The whale was not."
)
QUESTIONS = [
    ("Who wrote the book?", CONTEXT, ["The captain of the ship"], 0),
    ("  Who jumps?", CONTEXT, ["der Fuchs"], 0),
    ("Who is amused?", CONTEXT, ["the reader of the book", "the reader"], 0),
    ("What is it?", CONTEXT, ["white whale"], 0),
    ("Which part of a word?", CONTEXT, ["öl"], 0),
    ("What does it say?", CONTEXT, ["Привет, мир!"], 0),
    ("And the emoji?", CONTEXT, ["😀"], 0),
    ("The last one?", CONTEXT, ["."], len(CONTEXT) - 1),
    ("The last words?", CONTEXT, ["The whale was not."], 0),
    ("Nothing?", CONTEXT, [], 0),
    ("Short?", "Yes.", ["Yes"], 0),
]
WINDOWS = [(36, 8), (50, 20), (400, 128)]

LABELS = ["B-LOC", "B-PER", "I-PER", "O"]
SENTENCES = [
    (["The", "readers", "aren't", "in", "Köln", "."], ["O", "B-PER", "I-PER", "O", "B-LOC", "O"]),
    (["unhappiness", "unbelievable"], ["B-PER", "B-LOC"]),
    (["Привет", "😀👩\u200d👩\u200d👧", "吾輩は猫"], ["I-PER", "B-PER", "O"]),
    (["a", " ", "b"], ["O", "B-PER", "I-PER"]),
]
TEXTS = [
    "The quick brown fox isn't amused.",
    "Unbelievable tokenization, unhappiness and a new line",
    "Schöne Grüße, Привет, мир! 😀 吾輩は猫である。",
]


def byte_span(text, span):
    return [len(text[:place].encode()) for place in span]


def answer_tokens(encoding, cls, start, end):
    """The first and last token of the characters, or twice `cls` if they are not all there."""
    context = [k for k, sequence in enumerate(encoding.sequence_ids) if sequence == 1]
    offsets = encoding.offsets
    first, last = context[0], context[-1]
    if not (offsets[first][0] <= start and offsets[last][1] >= end):
        return [cls, cls]
    bound = last
    while first <= bound and offsets[first][0] <= start:
        first += 1
    while offsets[last][1] >= end:
        last -= 1
    first, last = first - 1, last + 1
    while first > context[0] and offsets[first - 1] == offsets[first]:
        first -= 1
    while last < context[-1] and offsets[last + 1] == offsets[last]:
        last += 1
    return [first, last]


def question(tokenizer, question, context, answers, after, max_length, stride):
    made = tokenizer(question.lstrip(), context, truncation="only_second", max_length=max_length,
                     stride=stride, return_overflowing_tokens=True)
    windows = []
    for encoding in made.encodings:
        cls = encoding.ids.index(tokenizer.cls_token_id)
        target = [cls, cls]
        if answers:
            start = context.index(answers[0], after)
            target = answer_tokens(encoding, cls, start, start + len(answers[0]))
        spans = [byte_span(context, span) if sequence == 1 else None
                 for span, sequence in zip(encoding.offsets, encoding.sequence_ids)]
        windows.append({"ids": encoding.ids, "target": target, "spans": spans})
    starts = [len(context[:context.index(text, after)].encode()) for text in answers]
    return {"question": question, "context": context, "answers": answers, "starts": starts,
            "max_length": max_length, "stride": stride, "windows": windows}


def tagged(tokenizer, words, tags):
    encoding = tokenizer(words, is_split_into_words=True).encodings[0]
    inside = {k: LABELS.index(f"I-{name[2:]}") if f"I-{name[2:]}" in LABELS and name[0] == "B" else k
              for k, name in enumerate(LABELS)}
    classes = [LABELS.index(tag) for tag in tags]
    first, every, before = [], [], None
    for word in encoding.word_ids:
        is_first = word != before
        first.append(-100 if word is None or not is_first else classes[word])
        every.append(-100 if word is None else classes[word] if is_first else inside[classes[word]])
        before = word
    return {"words": words, "tags": tags, "ids": encoding.ids, "first": first, "all": every}


def golden(name):
    path = HERE / "tokenizer_folders" / name
    tokenizer = AutoTokenizer.from_pretrained(path)
    worded = AutoTokenizer.from_pretrained(path, add_prefix_space=True)
    return {
        "name": name,
        "qa": [question(tokenizer, *asked, *window) for asked in QUESTIONS for window in WINDOWS],
        "tags": [tagged(worded, words, tags) for words, tags in SENTENCES],
        "words": [
            {"text": text,
             "words": [-1 if w is None else w for w in tokenizer(text).encodings[0].word_ids]}
            for text in TEXTS
        ],
    }


def main():
    target = pathlib.Path(__file__).with_suffix(".json")
    text = json.dumps([golden(name) for name in NAMES], ensure_ascii=False, separators=(",", ":"))
    target.write_text(text.replace('},{"', '},\n{"') + "\n", encoding="utf-8")
    print(target.name, target.stat().st_size)


main()
