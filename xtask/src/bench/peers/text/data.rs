//! The files that both sides read: reviews and tokenizers of published archives that are no part of
//! the repository, and a large text made of nothing.

use std::fs::{self, File};
use std::io::{BufRead, BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use super::cases::{BERT, GPT2};
use crate::bench::sentences::SplitMix64;
use crate::{archives, process, python};

/// Bytes of the large text.
const LARGE: u64 = 1_000_000_000;
/// Its different words.
const N_WORDS: u64 = 200_000;

const REVIEWS: &[&str] = &["imdb/train.jsonl", "imdb/test.jsonl", "imdb/unsup.jsonl.gz"];

/// Where a tokenizer's files lie in their archive, and what says how to read them.
const TOKENIZERS: &[(&str, &[&str], &str)] = &[
    (
        BERT,
        &["tokenizers/rten/reftests/models/bert-base-uncased/vocab.txt"],
        r#"{"tokenizer_class": "BertTokenizer", "do_lower_case": true}"#,
    ),
    (
        GPT2,
        &[
            "tokenizers/rten/reftests/models/gpt2/vocab.json",
            "tokenizers/rten/reftests/models/gpt2/merges.txt",
        ],
        r#"{"tokenizer_class": "GPT2Tokenizer"}"#,
    ),
];

/// The text of all reviews, one a line: target, files of JSON lines, packed ones among them.
const MAKE_LINES: &str = "
import gzip, json, sys
target, *sources = sys.argv[1:]
with open(target, 'w', encoding='utf-8', newline='\\n') as out:
    for source in sources:
        opened = gzip.open if source.endswith('.gz') else open
        with opened(source, 'rt', encoding='utf-8', newline='\\n') as lines:
            for line in lines:
                out.write(' '.join(json.loads(line)['text'].splitlines()) + '\\n')
";

/// The prepared files.
#[derive(Debug)]
pub struct Files {
    folder: PathBuf,
}

impl Files {
    /// Files in a folder, of at most `limit` rows.
    pub fn new(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// Reviews as JSON lines.
    pub fn reviews(&self) -> PathBuf {
        self.folder.join("imdb-train.jsonl")
    }

    /// All reviews, one a line.
    pub fn lines(&self) -> PathBuf {
        self.folder.join("imdb-all.txt")
    }

    /// The large text.
    pub fn large(&self) -> PathBuf {
        self.folder.join("large.txt")
    }

    /// The folder of a tokenizer.
    pub fn tokenizer(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// Makes reviews and tokenizers; what is missing for them, if anything is.
    pub fn prepare(&self, archives: &Path, limit: Option<usize>) -> Result<Option<String>> {
        for name in ["imdb.tar.xz", "tokenizers.tar.xz"] {
            if !archives.join(name).is_file() {
                let folder = archives.display();
                return Ok(Some(format!("{name} is not in {folder} (--archives)")));
            }
        }
        let raw = self.folder.with_file_name("raw");
        archives::unpack(&archives.join("imdb.tar.xz"), &raw, REVIEWS)?;
        fs::create_dir_all(&self.folder)?;
        some_lines(&archives::place(&raw, REVIEWS[0]), &self.reviews(), limit)?;
        if !self.lines().is_file() {
            let all = raw.join("imdb-all.txt");
            if !all.is_file() {
                let mut make = python::system_python();
                make.args(["-c", MAKE_LINES]).arg(&all);
                make.args(REVIEWS.iter().map(|member| archives::place(&raw, member)));
                process::run(&mut make).context("cannot make the lines of all reviews")?;
            }
            some_lines(&all, &self.lines(), limit)?;
        }
        for (name, members, settings) in TOKENIZERS {
            archives::unpack(&archives.join("tokenizers.tar.xz"), &raw, members)?;
            let folder = self.tokenizer(name);
            fs::create_dir_all(&folder)?;
            fs::write(folder.join("tokenizer_config.json"), settings)?;
            for member in *members {
                let file = member.rsplit('/').next().unwrap_or(member);
                fs::copy(archives::place(&raw, member), folder.join(file))?;
            }
        }
        Ok(None)
    }

    /// Makes the large text; of a limited run so many kilobytes.
    pub fn prepare_large(&self, limit: Option<usize>) -> Result<()> {
        let size = limit.map_or(LARGE, |limit| limit as u64 * 1000);
        let path = self.large();
        if path.metadata().is_ok_and(|data| data.len() >= size) {
            return Ok(());
        }
        fs::create_dir_all(&self.folder)?;
        let mut out = BufWriter::with_capacity(1 << 20, File::create(&path)?);
        large_text(&mut out, size).with_context(|| format!("cannot write {}", path.display()))?;
        Ok(out.flush()?)
    }
}

/// Copies lines: all, or some from everywhere, since rows are sorted by their labels.
fn some_lines(from: &Path, to: &Path, limit: Option<usize>) -> Result<()> {
    if to.is_file() {
        return Ok(());
    }
    let open = || File::open(from).with_context(|| format!("cannot read {}", from.display()));
    let (limit, stride) = match limit {
        None => (usize::MAX, 1),
        Some(limit) => (limit, (BufReader::new(open()?).split(b'\n').count() / limit).max(1)),
    };
    let mut out = BufWriter::new(File::create(to)?);
    for line in BufReader::new(open()?).split(b'\n').step_by(stride).take(limit) {
        out.write_all(&line?)?;
        out.write_all(b"\n")?;
    }
    Ok(out.flush()?)
}

/// Lines of made-up words, some frequent and most rare (Zipf), the same ones every time.
fn large_text(out: &mut impl Write, size: u64) -> std::io::Result<()> {
    let mut random = SplitMix64(42);
    let (mut written, mut line) = (0, String::new());
    while written < size {
        line.clear();
        for place in 0..20 + random.below(300) {
            if place > 0 {
                line.push(' ');
            }
            // The rank whose logarithm is uniform: its frequency falls with the rank.
            let share = (random.next() >> 11) as f64 / (1u64 << 53) as f64;
            push_word(&mut line, (N_WORDS as f64).powf(share) as u64);
        }
        line.push_str(".\n");
        out.write_all(line.as_bytes())?;
        written += line.len() as u64;
    }
    Ok(())
}

/// The word of a rank: its digits as syllables.
fn push_word(line: &mut String, mut rank: u64) {
    const SYLLABLES: [&str; 24] = [
        "ka", "to", "mi", "ren", "sol", "ba", "den", "lu", "vi", "tar", "no", "shi", "per", "ga",
        "lo", "fen", "ri", "zu", "mar", "el", "do", "qui", "ast", "ny",
    ];
    loop {
        line.push_str(SYLLABLES[(rank % 24) as usize]);
        rank /= 24;
        if rank == 0 {
            break;
        }
    }
}

#[cfg(test)]
mod tests;
