//! Tests of the command line and of configuration files.

use std::fs;

use super::*;
use crate::failure::Usage;

fn parsed(line: &str) -> Result<Option<Cli>> {
    parse(line.split_whitespace().map(OsString::from).collect())
}

fn settings(line: &str) -> serde_json::Value {
    match parsed(line).unwrap().unwrap().command {
        Command::Train(options) => serde_json::to_value(options).unwrap(),
        other => panic!("{other:?}"),
    }
}

const TRAIN: &str = "sconce train --task classify --train a.csv --out m";

#[test]
fn the_command_line_is_consistent() {
    command().debug_assert();
}

#[test]
fn wrong_usage_offers_the_nearest_right_name() {
    for (line, expected) in [
        ("sconce trian", "unknown command trian; did you mean train?"),
        ("sconce train --epoch 3", "unknown option --epoch; did you mean --epochs?"),
        ("sconce train --task classify", "missing --train and --out"),
        (&format!("{TRAIN} --optimizer adm"), "for --optimizer; did you mean adam"),
        (&format!("{TRAIN} --arch textcn"), "did you mean \"textcnn\"?"),
        (&format!("{TRAIN} --arch lstm"), "not in this version; there is: textcnn, bag"),
        (&format!("{TRAIN} --task tag"), "cannot be given"),
        ("sconce train --task parse", "not in this version; there is: classify"),
        (&format!("{TRAIN} --epochs 0"), "it must be a number above 0"),
        (&format!("{TRAIN} --lr fast"), "for --lr: it must be a number above 0"),
        (&format!("{TRAIN} --epochs"), "--epochs needs a value"),
    ] {
        let error = parsed(line).unwrap_err();
        assert!(error.is::<Usage>(), "{line}");
        assert!(error.to_string().contains(expected), "{line}: {error}");
    }
}

#[test]
fn a_file_gives_the_same_settings_as_flags_and_flags_override_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("settings.toml");
    fs::write(
        &path,
        "task = \"classify\"\ntrain = \"a.csv\"\nout = \"m\"\nepochs = 3\nbatch_size = 8\n\
         filter-widths = [2, 3]\nlr = 1e-2\nwarmup = 0.5\nno-header = true\nlowercase = false\n\
         class_weights = [1, 2.5]\nfreeze = [\"embedding\", \"*.bias\"]\n",
    )
    .unwrap();
    let flags = "--epochs 3 --batch-size 8 --filter-widths 2,3 --lr 0.01 --warmup 0.5 \
                 --lowercase false --class-weights 1,2.5 --freeze embedding *.bias";
    let config = format!("sconce train --config {}", path.display());
    assert_eq!(settings(&config), settings(&format!("{TRAIN} --no-header {flags}")));

    let overridden = format!("{config} --epochs 5 --no-header=false --freeze encoder");
    let settings = settings(&overridden);
    assert_eq!(settings["epochs"], 5.0);
    assert_eq!(settings["no-header"], false);
    assert_eq!(settings["freeze"], serde_json::json!(["encoder"]));
    assert_eq!(settings["batch-size"], 8);
}

#[test]
fn what_is_wrong_in_a_file_is_named_with_its_line() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("settings.toml");
    for (text, expected) in [
        ("task = \"classify\"\nepoch = 3\n", ":2: unknown key \"epoch\"; did you mean \"epochs\"?"),
        ("zzz = 3\n", ":1: unknown key \"zzz\"; the keys are task, train, valid"),
        ("config = \"x.toml\"\n", ":1: unknown key \"config\""),
        ("\noptimizer = \"adm\"\n", ":2: invalid value \"adm\" for --optimizer"),
        ("epochs = -1\n", ":1: invalid value \"-1\" for --epochs"),
        ("lossy = \"maybe\"\n", ":1: invalid value \"maybe\" for --lossy"),
        ("[epochs]\nn = 1\n", ":1: key \"epochs\" holds a table"),
        ("lr = 1\nlr = 2\n", ":2: not valid TOML: duplicate key"),
        ("lr = \n", ":1: not valid TOML"),
    ] {
        fs::write(&path, text).unwrap();
        let error = parsed(&format!("{TRAIN} --config {}", path.display())).unwrap_err();
        let message = crate::failure::one_line(&error);
        assert!(!error.is::<Usage>(), "{message}");
        assert!(message.starts_with(&format!("{}{expected}", path.display())), "{message}");
    }
    let error = parsed(&format!("{TRAIN} --config gone.toml")).unwrap_err();
    assert_eq!(error.to_string(), "gone.toml: no such file; check the path");
}
