//! The common data sets as they are published: where their files lie in a folder, and what their rows
//! mean. Nothing is downloaded.

mod layout;
mod parallel;
mod trees;
mod wikitext;

use std::path::{Path, PathBuf};
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::corpus::{Example, Format, LabelKind, Need, ReadOptions};
use crate::error::{Error, Result, nearest};
use crate::example_reader::ExampleReader;
use crate::qa_corpus::QaReadOptions;
use crate::qa_reader::QaReader;
use crate::tagged_corpus::{TagFormat, TagReadOptions};
use crate::tagged_reader::TaggedReader;
use crate::text_source::{SourceSettings, TextSource};

/// A data set that many papers use.
///
/// ```no_run
/// use sconce_text_pipeline::{CommonReader, CommonSet, Part};
///
/// let CommonReader::Examples(reviews) = CommonSet::Imdb.open("aclImdb", Part::Train)? else {
///     return Ok(());
/// };
/// for review in reviews {
///     assert!(matches!(review?.label.as_deref(), Some("neg" | "pos")));
/// }
/// # Ok::<(), sconce_text_pipeline::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum CommonSet {
    /// AG's news (Zhang et al., 2015, arXiv:1509.01626): `train.csv` and `test.csv` of class from 1,
    /// title and description. Title and description become one text; the classes are `World`,
    /// `Sports`, `Business` and `Sci/Tech`.
    AgNews,
    /// Large Movie Reviews (Maas et al., 2011): the folder `aclImdb`, or `train.jsonl` and
    /// `test.jsonl` with `label` 0 or 1. The classes are `neg` and `pos`; `unsup` is left out.
    Imdb,
    /// Stanford Sentiment Treebank (Socher et al., 2013), sentences of two classes, `negative` and
    /// `positive`, without the neutral ones: `trees/train.txt`, `dev.txt`, `test.txt`.
    Sst2,
    /// The same in five classes, from `very negative` to `very positive`.
    Sst5,
    /// Every phrase of the trees of SST, sentences among them, in two classes.
    Sst2Phrases,
    /// Every phrase of the trees of SST, sentences among them, in five classes.
    Sst5Phrases,
    /// Questions (Li and Roth, 2002) in 6 classes: `train_5500.label`, `TREC_10.label`.
    Trec,
    /// The same in 50 classes, such as `DESC:manner`.
    TrecFine,
    /// Chunks (Tjong Kim Sang and Buchholz, 2000): `train.txt`, `test.txt`.
    Conll2000,
    /// Named entities (Tjong Kim Sang and De Meulder, 2003): `eng.train`, `eng.testa`, `eng.testb`,
    /// or `train.txt`, `valid.txt`, `test.txt`. The tags are as the files have them (IOB1 as
    /// published).
    Conll2003,
    /// A treebank of Universal Dependencies: `*-ud-train.conllu` and so on, with its `UPOS` tags.
    UniversalDependencies,
    /// SQuAD 1.1 (arXiv:1606.05250): `train-v1.1.json`, `dev-v1.1.json`.
    Squad,
    /// SQuAD 2.0 (arXiv:1806.03822): `train-v2.0.json`, `dev-v2.0.json`.
    Squad2,
    /// WikiText-2 or -103 (Merity et al., 2016, arXiv:1609.07843): `wiki.train.tokens` and so on, or
    /// `.raw`. An article is one example; its title is the label. Every line of the file is one of
    /// the text, blank ones too, as the token counts of papers have them.
    WikiText,
    /// Penn Treebank as language model (Mikolov et al., 2010): `ptb.train.txt` and so on. A line is
    /// one example, and ends with `<eos>`.
    Ptb,
    /// Multi30k (Elliott et al., 2016, arXiv:1605.00459), English to German: `train.en` and
    /// `train.de` and so on; [`open_parallel`] reads other languages and sets of lines.
    Multi30k,
    /// STS benchmark (Cer et al., 2017, arXiv:1708.00055): `sts-train.csv` (tabs), `stsb-en-train.csv`
    /// or GLUE's `train.tsv`. Labels are numbers from 0 to 5.
    StsB,
    /// Corpus of Linguistic Acceptability of GLUE (arXiv:1804.07461): `train.tsv`, `dev.tsv`.
    Cola,
    /// SST-2 as GLUE has it, phrases among its training rows: `train.tsv`, `dev.tsv`.
    GlueSst2,
    /// Paraphrases: `msr_paraphrase_train.txt`, `msr_paraphrase_test.txt`, or GLUE's `train.tsv`.
    Mrpc,
    /// Quora's question pairs of GLUE.
    Qqp,
    /// Multi-genre inference of GLUE: `train.tsv`, `dev_matched.tsv`, `test_matched.tsv`.
    Mnli,
    /// Questions and sentences of GLUE.
    Qnli,
    /// Textual entailment of GLUE.
    Rte,
    /// Pronouns of GLUE.
    Wnli,
}

