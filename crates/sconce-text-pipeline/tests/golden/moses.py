"""Writes moses.json: what sacremoses makes of sentences in several languages.

Run with Python 3 and the packages in requirements.txt.
"""

import json
import pathlib
import random

from sacremoses import MosesTokenizer

LANGUAGES = ["de", "en", "es", "fr", "it", "nl", "pt", "ru"]

SENTENCES = {
    "en": [
        "",
        "   ",
        "This, is a sentence with weird\xbb symbols\u2026 appearing everywhere\xbf",
        "Mr. Smith went to Washington, D.C. He didn't like it (at all)!",
        "It costs $5,300.50, or 3,5 or so; e.g. No. 5 and No. five.",
        "the students' books, 'quoted' words, rock'n'roll, the 1990's and '60s",
        "state-of-the-art - a well-known 3-4 day trip--really",
        "Wait... what.. .... Stop.",
        "...at the start", "at the end...", "dots.'", "one.' two.'", "a.b.c. d.", "U.S. forces", "etc.", "etc. and", "I. am", "x. Y",
        "A,B,C,D,E 1,2,3 a,1 1,a ,start end, 5,",
        "<b>bold</b> & [brackets] | pipes \"quotes\" a<b>c",
        "user@example.com visited http://example.com/a_b?x=1#top",
        "snake_case and back`tick and tilde~ #tag 50% 5\xb0C \xbd cup x\xb2",
        "tabs\tand\nnewlines\r\nand\x0bothers\x1cseparated\x00nul\x07bell\x7fdel",
        "non\xa0breaking\u2003spaces\u3000here",
        "curly \u2018quotes\u2019 and \u201cdouble\u201d it\u2019s \u2014 dash",
        "\u4e2d\u6587\u5b57\u7b26 and \u65e5\u672c\u8a9e\u3067\u3059\u3002 \ud55c\uad6d\uc5b4",
        "\u0928\u092e\u0938\u094d\u0924\u0947 \u0926\u0941\u0928\u093f\u092f\u093e \u0967\u0968\u0969",
        "\u0645\u0631\u062d\u0628\u0627 \u0628\u0627\u0644\u0639\u0627\u0644\u0645\u060c \u0661\u0662\u0663",
        "\U0001f600 emoji\U0001f680 \U0001f468\u200d\U0001f469\u200d\U0001f467",
        "e\u0301 combining a\u030a zero\u200bwidth \ufeffbom",
        "''' ''''a''b'' ,,,, ,',', a',b",
        "Fig. 3 shows vs. control pp. 12-15, Art. 7 Art. seven Nos. 1",
        "a-b-c-d a--b -a b- 1-2-3 \u00e9-\u00e8",
    ],
    "de": [
        "Er sagte: \u201eDas ist z.B. am 3. Okt. 2020 Dr. M\u00fcllers Auto.\u201c",
        "Die Stra\u00dfe geht's, bzw. Nr. 5, ca. 3,5 km usw.",
        "Prof. Dr. h.c. Gro\u00df kam am 12. um 8 Uhr.",
    ],
    "fr": [
        "L'eau n'est pas, aujourd'hui, c.-\u00e0-d. M. Dupont qu'il l'a dit.",
        "C'est l'\u00e9t\u00e9 \u00e0 5 h. 30; art. 3 av. J.-C. et etc.",
        "d'1 '' l'' 'l a'b'c",
    ],
    "es": ["\u00bfQu\u00e9 hora es? \u00a1Hola, Sr. Garc\u00eda! EE.UU. y la Sra. P\u00e9rez."],
    "it": ["L'amico dell'uomo, pag. 3 e il sig. Rossi. Dott. Bianchi No. 4"],
    "nl": ["'s Avonds zag dhr. Jansen nr. 5, d.w.z. z'n huis a.u.b. Nr. vijf"],
    "pt": ["O Sr. Silva e a Dra. Costa, p. 3, copo-d'\u00e1gua. Art. 5"],
    "ru": ["\u042d\u0442\u043e \u0433. \u041c\u043e\u0441\u043a\u0432\u0430, \u0443\u043b. \u041b\u0435\u043d\u0438\u043d\u0430, \u0434. 5. \u0422.\u0435. \u043e\u0431\u044a\u0435\u043a\u0442."],
}


def random_sentences(count):
    rng = random.Random(2007)
    pieces = list("abAB15 ''..,,--  \"&|<>[]()`~@#") + [
        "...", "Mr.", "No.", "z.B.", "n't", "l'", "\u00e9", "\u2019", "\u00bd", "\u4e2d", "\u0301",
        "\u00a0", "\t", " word", " Word", "etc.", ".'", "\U0001f600", "\u0661",
    ]
    return ["".join(rng.choices(pieces, k=rng.randint(1, 30))) for _ in range(count)]


tokenizers = {language: MosesTokenizer(lang=language) for language in LANGUAGES}
everything = [text for texts in SENTENCES.values() for text in texts]
cases = []
for language, tokenizer in tokenizers.items():
    texts = SENTENCES["en"] + SENTENCES.get(language, []) + random_sentences(30)
    for text in everything if language == "en" else texts:
        cases.append(
            {
                "language": language,
                "text": text,
                "plain": tokenizer.tokenize(text, escape=False),
                "escaped": tokenizer.tokenize(text),
                "hyphens": tokenizer.tokenize(text, aggressive_dash_splits=True, escape=False),
            }
        )
cases += [
    {
        "language": "en",
        "text": text,
        "plain": tokenizers["en"].tokenize(text, escape=False),
        "escaped": tokenizers["en"].tokenize(text),
        "hyphens": tokenizers["en"].tokenize(text, aggressive_dash_splits=True, escape=False),
    }
    for text in random_sentences(220)
]
path = pathlib.Path(__file__).with_suffix(".json")
with path.open("w", encoding="ascii", newline="\n") as file:
    file.write("[\n" + ",\n".join(json.dumps(case) for case in cases) + "\n]\n")
print(f"{path.name}: {len(cases)} cases")
