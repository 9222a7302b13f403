//! Tagged sentences in every format; columns of all kinds; tables of bad files.

use super::*;

fn read(text: &str, name: &str, options: &TagReadOptions) -> Result<TaggedCorpus> {
    TaggedCorpus::from_reader(text.as_bytes(), name, options)
}

fn with_columns(token: &str, tag: &str) -> TagReadOptions {
    let some = |name: &str| (!name.is_empty()).then(|| name.to_owned());
    TagReadOptions { token_column: some(token), tag_column: some(tag), ..Default::default() }
}

fn shown(corpus: &TaggedCorpus) -> Vec<String> {
    let show = |sentence: &TaggedSentence| {
        let words = sentence.tokens.iter().zip(&sentence.tags);
        words.map(|(token, tag)| format!("{token}/{tag}")).collect::<Vec<_>>().join(" ")
    };
    corpus.sentences().iter().map(show).collect()
}

const CONLLU: &str = "\
# sent_id = 1
# text = Don't !
1-2\tDon't\t_\t_\t_\t_\t_\t_\t_\t_
1\tDo\tdo\tAUX\tVB\tMood=Imp\t0\troot\t_\t_
2\tn't\tnot\tPART\tRB\t_\t1\tadvmod\t_\t_
2.1\tgo\tgo\tVERB\tVB\t_\t_\t_\t_\t_
3\t!\t!\tPUNCT\t.\t_\t1\tpunct\t_\t_

1\tNew York\tNew York\tPROPN\tNNP\t_\t0\troot\t_\t_
";

#[test]
fn one_set_of_sentences_is_the_same_in_every_format() {
    let files = [
        ("a.conll", "-DOCSTART- -X- O O\n\nDo x I-A\nn't y O\n\n\n! z O\n"),
        ("a.bio", "Do\tI-A\r\nn't\tO\r\n\r\n-DOCSTART-\tO\r\n!\tO"),
        (
            "a.jsonl",
            "{\"tokens\":[\"Do\",\"n't\"],\"ner_tags\":[\"I-A\",\"O\"]}\n\n\
             {\"ner_tags\":[\"O\"],\"tokens\":[\"!\"]}",
        ),
    ];
    for (name, text) in files {
        for mark in ["", "\u{feff}"] {
            let text = format!("{mark}{text}");
            let corpus = read(&text, name, &TagReadOptions::default()).unwrap();
            assert_eq!(shown(&corpus), ["Do/I-A n't/O", "!/O"], "{name}");
            assert_eq!((corpus.len(), corpus.n_words()), (2, 3));
            assert_eq!(corpus.scheme(), TagScheme::Iob1);
        }
    }
}

#[test]
fn columns_are_chosen_by_number() {
    let text = "1 Do x A\n2 n't y B\n";
    for (token, tag, expected) in [
        ("", "", "1/A 2/B"),
        ("2", "", "Do/A n't/B"),
        ("2", "3", "Do/x n't/y"),
        ("4", "2", "A/Do B/n't"),
    ] {
        let corpus = read(text, "a.conll", &with_columns(token, tag)).unwrap();
        assert_eq!(shown(&corpus), [expected]);
    }
}

#[test]
fn ranges_and_empty_nodes_are_no_words() {
    for (tag, expected) in [
        ("", ["Do/AUX n't/PART !/PUNCT", "New York/PROPN"]),
        ("xpos", ["Do/VB n't/RB !/.", "New York/NNP"]),
        ("FEATS", ["Do/Mood=Imp n't/_ !/_", "New York/_"]),
        ("8", ["Do/root n't/advmod !/punct", "New York/root"]),
    ] {
        let corpus = read(CONLLU, "a.conllu", &with_columns("", tag)).unwrap();
        assert_eq!(shown(&corpus), expected);
        assert_eq!(corpus.place(1), "a.conllu:9");
    }
    let lemmas = read(CONLLU, "a.conllu", &with_columns("lemma", "")).unwrap();
    assert_eq!(lemmas.sentences()[0].tokens, ["do", "not", "!"]);
}

