//! `cargo xtask interop`: what Sconce saves, other libraries open and compute the same with.

mod compare;
mod fine_tuned;

use std::path::{Path, PathBuf};
use std::process::Command as Process;

use anyhow::{Context, Result, bail, ensure};
use serde_json::{Value, json};

use crate::args::{Args, Command, Flag};
use crate::python::{self, Environment};
use crate::{fetch, process, repo};
use compare::{Outcome, table};

/// The command.
pub const COMMAND: Command = Command {
    name: "interop",
    help: "Open folders that Sconce saved with transformers, PEFT and sentence-transformers\n\n\
           cargo xtask interop [WORD]          all cases, or those whose name holds WORD\n\n\
           Every tiny model of crates/sconce-models/tests/golden is loaded, saved again and opened by\n\
           the library that it is for, which must give the same numbers within 1e-4. So is MiniLM\n\
           (`cargo xtask fetch minilm`), and a classifier that `sconce train` made of it where there is a\n\
           release binary. The Python environment is made from the requirements.txt beside the models.",
    flags: &[Flag {
        name: "--existing",
        value: None,
        help: "make no Python environment: without one, say so and end well",
    }],
    max_words: 1,
    passes_on: false,
    run: |args: &Args| run(args.words.first().map(String::as_str), args.has("--existing")),
};

const GOLDEN: &str = "crates/sconce-models/tests/golden";

/// Lists of `index.json` whose cases are one folder with one batch.
const THEMES: [&str; 5] = ["families", "heads", "loading", "sentence", "lora"];

/// Texts for models that have a tokenizer; one is longer than others, one has letters beyond ASCII.
pub const TEXTS: [&str; 5] = [
    "A gem of a film.",
    "Two hours that I want back",
    "Not bad; not good either, but it goes on and on, and then it goes on a little more.",
    "café, naïve, 東京",
    "1,234.5 !",
];

/// A folder that Sconce saved, what it is fed with, and what Sconce gave.
pub struct Case {
    pub name: String,
    pub saved: PathBuf,
    pub inputs: PathBuf,
    pub given: Value,
}

/// Runs the cases whose name holds `word`; with `only_existing` no environment is made.
pub fn run(word: Option<&str>, only_existing: bool) -> Result<()> {
    let golden = repo::root().join(GOLDEN);
    let requirements = golden.join("requirements.txt");
    let environment = match only_existing {
        true => python::existing(&requirements)?,
        false => python::environment(&requirements)?,
    };
    let python = match environment {
        Environment::Ready(python) => python,
        Environment::Missing(why) if only_existing => {
            println!("interop: skipped: {why} (`cargo xtask interop` makes it)");
            return Ok(());
        }
        Environment::Missing(why) => bail!("no Python environment: {why}"),
    };
    let (cases, mut outcomes) = save_all(&golden, word)?;
    outcomes.extend(open_all(&python, &golden, &cases)?);
    print!("{}", table(&outcomes));
    let n_failed = outcomes.iter().filter(|outcome| !outcome.is_fine()).count();
    ensure!(n_failed == 0, "{n_failed} of {} cases failed", outcomes.len());
    Ok(())
}

/// Has Sconce save every case. Those that it could not, and those that were left out, are outcomes already.
fn save_all(golden: &Path, word: Option<&str>) -> Result<(Vec<Case>, Vec<Outcome>)> {
    let metadata = repo::metadata()?;
    let scratch = repo::target_dir(&metadata).join("interop");
    if scratch.exists() {
        std::fs::remove_dir_all(&scratch)
            .with_context(|| format!("cannot remove {}", scratch.display()))?;
    }
    std::fs::create_dir_all(&scratch)
        .with_context(|| format!("cannot make {}", scratch.display()))?;
    let resave = build_resave(&metadata)?;
    let (mut cases, mut outcomes) = (Vec::new(), Vec::new());
    let mut keep = |name: &str, saved: Result<Option<Case>>| match saved {
        Ok(Some(case)) => cases.push(case),
        Ok(None) => {}
        Err(error) => outcomes.push(Outcome::failed(name, format!("{error:#}"))),
    };
    let is_chosen = |name: &str| word.is_none_or(|word| name.contains(word));
    for name in golden_names(golden, word)? {
        let folder = golden.join(&name);
        let case = save(&resave, &scratch, &name, &folder, &folder.join("expected.json"));
        keep(&name, case.map(Some));
    }
    let minilm = fetch::place("minilm")?;
    let mut skipped = Vec::new();
    if is_chosen("minilm") {
        match minilm.is_dir() {
            true => keep("minilm", save_minilm(&resave, &scratch, &minilm).map(Some)),
            false => {
                skipped.push(("minilm", String::from("`cargo xtask fetch minilm` fetches it")))
            }
        }
    }
    if is_chosen("fine_tuned") {
        match fine_tuned::missing(&metadata, &minilm) {
            None => keep("fine_tuned", fine_tuned::save(&metadata, &scratch, &minilm).map(Some)),
            Some(why) => skipped.push(("fine_tuned", why)),
        }
    }
    outcomes.extend(skipped.into_iter().map(|(name, why)| Outcome::skipped(name, why)));
    Ok((cases, outcomes))
}

