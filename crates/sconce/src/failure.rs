//! How the program ends when something is wrong: one line on stderr and an exit status.

use std::fmt;
use std::io;
use std::process::ExitCode;

use clap::error::{ContextKind, ContextValue, ErrorKind};

use crate::console::Console;
use crate::names::nearest;

/// Files, columns, configuration or data are bad.
const FAILED: u8 = 1;
/// The program was called wrongly.
const WRONG_USAGE: u8 = 2;

/// A wrong call: exit status 2.
#[derive(Debug)]
pub struct Usage(pub String);

impl fmt::Display for Usage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Usage {}

/// A wrong call, as an error to return.
pub fn usage(message: impl fmt::Display) -> anyhow::Error {
    Usage(message.to_string()).into()
}

/// Prints the error's one line and gives the exit status. A reader that went away is no error.
pub fn report(error: &anyhow::Error) -> ExitCode {
    let broken_pipe = |error: &io::Error| error.kind() == io::ErrorKind::BrokenPipe;
    if error.downcast_ref::<io::Error>().is_some_and(broken_pipe) {
        return ExitCode::SUCCESS;
    }
    Console::default().error(&one_line(error));
    ExitCode::from(if error.is::<Usage>() { WRONG_USAGE } else { FAILED })
}

/// The message with its causes, each once, on one line.
pub fn one_line(error: &anyhow::Error) -> String {
    let mut text = String::new();
    for cause in error.chain() {
        let cause = cause.to_string();
        // Many messages quote their cause already.
        if text.contains(cause.trim()) {
            continue;
        }
        if !text.is_empty() {
            text.push_str(": ");
        }
        text.push_str(&cause);
    }
    // A tensor error may carry a backtrace below its first line.
    text.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default().to_owned()
}

/// What clap found wrong, on one line and with the nearest right name.
pub fn describe(error: &clap::Error) -> String {
    let get = |kind| error.get(kind).map(first).unwrap_or_default();
    let argument = || flag(&get(ContextKind::InvalidArg));
    match error.kind() {
        ErrorKind::UnknownArgument => {
            let given = get(ContextKind::InvalidArg);
            let suggested = get(ContextKind::SuggestedArg);
            format!("unknown option {given}{}; see --help", did_you_mean(&flag(&suggested)))
        }
        ErrorKind::InvalidSubcommand => {
            let given = get(ContextKind::InvalidSubcommand);
            let suggested =
                error.get(ContextKind::SuggestedSubcommand).map(all).unwrap_or_default();
            let nearest = nearest(&given, suggested.iter().map(String::as_str));
            let suggested = nearest.or_else(|| suggested.first().cloned()).unwrap_or_default();
            format!("unknown command {given}{}; see --help", did_you_mean(&suggested))
        }
        ErrorKind::InvalidValue => {
            invalid_value(error, &argument(), &get(ContextKind::InvalidValue))
        }
        ErrorKind::ValueValidation => {
            let value = get(ContextKind::InvalidValue);
            let reason = std::error::Error::source(error).map(ToString::to_string);
            let reason = reason.unwrap_or_else(|| "not understood".into());
            format!("invalid value \"{value}\" for {}: {reason}", argument())
        }
        ErrorKind::MissingRequiredArgument => {
            let missing = error.get(ContextKind::InvalidArg).map(all).unwrap_or_default();
            let missing: Vec<String> = missing.iter().map(|argument| flag(argument)).collect();
            format!("missing {}; see --help", missing.join(" and "))
        }
        ErrorKind::ArgumentConflict => {
            let other = error.get(ContextKind::PriorArg).map(all).unwrap_or_default();
            let other = other.first().map(|other| flag(other)).unwrap_or_default();
            match other.is_empty() || other == argument() {
                true => format!("{} cannot be given twice; see --help", argument()),
                false => format!("{} cannot be given with {other}; see --help", argument()),
            }
        }
        _ => {
            let text = error.to_string();
            let line = text.lines().next().unwrap_or_default();
            line.trim_start_matches("error: ").to_owned()
        }
    }
}

fn invalid_value(error: &clap::Error, argument: &str, value: &str) -> String {
    let known = error.get(ContextKind::ValidValue).map(all).unwrap_or_default();
    if value.is_empty() {
        let known =
            if known.is_empty() { String::new() } else { format!(": {}", known.join(", ")) };
        return format!("{argument} needs a value{known}");
    }
    let suggested = nearest(value, known.iter().map(String::as_str)).unwrap_or_default();
    let suggested = did_you_mean(&suggested);
    format!("invalid value \"{value}\" for {argument}{suggested}; there are: {}", known.join(", "))
}

fn did_you_mean(name: &str) -> String {
    if name.is_empty() { String::new() } else { format!("; did you mean {name}?") }
}

/// `--optimizer` of `--optimizer <NAME>`.
fn flag(argument: &str) -> String {
    argument.split([' ', '=', '[']).next().unwrap_or_default().to_owned()
}

fn first(value: &ContextValue) -> String {
    all(value).into_iter().next().unwrap_or_default()
}

fn all(value: &ContextValue) -> Vec<String> {
    match value {
        ContextValue::String(text) => vec![text.clone()],
        ContextValue::Strings(texts) => texts.clone(),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests;
