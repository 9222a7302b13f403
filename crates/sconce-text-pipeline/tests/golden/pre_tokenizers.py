"""Writes pre_tokenizers.json: what two published tokenizers make of a list of inputs.

Run with Python 3 from any folder; only the standard library is needed.

`basic_english` is the chain of substitutions of torchtext's tokenizer of that name, `kim2014` the
sentence cleaning published with "Convolutional Neural Networks for Sentence Classification"
(arXiv:1408.5882). Two things differ from the latter on purpose: it is not lower-cased, and
parentheses do not get the backslash that its replacement strings put there by accident.
"""

import json
import pathlib
import random
import re

BASIC_ENGLISH = [
    (r"'", " '  "),
    (r'"', ""),
    (r"\.", " . "),
    (r"<br />", " "),
    (r",", " , "),
    (r"\(", " ( "),
    (r"\)", " ) "),
    (r"!", " ! "),
    (r"\?", " ? "),
    (r";", " "),
    (r":", " "),
    (r"\s+", " "),
]

KIM_2014 = [
    (r"[^A-Za-z0-9(),!?'`]", " "),
    (r"'s", " 's"),
    (r"'ve", " 've"),
    (r"n't", " n't"),
    (r"'re", " 're"),
    (r"'d", " 'd"),
    (r"'ll", " 'll"),
    (r",", " , "),
    (r"!", " ! "),
    (r"\(", " ( "),
    (r"\)", " ) "),
    (r"\?", " ? "),
    (r"\s{2,}", " "),
]

SENTENCES = [
    "",
    " ",
    "\t\r\n",
    "a",
    "the plot is thin , but the two leads carry it with ease .",
    "a slow , talky film that's never less than honest .",
    "it isn't funny , it isn't sad , and it won't end .",
    "they've seen it , we'd skip it , you'll hate it , we're done .",
    "the director's cut ( 140 minutes ! ) is better -- or is it ?",
    "IT'S GREAT! DON'T MISS IT!",
    'he said "stop" and "go"',
    'a"b',
    '"',
    '""""',
    '"quoted"',
    'end"',
    '" "',
    'x"."y',
    "rock'n'roll n't 'n't n'tn't don'ts",
    "'s's's 'd'd 'll'll",
    "it'sabc they'veabc he'll'd've",
    "`` quoted '' words `",
    "<br />",
    "one<br />two<br /><br />three",
    "One<BR />two<Br />three",
    "<br/>one< br /><br  /><br>",
    '<b"r />a<br" "/>b"<br />"c',
    "<br",
    "<",
    "a<b>c",
    "semi;colon:both;:;",
    "3.14 1,000 e.g. U.S.A. ...",
    "http://example.org/a?b=c&d=e#f",
    "someone@example.org #tag @you 50% $5 a_b a-b a/b",
    "tab\tnew\nline\rreturn\x0bvertical\x0cform",
    "unit\x1fseparators\x1c\x1d\x1ehere",
    "nul\x00byte bell\x07",
    "next\x85line no\xa0break",
    "en\u2002quad\u2003em thin\u2009hair\u200aideographic\u3000space",
    "line\u2028separator paragraph\u2029separator narrow\u202fmath\u205fogham\u1680end",
    "zero\u200bwidth joiner\u200djoined \ufeffbom",
    "caf\u00e9 na\u00efve \u00c5ngstr\u00f6m stra\u00dfe",
    "\u043f\u0440\u0438\u0432\u0435\u0442, \u043c\u0438\u0440!",
    "\u65e5\u672c\u8a9e\u3002\u4e2d\u6587\uff0c\u5168\u89d2\uff01",
    "\U0001f600 smile\U0001f680rocket \U0001f468\u200d\U0001f469\u200d\U0001f467",
    "curly \u2018quotes\u2019 and \u201cdouble\u201d it\u2019s",
    "dash\u2014em en\u2013dash ellipsis\u2026",
    "e\u0301 combining a\u030a",
    "\u1e9e \u0130 \u01c5 \u212a",
    "\u05e9\u05dc\u05d5\u05dd \u0645\u0631\u062d\u0628\u0627 (rtl)",
    "((()))!!!???,,,...",
    "( a ) ! b ? c , d . e",
    "no-one's(really)sure?!",
    "a" * 300,
    "' " * 40,
    "n't" * 20,
]


def substitute(rules, text):
    for pattern, replacement in rules:
        text = re.sub(pattern, lambda _match, r=replacement: r, text)
    return text.split()


def random_sentences(count):
    rng = random.Random(2014)
    pieces = list("abnstdlrve '\"`.,()!?;:<>/ ") + [
        "'s", "'ve", "n't", "'re", "'d", "'ll", "<br />", "<br", " />", "N'T", "'S", "\u00e9",
        "\u00a0", "\u2003", "\u2014", "\u2019", "\u4e2d", "\U0001f600", "\n", "\t", "\x1f", "film",
    ]
    return ["".join(rng.choices(pieces, k=rng.randint(1, 40))) for _ in range(count)]


cases = [
    {
        "text": text,
        "basic_english": substitute(BASIC_ENGLISH, text.lower()),
        "kim2014": substitute(KIM_2014, text),
    }
    for text in SENTENCES + random_sentences(100)
]
path = pathlib.Path(__file__).with_suffix(".json")
with path.open("w", encoding="ascii", newline="\n") as file:
    file.write("[\n" + ",\n".join(json.dumps(case) for case in cases) + "\n]\n")
print(f"{path.name}: {len(cases)} cases")
