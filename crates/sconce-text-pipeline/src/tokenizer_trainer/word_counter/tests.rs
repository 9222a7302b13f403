//! Pieces have the words of whole texts, whatever the recipe and however odd the text.

use super::*;
use crate::tokenizer_recipe::{
    NormalizerStep as N, PreTokenizerStep as P, PrependScheme, SplitBehavior, SplitPattern,
    SubwordModel, WordLevelOptions,
};
use crate::tokenizer_trainer::tests::lines;

const GPT4: &str = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

fn recipe(normalizer: &[N], pre_tokenizer: &[P]) -> TokenizerRecipe {
    TokenizerRecipe {
        normalizer: normalizer.to_vec(),
        pre_tokenizer: pre_tokenizer.to_vec(),
        ..TokenizerRecipe::new(SubwordModel::WordLevel(WordLevelOptions::default()))
    }
}

fn cut_at_spaces() -> Vec<TokenizerRecipe> {
    let bert = |lowercase| N::Bert {
        clean_text: true,
        handle_chinese_chars: true,
        strip_accents: None,
        lowercase,
    };
    let bytes = |add_prefix_space, use_regex| P::ByteLevel {
        add_prefix_space,
        trim_offsets: true,
        use_regex,
    };
    let spaces = |prepend_scheme| P::Metaspace { replacement: '▁', prepend_scheme, split: true };
    let gpt4 = P::Split {
        pattern: SplitPattern::Regex(GPT4.to_owned()),
        behavior: SplitBehavior::Isolated,
        invert: false,
    };
    let squeeze =
        N::Replace { pattern: SplitPattern::Regex(" {2,}".to_owned()), content: " ".to_owned() };
    let isolated = P::Punctuation { behavior: SplitBehavior::Isolated };
    vec![
        recipe(&[bert(true)], &[P::Bert]),
        recipe(&[bert(false)], &[P::Bert]),
        recipe(&[], &[P::Bert]),
        recipe(&[N::Nfkd, N::StripAccents, N::Lowercase], &[P::Whitespace]),
        recipe(&[N::Strip { strip_left: true, strip_right: true }], &[P::Whitespace]),
        recipe(&[N::Nmt, N::Nfkc], &[P::WhitespaceSplit]),
        recipe(&[], &[P::WhitespaceSplit, isolated, P::Digits { individual_digits: true }]),
        recipe(&[], &[P::Whitespace, bytes(true, false)]),
        recipe(&[], &[bytes(false, true)]),
        recipe(&[N::Nfc], &[bytes(true, true)]),
        recipe(&[N::Nfd, N::Lowercase], &[bytes(true, true)]),
        recipe(&[], &[bytes(true, true), P::Digits { individual_digits: false }]),
        recipe(&[N::Nfc], &[gpt4, bytes(false, false)]),
        recipe(&[N::Nfkc], &[spaces(PrependScheme::Always)]),
        recipe(&[N::Nmt, N::Nfkc, squeeze], &[spaces(PrependScheme::First)]),
        recipe(&[N::Lowercase], &[spaces(PrependScheme::Never)]),
    ]
}

fn not_cut_at_spaces() -> Vec<TokenizerRecipe> {
    let bytes = P::ByteLevel { add_prefix_space: false, trim_offsets: true, use_regex: true };
    let replace = |pattern: &str| N::Replace {
        pattern: SplitPattern::String(pattern.to_owned()),
        content: " ".to_owned(),
    };
    let underline =
        P::Metaspace { replacement: '_', prepend_scheme: PrependScheme::Always, split: true };
    vec![
        recipe(&[], &[]),
        recipe(&[N::Nfkc], std::slice::from_ref(&bytes)),
        recipe(&[N::StripAccents], std::slice::from_ref(&bytes)),
        recipe(&[replace("a")], std::slice::from_ref(&bytes)),
        recipe(&[replace("a")], &[P::Whitespace]),
        recipe(&[], &[P::Punctuation { behavior: SplitBehavior::Isolated }]),
        recipe(&[], &[P::Digits { individual_digits: true }, P::Whitespace]),
        recipe(&[], &[underline]),
    ]
}