/// A part of a data set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Part {
    /// To learn from.
    Train,
    /// To choose settings by; of sets without a published test part also to be tested on.
    Validation,
    /// To be tested on. Labels of GLUE's are not published.
    Test,
}

/// The rows of a common data set.
#[derive(Debug)]
#[non_exhaustive]
pub enum CommonReader {
    /// Texts, with classes or numbers.
    Examples(ExampleReader),
    /// Words with tags.
    Tagged(TaggedReader),
    /// Questions about texts.
    Questions(QaReader),
}

impl CommonSet {
    /// All of them.
    pub const ALL: &'static [Self] = &[
        Self::AgNews,
        Self::Imdb,
        Self::Sst2,
        Self::Sst5,
        Self::Sst2Phrases,
        Self::Sst5Phrases,
        Self::Trec,
        Self::TrecFine,
        Self::Conll2000,
        Self::Conll2003,
        Self::UniversalDependencies,
        Self::Squad,
        Self::Squad2,
        Self::WikiText,
        Self::Ptb,
        Self::Multi30k,
        Self::StsB,
        Self::Cola,
        Self::GlueSst2,
        Self::Mrpc,
        Self::Qqp,
        Self::Mnli,
        Self::Qnli,
        Self::Rte,
        Self::Wnli,
    ];

    const NAMES: &'static [&'static str] = &[
        "ag-news",
        "imdb",
        "sst2",
        "sst5",
        "sst2-phrases",
        "sst5-phrases",
        "trec",
        "trec-fine",
        "conll2000",
        "conll2003",
        "universal-dependencies",
        "squad",
        "squad2",
        "wiki-text",
        "ptb",
        "multi30k",
        "sts-b",
        "cola",
        "glue-sst2",
        "mrpc",
        "qqp",
        "mnli",
        "qnli",
        "rte",
        "wnli",
    ];

    /// Its name, as [`from_str`](FromStr::from_str) takes it.
    pub fn name(self) -> &'static str {
        let at = Self::ALL.iter().position(|set| *set == self).unwrap_or_default();
        Self::NAMES[at]
    }

    /// Opens a part that lies in a folder as it was published, each file also packed (`.gz`, `.zst`,
    /// feature `compression`).
    ///
    /// # Errors
    /// If the part is not there, or is not as it was published.
    pub fn open(self, folder: impl AsRef<Path>, part: Part) -> Result<CommonReader> {
        use CommonReader::{Examples, Questions, Tagged};
        let folder = folder.as_ref();
        if self == Self::Multi30k {
            let (text, pair) = (layout::find(self, folder, part)?, "de");
            return parallel::open(&text, &parallel::beside(&text, pair)?).map(Examples);
        }
        let path = layout::find(self, folder, part)?;
        Ok(match self {
            Self::Conll2000 | Self::Conll2003 => {
                let format = Some(TagFormat::Conll);
                Tagged(TaggedReader::open(&path, &TagReadOptions { format, ..Default::default() })?)
            }
            Self::UniversalDependencies => {
                Tagged(TaggedReader::open(&path, &TagReadOptions::default())?)
            }
            Self::Squad | Self::Squad2 => {
                Questions(QaReader::open(&path, &QaReadOptions::default())?)
            }
            _ => Examples(self.examples(&path, part)?),
        })
    }

    fn examples(self, path: &Path, part: Part) -> Result<ExampleReader> {
        match self {
            Self::Sst2 => trees::open(path, trees::Classes::Two, false),
            Self::Sst5 => trees::open(path, trees::Classes::Five, false),
            Self::Sst2Phrases => trees::open(path, trees::Classes::Two, true),
            Self::Sst5Phrases => trees::open(path, trees::Classes::Five, true),
            Self::WikiText => wikitext::open(path),
            Self::Ptb => Ok(lines(path, false)?.map_examples(|example| {
                Ok(Some(Example { text: format!("{} <eos>", example.text), ..example }))
            })),
            Self::Trec => Ok(lines(path, true)?.map_examples(|example| question(example, true))),
            Self::TrecFine => {
                Ok(lines(path, true)?.map_examples(|example| question(example, false)))
            }
            Self::AgNews => {
                let options = table(Format::Csv, false, &["2", "3", "1"], LabelKind::Class);
                Ok(ExampleReader::open(path, &options)?.map_examples(news))
            }
            Self::Imdb => {
                let options = ReadOptions::default();
                Ok(ExampleReader::open(path, &options)?.map_examples(review))
            }
            Self::StsB => scores(path),
            Self::Cola => ExampleReader::open(path, &acceptability(path)?),
            _ => {
                let labels = if part == Part::Test { Need::Optional } else { Need::Required };
                let is_one_text = self == Self::GlueSst2;
                let pairs = if is_one_text { Need::Optional } else { Need::Required };
                let options = table(Format::Tsv, true, &[], LabelKind::Class);
                ExampleReader::open(path, &ReadOptions { labels, pairs, ..options })
            }
        }
    }
}

