//! The command line: commands, and how `--config` joins their options.

use std::ffi::OsString;
use std::path::PathBuf;

use anyhow::Result;
use clap::error::ErrorKind;
use clap::{ArgAction, ArgMatches, Command as ClapCommand, CommandFactory, FromArgMatches};
use clap::{Parser, Subcommand};

use crate::commands::{
    answer, data, embed, evaluate, fill_mask, generate, inspect, predict, quickstart, similarity,
    tokenizer, train,
};
use crate::failure::{describe, usage};

mod config_file;

/// Natural language processing in Rust: from raw text to a trained model.
#[derive(Debug, Parser)]
#[command(name = "sconce", version, arg_required_else_help = true, after_help = EXAMPLES)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

const EXAMPLES: &str = "\
Examples:
  sconce quickstart
  sconce train --task classify --train reviews.csv --out my-model
  sconce predict --model my-model \"a gem of a film\"
  sconce tokenizer train --model bpe --input corpus.txt --vocab-size 30000 --out tokenizer.json
  sconce data prepare reviews.jsonl --tokenizer tokenizer.json --out reviews.cache

Exit status: 0 done; 1 bad files or data; 2 wrong usage.";

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Train, test, save, reload and use a classifier of film reviews that come with the program
    Quickstart(quickstart::Options),
    /// Train a model on your own data
    Train(Box<train::Options>),
    /// Measure a model on labelled data
    Evaluate(Box<evaluate::Options>),
    /// Predict: labels of new texts, tags of their words, answers, vectors, whatever the model is for
    Predict(Box<predict::Options>),
    /// Write vectors of texts to a file
    Embed(embed::Options),
    /// How alike two texts are
    Similarity(similarity::Options),
    /// Continue a text
    Generate(Box<generate::Options>),
    /// Find the words behind masks
    FillMask(fill_mask::Options),
    /// Answer a question from a text
    Answer(answer::Options),
    /// Show what a model is made of and how it was trained
    Inspect(inspect::Options),
    /// Train tokenizers, run them, and look into them
    #[command(subcommand)]
    Tokenizer(tokenizer::Command),
    /// Look into data sets, convert, divide and prepare them
    #[command(subcommand)]
    Data(data::Command),
}

/// Parses a command line, program name first. None if it asked for help only, which is printed.
///
/// # Errors
/// If it is wrong, or the configuration file that it names is.
pub fn parse(arguments: Vec<OsString>) -> Result<Option<Cli>> {
    if let Some(argument) = arguments.iter().find(|argument| argument.to_str().is_none()) {
        // Names are saved in JSON, which could not hold this one.
        let argument = argument.to_string_lossy();
        return Err(usage(format_args!("not valid UTF-8: {argument}; rename the file")));
    }
    let command = command();
    let Some(given) = matches(&command, &arguments)? else { return Ok(None) };
    let matches = match join_config(&command, &arguments, &given)? {
        Some(joined) => matches(&command, &joined)?.unwrap_or(given),
        None => given,
    };
    Cli::from_arg_matches(&matches).map(Some).map_err(|error| usage(describe(&error)))
}

/// The command line with the options of its configuration file, if it names one.
fn join_config(
    command: &ClapCommand,
    arguments: &[OsString],
    given: &ArgMatches,
) -> Result<Option<Vec<OsString>>> {
    let (mut command, mut given, mut n_names) = (command.clone(), given, 0);
    while let Some((name, inner)) = given.subcommand() {
        command = command.find_subcommand(name).cloned().unwrap_or_default();
        (given, n_names) = (inner, n_names + 1);
    }
    let Ok(Some(path)) = given.try_get_one::<PathBuf>("config") else { return Ok(None) };
    let from_file = config_file::arguments(path, &command, given)?;
    // The program and the names of the command come first: there are no options between them.
    let (head, tail) = arguments.split_at(1 + n_names);
    Ok(Some([head, &from_file, tail].concat()))
}

/// The command line as clap sees it. Switches take an optional `=true` or `=false`, so that a flag
/// can take back what a configuration file switched on.
fn command() -> ClapCommand {
    Cli::command().mut_subcommands(with_values_of_switches)
}

fn with_values_of_switches(command: ClapCommand) -> ClapCommand {
    // So that `--lr -1` is a bad value and not an unknown option.
    let command = command.allow_negative_numbers(true);
    let command = command.mut_subcommands(with_values_of_switches);
    command.mut_args(|argument| match argument.get_action() {
        ArgAction::SetTrue => argument
            .action(ArgAction::Set)
            .num_args(0..=1)
            .require_equals(true)
            .default_value("false")
            .default_missing_value("true")
            .value_name("BOOL")
            .hide_default_value(true)
            .hide_possible_values(true),
        _ => argument,
    })
}

/// Matches a command line; prints help and version.
fn matches(command: &ClapCommand, arguments: &[OsString]) -> Result<Option<ArgMatches>> {
    match command.clone().try_get_matches_from(arguments) {
        Ok(matches) => Ok(Some(matches)),
        Err(error) => match error.kind() {
            ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
                error.print()?;
                Ok(None)
            }
            ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
                error.print()?;
                Err(usage("a command is needed; the help above lists them"))
            }
            _ => Err(usage(describe(&error))),
        },
    }
}

#[cfg(test)]
mod tests;
