//! A seed decides everything.

use crate::harness::Workplace;

#[test]
fn one_seed_gives_one_model_on_any_number_of_threads_and_another_seed_another() {
    let place = Workplace::with_reviews();
    for (model, seed, threads) in
        [("first", "7", "2"), ("again", "7", "2"), ("alone", "7", "1"), ("other", "8", "2")]
    {
        place.train(model, &["--seed", seed, "--threads", threads]);
    }
    let weights = |model: &str| std::fs::read(place.path(model).join("model.safetensors")).unwrap();
    let first = weights("first");
    assert!(first == weights("again"), "the same seed and threads gave other weights");
    assert!(first == weights("alone"), "one thread gave other weights than two");
    assert!(first != weights("other"), "another seed gave the same weights");
}
