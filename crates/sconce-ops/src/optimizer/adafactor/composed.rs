//! Adafactor's step by candle's operations.

use candle_core::{D, Result, Tensor, bail};

use super::AdafactorRule;
use crate::optimizer::number::square_norm;

/// The parameter after a step.
pub(super) fn update(
    rule: &AdafactorRule,
    p: &Tensor,
    gradient: &Tensor,
    state: &mut [Tensor],
) -> Result<Tensor> {
    let g = (gradient * rule.scale)?;
    let squares = g.sqr()?;
    let average = |slot: &mut Tensor, squares: Tensor| -> Result<()> {
        *slot = ((&*slot * (1. - rule.weight))? + (squares * rule.weight)?)?;
        Ok(())
    };
    let variance = match state {
        [variance] => {
            average(variance, squares)?;
            variance.clone()
        }
        [row, col] => {
            average(row, squares.mean_keepdim(D::Minus1)?)?;
            average(col, squares.mean_keepdim(D::Minus2)?)?;
            let mean = row.mean_keepdim(D::Minus2)?.maximum(rule.epsilon1)?;
            row.broadcast_div(&mean)?.broadcast_mul(col)?
        }
        _ => bail!("adafactor: expected 1 or 2 tensors of state, got {}", state.len()),
    };
    let u = (g / variance.maximum(rule.epsilon1 * rule.epsilon1)?.sqrt()?)?;
    let step = rule.step([square_norm(p)?, square_norm(&u)?], p.elem_count());
    (p * rule.keep)? - (u * step)?
}
