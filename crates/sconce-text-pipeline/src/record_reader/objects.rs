//! All keys of JSON lines.

use crate::error::{Error, Result};
use crate::json_lines::{Object, read_block};
use crate::record::Record;
use crate::rows::{Found, Rows};
use crate::text_source::TextSource;

/// Objects as they are.
pub(super) struct Objects {
    source: TextSource,
}

/// Opens a file and says which keys its first object has.
pub(super) fn open(mut source: TextSource) -> Result<(Objects, Vec<String>)> {
    let Some((line, text)) = source.first_line()? else {
        return Err(Error::NoRows { path: source.name().to_owned(), header: false });
    };
    let first = Object::parse(&text, source.name(), line)?;
    let keys = first.map.keys().cloned().collect();
    Ok((Objects { source }, keys))
}

impl Rows<Record> for Objects {
    fn more(&mut self, found: &mut Found<Record>) -> Result<bool> {
        let name = self.source.name().to_owned();
        let Some(block) = self.source.block()? else { return Ok(false) };
        for (line, record) in read_block(block, |line, text| Object::parse(text, &name, line)) {
            found.add(line, record?.map);
        }
        Ok(true)
    }
}
