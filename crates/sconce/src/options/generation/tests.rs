//! What options make of a model's settings.

use clap::{Command, FromArgMatches};

use super::*;

fn options(flags: &str) -> GenerationOptions {
    let command = GenerationOptions::augment_args(Command::new("generate"));
    let arguments = ["generate"].into_iter().chain(flags.split_whitespace());
    let matches = command.try_get_matches_from(arguments).unwrap();
    GenerationOptions::from_arg_matches(&matches).unwrap()
}

/// As chat models have it.
fn drawing() -> GenerationConfig {
    GenerationConfig {
        do_sample: true,
        temperature: 0.6,
        top_p: 0.9,
        eos_token_id: vec![2],
        ..GenerationConfig::default()
    }
}

#[test]
fn the_models_settings_count_unless_an_option_is_given() {
    let config = options("").over(drawing()).unwrap();
    assert_eq!((config.temperature, config.top_p, config.do_sample), (0.6, 0.9, true));
    assert_eq!((config.max_new_tokens, config.seed), (Some(NEW_TOKENS), 42));
    let config = options("--top-p 0.5 --max-tokens 7 --stop a --stop b").over(drawing()).unwrap();
    assert_eq!((config.temperature, config.top_p), (0.6, 0.5));
    assert_eq!((config.max_new_tokens, config.stop_strings.len()), (Some(7), 2));
    let limited = GenerationConfig { max_length: Some(50), ..GenerationConfig::default() };
    assert_eq!(options("").over(limited.clone()).unwrap().max_new_tokens, None);
    assert_eq!(options("--max-tokens 3").over(limited).unwrap().max_new_tokens, Some(3));
    assert!(options("--ignore-eos").over(drawing()).unwrap().eos_token_id.is_empty());
}

#[test]
fn options_of_drawing_switch_it_on_and_cold_or_beams_switch_it_off() {
    for (flags, base, expected) in [
        ("", GenerationConfig::default(), false),
        ("--temperature 0.7", GenerationConfig::default(), true),
        ("--top-k 5", GenerationConfig::default(), true),
        ("--sample", GenerationConfig::default(), true),
        ("--temperature 0", drawing(), false),
        ("--sample=false", drawing(), false),
        ("--beams 4", drawing(), false),
        ("--beams 1", drawing(), true),
    ] {
        assert_eq!(options(flags).over(base).unwrap().do_sample, expected, "{flags}");
    }
    for (flags, expected) in [
        ("--temperature 0 --top-k 5", "--top-k has no effect with --temperature 0"),
        ("--sample=false --top-p 0.5", "--top-p has no effect without drawing"),
        ("--beams 3 --top-p 0.5", "num_beams 3 with do_sample"),
        ("--length-penalty 2", "length_penalty: 2 has no effect without num_beams above 1"),
        ("--n 2", "2 greedy texts would be the same"),
    ] {
        let error = options(flags).over(GenerationConfig::default()).unwrap_err().to_string();
        assert!(error.contains(expected), "{flags}: {error}");
    }
}
