//! Tests of the argument parser, against the real table of commands.

use super::*;
use crate::COMMANDS;

fn words(line: &str) -> Vec<String> {
    line.split_whitespace().map(str::to_owned).collect()
}

fn parsed(line: &str) -> Result<(&'static str, Args)> {
    let words = words(line);
    let (command, rest) = find(COMMANDS, &words[0], &words[1..])?;
    Ok((command.name, parse(command, &rest)?))
}

#[test]
fn the_command_with_the_most_matching_words_is_chosen() {
    let cases = [
        ("ci", "ci"),
        ("bench tokenize", "bench"),
        ("bench --peers textcnn", "bench --peers"),
        ("bench textcnn --peers", "bench --peers"),
        ("bench ops --peers --only adamw", "bench --peers"),
        ("bench published textcnn-mr", "bench published"),
    ];
    for (line, expected) in cases {
        assert_eq!(parsed(line).unwrap().0, expected, "{line}");
    }
}

#[test]
fn flags_take_their_value_after_a_space_or_an_equals_sign() {
    for line in ["bench published a --folds 5", "bench published --folds=5 a"] {
        let (_, args) = parsed(line).unwrap();
        assert_eq!(args.words, ["a"], "{line}");
        assert_eq!(args.number("--folds", 10).unwrap(), 5, "{line}");
    }
}

#[test]
fn test_hands_every_word_on() {
    let (_, args) = parsed("test -p sconce-ops -- --nocapture").unwrap();
    assert_eq!(args.words, ["-p", "sconce-ops", "--", "--nocapture"]);
}

#[test]
fn wrong_words_are_usage_errors_that_offer_the_nearest_right_one() {
    let cases = [
        ("tydi", "unknown command `tydi`; did you mean `tidy`?"),
        ("chek-layers", "did you mean `check-layers`?"),
        ("build --devise cuda", "unknown flag `--devise`; did you mean `--device`?"),
        ("build --device", "--device wants a value"),
        ("build --debug=1", "--debug takes no value"),
        ("tidy --fast", "unknown flag `--fast`; it takes none"),
        ("tidy crates", "`crates` is one word too many"),
    ];
    for (line, expected) in cases {
        let error = parsed(line).unwrap_err();
        assert!(error.is::<UsageError>(), "{line}");
        assert!(error.to_string().contains(expected), "{line}: {error}");
    }
}

#[test]
fn a_number_that_is_none_is_a_usage_error() {
    let (_, args) = parsed("bench published --folds ten").unwrap();
    let error = args.number::<usize>("--folds", 10).unwrap_err();
    assert_eq!(error.to_string(), "--folds wants a number, got `ten`");
}

#[test]
fn every_command_says_what_it_does() {
    let text = overview(COMMANDS);
    for command in COMMANDS {
        assert!(text.contains(command.name), "{}", command.name);
        assert!(command.help.len() > 40, "{} has next to no help", command.name);
        for flag in command.flags {
            assert!(help(command).contains(flag.name) && !flag.help.is_empty(), "{}", flag.name);
        }
    }
}
