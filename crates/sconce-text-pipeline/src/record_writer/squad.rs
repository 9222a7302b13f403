//! SQuAD's JSON: one article, whose paragraphs are contexts with the questions that follow one
//! another.

use std::io::Write as _;
use std::path::Path;

use serde_json::{Value, json};

use super::{Write, not_held, strings};
use crate::error::{DataError, Result};
use crate::out_file::{OutFile, not_written};
use crate::record::Record;

const NEEDED: [&str; 3] = ["question", "context", "answers"];

/// The context that is being written.
pub(super) struct Squad {
    out: OutFile,
    context: Option<String>,
}

impl Squad {
    pub(super) fn new(path: &Path, columns: &[String]) -> Result<Self> {
        if NEEDED.iter().any(|name| !columns.iter().any(|column| column == name)) {
            return Err(DataError::ColumnsNotHeld {
                path: path.display().to_string(),
                format: ".json (SQuAD)",
                expected: "`question`, `context` and `answers`",
                columns: columns.to_vec(),
            }
            .into());
        }
        let mut squad = Self { out: OutFile::create(path)?, context: None };
        squad.put(r#"{"version":"1.1","data":[{"title":"","paragraphs":["#)?;
        Ok(squad)
    }

    fn put(&mut self, text: &str) -> Result<()> {
        let written = self.out.write_all(text.as_bytes());
        written.map_err(|source| not_written(self.out.path(), source))
    }
}

impl Write for Squad {
    fn write(&mut self, record: &Record, row: usize) -> Result<()> {
        let text = |name: &str| {
            let text = record.get(name).and_then(Value::as_str);
            text.ok_or_else(|| not_held(&self.out, row, name, "is no string"))
        };
        let (question, context) = (text("question")?, text("context")?);
        let id = match record.get("id") {
            Some(Value::String(id)) => id.clone(),
            Some(Value::Number(id)) => id.to_string(),
            _ => row.to_string(),
        };
        let given = record.get("answers");
        let starts = given.and_then(|given| given.get("answer_start")).and_then(Value::as_array);
        let (Some(texts), Some(starts)) =
            (strings(given.and_then(|given| given.get("text"))), starts)
        else {
            let reason = "has no lists `text` and `answer_start`";
            return Err(not_held(&self.out, row, "answers", reason));
        };
        if texts.len() != starts.len() {
            let reason = "has lists `text` and `answer_start` of different lengths";
            return Err(not_held(&self.out, row, "answers", reason));
        }
        let answers: Vec<Value> = texts
            .iter()
            .zip(starts)
            .map(|(text, start)| json!({"text": text, "answer_start": start}))
            .collect();
        let is_impossible =
            record.get("is_impossible").and_then(Value::as_bool).unwrap_or_default();
        let question = json!({
            "id": id, "question": question, "answers": answers, "is_impossible": is_impossible
        });
        let before = match &self.context {
            Some(current) if current == context => ",".to_owned(),
            current => {
                let end = if current.is_some() { "]}," } else { "" };
                format!("{end}{{\"context\":{},\"qas\":[", Value::from(context))
            }
        };
        self.put(&format!("{before}{question}"))?;
        self.context = Some(context.to_owned());
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> Result<()> {
        let end = if self.context.is_some() { "]}" } else { "" };
        self.put(&format!("{end}]}}]}}\n"))?;
        self.out.finish()
    }
}