/// The golden cases, with the base of each adapter, which has to lie beside it; a word may name none.
fn golden_names(golden: &Path, word: Option<&str>) -> Result<Vec<String>> {
    let index = read_json(&golden.join("index.json"))?;
    let names = THEMES.iter().flat_map(|theme| index[*theme].as_array().into_iter().flatten());
    let names: Vec<&str> = names.filter_map(Value::as_str).collect();
    let is_chosen = |name: &str| word.is_none_or(|word| name.contains(word));
    let mut bases = Vec::new();
    for name in names.iter().filter(|name| is_chosen(name)) {
        let adapter = golden.join(name).join("adapter_config.json");
        if adapter.is_file() {
            let base = read_json(&adapter)?["base_model_name_or_path"].take();
            bases.push(base.as_str().unwrap_or_default().trim_start_matches("../").to_owned());
        }
    }
    let is_base = |name: &str| bases.iter().any(|base| base == name);
    let kept = names.into_iter().filter(|name| is_chosen(name) || is_base(name));
    Ok(kept.map(str::to_owned).collect())
}

fn build_resave(metadata: &Value) -> Result<PathBuf> {
    let words = ["build", "--quiet", "--package", "sconce-models", "--example", "resave"];
    process::run(process::cargo().args(words))?;
    let folder = repo::target_dir(metadata).join("debug").join("examples");
    Ok(folder.join(format!("resave{}", std::env::consts::EXE_SUFFIX)))
}

fn save(resave: &Path, scratch: &Path, name: &str, folder: &Path, inputs: &Path) -> Result<Case> {
    let saved = scratch.join(name);
    let mut command = Process::new(resave);
    let output = command.arg(folder).arg(&saved).arg(inputs).output()?;
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "not saved: {}", said.trim());
    let given = serde_json::from_slice(&output.stdout)?;
    Ok(Case { name: name.to_owned(), saved, inputs: inputs.to_owned(), given })
}

fn save_minilm(resave: &Path, scratch: &Path, minilm: &Path) -> Result<Case> {
    save(resave, scratch, "minilm", minilm, &texts(scratch)?)
}

/// A file with [`TEXTS`].
pub fn texts(scratch: &Path) -> Result<PathBuf> {
    let path = scratch.join("texts.json");
    std::fs::write(&path, json!({ "texts": TEXTS }).to_string())
        .with_context(|| format!("cannot write {}", path.display()))?;
    Ok(path)
}

/// Has the other libraries open what was saved: one process for all, since it takes long to start.
fn open_all(python: &Path, golden: &Path, cases: &[Case]) -> Result<Vec<Outcome>> {
    if cases.is_empty() {
        return Ok(Vec::new());
    }
    let mut command = Process::new(python);
    command.env("PYTHONUTF8", "1").env("HF_HUB_OFFLINE", "1").arg(golden.join("interop.py"));
    // With one pair it would end at the first error.
    let pairs = cases.iter().chain(cases.first().filter(|_| cases.len() == 1));
    for case in pairs {
        command.arg(&case.saved).arg(&case.inputs);
    }
    let stdout = process::output(&mut command).context("interop.py")?;
    let lines: Vec<&str> = stdout.lines().collect();
    ensure!(lines.len() >= cases.len(), "interop.py printed {} lines", lines.len());
    cases.iter().zip(lines).map(|(case, line)| judge(case, line)).collect()
}

fn judge(case: &Case, line: &str) -> Result<Outcome> {
    let found: Value = serde_json::from_str(line)
        .with_context(|| format!("interop.py printed `{line}` for {}", case.name))?;
    Ok(match case.given.get("probabilities") {
        Some(_) => fine_tuned::compare(case, found),
        None => Outcome::of(&case.name, &case.given, &found),
    })
}

fn read_json(path: &Path) -> Result<Value> {
    let text =
        std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    serde_json::from_str(&text).with_context(|| path.display().to_string())
}

#[cfg(test)]
mod tests;
