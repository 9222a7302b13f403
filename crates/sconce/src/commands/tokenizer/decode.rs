//! `sconce tokenizer decode`: ids to texts.

use std::fs::File;
use std::io::{self, BufRead, BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow, bail};
use clap::Args;
use sconce_text_pipeline::Tokenizer;
use serde::Serialize;

use super::ids;
use crate::failure::usage;
use crate::options::{CommonOptions, TokenizerOptions};
use crate::table::thousands;

const EXAMPLES: &str = "\
Examples:
  sconce tokenizer decode --tokenizer tokenizer.json 101 1037 17070 102
  sconce tokenizer decode --tokenizer gpt2 --input ids.txt
  sconce tokenizer encode --tokenizer gpt2 --json \"a film\" | \\
      sconce tokenizer decode --tokenizer gpt2 --input -";

/// Options of the command.
#[derive(Debug, Args)]
#[command(
    after_help = EXAMPLES,
    override_usage = "sconce tokenizer decode --tokenizer FILE|DIR [OPTIONS] ID...\n       sconce tokenizer decode --tokenizer FILE|DIR --input FILE|- [OPTIONS]"
)]
pub struct Options {
    #[command(flatten)]
    tokenizer: TokenizerOptions,
    /// Ids of one text a line: numbers, or JSON as `encode --json` prints it; of a file, or of stdin
    /// with `-`
    #[arg(long, value_name = "FILE|-")]
    input: Option<PathBuf>,
    /// The ids of one text
    #[arg(value_name = "ID")]
    ids: Vec<String>,
    /// Keep special tokens, such as `</s>`
    #[arg(long)]
    keep_special: bool,
    #[command(flatten)]
    common: CommonOptions,
}

/// What is done with a line, and where it stands.
type Each<'a> = &'a mut dyn FnMut(&str, &dyn Fn() -> String) -> Result<()>;

#[derive(Serialize)]
struct Row<'a> {
    text: &'a str,
    ids: &'a [u32],
}

/// Decodes ids.
pub fn run(options: &Options) -> Result<()> {
    match (&options.input, options.ids.is_empty()) {
        (Some(_), false) => return Err(usage("give ids or --input, not both")),
        (None, true) => {
            return Err(usage("nothing to decode: give ids, --input FILE, or --input - (stdin)"));
        }
        _ => {}
    }
    options.common.start()?;
    let tokenizer = options.tokenizer.open()?;
    let mut out = BufWriter::new(io::stdout());
    let mut decode = |line: &str, place: &dyn Fn() -> String| -> Result<()> {
        let line = options.line(&*tokenizer, line).with_context(place)?;
        Ok(writeln!(out, "{line}")?)
    };
    match &options.input {
        None => decode(&options.ids.join(" "), &|| "the ids".into())?,
        Some(path) if path == Path::new("-") => for_each_line(io::stdin(), "stdin", &mut decode)?,
        Some(path) => {
            let name = path.display().to_string();
            let file = File::open(path).map_err(|error| match error.kind() {
                io::ErrorKind::NotFound => anyhow!("{name}: no such file; check the path"),
                _ => anyhow!("{name}: cannot be read: {error}"),
            })?;
            for_each_line(file, &name, &mut decode)?;
        }
    }
    Ok(out.flush()?)
}

impl Options {
    fn line(&self, tokenizer: &dyn Tokenizer, line: &str) -> Result<String> {
        let ids = ids::parse(line)?;
        if let Some(id) = ids.iter().find(|id| tokenizer.token(**id).is_none()) {
            let size = thousands(tokenizer.vocab_size());
            bail!("no token has the id {id}; ids go up to the size of the vocabulary, {size}");
        }
        let text = tokenizer.decode(&ids, !self.keep_special)?;
        match self.common.json {
            true => Ok(serde_json::to_string(&Row { text: &text, ids: &ids })?),
            false => Ok(text),
        }
    }
}

fn for_each_line(input: impl Read, name: &str, each: Each<'_>) -> Result<()> {
    for (index, line) in BufReader::new(input).lines().enumerate() {
        let place = || format!("{name}:{}", index + 1);
        let line = line.map_err(|error| match error.kind() {
            io::ErrorKind::InvalidData => anyhow!("{}: not valid UTF-8", place()),
            _ => anyhow!("{}: cannot be read: {error}", place()),
        })?;
        each(&line, &place)?;
    }
    Ok(())
}
