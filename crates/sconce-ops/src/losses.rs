//! Losses of pairs of numbers and of pairs of rows; of classes, see
//! [`CrossEntropy`](crate::CrossEntropy).

use candle_core::{Result, Tensor, bail};

mod bce;
mod cosine;
mod kl_div;
mod pointwise;
mod regression;

pub use self::bce::bce_with_logits;
pub use self::cosine::{cosine_embedding_loss, cosine_similarity};
pub use self::kl_div::{kl_div, kl_div_logits};
pub use self::regression::{huber, mean_squared_error, smooth_l1, squared_error};

fn expect_pair(op: &'static str, x: &Tensor, y: &Tensor) -> Result<()> {
    if x.shape() != y.shape() || x.dtype() != y.dtype() {
        bail!(
            "{op}: the operands must have one shape and type, got {:?} in {:?} and {:?} in {:?}",
            x.shape(),
            x.dtype(),
            y.shape(),
            y.dtype()
        );
    }
    Ok(())
}

/// Refuses an operand that a caller seems to want a gradient of which the operation does not give.
fn expect_constant(op: &'static str, name: &str, tensor: &Tensor) -> Result<()> {
    if tensor.track_op() {
        bail!("{op}: {name} gets no gradient here; detach it to say that it is constant");
    }
    Ok(())
}

#[cfg(test)]
mod tests;
