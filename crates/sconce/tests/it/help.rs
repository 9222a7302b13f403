//! Help, version and wrong usage.

use crate::harness::Workplace;

#[test]
fn every_command_has_help_with_examples() {
    let place = Workplace::new();
    for command in [
        "data convert",
        "data inspect",
        "data prepare",
        "data split",
        "tokenizer train",
        "tokenizer encode",
        "tokenizer decode",
        "tokenizer inspect",
        "quickstart",
        "train",
        "evaluate",
        "predict",
        "inspect",
        "embed",
        "similarity",
        "generate",
        "fill-mask",
        "answer",
    ] {
        let names = command.split(' ').chain(["--help"]);
        let run = place.done(&names.collect::<Vec<_>>());
        assert!(run.stdout.contains("Examples:\n  sconce"), "{command}: {}", run.stdout);
        assert!(run.stdout.contains("--config <FILE.toml>"), "{command}");
        assert_eq!(run.stderr, "", "{command}");
    }
    assert!(place.done(&["--version"]).stdout.starts_with("sconce "));
}

#[test]
fn wrong_usage_ends_with_status_2_and_the_nearest_right_name() {
    let place = Workplace::new();
    for (arguments, expected) in [
        (&["tarin"][..], "did you mean train?"),
        (&["train"], "missing --task"),
        (&["train", "--task", "parse"], "not in this version; there is: classify"),
        (&["train", "--task", "clasify"], "did you mean \"classify\"?"),
        (&["train", "--optimiser", "adam"], "did you mean --optimizer?"),
        (&["train", "--optimizer", "adamm"], "did you mean adam"),
        (&["train", "--schedule", "cosin"], "did you mean cosine?"),
        (&["train", "--arch", "textcn"], "did you mean \"textcnn\"?"),
        (&["train", "--arch", "gru"], "not in this version"),
        (&["train", "--metric", "acuracy"], "did you mean accuracy?"),
        (&["train", "--pre-tokenizer", "kim"], "did you mean kim2014?"),
        (&["train", "--dropout", "1.5"], "for --dropout: it must be a number from 0"),
        (&["train", "--filter-widths", "3,x"], "for --filter-widths"),
        (&["inspect", "m", "--device", "cude"], "did you mean \"cuda\"?"),
        (&["inspect", "m", "--threads", "0"], "for --threads"),
        (&["predict", "--model", "m"], "nothing to predict"),
        (&["predict", "--model", "m", "--input", "f.csv", "text"], "not both"),
        (&["evaluate", "--model", "m"], "missing --data"),
    ] {
        place.run(arguments).assert_fails(&arguments.join(" "), 2, &[expected]);
    }
}

#[test]
fn without_a_command_the_help_is_shown_and_the_status_is_2() {
    let run = Workplace::new().run(&[]);
    assert_eq!((run.status, run.stdout.as_str()), (Some(2), ""));
    assert!(run.stderr.contains("Usage: sconce"), "{}", run.stderr);
}
