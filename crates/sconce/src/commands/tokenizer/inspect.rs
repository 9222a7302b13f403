//! `sconce tokenizer inspect`: what a tokenizer is made of.

use std::collections::BTreeMap;
use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::Args;
use sconce_text_pipeline::{SpecialTokens, Tokenizer, load_tokenizer_path};
use serde_json::{Value, json};

use super::encode::tokens;
use super::ids::spaced;
use crate::options::CommonOptions;
use crate::table::{list, printable, render, thousands};

mod parts;

use self::parts::{Part, parts};

/// Capitals, an accent, figures, punctuation, and a script without spaces.
const SAMPLE: &str = "Sconces hold 12 candles; naïve cafés don't. 日本語";

const EXAMPLES: &str = "\
Examples:
  sconce tokenizer inspect tokenizer.json
  sconce tokenizer inspect my-model --sample \"a gem of a film\"
  sconce tokenizer inspect spiece.model --json";

/// Options of the command.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Options {
    /// A file as --tokenizer takes it elsewhere, or the folder of a model
    #[arg(value_name = "FILE|DIR")]
    tokenizer: PathBuf,
    /// A text to encode
    #[arg(long, value_name = "TEXT", default_value = SAMPLE)]
    sample: String,
    #[command(flatten)]
    common: CommonOptions,
}

/// Shows a tokenizer.
pub fn run(options: &Options) -> Result<()> {
    let (output, _) = options.common.start()?;
    let tokenizer = load_tokenizer_path(&options.tokenizer)?;
    let file = tokenizer.to_file()?;
    let content: Value = serde_json::from_slice(&file.bytes)
        .with_context(|| format!("{}: cannot be shown", options.tokenizer.display()))?;
    let shown = Shown { tokenizer: &*tokenizer, parts: parts(&content), sample: &options.sample };
    output.json(&shown.describe(options)?)?;
    Ok(output.text(shown.page()?)?)
}

/// A tokenizer, taken apart.
struct Shown<'a> {
    tokenizer: &'a dyn Tokenizer,
    parts: Vec<Part>,
    sample: &'a str,
}

impl Shown<'_> {
    fn describe(&self, options: &Options) -> Result<Value> {
        let encoding = self.tokenizer.encode(self.sample)?;
        let parts = self.parts.iter().map(|part| (part.name, part.value.clone()));
        let special = self
            .roles()
            .into_iter()
            .map(|(role, id, token)| (role, json!({ "id": id, "token": token })));
        let mut object = json!({
            "tokenizer": options.tokenizer,
            "vocab_size": self.tokenizer.vocab_size(),
            "max_length": self.tokenizer.max_length(),
            "special_tokens": special.collect::<BTreeMap<_, _>>(),
            "all_special_tokens": self.all_special(),
            "sample": {
                "text": self.sample,
                "ids": encoding.ids,
                "tokens": tokens(self.tokenizer, &encoding)?,
                "spans": encoding.spans,
                "decoded": self.tokenizer.decode(&encoding.ids, true)?,
            },
        });
        if let Some(object) = object.as_object_mut() {
            object.extend(parts.map(|(name, value)| (name.to_owned(), value)));
        }
        Ok(object)
    }

    fn page(&self) -> Result<String> {
        let encoding = self.tokenizer.encode(self.sample)?;
        let mut rows: Vec<Vec<String>> = Vec::new();
        let mut row = |name: &str, value: String| rows.push(vec![name.to_owned(), value]);
        for part in &self.parts {
            row(&part.name.replace('_', " "), part.to_string());
        }
        row("vocabulary", format!("{} entries", thousands(self.tokenizer.vocab_size())));
        if let Some(length) = self.tokenizer.max_length() {
            row("longest row", format!("{} tokens", thousands(length)));
        }
        let roles = self.roles();
        let named: Vec<String> =
            roles.iter().map(|(role, id, token)| format!("{role} {token} ({id})")).collect();
        if !named.is_empty() {
            row("special tokens", named.join(", "));
        }
        let others: Vec<String> = self.all_special().into_iter().collect();
        if others.len() > named.len() {
            row("all special", list(&others));
        }
        row("sample", printable(self.sample));
        row("  tokens", printable(&tokens(self.tokenizer, &encoding)?.join(" ")));
        row("  ids", spaced(&encoding.ids));
        row("  decoded", printable(&self.tokenizer.decode(&encoding.ids, true)?));
        Ok(render(&rows, &[1]))
    }

    /// The special tokens that have a role: it, id, token.
    fn roles(&self) -> Vec<(&'static str, u32, String)> {
        let SpecialTokens { cls, sep, pad, mask, bos, eos, unk, .. } =
            self.tokenizer.special_tokens();
        let roles = ["cls", "sep", "pad", "mask", "bos", "eos", "unk"];
        let ids = [cls, sep, pad, mask, bos, eos, unk];
        let named = roles.into_iter().zip(ids);
        named.filter_map(|(role, id)| Some((role, (*id)?, self.tokenizer.token((*id)?)?))).collect()
    }

    fn all_special(&self) -> Vec<String> {
        let all = &self.tokenizer.special_tokens().all;
        all.iter().filter_map(|id| self.tokenizer.token(*id)).collect()
    }
}
