//! `--config`: the same keys as flags.

use serde_json::Value;

use crate::harness::{SMALL, Workplace, with_model};

fn settings(place: &Workplace, model: &str) -> Value {
    let manifest = std::fs::read(place.path(model).join("sconce.json")).unwrap();
    serde_json::from_slice::<Value>(&manifest).unwrap()["settings"].clone()
}

#[test]
fn a_file_trains_the_same_model_as_flags() {
    let place = Workplace::with_reviews();
    place.train("flags", &["--filter-widths", "2,3", "--class-weights", "balanced"]);
    place.write(
        "settings.toml",
        "task = \"classify\"\ntrain = \"train.csv\"\ntest = \"test.csv\"\nout = \"file\"\n\
         quiet = true\nembedding_size = 16\nn-filters = 8\nepochs = 4\nbatch_size = 16\n\
         lr = 0.01\nfilter-widths = [2, 3]\nclass_weights = \"balanced\"\n",
    );
    place.done(&["train", "--config", "settings.toml"]);
    let weights = |model: &str| std::fs::read(place.path(model).join("model.safetensors")).unwrap();
    assert!(weights("flags") == weights("file"), "the weights differ");
    assert_eq!(settings(&place, "flags"), settings(&place, "file"));

    place.done(&["train", "--config", "settings.toml", "--out", "other", "--epochs", "1"]);
    let settings = settings(&place, "other");
    assert_eq!((&settings["epochs"], &settings["batch-size"]), (&1.0.into(), &16.into()));
}

#[test]
fn the_settings_of_a_bundle_can_be_used_as_a_file() {
    let place = with_model();
    let settings = settings(&place, "model");
    let toml: String = settings
        .as_object()
        .unwrap()
        .iter()
        .filter(|(_, value)| !value.is_null())
        .map(|(key, value)| format!("{key} = {value}\n"))
        .collect();
    place.write("again.toml", toml);
    place.done(&["train", "--config", "again.toml", "--out", "again"]);
    let weights = |model: &str| std::fs::read(place.path(model).join("model.safetensors")).unwrap();
    assert!(weights("model") == weights("again"), "the weights differ");
}

#[test]
fn other_commands_read_files_too() {
    let place = with_model();
    place.write("evaluate.toml", "model = \"model\"\ndata = \"test.csv\"\njson = true\n");
    let objects = place.done(&["evaluate", "--config", "evaluate.toml"]).objects();
    assert_eq!(objects[0]["examples"], 60);
    place.write("predict.toml", "model = \"model\"\ntop-k = 2\njson = true\n");
    let objects = place.done(&["predict", "--config", "predict.toml", "lovely"]).objects();
    assert_eq!(objects[0]["scores"].as_array().unwrap().len(), 2);
}

#[test]
fn bad_keys_and_values_name_file_line_and_the_nearest_right_one() {
    let place = Workplace::with_reviews();
    let train = ["train", "--config", "c.toml", "--train", "train.csv", "--out", "m"];
    for (content, status, expected) in [
        (
            "task = \"classify\"\nepoch = 3\n",
            1,
            "c.toml:2: unknown key \"epoch\"; did you mean \"epochs\"?",
        ),
        (
            "optimizer = \"adm\"\n",
            1,
            "c.toml:1: invalid value \"adm\" for --optimizer; did you mean",
        ),
        ("epochs = -1.5\n", 1, "c.toml:1: invalid value \"-1.5\" for --epochs"),
        (
            "filter-widths = 3\nfilter_widths = 4\n",
            1,
            "c.toml:2: key \"filter_widths\" is given twice",
        ),
        ("epochs = \n", 1, "c.toml:1: not valid TOML"),
        ("epochs = 1\n", 2, "--task is required"),
    ] {
        place.write("c.toml", content);
        let before = place.files();
        let mut arguments = train.to_vec();
        arguments.extend(SMALL);
        place.run(&arguments).assert_fails(content, status, &[expected]);
        assert_eq!(place.files(), before);
    }
    let gone = ["inspect", "m", "--config", "gone.toml"];
    place.run(&gone).assert_fails("gone", 1, &["gone.toml: no such file"]);
}
