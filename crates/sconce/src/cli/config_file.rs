//! `--config FILE.toml`: every option of a command as a key.
//!
//! A key becomes the flag of its name, so that files and flags have the same names, types, checks
//! and defaults. Flags that are given on the command line win: their keys are left out.

use std::ffi::OsString;
use std::path::Path;

use anyhow::{Context, Result, anyhow, bail};
use clap::parser::ValueSource;
use clap::{Arg, ArgAction, ArgMatches, Command};
use toml::Value;
use toml::de::DeTable;

use crate::failure::describe;
use crate::names::nearest;

/// Options that make no sense in a file.
const ONLY_FLAGS: [&str; 3] = ["config", "help", "version"];

/// The flags for the keys of a file, but for those that were given.
pub fn arguments(path: &Path, command: &Command, given: &ArgMatches) -> Result<Vec<OsString>> {
    let name = path.display();
    let text = std::fs::read_to_string(path).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => anyhow!("{name}: no such file; check the path"),
        _ => anyhow!("{name}: cannot be read: {error}"),
    })?;
    let parse_error = |error: toml::de::Error| {
        let line = error.span().map_or(1, |span| line_at(&text, span.start));
        let message = error.message().lines().collect::<Vec<_>>().join(" ");
        anyhow!("{name}:{line}: not valid TOML: {message}")
    };
    let spans = DeTable::parse(&text).map_err(parse_error)?;
    let table: toml::Table = text.parse().map_err(parse_error)?;
    let (mut arguments, mut seen) = (Vec::new(), Vec::new());
    for (key, _) in spans.get_ref() {
        let place = format!("{name}:{}", line_at(&text, key.span().start));
        let key = key.get_ref().as_ref();
        let argument = find(command, key).context(place.clone())?;
        if seen.contains(argument.get_id()) {
            bail!("{place}: key \"{key}\" is given twice, with `_` and with `-`");
        }
        seen.push(argument.get_id().clone());
        let Some(value) = table.get(key) else { continue };
        let is_empty_list = value.as_array().is_some_and(|items| items.is_empty());
        if is_empty_list && argument.get_default_values().is_empty() {
            // Nothing is what such an option holds without a flag.
            continue;
        }
        let flags = flags(argument, key, value).context(place.clone())?;
        flags.iter().try_for_each(|flag| check(command, flag)).context(place)?;
        let is_given =
            given.value_source(argument.get_id().as_str()) == Some(ValueSource::CommandLine);
        if !is_given {
            arguments.extend(flags);
        }
    }
    Ok(arguments)
}

fn line_at(text: &str, at: usize) -> usize {
    1 + text.as_bytes()[..at.min(text.len())].iter().filter(|byte| **byte == b'\n').count()
}

/// The option of a key, in which `_` may stand for `-`.
fn find<'a>(command: &'a Command, key: &str) -> Result<&'a Arg> {
    let wanted = key.replace('_', "-");
    let options = || {
        let long = |argument: &'a Arg| argument.get_long().map(|long| (long, argument));
        command.get_arguments().filter_map(long).filter(|(long, _)| !ONLY_FLAGS.contains(long))
    };
    if let Some((_, argument)) = options().find(|(long, _)| *long == wanted) {
        return Ok(argument);
    }
    match nearest(&wanted, options().map(|(long, _)| long)) {
        Some(nearest) => bail!("unknown key \"{key}\"; did you mean \"{nearest}\"?"),
        None => {
            let known: Vec<&str> = options().map(|(long, _)| long).collect();
            bail!("unknown key \"{key}\"; the keys are {}", known.join(", "))
        }
    }
}

/// `--key=value`; of a list one flag for each item where an option takes its items so.
fn flags(argument: &Arg, key: &str, value: &Value) -> Result<Vec<OsString>> {
    let takes_items = matches!(argument.get_action(), ArgAction::Append)
        && argument.get_value_delimiter().is_none();
    match value {
        Value::Array(items) if takes_items => {
            items.iter().map(|item| flag(argument, key, item)).collect()
        }
        value => Ok(vec![flag(argument, key, value)?]),
    }
}

/// `--key=value`.
fn flag(argument: &Arg, key: &str, value: &Value) -> Result<OsString> {
    let long = argument.get_long().unwrap_or_default();
    let text = match value {
        Value::Array(items) => items.iter().map(plain).collect::<Option<Vec<_>>>(),
        value => plain(value).map(|text| vec![text]),
    };
    let Some(text) = text else {
        bail!("key \"{key}\" holds a {}; it takes plain values or a list", value.type_str());
    };
    Ok(format!("--{long}={}", text.join(",")).into())
}

fn plain(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Integer(number) => Some(number.to_string()),
        // With its point: 1.0 is a share where 1 is a number of steps.
        Value::Float(number) => Some(format!("{number:?}")),
        Value::Boolean(truth) => Some(truth.to_string()),
        Value::Datetime(_) | Value::Array(_) | Value::Table(_) => None,
    }
}

/// Parses one flag alone, so that an error is known to be this key's.
fn check(command: &Command, flag: &OsString) -> Result<()> {
    let alone = command.clone().mut_args(|argument| argument.required(false));
    // With a configuration file no option is required.
    let arguments = [OsString::from("sconce"), "--config=file".into(), flag.clone()];
    match alone.try_get_matches_from(arguments) {
        Ok(_) => Ok(()),
        Err(error) => Err(anyhow!(describe(&error))),
    }
}