/// Texts put together of what is likely to matter.
fn hostile(random: &mut fastrand::Rng) -> String {
    const PARTS: [&str; 48] = [
        " ",
        " ",
        " ",
        "  ",
        "\n",
        "\t",
        "\r\n",
        "\u{a0}",
        "\u{3000}",
        "\u{2028}",
        "\u{85}",
        "\u{b}",
        "\0",
        "\u{1}",
        "\u{200b}",
        "\u{feff}",
        "\u{fffd}",
        "\u{2581}",
        "\u{301}",
        "\u{308}",
        "\u{345}",
        "a",
        "Z",
        "word",
        "THE",
        "é",
        "e\u{301}",
        "ß",
        "İ",
        "ﬁ",
        "ﷺ",
        "½",
        "中",
        "文",
        "か\u{3099}",
        "नि",
        "\u{1100}\u{1161}",
        "😀",
        "7",
        "1984",
        "'",
        "'s",
        "'LL",
        "n't",
        "-",
        "...",
        "_",
        "^",
    ];
    (0..random.usize(0..24)).map(|_| PARTS[random.usize(0..PARTS.len())]).collect()
}

fn counts_of(words: impl FnOnce(&mut dyn FnMut(&str) -> Result<()>) -> Result<()>) -> WordCounts {
    let mut found: Vec<(String, u64)> = Vec::new();
    words(&mut |word| {
        found.extend((!word.is_empty()).then(|| (word.to_owned(), 1)));
        Ok(())
    })
    .unwrap();
    found.into_iter().collect()
}

#[test]
fn pieces_have_the_words_of_their_text() {
    let mut random = fastrand::Rng::with_seed(5);
    let mut texts = lines();
    texts.extend((0..3000).map(|_| hostile(&mut random)));
    texts.push(lines().join("\n"));
    for recipe in cut_at_spaces() {
        let cutter = Cutter::new(&recipe).unwrap();
        for text in &texts {
            let whole = counts_of(|take| cutter.words(text, take));
            let pieces = counts_of(|take| {
                let of_piece =
                    |take: &mut &mut dyn FnMut(&str) -> Result<()>, text: &str, start, end| {
                        cutter.words_of_piece(&text[start..end], |word| take(word))
                    };
                let mut take = take;
                cutter.for_each_piece(text, &mut take, of_piece, |take, text| {
                    cutter.words(text, |word| take(word))
                })
            });
            assert_eq!(pieces, whole, "{text:?}: {recipe:?}");
        }
    }
}

#[test]
fn recipes_that_look_across_spaces_have_the_words_of_whole_texts() {
    for recipe in not_cut_at_spaces() {
        let mut counter = WordCounter::new(&recipe, &CountOptions::default()).unwrap();
        let cutter = Cutter::new(&recipe).unwrap();
        let mut report = Report::default();
        counter.push("a  b 1 c_d", &mut report).unwrap();
        let expected = counts_of(|take| cutter.words("a  b 1 c_d", take));
        assert_eq!(counter.finish(&mut report).unwrap(), expected);
    }
}

#[test]
fn runs_are_merged_in_order_however_many_there_are() {
    let mut runs = runs::Runs::default();
    let mut expected: Vec<(String, u64)> = Vec::new();
    for run in 0..100_u64 {
        let words = [format!("w{:03}", run % 37), format!("x{run:03}"), "é".to_owned()];
        let mut counts = crate::token_counts::TokenCounts::default();
        for word in &words {
            counts.add(word, run + (1 << 40));
            expected.push((word.clone(), run + (1 << 40)));
        }
        runs.spill(&counts, None).unwrap();
    }
    let mut found = Vec::new();
    runs.merge(None, |word, count| found.push((word.to_owned(), count))).unwrap();
    let expected: WordCounts = expected.into_iter().collect();
    let found: Vec<(&str, u64)> =
        found.iter().map(|(word, count)| (word.as_str(), *count)).collect();
    assert_eq!(found, expected.iter().collect::<Vec<_>>());
}

#[test]
fn texts_without_a_byte_are_counted_in_bounded_memory() {
    let mut most = 0;
    let options = CountOptions { max_memory: 1 << 20, ..CountOptions::default() };
    let mut counter = WordCounter::new(&recipe(&[], &[P::Whitespace]), &options).unwrap();
    let mut report = Report::default();
    for _ in 0..200_000 {
        counter.push("", &mut report).unwrap();
        most = most.max(counter.ends.len());
    }
    counter.push("word", &mut report).unwrap();
    assert!(most <= 1 + (1 << 18) / size_of::<usize>(), "{most}");
    let counts = counter.finish(&mut report).unwrap();
    assert_eq!(counts.iter().collect::<Vec<_>>(), [("word", 1)]);
}
