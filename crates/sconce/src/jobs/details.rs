//! What an evaluation knows besides its metrics, as text and as JSON.

use anyhow::Result;
use sconce_metrics::ClassificationReport;
use sconce_training::Details;
use serde_json::{Value, json};

use super::Evaluated;
use crate::table;

impl Evaluated {
    /// The table that a training run ends with; none if there is nothing to show.
    ///
    /// # Errors
    /// If labels and counts do not fit each other.
    pub fn details_text(&self, set: &str) -> Result<Option<String>> {
        Ok(match &self.report.details {
            Details::Labels(matrix) if matrix.n_labels() <= MAX_LABELS => {
                Some(format!("Confusions ({set})\n{}", matrix.render(&self.labels)?))
            }
            Details::LabelSets(_) | Details::Spans(_) => self.table()?,
            _ => None,
        })
    }

    /// Every detail as tables; none if there are none.
    ///
    /// # Errors
    /// If labels and counts do not fit each other.
    pub fn table(&self) -> Result<Option<String>> {
        Ok(match &self.report.details {
            Details::Labels(matrix) => {
                let report = ClassificationReport::new(matrix, &self.labels)?;
                let confusions = match matrix.n_labels() <= MAX_LABELS {
                    true => format!("\nConfusions\n{}", matrix.render(&self.labels)?),
                    false => String::new(),
                };
                Some(format!("{report}{confusions}"))
            }
            Details::LabelSets(counts) => {
                let heading = ["", "precision", "recall", "f1", "support"].map(str::to_owned);
                let mut rows = vec![heading.to_vec()];
                for (id, label) in (0u32..).zip(&self.labels) {
                    let scores = counts.label(id);
                    let cells = [scores.precision, scores.recall, scores.f1];
                    let cells = cells.map(|value| format!("{value:.4}"));
                    let support = counts.support(id).to_string();
                    let name = table::printable(label);
                    rows.push([name].into_iter().chain(cells).chain([support]).collect());
                }
                Some(table::render(&rows, &[]))
            }
            Details::Spans(report) => Some(report.to_string()),
            _ => None,
        })
    }

    /// The details as members of a JSON object.
    ///
    /// # Errors
    /// If labels and counts do not fit each other.
    pub fn details_json(&self) -> Result<Vec<(&'static str, Value)>> {
        Ok(match &self.report.details {
            Details::Labels(matrix) => vec![
                ("report", serde_json::to_value(ClassificationReport::new(matrix, &self.labels)?)?),
                ("labels", json!(self.labels)),
                ("confusion", serde_json::to_value(matrix)?),
            ],
            Details::LabelSets(counts) => {
                let label = |(id, name): (u32, &String)| {
                    let scores = counts.label(id);
                    json!({
                        "label": name,
                        "precision": scores.precision,
                        "recall": scores.recall,
                        "f1": scores.f1,
                        "support": counts.support(id),
                    })
                };
                vec![("report", (0u32..).zip(&self.labels).map(label).collect())]
            }
            Details::Spans(report) => vec![("report", serde_json::to_value(report)?)],
            _ => Vec::new(),
        })
    }
}

/// A matrix of more labels than this is too wide to be read.
const MAX_LABELS: usize = 20;
