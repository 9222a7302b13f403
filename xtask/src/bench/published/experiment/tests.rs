//! Tests of reading experiments, the repository's own among them.

use super::*;
use crate::repo;

const GOOD: &str = "source = \"mr\"\nfolds = 10\nseed = 42\nexpect = 0.755\npublished = 0.761\n\
                    reference = \"a paper\"\n\n[train]\ntask = \"classify\"\nlr = 1e-3\nbatch-size = 50\n";

#[test]
fn the_options_of_the_training_become_its_configuration_file() {
    let experiment = parse("a", GOOD).unwrap();
    assert_eq!((experiment.folds, experiment.seed, experiment.expect), (10, 42, 0.755));
    let config: Table = experiment.train.parse().unwrap();
    assert_eq!(config["batch-size"].as_integer(), Some(50));
    assert_eq!(config["lr"].as_float(), Some(1e-3));
    assert_eq!(config.len(), 3);
}

#[test]
fn a_mistake_in_the_file_is_named() {
    let cases = [
        ("folds = 10", "folds = 1", "`folds` is 1"),
        ("folds = 10", "folds = -1", "`folds` is no whole number"),
        ("expect = 0.755", "expect = 75.5", "`expect` is 75.5, not between 0 and 1"),
        ("source = \"mr\"\n", "", "`source` is missing"),
        ("seed = 42", "sed = 42", "unknown key `sed`"),
        ("[train]", "[training]", "unknown key `training`"),
    ];
    for (good, bad, expected) in cases {
        let error = parse("a", &GOOD.replace(good, bad)).unwrap_err().to_string();
        assert!(error.contains(expected), "{bad}: {error}");
    }
}

#[test]
fn the_verdict_follows_the_mean() {
    let experiment = parse("a", GOOD).unwrap();
    let cases = [(0.7549, "BELOW"), (0.755, "as expected"), (0.761, "at least as published")];
    for (mean, expected) in cases {
        assert_eq!(experiment.verdict(mean), expected, "{mean}");
    }
}

#[test]
fn the_experiments_of_the_repository_can_be_read() {
    let experiments = read_all(&repo::root().join("benches").join("published")).unwrap();
    let names: Vec<&str> = experiments.iter().map(|experiment| experiment.name.as_str()).collect();
    assert_eq!(names, ["textcnn-mr", "textcnn-subj"]);
}