#[test]
fn words_without_tags_are_read_where_tags_are_optional() {
    let options = TagReadOptions { tags: Need::Optional, ..TagReadOptions::default() };
    let untagged = CONLLU.replace("AUX", "_").replace("PART", "_");
    let untagged = untagged.replace("PUNCT", "_").replace("PROPN", "_");
    for (name, text) in [
        ("a.conll", "Do\nn't\n"),
        ("a.jsonl", "{\"words\":[\"Do\",\"n't\"]}"),
        ("a.conllu", untagged.as_str()),
    ] {
        let corpus = read(text, name, &options).unwrap();
        assert_eq!(corpus.sentences()[0].tokens[..2], ["Do", "n't"], "{name}");
        assert_eq!(corpus.tags().count(), 0, "{name}");
    }
    let error = read(&untagged, "a.conllu", &TagReadOptions::default()).unwrap_err().to_string();
    assert!(error.starts_with("a.conllu: column UPOS holds no tag in any line"), "{error}");
}

#[test]
fn bad_files_are_named_by_line() {
    let words = "\t_\t_\t_\t_\t_\t_\t_\t_\n";
    let columns = "columns, but 3 are expected; give each word a line with all its columns";
    let cases = [
        ("a.conll", String::new(), "a.conll: the file is empty".to_owned()),
        ("a.conll", "\n \n".into(), "a.conll: there are no rows; add data".into()),
        ("a.conll", "-DOCSTART- O\n\n".into(), "a.conll: there are no rows".into()),
        ("a.conll", "a b C\n\na C\n".into(), format!("a.conll:3: 2 {columns}")),
        ("a.conll", "a b C\r\na b C D\r\n".into(), format!("a.conll:2: 4 {columns}")),
        ("a.conll", "a\tb\tC\na\t\tC\na b C".into(), format!("a.conll:3: 1 {columns}")),
        ("a.conll", "a\tB\n\t\n\tB\n".into(), "a.conll:3: column 1 is blank; fill it in".into()),
        ("a.conll", "a\tB\na\t\n".into(), "a.conll:2: column 2 is blank; fill it in".into()),
        ("a.conll", "a\n".into(), "a.conll: there is one column, so the words have no".into()),
        ("a.conllu", "1\ta\tA\n".into(), "a.conllu:1: 3 columns, but 10 are expected".into()),
        (
            "a.conllu",
            format!("1\ta{words}3\tb{words}"),
            "a.conllu:2: the word has the id \"3\" where 2 is expected".into(),
        ),
        (
            "a.conllu",
            format!("1\ta{words}1\tb{words}"),
            "a.conllu:2: the word has the id \"1\" where 2 is expected; is a blank line".into(),
        ),
        ("a.conllu", format!("x\ta{words}"), "a.conllu:1: the word has the id \"x\"".into()),
        ("a.conllu", format!("1\t {words}"), "a.conllu:1: column FORM is blank".into()),
        ("a.jsonl", "{\"tokens\":[\"a\"]}".into(), "a.jsonl: cannot tell which column".into()),
        (
            "a.jsonl",
            "\n{\"tokens\":[\"a\"],\"tags\":[]}".into(),
            "a.jsonl:2: 1 words but 0 tags; give each word one tag".into(),
        ),
        (
            "a.jsonl",
            "{\"tokens\":[\"a\"],\"tags\":\"x\"}".into(),
            "a.jsonl:1: \"tags\" holds a string; a list is needed".into(),
        ),
        (
            "a.jsonl",
            "{\"tokens\":[[]],\"tags\":[1]}".into(),
            "a.jsonl:1: \"tokens\" holds a list; a list of strings or numbers is needed".into(),
        ),
        ("a.jsonl", "{\"tokens\":[\"a\"".into(), "a.jsonl:1: not a JSON object: EOF".into()),
        ("a.pdf", "x".into(), "a.pdf: unknown data format \"pdf\"; name the file .conll,".into()),
    ];
    for (name, text, expected) in cases {
        let error = read(&text, name, &TagReadOptions::default()).unwrap_err().to_string();
        assert!(error.starts_with(&expected), "{text:?}: {error}");
    }
    let bytes = b"a B\n\nb\xFF B\n";
    let error = TaggedCorpus::from_reader(&bytes[..], "a.conll", &TagReadOptions::default());
    assert!(error.unwrap_err().to_string().starts_with("a.conll:3: not valid UTF-8"));
    let error = TaggedCorpus::read("no/such.conll", &TagReadOptions::default()).unwrap_err();
    assert!(error.to_string().starts_with("no/such.conll: no such file"));
}

