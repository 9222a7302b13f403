//! The files that both sides read, made from archives of published data sets that are no part of the
//! repository.

use std::path::Path;

use anyhow::{Context, Result};
use serde_json::{Value, json};

use crate::archives;

/// An archive of data sets, as it lies in the folder of archives.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Archive {
    Classification,
    Labelling,
    Pairs,
    Questions,
    Language,
}

/// Questions of `squad`: for training, and for the test.
const QUESTIONS: [usize; 2] = [10_000, 2_000];

impl Archive {
    /// Its name in the folder of archives.
    pub fn file_name(self) -> &'static str {
        match self {
            Self::Classification => "classification.tar.xz",
            Self::Labelling => "labelling.tar.xz",
            Self::Pairs => "pairs.tar.xz",
            Self::Questions => "qa.tar.xz",
            Self::Language => "lm.tar.xz",
        }
    }

    fn members(self) -> &'static [&'static str] {
        match self {
            Self::Classification => {
                &["sst/sst2_sentences/test.tsv", "sst/sst2_sentences/train.tsv"]
            }
            Self::Labelling => &[
                "conll2003/eng.train",
                "conll2003/eng.testb",
                "ud_english_ewt/en_ewt-ud-train.conllu",
                "ud_english_ewt/en_ewt-ud-test.conllu",
            ],
            Self::Pairs => &["stsb/stsb-en-train.csv", "stsb/stsb-en-test.csv"],
            Self::Questions => &["squad11/train-v1.1.json", "squad11/dev-v1.1.json"],
            Self::Language => &["lm_small/tinyshakespeare.txt"],
        }
    }

    /// The files made of it: name and text. `read` gives the text of a member.
    fn files(
        self,
        limit: usize,
        read: impl Fn(&str) -> Result<String>,
    ) -> Result<Vec<(&'static str, String)>> {
        Ok(match self {
            Self::Classification => vec![
                ("sst2-train.tsv", sst(&read("sst/sst2_sentences/train.tsv")?, limit)?),
                ("sst2-test.tsv", sst(&read("sst/sst2_sentences/test.tsv")?, limit)?),
            ],
            Self::Labelling => vec![
                ("conll-train.conll", conll(&read("conll2003/eng.train")?, limit)?),
                ("conll-test.conll", conll(&read("conll2003/eng.testb")?, limit)?),
                (
                    "ewt-train.conll",
                    conllu(&read("ud_english_ewt/en_ewt-ud-train.conllu")?, limit)?,
                ),
                ("ewt-test.conll", conllu(&read("ud_english_ewt/en_ewt-ud-test.conllu")?, limit)?),
            ],
            Self::Pairs => {
                let test = scored(&read("stsb/stsb-en-test.csv")?, limit);
                let sentences = pairs(&test)?.0.join("\n") + "\n";
                vec![
                    ("stsb-train.csv", scored(&read("stsb/stsb-en-train.csv")?, limit)),
                    ("stsb-test.csv", test),
                    ("sentences.txt", sentences),
                ]
            }
            Self::Questions => {
                let [train, test] = QUESTIONS.map(|count| count.min(limit));
                vec![
                    ("squad-train.json", squad(&read("squad11/train-v1.1.json")?, train)?),
                    ("squad-test.json", squad(&read("squad11/dev-v1.1.json")?, test)?),
                ]
            }
            Self::Language => {
                let (train, test) = nine_tenths(&read("lm_small/tinyshakespeare.txt")?);
                vec![("shakespeare-train.txt", train), ("shakespeare-test.txt", test)]
            }
        })
    }
}

/// Makes the files of an archive, of at most `limit` rows each; `None` where the archive is not there.
pub fn prepare(archive: Archive, from: &Path, folder: &Path, limit: usize) -> Result<Option<()>> {
    let path = from.join(archive.file_name());
    if !path.is_file() {
        return Ok(None);
    }
    let raw = folder.with_file_name("raw");
    archives::unpack(&path, &raw, archive.members())?;
    let read = |member: &str| {
        let path = archives::place(&raw, member);
        let bytes =
            std::fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    };
    for (name, text) in archive.files(limit, read).with_context(|| path.display().to_string())? {
        let path = folder.join(name);
        std::fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))?;
    }
    Ok(Some(()))
}

/// `sentence<TAB>label` without a header, to `label<TAB>text` with one.
fn sst(text: &str, limit: usize) -> Result<String> {
    let mut out = String::from("label\ttext\n");
    for (number, line) in text.lines().enumerate().take(limit) {
        let (sentence, label) =
            line.rsplit_once('\t').with_context(|| format!("line {}: no tab", number + 1))?;
        out += &format!("{label}\t{}\n", sentence.replace('\t', " "));
    }
    Ok(out)
}

