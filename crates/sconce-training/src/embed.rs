//! The task of making vectors of texts that are near where the texts belong together (Reimers and
//! Gurevych, 2019, arXiv:1908.10084).

use candle_core::{DType, Tensor};
use sconce_metrics::{Metric, Pearson, Spearman};
use sconce_models::{SentenceEncoder, Tokens};
use sconce_ops::{Mode, Offsets, ParamStore};
use sconce_text_pipeline::{Collator, EncodedDataset, Error as TextError, Targets, TextColumns};

use crate::batching::{Batching, evaluation_batches};
use crate::error::{Error, Result};
use crate::losses::{CoSent, InBatchNegatives};
use crate::packed;
use crate::report::{Details, Report};
use crate::task::{Evaluation, StepLoss, Task};

/// Trains a model of sentences on texts that belong together, or on pairs with a score.
///
/// All texts of a batch go through the model at once. The metrics are those of
/// [`evaluate_encoder`]; `spearman`, or `accuracy` where there are no scores, says which weights are
/// best.
#[derive(Debug)]
pub struct EmbedTask<'a> {
    /// The model.
    pub model: &'a SentenceEncoder,
    /// Its parameters.
    pub store: &'a ParamStore,
    /// Rows of texts to train on.
    pub train: &'a TextColumns,
    /// Rows of texts to choose the best weights by, never trained on.
    pub valid: Option<&'a TextColumns>,
    /// The loss.
    pub loss: EmbedLoss,
    /// How rows become batches. The larger a batch, the more texts each is to be told from.
    pub batching: Batching,
}

/// What texts are trained with.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum EmbedLoss {
    /// Each first text is to find its second among those of the whole batch and all negatives.
    InBatchNegatives(InBatchNegatives),
    /// Pairs with a higher score are to be more alike.
    CoSent(CoSent),
}

impl Task for EmbedTask<'_> {
    fn store(&self) -> &ParamStore {
        self.store
    }

    fn batches(&self, epoch: u64) -> Vec<Vec<usize>> {
        self.batching.batches(&self.train.lengths(), epoch)
    }

    fn loss(&self, rows: &[usize], mode: Mode) -> Result<StepLoss> {
        let columns = self.train.columns();
        let n = rows.len();
        let check = |is_right: bool, wanted| match is_right {
            true => Ok(()),
            false => Err(Error::WrongColumns { found: columns.len(), wanted }),
        };
        let loss = match self.loss {
            EmbedLoss::InBatchNegatives(loss) => {
                check(columns.len() >= 2, "2 or more")?;
                let vectors = forward(self.model, columns, rows, mode)?;
                let n_candidates = vectors.dim(0)? - n;
                loss.loss(&vectors.narrow(0, 0, n)?, &vectors.narrow(0, n, n_candidates)?)?
            }
            EmbedLoss::CoSent(loss) => {
                check(columns.len() == 2, "2")?;
                let all = packed::numbers(self.train.targets())?;
                let scores: Vec<f32> = rows.iter().map(|row| all[*row]).collect();
                let vectors = forward(self.model, columns, rows, mode)?;
                loss.loss(&vectors.narrow(0, 0, n)?, &vectors.narrow(0, n, n)?, &scores)?
            }
        };
        Ok(StepLoss::new(loss, n))
    }

    fn evaluate(&self) -> Result<Option<Evaluation>> {
        let evaluate = |valid| evaluate_encoder(self.model, valid, self.batching.batch_size);
        Ok(self.valid.map(evaluate).transpose()?.map(|report| report.metrics))
    }

    fn metric(&self) -> &str {
        match self.valid.map(TextColumns::targets) {
            Some(Targets::Numbers(_)) => "spearman",
            _ => "accuracy",
        }
    }
}

/// The vectors of all columns of some rows, column by column, `(n_columns * n_rows, dim)`.
fn forward(
    model: &SentenceEncoder,
    columns: &[EncodedDataset],
    rows: &[usize],
    mode: Mode,
) -> Result<Tensor> {
    let (mut ids, mut offsets) = (Vec::new(), vec![0]);
    for column in columns {
        for &row in rows {
            ids.extend_from_slice(column.row(row));
            let n_tokens = ids.len();
            let end = u32::try_from(n_tokens).map_err(|_| TextError::BatchTooLarge { n_tokens })?;
            offsets.push(end);
        }
    }
    let offsets = Offsets::new(offsets)?;
    Ok(model.forward(&Tokens::new(&ids, &offsets), mode)?)
}