#[test]
fn columns_that_are_not_there_are_refused() {
    let cases = [
        ("a.conll", with_columns("4", ""), "a.conll: no column \"4\"; the columns are \"1\", "),
        ("a.conll", with_columns("0", ""), "a.conll: no column \"0\""),
        ("a.conll", with_columns("", "word"), "a.conll: no column \"word\""),
        ("a.conll", with_columns("2", "2"), "a.conll: column \"2\" cannot be both the text and"),
        ("a.conllu", with_columns("", "UPO"), "a.conllu: no column \"UPO\" (did you mean \"UPOS\""),
    ];
    for (name, options, expected) in cases {
        let error = read("a b C\n", name, &options).unwrap_err().to_string();
        assert!(error.starts_with(expected), "{error}");
    }
    let text = "{\"tokens\":[\"a\"],\"tags\":[1]}";
    let error = read(text, "a.jsonl", &with_columns("", "tag")).unwrap_err().to_string();
    assert!(error.contains("no column \"tag\" (did you mean \"tags\"?)"), "{error}");
}

#[test]
fn a_tag_that_makes_no_sense_is_named_with_its_sentence() {
    let text = "a B-X\n\n\nb O\nc I-X\n";
    let corpus = read(text, "a.conll", &TagReadOptions::default()).unwrap();
    assert_eq!(corpus.scheme(), TagScheme::Bio);
    let expected = "a.conll:4: word 1: the tag \"I-X\" does not follow a tag of its entity; \
                    correct it, or name another tag scheme";
    assert_eq!(corpus.check(TagScheme::Bio).unwrap_err().to_string(), expected);
    let error = corpus.clone().convert(TagScheme::Bio, TagScheme::Bioes).unwrap_err();
    assert_eq!(error.to_string(), expected);
    let read_as_iob1 = corpus.convert(TagScheme::Iob1, TagScheme::Bio).unwrap();
    assert_eq!(shown(&read_as_iob1), ["a/B-X", "b/O c/B-X"]);
}

#[test]
fn arbitrary_bytes_never_panic() {
    let mut rng = fastrand::Rng::with_seed(2);
    let alphabet = b"ab\t\n\r 12.-#_{}[]\":,\xC3\xA9tokenstags";
    for _ in 0..4000 {
        let length = rng.usize(0..60);
        let bytes: Vec<u8> = (0..length).map(|_| alphabet[rng.usize(0..alphabet.len())]).collect();
        for format in [TagFormat::Conll, TagFormat::Conllu, TagFormat::Jsonl] {
            for tags in [Need::Required, Need::Optional] {
                let options = TagReadOptions {
                    format: Some(format),
                    lossy: true,
                    tags,
                    ..TagReadOptions::default()
                };
                if let Ok(corpus) = TaggedCorpus::from_reader(&bytes[..], "f", &options) {
                    for sentence in corpus.sentences() {
                        let n_tags = sentence.tags.len();
                        assert!(n_tags == 0 || n_tags == sentence.tokens.len(), "{bytes:?}");
                    }
                }
            }
        }
    }
}
