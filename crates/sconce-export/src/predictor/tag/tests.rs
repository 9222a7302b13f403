//! Entities against transformers' pipeline, words, and schemes that it does not know.

use super::*;
use crate::predictor::tests::{assert_close, floats, pipelines, predictor};

fn aggregation(name: &str) -> Aggregation {
    serde_json::from_value(name.into()).unwrap()
}

#[test]
fn entities_are_those_of_the_pipeline_with_every_strategy() {
    let golden = pipelines();
    let texts = golden.strings("tag.texts").unwrap();
    let inputs: Vec<Input<'_>> = texts.iter().map(|text| Input::Text(text)).collect();
    let predictor = predictor("bert_token_classification");
    for name in golden.strings("tag.strategies").unwrap() {
        let tagged = predictor.tag(&inputs, aggregation(&name)).unwrap();
        let key = |what: &str| format!("tag.{name}.{what}");
        let counts: Vec<u32> = tagged.rows.iter().map(|row| row.entities.len() as u32).collect();
        assert_eq!(counts, golden.u32s(&key("count")).unwrap(), "{name}");
        let entities: Vec<&Entity> = tagged.rows.iter().flat_map(|row| &row.entities).collect();
        let labels: Vec<&str> = entities.iter().map(|entity| entity.label.as_str()).collect();
        assert_eq!(labels, golden.strings(&key("labels")).unwrap(), "{name}");
        let starts: Vec<u32> = entities.iter().map(|entity| entity.start as u32).collect();
        assert_eq!(starts, golden.u32s(&key("starts")).unwrap(), "{name}");
        let ends: Vec<u32> = entities.iter().map(|entity| entity.end as u32).collect();
        assert_eq!(ends, golden.u32s(&key("ends")).unwrap(), "{name}");
        let scores: Vec<f32> = entities.iter().map(|entity| entity.score).collect();
        assert_close(&name, &scores, &floats(&golden, &key("scores")));
        for (row, text) in tagged.rows.iter().zip(&texts) {
            assert_eq!(row.text, *text);
            assert!(row.entities.iter().all(|e| e.text == text[e.start..e.end]));
            assert!(row.words.iter().all(|w| w.word == text[w.start..w.end] && w.label.is_some()));
        }
    }
}

#[test]
fn given_words_all_get_a_row_and_places_in_their_sentence() {
    let predictor = predictor("bert_token_classification");
    let words = ["The", "old", "", "cat's", "walked", "slowly"];
    let tagged = predictor.tag(&[Input::Words(&words)], Aggregation::First).unwrap().rows;
    let [row] = tagged.as_slice() else { panic!("{tagged:?}") };
    assert_eq!(row.text, "The old  cat's walked slowly");
    let found: Vec<&str> = row.words.iter().map(|word| word.word.as_str()).collect();
    assert_eq!(found, words);
    for word in &row.words {
        assert_eq!(word.word, row.text[word.start..word.end]);
        assert_eq!(word.label.is_none(), word.word.is_empty(), "{word:?}");
    }
    // Cut to two words and the frame.
    let short = predictor.with_limit(sconce_text_pipeline::MaxLength::Truncate(4));
    let cut = short.tag(&[Input::Words(&words)], Aggregation::First).unwrap();
    assert_eq!((cut.rows[0].words.len(), cut.n_truncated), (words.len(), 1));
    let labelled = cut.rows[0].words.iter().filter(|word| word.label.is_some());
    assert_eq!(labelled.count(), 2);
}

#[test]
fn neighbours_become_entities_by_their_letters() {
    for (tags, expected) in [
        (&["O", "B-A", "I-A", "O"][..], &["A 1 3"][..]),
        (&["B-A", "B-A"], &["A 0 1", "A 1 2"]),
        (&["I-A", "I-B", "I-B"], &["A 0 1", "B 1 3"]),
        (&["B-A", "I-B"], &["A 0 1", "B 1 2"]),
        (&["S-A", "B-A", "E-A", "S-A"], &["A 0 1", "A 1 3", "A 3 4"]),
        (&["U-A", "B-A", "I-A", "L-A"], &["A 0 1", "A 1 4"]),
        (&["A", "A", "O", "B-x-y"], &["A 0 2", "x-y 3 4"]),
        (&["O", "O"], &[]),
        (&["NOUN", "NOUN", "VERB"], &[]),
    ] {
        let labels: Vec<String> = tags.iter().map(|tag| (*tag).to_owned()).collect();
        let unit = |i| Unit { label: i, score: 0.5, span: i..i + 1 };
        let units: Vec<Unit> = (0..tags.len()).map(unit).collect();
        let entities = Entities::new(&labels).of(&"x".repeat(tags.len()), &units);
        let show = |e: &Entity| format!("{} {} {}", e.label, e.start, e.end);
        assert_eq!(entities.iter().map(show).collect::<Vec<_>>(), expected, "{tags:?}");
    }
}

#[test]
fn words_begin_where_the_tokenizer_says_or_after_white_space() {
    let encoding = |spans: &[(usize, usize)], ids: &[u32]| Encoding {
        ids: vec![0; spans.len()],
        spans: spans.to_vec(),
        type_ids: vec![0; spans.len()],
        word_ids: ids.iter().map(|id| Some(*id)).collect(),
        sequence_ids: vec![Some(0); spans.len()],
        n_left_out: 0,
    };
    let text = "to be, or";
    for (spans, ids, expected) in [
        // Pieces with the space before them, all of one word, as of some SentencePiece models.
        (&[(0, 2), (2, 5), (5, 6), (6, 9)][..], &[0, 0, 0, 0][..], &["to", "be,", "or"][..]),
        // Punctuation is a word of its own where the tokenizer says so.
        (&[(0, 2), (3, 5), (5, 6), (7, 9)], &[0, 1, 2, 3], &["to", "be", ",", "or"]),
        // A token of white space alone is none.
        (&[(0, 1), (1, 2), (2, 3), (3, 5)], &[0, 0, 1, 2], &["to", "be"]),
    ] {
        let (_, words) = words(Input::Text(text), &encoding(spans, ids));
        let found: Vec<&str> = words.iter().map(|word| &text[word.span.clone()]).collect();
        assert_eq!(found, expected);
    }
}
