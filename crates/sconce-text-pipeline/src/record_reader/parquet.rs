//! Parquet tables (parquet.apache.org), row group by row group.

use std::fs::File;
use std::path::Path;

use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::{Field, Row, reader::RowIter};
use serde_json::{Number, Value};

use crate::caught::caught;
use crate::error::{DataError, Error, Result};
use crate::record::Record;
use crate::rows::{Found, Rows};

/// A table and the rows of it that are yet to come.
pub(crate) struct Table {
    rows: RowIter<'static>,
    columns: Vec<String>,
    name: String,
    n_read: usize,
}

impl Table {
    pub(crate) fn open(path: &Path) -> Result<Self> {
        let name = path.display().to_string();
        let file = File::open(path).map_err(|source| Error::io(&name, source))?;
        let opened = guarded(|| {
            let reader = SerializedFileReader::new(file)?;
            let schema = reader.metadata().file_metadata().schema();
            let columns = schema.get_fields().iter().map(|field| field.name().to_owned()).collect();
            Ok((columns, RowIter::from_file_into(Box::new(reader))))
        });
        match opened {
            Ok((columns, rows)) => Ok(Self { rows, columns, name, n_read: 0 }),
            Err(reason) => Err(DataError::Parquet { path: name, reason }.into()),
        }
    }

    pub(crate) fn columns(&self) -> &[String] {
        &self.columns
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// The next row and its number from one; none at the end.
    pub(crate) fn next_record(&mut self) -> Result<Option<(usize, Record)>> {
        let row =
            guarded(|| self.rows.next().transpose()).map_err(|reason| DataError::Parquet {
                path: self.name.clone(),
                reason: format!("row {}: {reason}", self.n_read + 1),
            })?;
        self.n_read += usize::from(row.is_some());
        Ok(row.map(|row| (self.n_read, record(row))))
    }
}

impl Rows<Record> for Table {
    fn more(&mut self, found: &mut Found<Record>) -> Result<bool> {
        for _ in 0..256 {
            let Some((number, record)) = self.next_record()? else { return Ok(false) };
            found.add(number, record);
        }
        Ok(true)
    }
}

/// Calls the library, which panics on some damaged files and on columns of types that its rows do
/// not have, such as intervals.
fn guarded<T>(call: impl FnOnce() -> parquet::errors::Result<T>) -> Result<T, String> {
    caught(call)?.map_err(|error| error.to_string())
}

fn record(row: Row) -> Record {
    row.into_columns().into_iter().map(|(name, field)| (name, value(field))).collect()
}

fn value(field: Field) -> Value {
    let float = |number: f64| Number::from_f64(number).map_or(Value::Null, Value::Number);
    match field {
        Field::Null => Value::Null,
        Field::Bool(truth) => truth.into(),
        Field::Byte(number) => number.into(),
        Field::Short(number) => number.into(),
        Field::Int(number) | Field::Date(number) | Field::TimeMillis(number) => number.into(),
        Field::Long(number)
        | Field::TimeMicros(number)
        | Field::TimestampMillis(number)
        | Field::TimestampMicros(number) => number.into(),
        Field::UByte(number) => number.into(),
        Field::UShort(number) => number.into(),
        Field::UInt(number) => number.into(),
        Field::ULong(number) => number.into(),
        // As its digits, not as the nearest number of twice the width.
        Field::Float(number) => number.to_string().parse().map_or(Value::Null, float),
        Field::Float16(number) => float(number.to_f64()),
        Field::Double(number) => float(number),
        Field::Str(text) => text.into(),
        Field::Bytes(bytes) => String::from_utf8_lossy(bytes.data()).into_owned().into(),
        Field::Group(row) => Value::Object(record(row)),
        Field::ListInternal(list) => list.elements().iter().cloned().map(value).collect(),
        Field::MapInternal(map) => map
            .entries()
            .iter()
            .map(|(key, entry)| (key.to_string(), value(entry.clone())))
            .collect::<Record>()
            .into(),
        Field::Decimal(_) => field.to_string().into(),
    }
}
