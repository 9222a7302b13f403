//! Rates, seeds, rows, and what stays as it was.

use super::*;
use crate::tag_scheme::TagSpan;

const TEXT: &str = "  The quick brown fox jumps over the lazy dog, twice.\n";

fn augmenter(step: Augmentation) -> Augmenter {
    Augmenter::new(7, [step]).unwrap()
}

fn sorted(text: &str) -> Vec<&str> {
    let mut words: Vec<&str> = text.split_whitespace().collect();
    words.sort_unstable();
    words
}

#[test]
fn a_row_depends_on_seed_and_row_alone() {
    let steps = [Augmentation::DeleteWords(0.2), Augmentation::Typos(0.1), Augmentation::Case(0.3)];
    let texts: Vec<String> = (0..500).map(|i| format!("{TEXT} {i} and more")).collect();
    let augmenter = Augmenter::new(1, steps).unwrap();
    let with_threads = |n_threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(n_threads).build().unwrap();
        pool.install(|| augmenter.texts(&texts, 2))
    };
    let one = with_threads(1);
    assert_eq!((one.len(), &one), (1000, &with_threads(3)));
    for place in [0, 1, 501, 999] {
        assert_eq!(one[place], augmenter.text(&texts[place / 2], place as u64));
    }
    assert_ne!(augmenter.text(TEXT, 0), augmenter.text(TEXT, 1));
    assert_ne!(augmenter.text(TEXT, 0), Augmenter::new(2, steps).unwrap().text(TEXT, 0));
}

#[test]
fn without_rates_nothing_changes() {
    for step in [
        Augmentation::DeleteWords(0.0),
        Augmentation::SwapWords(0.0),
        Augmentation::Typos(0.0),
        Augmentation::Case(0.0),
        Augmentation::Lowercase(0.0),
        Augmentation::Uppercase(0.0),
    ] {
        for text in [TEXT, "", " ", "one", "a\u{a0}b "] {
            assert_eq!(augmenter(step).text(text, 3), text, "{step:?}");
        }
    }
}

#[test]
fn as_many_words_are_left_out_as_the_rate_says_and_one_stays() {
    let n_words = |text: &str| text.split_whitespace().count();
    let deleted = augmenter(Augmentation::DeleteWords(0.3));
    let left: usize = (0..1000).map(|row| n_words(&deleted.text(TEXT, row))).sum();
    // 10,000 draws of 0.7 have a standard deviation of 46.
    assert!((6800..7200).contains(&left), "{left}");
    let all = augmenter(Augmentation::DeleteWords(1.0));
    for row in 0..20 {
        let text = all.text(TEXT, row);
        assert_eq!(n_words(&text), 1, "{text:?}");
        assert!(text.starts_with("  ") && text.ends_with('\n'), "{text:?}");
        assert_eq!(all.text("one", row), "one");
    }
}

#[test]
fn swapping_keeps_the_words_and_what_is_between_them() {
    let swapped = augmenter(Augmentation::SwapWords(0.2));
    for row in 0..50 {
        let text = swapped.text(TEXT, row);
        assert_eq!(sorted(&text), sorted(TEXT));
        assert_eq!(text.len(), TEXT.len());
        let n_moved = text.split(' ').zip(TEXT.split(' ')).filter(|(a, b)| a != b).count();
        // Two swaps move four words, three if they share one, none if they undo each other.
        assert!([0, 3, 4].contains(&n_moved), "{text:?}");
        assert_eq!(augmenter(Augmentation::SwapWords(0.01)).text("a b", row), "b a");
    }
}

#[test]
fn typing_mistakes_are_as_many_as_the_rate_says_and_leave_no_word_empty() {
    let mistyped = augmenter(Augmentation::Typos(0.1));
    let long = "abcdefghij".repeat(1000);
    let typed = mistyped.text(&long, 0);
    assert_ne!(typed, long);
    // Insertions and deletions are as likely.
    assert!(typed.len().abs_diff(long.len()) < 200, "{}", typed.len());
    let all = augmenter(Augmentation::Typos(1.0));
    for row in 0..200 {
        let text = all.text("a É I 7 , ab 日本語", row);
        assert_eq!(text.split(' ').count(), 7, "{text:?}");
        assert_eq!(text.split(' ').nth(4), Some(","), "{text:?}");
        assert!(text.split(' ').all(|word| !word.is_empty()), "{text:?}");
    }
}

#[test]
fn case_changes_letters_to_others_of_their_kind() {
    assert_eq!(augmenter(Augmentation::Uppercase(1.0)).text("Straße x", 0), "STRASSE X");
    assert_eq!(augmenter(Augmentation::Lowercase(1.0)).text("ÄB Cd", 0), "äb cd");
    let mut forms: Vec<String> =
        (0..60).map(|row| augmenter(Augmentation::Case(1.0)).text("éTÉ", row)).collect();
    forms.sort();
    forms.dedup();
    assert_eq!(forms, ["ÉTÉ", "Été", "été"]);
}

#[test]
fn tags_move_with_their_words_and_entities_stay_whole() {
    let words = ["EU", "rejects", "New", "York", "'s", "call", "Peter", "Blackburn", "."];
    let tags = ["B-ORG", "O", "B-LOC", "I-LOC", "O", "O", "B-PER", "I-PER", "O"];
    let sentence = TaggedSentence {
        tokens: words.map(str::to_owned).to_vec(),
        tags: tags.map(str::to_owned).to_vec(),
    };
    let of = |sentence: &TaggedSentence, scheme: TagScheme| -> Vec<(String, String)> {
        let spans = scheme.spans(&sentence.tags).unwrap();
        let text = |span: &TagSpan<'_>| sentence.tokens[span.start..span.end].join(" ");
        spans.iter().map(|span| (text(span), span.label.to_owned())).collect()
    };
    let known = of(&sentence, TagScheme::Bio);
    for scheme in [TagScheme::Bio, TagScheme::Iob1, TagScheme::Bioes] {
        let tags = TagScheme::Bio.convert(&sentence.tags, scheme).unwrap();
        let sentence = TaggedSentence { tags, ..sentence.clone() };
        let mut n_found = 0;
        for row in 0..100 {
            let steps = [Augmentation::SwapWords(0.5), Augmentation::DeleteWords(0.2)];
            let changed =
                Augmenter::new(3, steps).unwrap().sentence(&sentence, scheme, row).unwrap();
            assert_eq!(changed.tokens.len(), changed.tags.len());
            for entity in of(&changed, scheme) {
                assert!(known.contains(&entity), "{changed:?}");
                n_found += 1;
            }
        }
        assert!((200..280).contains(&n_found), "{n_found}");
    }
    let plain = TaggedSentence {
        tokens: vec!["a".to_owned(), "dog".to_owned()],
        tags: vec!["DET".to_owned(), "NOUN".to_owned()],
    };
    let swapped = augmenter(Augmentation::SwapWords(0.5));
    let swapped = swapped.sentence(&plain, TagScheme::Plain, 0).unwrap();
    assert_eq!(
        (&swapped.tokens, &swapped.tags),
        (&vec!["dog".to_owned(), "a".to_owned()], &vec!["NOUN".to_owned(), "DET".to_owned()])
    );
}

#[test]
fn rates_are_checked() {
    for rate in [-0.1, 1.1, f64::NAN] {
        let error = Augmenter::new(0, [Augmentation::DeleteWords(rate)]).unwrap_err().to_string();
        assert!(error.starts_with("the rate of deleted words is "), "{error}");
    }
}
