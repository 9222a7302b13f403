//! The argument parser: commands with declared flags; a wrong word is met with the nearest right one.

use std::fmt::{self, Write as _};
use std::str::FromStr;

use anyhow::Result;

/// One command of `cargo xtask`.
pub struct Command {
    /// Its words, for example `bench published`.
    pub name: &'static str,
    /// The help text; its first line is the summary in the overview.
    pub help: &'static str,
    /// The flags it takes.
    pub flags: &'static [Flag],
    /// The most positional words it takes.
    pub max_words: usize,
    /// Whether everything after its name is handed on unparsed.
    pub passes_on: bool,
    /// What it does.
    pub run: fn(&Args) -> Result<()>,
}

/// A flag of a command.
pub struct Flag {
    /// The flag as typed, with its dashes.
    pub name: &'static str,
    /// What its value is called in the help; `None` for a switch.
    pub value: Option<&'static str>,
    /// One line of help.
    pub help: &'static str,
}

/// A wrong command line: exit status 2 instead of 1.
#[derive(Debug)]
pub struct UsageError(pub String);

impl fmt::Display for UsageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for UsageError {}

/// The parsed words of one call.
#[derive(Debug, Default, PartialEq)]
pub struct Args {
    /// Positional words, in order.
    pub words: Vec<String>,
    flags: Vec<(&'static str, String)>,
}

impl Args {
    /// The value of a flag, if it was given; the last one wins.
    pub fn value(&self, flag: &str) -> Option<&str> {
        self.flags.iter().rev().find(|(name, _)| *name == flag).map(|(_, value)| value.as_str())
    }

    /// Whether a switch was given.
    pub fn has(&self, flag: &str) -> bool {
        self.value(flag).is_some()
    }

    /// A flag's value as a number, or `default` where the flag is absent.
    pub fn number<T: FromStr>(&self, flag: &str, default: T) -> Result<T> {
        let Some(text) = self.value(flag) else { return Ok(default) };
        text.parse().map_err(|_| UsageError(format!("{flag} wants a number, got `{text}`")).into())
    }
}

/// Finds the command, parses its words and runs it; no words, or `help`, prints the overview.
pub fn dispatch(commands: &[Command], words: &[String]) -> Result<()> {
    let wants_help = words.iter().any(|word| word == "--help" || word == "-h");
    let Some(first) =
        words.first().filter(|word| !matches!(word.as_str(), "help" | "-h" | "--help"))
    else {
        print!("{}", overview(commands));
        return Ok(());
    };
    let (command, rest) = find(commands, first, &words[1..])?;
    if wants_help && !command.passes_on {
        print!("{}", help(command));
        return Ok(());
    }
    (command.run)(&parse(command, &rest)?)
}

/// The command with the most words that all occur, and the words that are left.
fn find<'a>(
    commands: &'a [Command],
    first: &str,
    rest: &[String],
) -> Result<(&'a Command, Vec<String>)> {
    let matches = |command: &&Command| {
        let mut names = command.name.split(' ');
        names.next() == Some(first) && names.all(|name| rest.iter().any(|word| word == name))
    };
    let best =
        commands.iter().filter(matches).max_by_key(|command| command.name.split(' ').count());
    let Some(command) = best else {
        let names: Vec<&str> = commands.iter().map(|command| command.name).collect();
        return Err(unknown("command", first, &names).into());
    };
    let own: Vec<&str> = command.name.split(' ').skip(1).collect();
    let rest = rest.iter().filter(|word| !own.contains(&word.as_str())).cloned().collect();
    Ok((command, rest))
}

/// Reads the words behind a command's name.
pub fn parse(command: &Command, words: &[String]) -> Result<Args> {
    let mut args = Args::default();
    if command.passes_on {
        args.words = words.to_vec();
        return Ok(args);
    }
    let mut words = words.iter();
    while let Some(word) = words.next() {
        if !word.starts_with('-') {
            args.words.push(word.clone());
            continue;
        }
        let (name, inline) = match word.split_once('=') {
            Some((name, value)) => (name, Some(value.to_owned())),
            None => (word.as_str(), None),
        };
        let Some(flag) = command.flags.iter().find(|flag| flag.name == name) else {
            let names: Vec<&str> = command.flags.iter().map(|flag| flag.name).collect();
            return Err(unknown("flag", name, &names).into());
        };
        let value = match (flag.value, inline) {
            (None, None) => String::new(),
            (None, Some(_)) => return Err(UsageError(format!("{name} takes no value")).into()),
            (Some(_), Some(value)) => value,
            (Some(what), None) => words
                .next()
                .cloned()
                .ok_or_else(|| UsageError(format!("{name} wants a value: {name} {what}")))?,
        };
        args.flags.push((flag.name, value));
    }
    match args.words.get(command.max_words) {
        Some(extra) => Err(UsageError(format!(
            "`{extra}` is one word too many; see `cargo xtask {} --help`",
            command.name
        ))
        .into()),
        None => Ok(args),
    }
}

fn overview(commands: &[Command]) -> String {
    let mut text = String::from("Automation of the workspace.\n\nUsage: cargo xtask <command>\n\n");
    for command in commands {
        let summary = command.help.lines().next().unwrap_or_default();
        let _ = writeln!(text, "  {:<16} {summary}", command.name);
    }
    text.push_str("\n`cargo xtask <command> --help` says more.\n");
    text
}

fn help(command: &Command) -> String {
    let mut text = format!("{}\n", command.help.trim_end());
    if !command.flags.is_empty() {
        text.push_str("\nFlags:\n");
    }
    for flag in command.flags {
        let typed = format!("{} {}", flag.name, flag.value.unwrap_or_default());
        let _ = writeln!(text, "  {typed:<20} {}", flag.help);
    }
    text
}

/// The error for a word that is none of the known ones, with the nearest of them.
pub fn unknown(what: &str, word: &str, known: &[&str]) -> UsageError {
    let offer = match nearest(word, known) {
        Some(near) => format!("; did you mean `{near}`?"),
        None if known.is_empty() => String::from("; it takes none"),
        None => format!("; known: {}", known.join(", ")),
    };
    UsageError(format!("unknown {what} `{word}`{offer}"))
}

/// The known word nearest to `word`, if one is near enough to be meant.
fn nearest<'a>(word: &str, known: &[&'a str]) -> Option<&'a str> {
    let scored = known.iter().map(|candidate| (distance(word, candidate), *candidate));
    let (edits, best) = scored.min_by_key(|(edits, _)| *edits)?;
    (edits <= word.chars().count().div_ceil(2)).then_some(best)
}

/// Levenshtein's edit distance.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let substituted = diagonal + usize::from(x != *y);
            diagonal = row[j + 1];
            row[j + 1] = substituted.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests;
