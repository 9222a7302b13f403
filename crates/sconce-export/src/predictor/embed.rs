//! Vectors of sentences, and how alike they are.

use sconce_models::AnyModel;
use sconce_ops::Mode;
use sconce_text_pipeline::Input;

use super::classify::Classification;
use super::{Predicted, Predictor};
use crate::error::{Error, Result};

impl Predictor {
    /// Size of the vectors that [`embed`](Self::embed) gives.
    ///
    /// # Errors
    /// If the model is no sentence encoder.
    pub fn embedding_dim(&self) -> Result<usize> {
        Ok(self.bundle.model.sentence_encoder()?.output_dim())
    }

    /// The vector of each text, in order.
    ///
    /// # Errors
    /// If the model is no sentence encoder, a text cannot be tokenized or is too long to be taken, or
    /// a tensor operation fails.
    pub fn embed(&self, texts: &[&str]) -> Result<Predicted<Vec<f32>>> {
        let model = self.bundle.model.sentence_encoder()?;
        let inputs: Vec<Input<'_>> = texts.iter().map(|text| Input::Text(text)).collect();
        let (dataset, n_truncated) = self.encode_ids(&inputs)?;
        let mut rows = vec![Vec::new(); texts.len()];
        self.for_each_batch(&dataset, |numbers, tokens| {
            let vectors = model.forward(tokens, Mode::Eval)?;
            let vectors = vectors.to_dtype(candle_core::DType::F32)?.to_vec2::<f32>()?;
            for (&row, vector) in numbers.iter().zip(vectors) {
                rows[row] = vector;
            }
            Ok(())
        })?;
        Ok(Predicted { rows, n_truncated })
    }

    /// How alike the texts of each pair are, in order: the cosine of their vectors, or the score that
    /// a cross-encoder gives the pair.
    ///
    /// # Errors
    /// If the model is neither, a text cannot be tokenized or is too long to be taken, or a tensor
    /// operation fails.
    pub fn similarity(&self, pairs: &[(&str, &str)]) -> Result<Predicted<f32>> {
        if let AnyModel::SequenceClassifier(_) = &self.bundle.model {
            return self.cross_scores(pairs);
        }
        let texts: Vec<&str> = pairs.iter().flat_map(|(first, second)| [*first, *second]).collect();
        let Predicted { rows, n_truncated } = self.embed(&texts)?;
        let rows = rows.chunks_exact(2).map(|pair| cosine(&pair[0], &pair[1])).collect();
        Ok(Predicted { rows, n_truncated })
    }

    fn cross_scores(&self, pairs: &[(&str, &str)]) -> Result<Predicted<f32>> {
        let pairs: Vec<Input<'_>> = pairs.iter().map(|(a, b)| Input::Pair(a, b)).collect();
        let Predicted { rows, n_truncated } = self.classify(&pairs, super::classify::THRESHOLD)?;
        let number = |row| match row {
            Classification::Numbers(numbers) if numbers.len() == 1 => Ok(numbers[0].1),
            _ => Err(Error::WrongOutput { found: "labels", wanted: "vectors or one number" }),
        };
        Ok(Predicted { rows: rows.into_iter().map(number).collect::<Result<_>>()?, n_truncated })
    }
}

/// The cosine of the angle between two vectors; 0 if one is zero.
pub(crate) fn cosine(a: &[f32], b: &[f32]) -> f32 {
    let dot = |a: &[f32], b: &[f32]| -> f64 {
        a.iter().zip(b).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum()
    };
    let lengths = (dot(a, a) * dot(b, b)).sqrt();
    if lengths > 0. { (dot(a, b) / lengths) as f32 } else { 0. }
}

#[cfg(test)]
mod tests;