/// CoNLL-2003 to word and tag, IOB1 to BIO.
fn conll(text: &str, limit: usize) -> Result<String> {
    let mut out = String::new();
    let sentences = text.split("\n\n").map(str::trim).filter(|block| !block.is_empty());
    for block in sentences.filter(|block| !block.starts_with("-DOCSTART-")).take(limit) {
        let mut before = "";
        for line in block.lines() {
            let fields: Vec<&str> = line.split_whitespace().collect();
            let [word, .., tag] = fields[..] else {
                anyhow::bail!("`{line}`: expected a word and its columns")
            };
            out += &format!("{word}\t{}\n", bio(before, tag));
            before = tag;
        }
        out.push('\n');
    }
    Ok(out)
}

/// An entity begins where IOB1 says `B-`, or `I-` after another kind or none.
fn bio(before: &str, tag: &str) -> String {
    let kind = |tag: &str| tag.split_once('-').map(|(_, kind)| kind.to_owned());
    match (tag.strip_prefix("I-"), kind(before)) {
        (Some(inside), before) if before.as_deref() != Some(inside) => format!("B-{inside}"),
        _ => tag.to_owned(),
    }
}

/// CoNLL-U to word and universal part of speech, without ranges of words and empty nodes.
fn conllu(text: &str, limit: usize) -> Result<String> {
    let mut out = String::new();
    for block in text.split("\n\n").filter(|block| !block.trim().is_empty()).take(limit) {
        for line in block.lines().filter(|line| !line.starts_with('#') && !line.is_empty()) {
            let fields: Vec<&str> = line.split('\t').collect();
            let [id, form, _, tag, ..] = fields[..] else {
                anyhow::bail!("`{line}`: expected ten columns")
            };
            if !id.contains(['-', '.']) {
                out += &format!("{form}\t{tag}\n");
            }
        }
        out.push('\n');
    }
    Ok(out)
}

/// STS-B with a header.
fn scored(text: &str, limit: usize) -> String {
    let mut out = String::from("sentence1,sentence2,score\n");
    text.lines().take(limit).for_each(|line| {
        out += line;
        out.push('\n');
    });
    out
}

/// All first sentences and then all second ones, and the scores, of a file that [`scored`] made.
pub fn pairs(text: &str) -> Result<(Vec<String>, Vec<f64>)> {
    let (mut first, mut second, mut scores) = (Vec::new(), Vec::new(), Vec::new());
    for line in text.lines().skip(1) {
        let fields: [String; 3] = csv(line)
            .try_into()
            .map_err(|_| anyhow::anyhow!("`{line}`: expected two sentences and a score"))?;
        let [one, two, score] = fields;
        scores.push(score.parse().with_context(|| format!("`{line}`"))?);
        first.push(one);
        second.push(two);
    }
    first.append(&mut second);
    Ok((first, scores))
}

/// The fields of a line of CSV.
fn csv(line: &str) -> Vec<String> {
    let mut fields = vec![String::new()];
    let mut is_quoted = false;
    let mut chars = line.chars().peekable();
    while let Some(c) = chars.next() {
        let field = fields.len() - 1;
        match c {
            '"' if is_quoted && chars.next_if_eq(&'"').is_some() => fields[field].push('"'),
            '"' => is_quoted = !is_quoted,
            ',' if !is_quoted => fields.push(String::new()),
            _ => fields[field].push(c),
        }
    }
    fields
}

/// The first questions of a file of SQuAD, in its form.
fn squad(text: &str, limit: usize) -> Result<String> {
    let whole: Value = serde_json::from_str(text)?;
    let (mut articles, mut left) = (Vec::new(), limit);
    for article in whole["data"].as_array().context("`data` is missing")? {
        let mut paragraphs = Vec::new();
        for paragraph in article["paragraphs"].as_array().context("`paragraphs` is missing")? {
            let questions = paragraph["qas"].as_array().context("`qas` is missing")?;
            let kept = &questions[..questions.len().min(left)];
            left -= kept.len();
            if !kept.is_empty() {
                paragraphs.push(json!({ "context": paragraph["context"], "qas": kept }));
            }
        }
        if !paragraphs.is_empty() {
            articles.push(json!({ "title": article["title"], "paragraphs": paragraphs }));
        }
    }
    Ok(json!({ "version": whole["version"], "data": articles }).to_string())
}

/// The first nine tenths of the characters, and the rest.
fn nine_tenths(text: &str) -> (String, String) {
    let count = text.chars().count() * 9 / 10;
    let end = text.char_indices().nth(count).map_or(text.len(), |(at, _)| at);
    (text[..end].to_owned(), text[end..].to_owned())
}

#[cfg(test)]
mod tests;
