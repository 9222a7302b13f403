//! `lstm_2x200`, `bilstm_2x256`, `gru_2x256`: two recurrent layers over packed sentences, forward
//! and backward.

use candle_core::{Device, Result};
use sconce_ops::{
    Mode, Offsets, ParamStore, RecurrentConfig, RecurrentKind, RecurrentWeights, recurrent,
};

use crate::data::{WORDS, noise, weight};
use crate::measure::{Case, Iterate};
use crate::params::{backward, param};

pub fn cases() -> [Case; 3] {
    let over_words = |name, kind| {
        let config =
            RecurrentConfig { n_layers: 2, bidirectional: true, ..RecurrentConfig::new(kind, 256) };
        Case::new(name, move || build(&config, 300, &WORDS))
    };
    let language_model =
        RecurrentConfig { n_layers: 2, ..RecurrentConfig::new(RecurrentKind::Lstm, 200) };
    [
        Case::new("lstm_2x200", move || build(&language_model, 200, &[35; 20])),
        over_words("bilstm_2x256", RecurrentKind::Lstm),
        over_words("gru_2x256", RecurrentKind::Gru),
    ]
}

fn build(config: &RecurrentConfig, n_in: usize, lengths: &[usize]) -> Result<Iterate> {
    let config = config.clone();
    let offsets = Offsets::from_lengths(lengths.iter().copied());
    let store = ParamStore::new(&Device::Cpu, 1);
    let x = param(&store.root(), "x", &noise(1, (offsets.n_tokens(), n_in), 1.)?)?;
    let upstream = noise(2, (offsets.n_tokens(), config.output_dim()), 1.)?;
    let n_rows = config.kind.n_gates() * config.hidden;
    let mut params = Vec::new();
    for (i, suffix) in config.weight_suffixes().into_iter().enumerate() {
        let (scope, seed) = (store.root().pp(suffix), 10 + 4 * i as u32);
        let n_in = if i < config.n_directions() { n_in } else { config.output_dim() };
        params.push([
            param(&scope, "weight_ih", &weight(seed, n_rows, n_in)?)?,
            param(&scope, "weight_hh", &weight(seed + 1, n_rows, config.hidden)?)?,
            param(&scope, "bias_ih", &noise(seed + 2, n_rows, 0.1)?)?,
            param(&scope, "bias_hh", &noise(seed + 3, n_rows, 0.1)?)?,
        ]);
    }
    Ok(Box::new(move || {
        let weights = params.iter().map(|[w_ih, w_hh, b_ih, b_hh]| {
            RecurrentWeights::new(w_ih, w_hh).with_biases(b_ih, b_hh)
        });
        let weights: Vec<_> = weights.collect();
        let mode = Mode::train(42, 1);
        let y = recurrent(&x.tensor(), &weights, None, &offsets, &config, mode)?;
        backward(&store, y, &upstream)
    }))
}
