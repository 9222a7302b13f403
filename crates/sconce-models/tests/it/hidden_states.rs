//! Families without a head: the vectors after each layer.

use sconce_models::{AnyModel, Tokens};
use sconce_ops::Mode;

use crate::golden::{case, distance, names};

#[test]
fn hidden_states_of_every_family_are_those_of_transformers() {
    for name in names("families") {
        let case = case(&name);
        let AnyModel::SentenceEncoder(model) = &case.model else {
            panic!("{name}: a model without a head embeds")
        };
        let tokens = Tokens { ids: &case.ids, type_ids: &case.type_ids, offsets: &case.offsets };
        let states = model.hidden_states(&tokens, Mode::Eval).unwrap();
        for (layer, state) in states.iter().enumerate() {
            let expected = case.expected.tensor(&format!("hidden_states.{layer}")).unwrap();
            let distance = distance(state, &expected);
            // Single precision through two layers of weights that are larger than usual.
            assert!(distance < 1e-4, "{name}: layer {layer} is off by {distance}");
        }
        assert!(!case.expected.contains(&format!("hidden_states.{}", states.len())), "{name}");
        let last = model.encode_tokens(&tokens, Mode::Eval).unwrap();
        assert!(distance(&last, &case.expected.tensor("last_hidden_state").unwrap()) < 1e-4);
    }
}
