//! SQuAD in both versions and both formats; answers that are not where they are said to be.

use super::*;

fn read(text: &str, name: &str, answers: Need) -> Result<QaCorpus> {
    let options = QaReadOptions { answers, ..QaReadOptions::default() };
    QaCorpus::from_reader(text.as_bytes(), name, &options)
}

/// A file of one article with these paragraphs.
fn squad(paragraphs: &str) -> String {
    format!("{{\"version\":\"v2.0\",\"data\":[{{\"title\":\"t\",\"paragraphs\":[{paragraphs}]}}]}}")
}

const PARAGRAPHS: &str = r#"
    {"context": "Zoë naïve, Zoë.", "qas": [
        {"id": "a", "question": "Who?", "is_impossible": false,
         "answers": [{"text": "Zoë", "answer_start": 11}, {"text": "Zoë naïve", "answer_start": 0}]},
        {"id": "b", "question": "When?", "is_impossible": true,
         "plausible_answers": [{"text": "naïve", "answer_start": 4}], "answers": []}]},
    {"context": "One.", "qas": [
        {"id": 3, "question": " What?", "answers": [{"text": ".", "answer_start": 3}]}]}"#;

#[test]
fn characters_of_answers_become_bytes() {
    let corpus = read(&squad(PARAGRAPHS), "a.json", Need::Required).unwrap();
    let examples = corpus.examples();
    assert_eq!(examples.iter().map(|e| e.id.as_str()).collect::<Vec<_>>(), ["a", "b", "3"]);
    let spans: Vec<Vec<(usize, usize)>> = examples
        .iter()
        .map(|e| e.answers.iter().map(|answer| (answer.start, answer.end())).collect())
        .collect();
    assert_eq!(spans, [vec![(13, 17), (0, 11)], vec![], vec![(3, 4)]]);
    for example in examples {
        for answer in &example.answers {
            assert_eq!(example.context[answer.start..answer.end()], answer.text);
        }
    }
    assert_eq!(examples.iter().map(|e| e.is_impossible).collect::<Vec<_>>(), [false, true, false]);
    assert!(Arc::ptr_eq(&examples[0].context, &examples[1].context));
}

#[test]
fn every_form_of_answers_is_read_from_lines() {
    let cases = [
        (r#"{"text": ["b"], "answer_start": [2]}"#, vec![2], false),
        (r#"{"text": [], "answer_start": []}"#, vec![], true),
        (r#"[{"text": "b", "answer_start": 6}, {"text": "b"}]"#, vec![6, 2], false),
        (r#"["c", "b"]"#, vec![4, 2], false),
        ("[]", vec![], true),
    ];
    for (answers, starts, is_impossible) in cases {
        let line =
            format!("\n{{\"question\":\"q\",\"context\":\"a b c b\",\"answers\":{answers}}}\r\n");
        let corpus = read(&line, "a.jsonl", Need::Required).unwrap();
        let example = &corpus.examples()[0];
        let got: Vec<usize> = example.answers.iter().map(|answer| answer.start).collect();
        assert_eq!((got, example.is_impossible), (starts, is_impossible), "{answers}");
        assert_eq!(example.id, "2");
    }
}

#[test]
fn questions_without_answers_are_read_where_answers_are_optional() {
    let line = "{\"question\":\"q\",\"context\":\"c\"}";
    let corpus = read(line, "a.jsonl", Need::Optional).unwrap();
    assert!(!corpus.examples()[0].is_impossible && corpus.examples()[0].answers.is_empty());
    let paragraph = r#"{"context": "c", "qas": [{"id": "a", "question": "q"}]}"#;
    assert_eq!(read(&squad(paragraph), "a.json", Need::Optional).unwrap().len(), 1);
    for (text, name, place) in [
        (line, "a.jsonl", "a.jsonl:1: question \"1\""),
        (&squad(paragraph), "a.json", "a.json: data[0].paragraphs[0]: question \"a\""),
    ] {
        let error = read(text, name, Need::Required).unwrap_err().to_string();
        assert_eq!(error, format!("{place}: it has no answer and is not said to be impossible"));
    }
}

#[test]
fn answers_that_are_not_there_are_named() {
    let with = |answer: &str| {
        format!(
            "{{\"context\": \"Zoë naïve\", \"qas\": [{{\"id\": \"q7\", \"question\": \"q\", \
             \"answers\": [{answer}]}}]}}"
        )
    };
    let cases = [
        (
            r#"{"text": "naïve", "answer_start": 5}"#,
            "the context has \"aïve\" at character 5, not the answer \"naïve\"; correct \
             answer_start",
        ),
        (
            r#"{"text": "naïve", "answer_start": 99}"#,
            "the context has \"\" at character 99, not the answer \"naïve\"; correct answer_start",
        ),
        (r#"{"text": "x"}"#, "the context does not hold the answer \"x\""),
        (r#"{"text": "", "answer_start": 0}"#, "an answer is blank; give its words, or no answer"),
    ];
    for (answer, expected) in cases {
        let text =
            squad(&format!("{}, {}", with(r#"{"text": "Zoë", "answer_start": 0}"#), with(answer)));
        let error = read(&text, "a.json", Need::Required).unwrap_err().to_string();
        let place = "a.json: data[0].paragraphs[1]: question \"q7\"";
        assert_eq!(error, format!("{place}: {expected}"));
    }
}

#[test]
fn what_is_no_file_of_questions_is_named_by_line() {
    let cases = [
        ("a.json", "", "a.json: the file is empty"),
        ("a.json", "{\n\"data\": [\n", "a.json:3: not a SQuAD file: EOF while parsing a list"),
        ("a.json", "{\"rows\": []}", "a.json:1: not a SQuAD file: missing field `data` (column"),
        (
            "a.json",
            "{\"data\": [{\"paragraphs\": [\n{\"context\": 1, \"qas\": []}]}]}",
            "a.json:2: not a SQuAD file: invalid type: integer `1`, expected a string",
        ),
        ("a.json", "{\"data\": []}", "a.json: there are no rows; add data"),
        ("a.jsonl", "\n\n", "a.jsonl: there are no rows; add data"),
        ("a.jsonl", "{\"question\":\"q\"}", "a.jsonl:1: no key \"context\"; the keys are"),
        (
            "a.jsonl",
            "\n{\"question\":\"q\",\"context\":\"c\",\"answers\":\"c\"}",
            "a.jsonl:2: \"answers\" holds a string; a list of texts",
        ),
        (
            "a.jsonl",
            "{\"question\":\"q\",\"context\":\"c\",\"answers\":{\"text\":[\"c\"]}}",
            "a.jsonl:1: \"answers\" holds an object; lists `text` and `answer_start`",
        ),
        (
            "a.jsonl",
            "{\"question\":\"q\",\"context\":\"c\",\"is_impossible\":1}",
            "a.jsonl:1: \"is_impossible\" holds a number; true or false is needed",
        ),
        ("a.csv", "x", "a.csv: unknown data format \"csv\"; name the file .json (SQuAD) or .jsonl"),
    ];
    for (name, text, expected) in cases {
        let error = read(text, name, Need::Required).unwrap_err().to_string();
        assert!(error.starts_with(expected), "{text:?}: {error}");
    }
}
