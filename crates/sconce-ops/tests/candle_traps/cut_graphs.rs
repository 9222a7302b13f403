//! Layers of candle that cut autograd: nothing below them learns.

use candle_core::{DType, Device, Module, Result, Tensor};
use sconce_ops::*;
use sconce_testing::assert_close;

use super::{is_right, still, var, wavy};

/// Rows to rows of four features.
type Layer = fn(&Tensor) -> Result<Tensor>;

/// A layer of candle that nothing below learns through, and ours.
struct Cut {
    name: &'static str,
    candles: Layer,
    ours: Layer,
}

/// A weight of four features for `x`.
fn scale(x: &Tensor) -> Result<Tensor> {
    wavy(&[4], 2.).to_dtype(x.dtype())
}

/// Tables of cosines and sines for three positions of four features, as [`Rotary`] has them.
fn angles(x: &Tensor) -> Result<[Tensor; 2]> {
    let angles = Tensor::new(&[[0f64, 0.], [1., 0.01], [2., 0.02]], x.device())?;
    let angles = angles.to_dtype(x.dtype())?;
    Ok([angles.cos()?, angles.sin()?])
}

fn rotated(x: &Tensor, rope: fn(&Tensor, &Tensor, &Tensor) -> Result<Tensor>) -> Result<Tensor> {
    let [cos, sin] = angles(x)?;
    rope(&x.unsqueeze(0)?.unsqueeze(0)?, &cos, &sin)?.squeeze(0)?.squeeze(0)
}

const CUTS: [Cut; 6] = [
    Cut {
        name: "LayerNorm",
        candles: |x| candle_nn::LayerNorm::new(scale(x)?, scale(x)?, 1e-5).forward(x),
        ours: |x| layer_norm(x, &scale(x)?, Some((&scale(x)?).into()), 1e-5),
    },
    Cut {
        name: "RmsNorm",
        candles: |x| candle_nn::RmsNorm::new(scale(x)?, 1e-5).forward(x),
        ours: |x| rms_norm(x, &scale(x)?, 1e-5),
    },
    Cut { name: "softmax_last_dim", candles: candle_nn::ops::softmax_last_dim, ours: softmax },
    Cut {
        name: "rope",
        candles: |x| rotated(x, candle_nn::rotary_emb::rope),
        ours: |x| rotary(x, &[0, 1, 2], &Rotary::new(4, 1e4)?),
    },
    Cut {
        name: "rope_i",
        candles: |x| rotated(x, candle_nn::rotary_emb::rope_i),
        ours: |x| rotary(x, &[0, 1, 2], &Rotary::new(4, 1e4)?.interleaved()),
    },
    Cut {
        name: "rope_thd",
        candles: |x| {
            let [cos, sin] = angles(x)?;
            let thd = x.unsqueeze(0)?.unsqueeze(2)?;
            candle_nn::rotary_emb::rope_thd(&thd, &cos, &sin)?.squeeze(2)?.squeeze(0)
        },
        ours: |x| rotary(x, &[0, 1, 2], &Rotary::new(4, 1e4)?),
    },
];

/// Which of four parameters gradients reach, and what the audit says of it.
fn reached(layer: Layer) -> ([bool; 4], Result<()>) {
    let store = ParamStore::new(&Device::Cpu, 1);
    let vars = store.var_builder();
    let below = candle_nn::linear(2, 4, vars.pp("below")).unwrap();
    let above = candle_nn::linear(4, 1, vars.pp("above")).unwrap();
    let x = wavy(&[3, 2], 0.).to_dtype(DType::F32).unwrap();
    let y = above.forward(&layer(&below.forward(&x).unwrap()).unwrap()).unwrap();
    let gradients = store.backward(&y.sqr().unwrap().sum_all().unwrap()).unwrap();
    let reached = std::array::from_fn(|i| gradients.get(i).is_some());
    (reached, GradientAudit::default().observe(&store, &gradients))
}

#[test]
fn cut_layers_of_candle_are_named_by_the_audit() {
    for Cut { name, candles, .. } in CUTS {
        let (reached, audit) = reached(candles);
        still(reached == [false, false, true, true], &format!("{name} lets gradients through"));
        let error = audit.unwrap_err().to_string();
        assert!(error.contains("no gradient reached below.weight, below.bias"), "{error}");
    }
}

#[test]
fn our_layers_have_the_values_of_candles_and_right_gradients() {
    let x = var(&[3, 4], 0.);
    for Cut { name, candles, ours } in CUTS {
        let single = x.to_dtype(DType::F32).unwrap();
        let (expected, y) = (candles(&single).unwrap(), ours(&single).unwrap());
        assert_close(name, &y, &expected, 1e-6, 1e-5).unwrap();
        assert!(is_right(&x, ours), "{name}");
        let (reached, audit) = reached(ours);
        assert!(reached == [true; 4] && audit.is_ok(), "{name}: {audit:?}");
    }
    let (w, b) = (var(&[4], 2.), var(&[4], 3.));
    let layer = |w: &Tensor, b: &Tensor| layer_norm(&x, w, Some(b.into()), 1e-5);
    assert!(is_right(&w, |w| layer(w, &b)) && is_right(&b, |b| layer(&w, b)));
    assert!(is_right(&w, |w| rms_norm(&x, w, 1e-5)));
}
