//! Hugging Face's names of each family, and where they stand.

use candle_core::Device;
use sconce_ops::{Init, ParamSpec};

use super::*;

#[test]
fn names_of_every_family_have_their_place() {
    use Place::{Embeddings, Head, Layer, Top};
    for (name, place) in [
        ("bert.embeddings.word_embeddings.weight", Embeddings),
        ("bert.embeddings.LayerNorm.bias", Embeddings),
        ("bert.encoder.layer.0.attention.self.query.weight", Layer(0)),
        ("bert.encoder.layer.11.output.LayerNorm.weight", Layer(11)),
        ("bert.pooler.dense.weight", Top),
        ("classifier.weight", Head),
        ("cls.predictions.transform.dense.weight", Head),
        ("cls.predictions.bias", Head),
        ("roberta.encoder.layer.2.intermediate.dense.bias", Layer(2)),
        ("classifier.out_proj.weight", Head),
        ("lm_head.layer_norm.weight", Head),
        ("distilbert.transformer.layer.5.ffn.lin1.weight", Layer(5)),
        ("pre_classifier.bias", Head),
        ("vocab_transform.weight", Head),
        ("embeddings.position_embeddings.weight", Embeddings),
        ("encoder.layer.3.attention.output.dense.weight", Layer(3)),
        ("pooler.dense.bias", Top),
        ("transformer.wte.weight", Embeddings),
        ("transformer.wpe.weight", Embeddings),
        ("transformer.h.7.attn.c_attn.weight", Layer(7)),
        ("transformer.ln_f.weight", Top),
        ("score.weight", Head),
        ("model.embed_tokens.weight", Embeddings),
        ("model.layers.1.self_attn.q_proj.weight", Layer(1)),
        ("model.norm.weight", Top),
        ("lm_head.weight", Head),
        ("base_model.model.bert.encoder.layer.4.attention.self.query.lora_A.weight", Layer(4)),
        ("base_model.model.classifier.weight", Head),
        ("decoder.block.2.layer.1.EncDecAttention.q.weight", Layer(2)),
        ("embedding.weight", Embeddings),
        ("encoder.weight", Top),
    ] {
        assert_eq!(Place::of(name), place, "{name}");
    }
}

#[test]
fn the_last_layers_and_what_is_below_them_are_found() {
    let store = ParamStore::new(&Device::Cpu, 1);
    for name in ["wte.weight", "h.0.w", "h.1.w", "h.2.w", "ln_f.weight", "score.weight"] {
        store.root().get(name, ParamSpec::new(2, Init::Constant(0.))).unwrap();
    }
    let layers = Layers::of(&store);
    let names = |params: Vec<Param>| {
        params.iter().map(|param| param.name().to_owned()).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(layers.n_layers(), 3);
    for (n, last, below) in [
        (0, "", "wte.weight h.0.w h.1.w h.2.w"),
        (1, "h.2.w", "wte.weight h.0.w h.1.w"),
        (3, "h.0.w h.1.w h.2.w", "wte.weight"),
    ] {
        assert_eq!(names(layers.last(n).unwrap()), last);
        assert_eq!(names(layers.below_last(n).unwrap()), below);
    }
    let error = layers.last(4).unwrap_err().to_string();
    assert_eq!(
        error,
        "the last 4 layers were asked for; by the names of its parameters the model has 3"
    );
}
