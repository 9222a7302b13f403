//! `sconce tokenizer train`.

mod recipe;
mod texts;

use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context, Result};
use clap::Args;
use sconce_text_pipeline::{
    CountOptions, SubwordTokenizer, SubwordTrainer, Tokenizer, TrainingProgress,
};
use serde::Serialize;
use serde_json::json;

use self::recipe::RecipeOptions;
use crate::console::Console;
use crate::failure::usage;
use crate::memory::peak_rss_mb;
use crate::options::{ColumnOptions, CommonOptions, values};
use crate::progress::{Unit, Work};
use crate::table::{bytes, count, thousands};
use crate::whole_file;

const EXAMPLES: &str = "\
Examples:
  sconce tokenizer train --model bpe --input corpus.txt --vocab-size 30000 --out tokenizer.json
  sconce tokenizer train --model wordpiece --lowercase false --input a.txt b.txt.gz --out t.json
  sconce tokenizer train --model unigram --input reviews.jsonl --text-column body --out t.json
  sconce tokenizer train --model bpe --preset roberta --special-tokens \"<user>\" \"<bot>\" \\
      --input chats.parquet --max-memory 4000 --out tokenizer.json
  sconce tokenizer train --config tokenizer.settings.toml --vocab-size 50000 --out larger.json

The settings that were in force are kept beside the tokenizer, in the form of --config.";

/// Options of the command.
#[derive(Debug, Args, Serialize)]
#[command(
    after_help = EXAMPLES,
    override_usage = "sconce tokenizer train --model MODEL --input FILE... --out tokenizer.json [OPTIONS]"
)]
#[serde(rename_all = "kebab-case")]
pub struct Options {
    /// Files of texts, as in Data files below; lines of .txt files are taken with their line breaks
    #[arg(long, value_name = "FILE", num_args = 1.., required_unless_present = "config")]
    input: Vec<PathBuf>,
    /// File to write
    #[arg(long, value_name = "FILE", required_unless_present = "config")]
    #[serde(skip)]
    out: Option<PathBuf>,
    #[command(flatten)]
    #[serde(flatten)]
    recipe: RecipeOptions,
    /// Leave out words that occur less often, before anything is learnt
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = values::at_least_one::<u64>)]
    min_word_count: u64,
    /// Memory that counting words may take, in MB; more goes into temporary files
    #[arg(long, value_name = "MB", default_value_t = 1000, value_parser = clap::value_parser!(u64).range(1..))]
    max_memory: u64,
    /// Folder of the temporary files [default: the system's]
    #[arg(long, value_name = "DIR")]
    temp_folder: Option<PathBuf>,
    #[command(flatten)]
    #[serde(flatten)]
    columns: ColumnOptions,
    #[command(flatten)]
    #[serde(skip)]
    common: CommonOptions,
}

/// What was read and learnt.
#[derive(Debug, Default)]
struct Seen {
    n_texts: u64,
    n_bytes: u64,
    n_words: usize,
}

/// Trains a tokenizer.
pub fn run(options: &Options) -> Result<()> {
    let Some(out) = &options.out else {
        return Err(usage("--out is required, as a flag or a key"));
    };
    if options.input.is_empty() {
        return Err(usage("--input is required, as a flag or a key"));
    }
    let recipe = options.recipe.recipe()?;
    whole_file::check(out)?;
    let (output, console) = options.common.start()?;
    let started = Instant::now();
    let counting = CountOptions {
        max_memory: usize::try_from(options.max_memory.saturating_mul(1_000_000))
            .unwrap_or(usize::MAX),
        min_count: options.min_word_count,
        temp_folder: options.temp_folder.clone(),
    };
    let mut seen = Seen::default();
    let trainer = SubwordTrainer::new(recipe).with_options(counting);
    let tokenizer = options.train(trainer, &mut seen, console)?;
    options.save(out, &tokenizer)?;
    let seconds = started.elapsed().as_secs_f64();
    console.note(format_args!(
        "{}, {}, {} words; vocabulary: {} entries ({seconds:.1} s)",
        count(usize::try_from(seen.n_texts).unwrap_or(usize::MAX), "text"),
        bytes(seen.n_bytes),
        thousands(seen.n_words),
        thousands(tokenizer.vocab_size())
    ));
    console.note(format_args!("written: {}", out.display()));
    console.next_commands(&[
        format!("tokenizer inspect {}", out.display()),
        format!("tokenizer encode --tokenizer {} \"a text\"", out.display()),
        format!("data prepare FILE --tokenizer {} --out CACHE", out.display()),
    ]);
    Ok(output.json(&json!({
        "event": "done",
        "out": out,
        "model": options.recipe.model_name(),
        "vocab_size": tokenizer.vocab_size(),
        "texts": seen.n_texts,
        "bytes": seen.n_bytes,
        "words": seen.n_words,
        "seconds": seconds,
        "peak_rss_mb": peak_rss_mb(),
    }))?)
}

impl Options {
    fn train<'a>(
        &self,
        trainer: SubwordTrainer<'a>,
        seen: &'a mut Seen,
        console: Console,
    ) -> Result<SubwordTokenizer> {
        let mut work = Some(Work::new(console, "reading", Unit::Bytes, texts::total(&self.input)));
        let mut learns = false;
        let trainer = trainer.on_progress(move |progress| match progress {
            TrainingProgress::Read { n_texts, n_bytes } => {
                (seen.n_texts, seen.n_bytes) = (n_texts, n_bytes);
                if let Some(work) = &mut work {
                    work.show(n_bytes);
                }
            }
            TrainingProgress::Counted { n_words } => {
                seen.n_words = n_words;
                work = None;
            }
            TrainingProgress::Trained { done, total } => {
                if !learns {
                    learns = true;
                    work = Some(Work::new(console, "learning", Unit::Steps, Some(total as u64)));
                }
                if let Some(work) = &mut work {
                    work.show(done as u64);
                }
            }
            _ => {}
        });
        Ok(texts::train(trainer, &self.input, &self.columns)?)
    }

    /// Writes the tokenizer, and beside it the settings.
    fn save(&self, out: &Path, tokenizer: &SubwordTokenizer) -> Result<()> {
        let settings = toml::to_string(self).context("the settings cannot be written")?;
        whole_file::write(out, &tokenizer.to_file()?.bytes)?;
        whole_file::write(&whole_file::settings_path(out), settings.as_bytes())
    }
}
