//! `--vectors` and `--freeze`.

use candle_core::Device;

use crate::harness::Workplace;

const VECTORS: &str = "lovely 1 2 3 4\ndull -1 -2 -3 -4\nthe 0.5 0.5 0.5 0.5\nzebra 9 9 9 9\n";

#[test]
fn vectors_become_the_rows_of_the_embedding_and_stay_when_frozen() {
    let place = Workplace::with_reviews();
    place.write("v.txt", VECTORS);
    let mut arguments = vec!["train", "--task", "classify", "--train", "train.csv", "--out", "m"];
    arguments.extend(["--vectors", "v.txt", "--freeze", "embedding", "--epochs", "2"]);
    let run = place.done(&arguments);
    assert!(run.stderr.contains("vectors: 3 of 18 words have vectors"), "{}", run.stderr);

    let vocabulary = std::fs::read(place.path("m/vocabulary.json")).unwrap();
    let vocabulary: serde_json::Value = serde_json::from_slice(&vocabulary).unwrap();
    let tokens = vocabulary["vocabulary"]["tokens"].as_array().unwrap();
    let row = |word: &str| tokens.iter().position(|token| token == word).unwrap();
    let tensors =
        candle_core::safetensors::load(place.path("m/model.safetensors"), &Device::Cpu).unwrap();
    let embedding = tensors["embedding.weight"].to_vec2::<f32>().unwrap();
    assert_eq!(embedding[row("lovely")], [1., 2., 3., 4.]);
    assert_eq!(embedding[row("dull")], [-1., -2., -3., -4.]);
    assert!(embedding[row("great")].iter().all(|value| value.abs() <= 0.25));
}

#[test]
fn vectors_that_cannot_be_used_and_patterns_without_a_parameter_are_refused() {
    let place = Workplace::with_reviews();
    place.write("v.txt", VECTORS);
    place.write("foreign.txt", "quux 1 2\nzorp 3 4\n");
    place.write("broken.txt", "lovely 1 2\ndull 3\n");
    for (more, status, expected) in [
        (
            &["--vectors", "v.txt", "--embedding-size", "16"][..],
            1,
            "v.txt: its vectors have 4 dimensions, --embedding-size asks for 16",
        ),
        (&["--vectors", "foreign.txt"], 1, "foreign.txt: no word of the training set"),
        (&["--vectors", "broken.txt"], 1, "broken.txt:2: "),
        (&["--freeze", "embeding.weight"], 2, "did you mean \"embedding.weight\"?"),
        (&["--freeze", "*"], 2, "every parameter is frozen"),
    ] {
        let before = place.files();
        let mut arguments = vec!["train", "--task", "classify", "--train", "train.csv"];
        arguments.extend(["--out", "m", "--quiet"]);
        arguments.extend(more);
        place.run(&arguments).assert_fails(&more.join(" "), status, &[expected]);
        assert_eq!(place.files(), before);
    }
}
