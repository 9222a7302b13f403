//! Tests of what the files are made into.

use super::*;

#[test]
fn sst_gets_a_header_and_its_label_first() {
    assert_eq!(sst("a film\t1\nno film\t0\n", 9).unwrap(), "label\ttext\n1\ta film\n0\tno film\n");
    assert_eq!(sst("a film\t1\nno film\t0\n", 1).unwrap(), "label\ttext\n1\ta film\n");
    assert!(sst("a film", 9).is_err());
}

#[test]
fn entities_begin_with_b_as_bio_wants_it() {
    let text = "-DOCSTART- -X- O O\n\nA N I-NP I-PER\nB N I-NP I-PER\nC N I-NP B-PER\nD N I-NP I-ORG\n\
                . . O O\nE N I-NP I-ORG\n\nF N I-NP O\n";
    let found = conll(text, 9).unwrap();
    let expected = "A\tB-PER\nB\tI-PER\nC\tB-PER\nD\tB-ORG\n.\tO\nE\tB-ORG\n\nF\tO\n\n";
    assert_eq!(found, expected);
    assert_eq!(conll(text, 1).unwrap(), &expected[..expected.len() - "F\tO\n\n".len()]);
}

#[test]
fn ranges_and_empty_nodes_are_no_words() {
    let line =
        |id: &str, form: &str, tag: &str| format!("{id}\t{form}\t_\t{tag}\t_\t_\t_\t_\t_\t_\n");
    let text = [
        "# text = don't\n".to_owned(),
        line("1-2", "don't", "_"),
        line("1", "do", "AUX"),
        line("2", "n't", "PART"),
        line("2.1", "go", "VERB"),
        "\n".to_owned(),
    ];
    assert_eq!(conllu(&text.concat(), 9).unwrap(), "do\tAUX\nn't\tPART\n\n");
}

#[test]
fn pairs_are_read_with_their_quotes() {
    let text = scored("\"One, two.\",\"He said \"\"no\"\".\",2.5\na,b,5\nc,d,0\n", 2);
    assert!(text.starts_with("sentence1,sentence2,score\n"));
    let (sentences, scores) = pairs(&text).unwrap();
    assert_eq!(sentences, ["One, two.", "a", "He said \"no\".", "b"]);
    assert_eq!(scores, [2.5, 5.0]);
    assert!(pairs("head\na,b\n").is_err());
}

#[test]
fn the_first_questions_keep_their_context() {
    let question = |id: &str| json!({ "id": id, "question": "?", "answers": [] });
    let paragraph = |ids: &[&str]| json!({ "context": "c", "qas": ids.iter().map(|id| question(id)).collect::<Vec<_>>() });
    let text = json!({ "version": "1.1", "data": [
        { "title": "A", "paragraphs": [paragraph(&["1", "2"]), paragraph(&["3"])] },
        { "title": "B", "paragraphs": [paragraph(&["4"])] },
    ]});
    let cut: Value = serde_json::from_str(&squad(&text.to_string(), 3).unwrap()).unwrap();
    assert_eq!(cut["data"].as_array().unwrap().len(), 1);
    assert_eq!(cut["data"][0]["paragraphs"][1]["qas"][0]["id"], "3");
    let cut: Value = serde_json::from_str(&squad(&text.to_string(), 1).unwrap()).unwrap();
    assert_eq!(cut["data"][0]["paragraphs"].as_array().unwrap().len(), 1);
}

#[test]
fn a_text_is_cut_between_characters() {
    assert_eq!(nine_tenths("äbcdefghij"), ("äbcdefghi".to_owned(), "j".to_owned()));
    assert_eq!(nine_tenths(""), (String::new(), String::new()));
}

#[test]
fn without_its_archive_nothing_is_made() {
    let folder = std::env::temp_dir().join(format!("sconce-xtask-data-{}", std::process::id()));
    assert!(prepare(Archive::Pairs, &folder, &folder, 9).unwrap().is_none());
    assert!(!folder.exists());
}
