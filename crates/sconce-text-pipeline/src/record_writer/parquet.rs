//! Parquet tables (parquet.apache.org), a row group at a time.

use std::sync::Arc;

use parquet::basic::{Compression, ConvertedType, Repetition, Type as Physical};
use parquet::data_type::{BoolType, ByteArray, ByteArrayType, DataType, DoubleType, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedColumnWriter, SerializedFileWriter};
use parquet::schema::types::{Type, TypePtr};
use serde_json::Value;

use super::Write;
use crate::error::{DataError, Error, Result};
use crate::out_file::{OutFile, not_written};
use crate::record::Record;

/// What a row group holds at most.
const N_ROWS: usize = 16_384;
const N_BYTES: usize = 32 << 20;

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Text,
    Integer,
    Number,
    Truth,
    Texts,
}

/// A table and its rows that are not written yet.
pub(super) struct Table {
    columns: Vec<String>,
    state: State,
    /// The values of each row, one for each column.
    rows: Vec<Vec<Value>>,
    n_bytes: usize,
    n_written: usize,
    path: String,
}

enum State {
    /// No row group has been written, so it is not known what columns hold.
    Open(Option<Box<OutFile>>),
    Writing(Box<SerializedFileWriter<OutFile>>, Vec<Kind>),
}

impl Table {
    pub(super) fn new(out: OutFile, columns: &[String]) -> Self {
        let path = out.path().display().to_string();
        let (columns, state) = (columns.to_vec(), State::Open(Some(Box::new(out))));
        Self { columns, state, rows: Vec::new(), n_bytes: 0, n_written: 0, path }
    }

    fn error(&self, error: ParquetError) -> Error {
        not_written(self.path.as_ref(), std::io::Error::other(error))
    }

    /// Writes a row group.
    fn flush(&mut self) -> Result<()> {
        if let State::Open(out) = &mut self.state {
            let kinds: Vec<Kind> = (0..self.columns.len()).map(|at| kind(&self.rows, at)).collect();
            let properties =
                WriterProperties::builder().set_compression(Compression::SNAPPY).build();
            let schema = schema(&self.columns, &kinds);
            let made = match (out.take(), schema) {
                (Some(out), Ok(schema)) => {
                    SerializedFileWriter::new(*out, schema, Arc::new(properties))
                }
                (_, Err(error)) => Err(error),
                (None, _) => Err(ParquetError::General("an error came before".to_owned())),
            };
            let writer = made.map_err(|error| self.error(error))?;
            self.state = State::Writing(Box::new(writer), kinds);
        }
        let State::Writing(writer, kinds) = &mut self.state else { return Ok(()) };
        check(&self.rows, kinds, &self.columns, &self.path, self.n_written)?;
        let written = write_group(writer, kinds, &self.rows);
        written.map_err(|error| self.error(error))?;
        self.n_written += self.rows.len();
        self.rows.clear();
        self.n_bytes = 0;
        Ok(())
    }
}

impl Write for Table {
    fn write(&mut self, record: &Record, _: usize) -> Result<()> {
        let values: Vec<Value> =
            self.columns.iter().map(|name| record.get(name).cloned().unwrap_or_default()).collect();
        self.n_bytes +=
            values.iter().map(|value| value.as_str().map_or(64, str::len)).sum::<usize>();
        self.rows.push(values);
        match self.rows.len() >= N_ROWS || self.n_bytes >= N_BYTES {
            true => self.flush(),
            false => Ok(()),
        }
    }

    fn finish(mut self: Box<Self>) -> Result<()> {
        if !self.rows.is_empty() || matches!(self.state, State::Open(_)) {
            self.flush()?;
        }
        let path = self.path;
        let State::Writing(writer, _) = self.state else { return Ok(()) };
        let out = writer.into_inner();
        out.map_err(|error| not_written(path.as_ref(), std::io::Error::other(error)))?.finish()
    }
}

/// What the values of a column have in common; whatever has nothing is written as text.
fn kind(rows: &[Vec<Value>], column: usize) -> Kind {
    let mut values =
        rows.iter().map(|row| &row[column]).filter(|value| !value.is_null()).peekable();
    if values.peek().is_none() {
        return Kind::Text;
    }
    let values: Vec<&Value> = values.collect();
    let all = |is: fn(&Value) -> bool| values.iter().all(|value| is(value));
    match () {
        () if all(Value::is_boolean) => Kind::Truth,
        () if all(Value::is_i64) => Kind::Integer,
        () if all(Value::is_number) => Kind::Number,
        () if all(is_texts) => Kind::Texts,
        () => Kind::Text,
    }
}

fn is_texts(value: &Value) -> bool {
    value.as_array().is_some_and(|items| items.iter().all(Value::is_string))
}