/// Runs a model over rows of texts.
///
/// - With scores: `spearman` and `pearson`, the correlation of the scores with the cosines of the
///   first two texts of each row.
/// - Without: each first text looks for its second among the second texts and the negatives of
///   its batch, `batch_size` rows in the order of the data: `accuracy`, the part that hold their
///   own for the nearest, and `mrr`, the mean reciprocal rank of their own.
///
/// Under [`ParamStore::no_grad`] nothing is kept for a backward pass.
///
/// # Errors
/// If there are not two texts in each row, or an id is not the model's.
pub fn evaluate_encoder(
    model: &SentenceEncoder,
    rows: &TextColumns,
    batch_size: usize,
) -> Result<Report> {
    let columns = rows.columns();
    if columns.len() < 2 {
        return Err(Error::WrongColumns { found: columns.len(), wanted: "2 or more" });
    }
    let unit = |column| unit_vectors(&embed_texts(model, column)?);
    match rows.targets() {
        Targets::Numbers(scores) => {
            let (a, b) = (unit(&columns[0])?, unit(&columns[1])?);
            let cosines: Vec<f64> = a.iter().zip(&b).map(|(a, b)| dot(a, b)).collect();
            let scores: Vec<f64> = scores.iter().map(|&score| score.into()).collect();
            let (mut pearson, mut spearman) = (Pearson::new(), Spearman::new());
            pearson.update(&scores, &cosines)?;
            spearman.update(&scores, &cosines)?;
            let metrics = [("pearson", pearson.value()), ("spearman", spearman.value())];
            Ok(Report::new(metrics, Details::None))
        }
        _ => {
            let columns: Vec<_> = columns.iter().map(unit).collect::<Result<_>>()?;
            let (accuracy, mrr) = ranks(&columns, batch_size);
            Ok(Report::new([("accuracy", accuracy), ("mrr", mrr)], Details::None))
        }
    }
}

/// The vector of each text, in the order of the data, `(n_rows, dim)`, made in batches of like
/// length.
///
/// Under [`ParamStore::no_grad`] nothing is kept for a backward pass.
///
/// # Errors
/// If an id is not the model's.
pub fn embed_texts(model: &SentenceEncoder, texts: &EncodedDataset) -> Result<Tensor> {
    let mut order = vec![0u32; texts.len()];
    let (mut parts, mut n_before) = (Vec::new(), 0);
    for rows in evaluation_batches(&texts.lengths()) {
        let batch = Collator::new(texts).collate(&rows)?;
        let offsets = packed::offsets(&batch)?;
        parts.push(model.forward(&packed::tokens(&batch, &offsets), Mode::Eval)?.detach());
        for row in rows {
            order[row] = n_before;
            n_before += 1;
        }
    }
    if parts.is_empty() {
        return forward(model, &[], &[], Mode::Eval);
    }
    let vectors = Tensor::cat(&parts, 0)?;
    let order = Tensor::new(order, vectors.device())?;
    Ok(vectors.index_select(&order, 0)?)
}

/// Rows of length 1; a row of zeros stays so.
fn unit_vectors(vectors: &Tensor) -> Result<Vec<Vec<f64>>> {
    let mut vectors = vectors.to_dtype(DType::F64)?.to_vec2::<f64>()?;
    for vector in &mut vectors {
        let length = dot(vector, vector).sqrt();
        if length > 0. {
            vector.iter_mut().for_each(|x| *x /= length);
        }
    }
    Ok(vectors)
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// The part of the first texts whose second one is the nearest, and the mean reciprocal rank. Of
/// others that are as near, the worst is assumed.
fn ranks(columns: &[Vec<Vec<f64>>], batch_size: usize) -> (f64, f64) {
    let n = columns.first().map_or(0, Vec::len);
    let (mut n_first, mut reciprocals) = (0usize, 0.);
    for start in (0..n).step_by(batch_size.max(1)) {
        let batch = start..n.min(start + batch_size.max(1));
        for row in batch.clone() {
            let near = |other: &Vec<f64>| dot(&columns[0][row], other);
            let own = near(&columns[1][row]);
            let others = columns[1..].iter().flat_map(|column| &column[batch.clone()]);
            // Its own is among them, so this counts from 1.
            let rank = others.filter(|other| near(other) >= own).count().max(1);
            n_first += usize::from(rank == 1);
            reciprocals += 1. / rank as f64;
        }
    }
    let n = n.max(1) as f64;
    (n_first as f64 / n, reciprocals / n)
}

#[cfg(test)]
mod tests;