/// Lines of two files that are translations of each other, such as `train.en` and `train.de`: texts
/// and their pairs.
///
/// # Errors
/// If a file cannot be read; later if one has more lines than the other.
pub fn open_parallel(texts: impl AsRef<Path>, pairs: impl AsRef<Path>) -> Result<ExampleReader> {
    parallel::open(texts.as_ref(), pairs.as_ref())
}

/// Columns by number or guessed: text, pair, label.
fn table(format: Format, header: bool, columns: &[&str], kind: LabelKind) -> ReadOptions {
    let column = |at: usize| columns.get(at).map(ToString::to_string);
    ReadOptions {
        text_column: column(0),
        pair_column: column(1),
        label_column: column(2),
        format: Some(format),
        header,
        kind,
        ..ReadOptions::default()
    }
}

fn lines(path: &Path, latin1: bool) -> Result<ExampleReader> {
    let options = ReadOptions { labels: Need::Optional, ..ReadOptions::default() };
    let settings = SourceSettings { latin1, ..SourceSettings::new(false) };
    ExampleReader::from_source(TextSource::open(path, settings)?, Format::Lines, &options)
}

fn news(example: Example) -> Result<Option<Example>, String> {
    const CLASSES: [&str; 4] = ["World", "Sports", "Business", "Sci/Tech"];
    let number: Option<usize> = example.label.as_deref().and_then(|label| label.parse().ok());
    let class = number.and_then(|number| CLASSES.get(number.checked_sub(1)?));
    let class = class.ok_or("the class is not a number from 1 to 4")?;
    let text = format!("{} {}", example.text, example.pair.unwrap_or_default());
    Ok(Some(Example { text, pair: None, label: Some((*class).to_owned()), ..Example::default() }))
}

fn review(example: Example) -> Result<Option<Example>, String> {
    let label = match example.label.as_deref() {
        Some("0" | "neg") => "neg",
        Some("1" | "pos") => "pos",
        Some("unsup") => return Ok(None),
        _ => return Err("the label is not neg, pos, 0 or 1".to_owned()),
    };
    Ok(Some(Example { label: Some(label.to_owned()), ..example }))
}

/// `DESC:manner How did ...`
fn question(example: Example, is_coarse: bool) -> Result<Option<Example>, String> {
    let split = example.text.split_once(' ').filter(|(class, _)| class.contains(':'));
    let (class, text) = split.ok_or("the line does not begin with a class such as DESC:manner")?;
    let class = if is_coarse { class.split(':').next().unwrap_or(class) } else { class };
    Ok(Some(Example { text: text.to_owned(), label: Some(class.to_owned()), ..Example::default() }))
}

/// The three forms in which the STS benchmark is handed round.
fn scores(path: &Path) -> Result<ExampleReader> {
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let number = LabelKind::Number;
    let options = match name.as_str() {
        name if name.starts_with("sts-") => return Ok(lines(path, false)?.map_examples(score)),
        name if name.starts_with("stsb-") => table(Format::Csv, false, &["1", "2", "3"], number),
        _ => table(Format::Tsv, true, &["sentence1", "sentence2", "score"], number),
    };
    ExampleReader::open(path, &options)
}

/// Genre, file, year, number, score and two texts; in some rows licenses follow.
fn score(example: Example) -> Result<Option<Example>, String> {
    let fields: Vec<&str> = example.text.split('\t').collect();
    let [_, _, _, _, score, text, pair, ..] = fields[..] else {
        return Err(format!("{} fields, but 7 at least are expected", fields.len()));
    };
    if score.parse::<f32>().is_err() {
        return Err(format!("the score {score:?} is no number"));
    }
    Ok(Some(Example {
        text: text.to_owned(),
        pair: Some(pair.to_owned()),
        label: Some(score.to_owned()),
        ..Example::default()
    }))
}

/// Four columns without a header, or of the test part two with one.
fn acceptability(path: &Path) -> Result<ReadOptions> {
    let mut source = TextSource::open(path, SourceSettings::new(false))?;
    let first = source.first_line()?.map(|(_, line)| line).unwrap_or_default();
    Ok(match first.matches('\t').count() {
        3 => ReadOptions {
            text_column: Some("4".to_owned()),
            label_column: Some("2".to_owned()),
            ..table(Format::Tsv, false, &[], LabelKind::Class)
        },
        _ => ReadOptions {
            labels: Need::Optional,
            ..table(Format::Tsv, true, &["sentence"], LabelKind::Class)
        },
    })
}

impl FromStr for CommonSet {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self> {
        let at = Self::NAMES.iter().position(|known| *known == name);
        at.map(|at| Self::ALL[at]).ok_or_else(|| Error::UnknownName {
            kind: "data set",
            name: name.to_owned(),
            known: Self::NAMES,
            nearest: nearest(name, Self::NAMES.iter().copied()),
        })
    }
}

/// A path below a folder, joined.
fn below(folder: &Path, path: &str) -> PathBuf {
    path.split('/').fold(folder.to_owned(), |folder, name| folder.join(name))
}

#[cfg(test)]
mod tests;