/// Refuses values that are not what those of the first row group are.
fn check(
    rows: &[Vec<Value>],
    kinds: &[Kind],
    columns: &[String],
    path: &str,
    n_before: usize,
) -> Result<()> {
    for (row, values) in rows.iter().enumerate() {
        for (at, value) in values.iter().enumerate().filter(|(_, value)| !value.is_null()) {
            let (is, expected) = match kinds[at] {
                Kind::Text => (true, "text"),
                Kind::Integer => (value.is_i64(), "whole numbers"),
                Kind::Number => (value.is_number(), "numbers"),
                Kind::Truth => (value.is_boolean(), "truth values"),
                Kind::Texts => (is_texts(value), "lists of strings"),
            };
            if !is {
                return Err(DataError::MixedColumn {
                    path: path.to_owned(),
                    row: n_before + row + 1,
                    column: columns[at].clone(),
                    found: crate::json_lines::kind(value),
                    expected,
                }
                .into());
            }
        }
    }
    Ok(())
}

fn schema(columns: &[String], kinds: &[Kind]) -> Result<TypePtr, ParquetError> {
    let fields: Result<Vec<TypePtr>, ParquetError> =
        columns.iter().zip(kinds).map(|(name, kind)| column(name, *kind).map(Arc::new)).collect();
    Type::group_type_builder("schema").with_fields(fields?).build().map(Arc::new)
}

fn column(name: &str, kind: Kind) -> Result<Type, ParquetError> {
    let plain = |name: &str, physical: Physical, converted: ConvertedType| {
        Type::primitive_type_builder(name, physical)
            .with_repetition(Repetition::OPTIONAL)
            .with_converted_type(converted)
            .build()
    };
    let text = |name: &str| plain(name, Physical::BYTE_ARRAY, ConvertedType::UTF8);
    match kind {
        Kind::Text => text(name),
        Kind::Integer => plain(name, Physical::INT64, ConvertedType::NONE),
        Kind::Number => plain(name, Physical::DOUBLE, ConvertedType::NONE),
        Kind::Truth => plain(name, Physical::BOOLEAN, ConvertedType::NONE),
        Kind::Texts => {
            let items = Type::group_type_builder("list")
                .with_repetition(Repetition::REPEATED)
                .with_fields(vec![Arc::new(text("element")?)])
                .build()?;
            Type::group_type_builder(name)
                .with_repetition(Repetition::OPTIONAL)
                .with_converted_type(ConvertedType::LIST)
                .with_fields(vec![Arc::new(items)])
                .build()
        }
    }
}

fn write_group(
    writer: &mut SerializedFileWriter<OutFile>,
    kinds: &[Kind],
    rows: &[Vec<Value>],
) -> Result<(), ParquetError> {
    let mut group = writer.next_row_group()?;
    for (at, kind) in kinds.iter().enumerate() {
        let Some(mut column) = group.next_column()? else { break };
        let values = rows.iter().map(|row| &row[at]);
        match kind {
            Kind::Text => plain::<ByteArrayType>(&mut column, values, |value| {
                Some(match value {
                    Value::String(text) => text.as_str().into(),
                    other => other.to_string().as_str().into(),
                })
            })?,
            Kind::Integer => plain::<Int64Type>(&mut column, values, Value::as_i64)?,
            Kind::Number => plain::<DoubleType>(&mut column, values, Value::as_f64)?,
            Kind::Truth => plain::<BoolType>(&mut column, values, Value::as_bool)?,
            Kind::Texts => lists(&mut column, values)?,
        }
        column.close()?;
    }
    group.close().map(drop)
}

/// Writes a column of one value a row, or none.
fn plain<'a, T: DataType>(
    column: &mut SerializedColumnWriter<'_>,
    values: impl Iterator<Item = &'a Value>,
    read: impl Fn(&Value) -> Option<T::T>,
) -> Result<(), ParquetError> {
    let values: Vec<Option<T::T>> =
        values.map(|value| if value.is_null() { None } else { read(value) }).collect();
    let levels: Vec<i16> = values.iter().map(|value| i16::from(value.is_some())).collect();
    let values: Vec<T::T> = values.into_iter().flatten().collect();
    column.typed::<T>().write_batch(&values, Some(&levels), None).map(drop)
}

/// Writes a column of lists. Of the levels of definition 0 is no list, 1 an empty one, 3 an item.
fn lists<'a>(
    column: &mut SerializedColumnWriter<'_>,
    values: impl Iterator<Item = &'a Value>,
) -> Result<(), ParquetError> {
    let (mut items, mut defined, mut repeated) = (Vec::<ByteArray>::new(), Vec::new(), Vec::new());
    for value in values {
        match value.as_array().map(Vec::as_slice) {
            None | Some([]) => {
                defined.push(i16::from(value.is_array()));
                repeated.push(0);
            }
            Some(list) => {
                for (at, item) in list.iter().enumerate() {
                    items.push(item.as_str().unwrap_or_default().into());
                    defined.push(3);
                    repeated.push(i16::from(at > 0));
                }
            }
        }
    }
    let column = column.typed::<ByteArrayType>();
    column.write_batch(&items, Some(&defined), Some(&repeated)).map(drop)
}
