//! What the tests of several operations share.

use candle_core::{Tensor, Var};
use sconce_testing::{Golden, assert_close};

use crate::{ParamSpec, ParamStore, init::Init};

/// A golden file of this crate.
pub(crate) fn golden(name: &str) -> Golden {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/");
    Golden::open(format!("{folder}{name}.json")).unwrap()
}

/// Back-propagates `upstream` through `output` and compares the gradient of each variable.
pub(crate) fn assert_gradients(
    case: &str,
    output: &Tensor,
    upstream: &Tensor,
    expected: &[(&Var, Tensor)],
    tolerance: f64,
) {
    let loss = (output * upstream).unwrap().sum_all().unwrap();
    let gradients = loss.backward().unwrap();
    for (i, (var, expected)) in expected.iter().enumerate() {
        let Some(gradient) = gradients.get(var) else { panic!("{case}: no gradient {i}") };
        assert_close(&format!("{case}: gradient {i}"), gradient, expected, tolerance, tolerance)
            .unwrap();
    }
}

/// A store with one parameter that has the values of `tensor`.
pub(crate) fn store_with(name: &str, tensor: &Tensor) -> (ParamStore, crate::Param) {
    let store = ParamStore::with_dtype(tensor.device(), tensor.dtype(), 1);
    let spec = ParamSpec::new(tensor.shape(), Init::Constant(0.));
    let param = store.root().get(name, spec).unwrap();
    param.var().set(tensor).unwrap();
    (store, param)
}

/// Numbers that look random, without a generator.
pub(crate) fn wavy(n: usize, phase: f64) -> Vec<f64> {
    (0..n).map(|i| ((i * i % 97) as f64 * 0.37 + i as f64 * 0.11 + phase).sin()).collect()
}

/// Runs `body` with this many threads.
pub(crate) fn with_threads<R: Send>(n: usize, body: impl FnOnce() -> R + Send) -> R {
    rayon::ThreadPoolBuilder::new().num_threads(n).build().unwrap().install(body)
}
