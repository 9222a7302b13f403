"""Texts to score, written for these tests, and seeded changes of them that stand for what a system gives."""

import numpy as np

ENGLISH = [
    "The committee will meet again on Thursday, 12 March, at 10:30 a.m. in room 4-B.",
    "Prices rose by 3.5% to $1,234.56, which nobody had expected.",
    "\"I don't know,\" she said, \"whether he's coming or not.\"",
    "The river's level fell slowly; the boats, however, stayed where they were.",
    "Why would anyone walk twenty-five kilometres in the rain?",
    "He wrote: R&D spending (2019-2021) is up, but profits are down...",
    "A quick look at the map shows two roads, both of them closed since January.",
    "The children were playing in the garden while their parents prepared dinner.",
    "Nothing in the report explains the difference between the two measurements.",
    "She bought apples, pears, plums and a loaf of bread at the market.",
    "It was the longest night of the year and the coldest one in a decade.",
    "The new engine is lighter, cheaper and quieter than the old one!",
    "Please send the documents to office@example.org before 1/2/2024.",
    "Two of the three witnesses had seen the car; the third had only heard it.",
    "If the temperature drops below -5 degrees, the pipes freeze.",
    "Researchers have long suspected that birds remember individual faces.",
]
OTHERS = [
    "Der Zug nach München fährt um 7.45 Uhr von Gleis 3 ab, nicht wahr?",
    "« Où est-ce qu'on va ? » demanda-t-il, sans attendre de réponse.",
    "¿Cuánto cuesta? ¡Sólo 3,50 €! Es más barato que ayer…",
    "ΟΔΥΣΣΕΥΣ ταξίδευε για δέκα χρόνια· κανείς δεν τον περίμενε.",
    "İstanbul'da hava 12°C, ısı düşüyor.",
    "وصل القطار متأخرا، لكن الركاب لم يشتكوا؟ ١٢٣٫٤٥ درهم.",
    "हम कल ५ बजे मिलेंगे। क्या आप आएँगे?",
    "我昨天在北京买了3本书,花了100.5元。你呢?",
    "「今日は雨ですね」と彼は言った。カタカナ・テスト、(全角)!",
    "한국어 문장은 띄어쓰기가 있습니다. 맞죠?",
    "ฉันไม่รู้ว่าเขาจะมาหรือไม่",
    "“Curly” quotes — dashes – and ‘single’ ones… → arrows ⟶ ≠ ± ∑",
]
HOSTILE = [
    "",
    " ",
    "\u3000\u00a0\t ",
    "word",
    ".",
    "...",
    "a.,b,.c..1.,2,.3",
    "1.2.3,4-5-6--7 8-x y-9 .5 ,6 7. 8,",
    "&quot;&amp;lt;&gt;&amp;amp; R&D AT&T &apos;",
    "<skipped> seg-\nment one\ntwo -\n",
    "tab\tseparated  double   triple\u2003wide \u001c file",
    "\u4e00\u9fbb\u9fbc\u3400\u4db5\u4db6\U00020000\U0002f800\u2000\u2001\u2a6d\u2a6e\u2e80\uff21\uffee",
    "$5 €6 £7 ¥8 ₿9 5€ 6½ x²+y³=z ⅓ Ⅷ ① ٪ ％ ‰",
    "{a}[b](c)~d`e^f_g|h\\i/j*k+l=m<n>o@p#q%r",
    "don't it's 's boys' 'tis s's 's",
    "a a a a a a a a a a",
    "naïve café e\u0301 \u0301 Å ﬁ ß SS ẞ Ǆ",
    "🙂🙃 👩‍👩‍👧 🇩🇪 text🙂text",
    "\u200bzero\u200bwidth\ufeff \u00ad soft\u00adhyphen",
    "((hi)) ¿(qué)? (a .b c. !d e!",
    "UPPER lower MiXeD İı ΣΑΣ Σ",
    "_under_score_ a_b __",
    "\u3001\u3002\uff0c\uff01\u30fb\u3008x\u3009\u3200\u33ff\u3f22\u3f23\u31c0\u31f0\u30a2\u3042",
]


def changed(sentence, generator, rate):
    """A sentence with words left out, doubled, swapped or replaced by words of others."""
    others = " ".join(ENGLISH).split()
    words = sentence.split(" ")
    result = []
    for word in words:
        chance = generator.random()
        if chance < rate * 0.3:
            continue
        if chance < rate * 0.6:
            result.append(others[generator.integers(len(others))])
        elif chance < rate * 0.75:
            result += [word, word]
        elif chance < rate:
            result.append(word.swapcase())
        else:
            result.append(word)
    if len(result) > 3 and generator.random() < rate:
        start, end = sorted(generator.integers(0, len(result) + 1, 2))
        result = result[end:] + result[start:end] + result[:start]
    return " ".join(result)


def corpora(seed):
    """Name, hypotheses, and for each of them its references."""
    generator = np.random.default_rng(seed)
    yield ("english", [changed(s, generator, 0.3) for s in ENGLISH], [[s] for s in ENGLISH])
    several = [
        [changed(s, generator, 0.15 * (n + 1)) for n in range(3)] for s in ENGLISH + OTHERS
    ]
    yield ("several", [changed(s, generator, 0.3) for s in ENGLISH + OTHERS], several)
    vary = [[s] + [changed(s, generator, 0.4)] * (n % 3) for n, s in enumerate(OTHERS)]
    yield ("vary", [changed(s, generator, 0.2) for s in OTHERS], vary)
    yield ("same", ENGLISH + OTHERS, [[s] for s in ENGLISH + OTHERS])
    yield ("hostile", HOSTILE, [[s] for s in HOSTILE[5:] + HOSTILE[:5]])
    yield ("hostile_changed", [changed(s, generator, 0.3) for s in HOSTILE], [[s] for s in HOSTILE])
    yield ("empty", ["", "", " "], [["", "some words"], ["a reference"], [""]])
    yield ("nothing", ["", ""], [["a b c d e"], ["f"]])
    yield ("short", ["one", "two three", "x"], [["one"], ["two four"], ["y"]])
    yield ("apart", ["q w e r t y u i", "z"], [["a s d f g h"], ["b n m"]])
