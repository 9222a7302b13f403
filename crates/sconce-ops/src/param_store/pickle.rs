//! Python's pickles, read and never run: what a pickle would import or call is only named.
//!
//! All values lie in one list and refer to each other by place, so that a pickle may be as deep as it
//! likes or go round in circles.

use std::collections::HashMap;

/// Place of a value.
pub(super) type Id = usize;

/// One value.
#[derive(Debug, Clone)]
pub(super) enum Value {
    /// What nothing here needs: `None`, truth values, numbers with a fraction, bytes.
    Other,
    Int(i64),
    Text(String),
    Tuple(Vec<Id>),
    List(Vec<Id>),
    Dict(Vec<(Id, Id)>),
    /// Something of a module.
    Global {
        module: String,
        name: String,
    },
    /// What the file around the pickle knows by this value.
    Persistent(Id),
    /// A function or class, and what it would be called with.
    Call {
        function: Id,
        arguments: Id,
    },
}

/// The values of a pickle.
#[derive(Debug, Default)]
pub(super) struct Pickle {
    values: Vec<Value>,
    root: Id,
}

impl Pickle {
    /// Reads a pickle of any protocol that PyTorch writes (2 to 5).
    pub(super) fn read(bytes: &[u8]) -> Result<Self, String> {
        let mut reader = Reader { bytes, ..Reader::default() };
        reader.read_all().map_err(|reason| format!("its pickle is damaged: {reason}"))?;
        Ok(Self { root: reader.root, values: reader.values })
    }

    /// The value that was pickled.
    pub(super) fn root(&self) -> Id {
        self.root
    }

    pub(super) fn value(&self, id: Id) -> &Value {
        &self.values[id]
    }

    pub(super) fn text(&self, id: Id) -> Option<&str> {
        match self.value(id) {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    pub(super) fn tuple(&self, id: Id) -> Option<&[Id]> {
        match self.value(id) {
            Value::Tuple(items) => Some(items),
            _ => None,
        }
    }

    pub(super) fn dict(&self, id: Id) -> Option<&[(Id, Id)]> {
        match self.value(id) {
            Value::Dict(entries) => Some(entries),
            _ => None,
        }
    }

    /// A number that is not negative.
    pub(super) fn size(&self, id: Id) -> Option<usize> {
        match self.value(id) {
            Value::Int(value) => usize::try_from(*value).ok(),
            _ => None,
        }
    }

    /// Module and name.
    pub(super) fn global(&self, id: Id) -> Option<(&str, &str)> {
        match self.value(id) {
            Value::Global { module, name } => Some((module, name)),
            _ => None,
        }
    }

    /// What is called, and its arguments.
    pub(super) fn call(&self, id: Id) -> Option<((&str, &str), &[Id])> {
        match self.value(id) {
            Value::Call { function, arguments } => {
                Some((self.global(*function)?, self.tuple(*arguments)?))
            }
            _ => None,
        }
    }
}

#[derive(Default)]
struct Reader<'a> {
    bytes: &'a [u8],
    values: Vec<Value>,
    stack: Vec<Id>,
    /// Heights of the stack.
    marks: Vec<usize>,
    memo: HashMap<u64, Id>,
    root: Id,
}

type Step<T> = Result<T, String>;

impl<'a> Reader<'a> {
    fn read_all(&mut self) -> Step<()> {
        loop {
            let [code] = self.array()?;
            if code == b'.' {
                self.root = self.pop()?;
                return Ok(());
            }
            self.step(code)?;
        }
    }

    /// One instruction; names as in Python's `pickletools`.
    fn step(&mut self, code: u8) -> Step<()> {
        match code {
            0x80 => drop(self.take(1)?),                   // PROTO
            0x95 => drop(self.take(8)?),                   // FRAME
            b'N' | 0x88 | 0x89 => self.push(Value::Other), // NONE, NEWTRUE, NEWFALSE
            b'G' => {
                self.take(8)?; // BINFLOAT
                self.push(Value::Other);
            }
            b'K' | b'M' | b'J' | 0x8a | 0x8b => self.integer(code)?,
            b'X' | 0x8c | 0x8d | b'U' | b'T' | b'B' | b'C' | 0x8e => self.string(code)?,
            b'(' => self.marks.push(self.stack.len()),
            b')' | 0x85..=0x87 | b't' | b']' | b'l' | b'}' | b'd' | 0x8f | 0x91 => {
                self.collection(code)?;
            }
            b'a' | b'e' | b's' | b'u' | 0x90 => self.fill(code)?,
            b'c' | 0x93 | b'R' | 0x81 | 0x92 | b'Q' | b'b' => self.object(code)?,
            b'q' | b'r' | 0x94 | b'h' | b'j' => self.remember(code)?,
            b'0' => drop(self.pop()?),
            b'1' => drop(self.pop_to_mark()?),
            b'2' => {
                let top = self.top()?;
                self.stack.push(top);
            }
            code => return Err(format!("it has the instruction {code:#04x}")),
        }
        Ok(())
    }

    /// BININT1, BININT2, BININT, LONG1, LONG4.
    fn integer(&mut self, code: u8) -> Step<()> {
        let value = match code {
            b'K' => i64::from(u8::from_le_bytes(self.array()?)),
            b'M' => i64::from(u16::from_le_bytes(self.array()?)),
            b'J' => i64::from(i32::from_le_bytes(self.array()?)),
            _ => {
                let length = if code == 0x8a { self.length(1)? } else { self.length(4)? };
                let bytes = self.take(length)?;
                let sign = if bytes.last().is_some_and(|&byte| byte >= 0x80) { 0xff } else { 0 };
                let mut own = [sign; 8];
                // A longer number is none that a tensor has; it stays what it is, unused.
                let Some(place) = own.get_mut(..bytes.len()) else {
                    self.push(Value::Other);
                    return Ok(());
                };
                place.copy_from_slice(bytes);
                i64::from_le_bytes(own)
            }
        };
        self.push(Value::Int(value));
        Ok(())
    }

    /// Text and bytes, by the width of their length.
    fn string(&mut self, code: u8) -> Step<()> {
        let length = match code {
            0x8c | b'U' | b'C' => self.length(1)?,
            0x8d | 0x8e => self.length(8)?,
            _ => self.length(4)?,
        };
        let bytes = self.take(length)?;
        let is_text = !matches!(code, b'B' | b'C' | 0x8e);
        let text = std::str::from_utf8(bytes).ok().filter(|_| is_text);
        self.push(text.map_or(Value::Other, |text| Value::Text(text.into())));
        Ok(())
    }

    /// Tuples, lists and dictionaries; sets as lists.
    fn collection(&mut self, code: u8) -> Step<()> {
        let value = match code {
            b')' => Value::Tuple(Vec::new()),
            0x85..=0x87 => Value::Tuple(self.pop_many(usize::from(code - 0x84))?),
            b't' => Value::Tuple(self.pop_to_mark()?),
            b']' | 0x8f => Value::List(Vec::new()),
            b'l' | 0x91 => Value::List(self.pop_to_mark()?),
            b'}' => Value::Dict(Vec::new()),
            _ => Value::Dict(pairs(&self.pop_to_mark()?)?),
        };
        self.push(value);
        Ok(())
    }

    /// APPEND, APPENDS, SETITEM, SETITEMS, ADDITEMS: what is below on the stack gets more items, if
    /// it is of a kind that has any here.
    fn fill(&mut self, code: u8) -> Step<()> {
        let items = match code {
            b'a' => self.pop_many(1)?,
            b's' => self.pop_many(2)?,
            _ => self.pop_to_mark()?,
        };
        let target = self.top()?;
        match (&mut self.values[target], code) {
            (Value::List(list), b'a' | b'e' | 0x90) => list.extend(items),
            (Value::Dict(dict), b's' | b'u') => dict.extend(pairs(&items)?),
            _ => {}
        }
        Ok(())
    }

    /// Globals, calls, references to the file around, and state, which is left out.
    fn object(&mut self, code: u8) -> Step<()> {
        match code {
            b'c' => {
                let (module, name) = (self.line()?, self.line()?);
                self.push(Value::Global { module, name });
            }
            0x93 => {
                let names = self.pop_many(2)?;
                let name = |id: Id| match &self.values[id] {
                    Value::Text(text) => Ok(text.clone()),
                    _ => Err("a name that is no text".to_owned()),
                };
                let (module, name) = (name(names[0])?, name(names[1])?);
                self.push(Value::Global { module, name });
            }
            b'Q' => {
                let id = self.pop()?;
                self.push(Value::Persistent(id));
            }
            b'b' => drop(self.pop()?),
            _ => {
                // NEWOBJ_EX has keyword arguments on top.
                if code == 0x92 {
                    self.pop()?;
                }
                let operands = self.pop_many(2)?;
                let value = self.called(operands[0], operands[1]);
                self.push(value);
            }
        }
        Ok(())
    }

    /// The value of a call: a dictionary where that is what it makes.
    fn called(&self, function: Id, arguments: Id) -> Value {
        let Value::Global { module, name } = &self.values[function] else {
            return Value::Call { function, arguments };
        };
        match (module.as_str(), name.as_str()) {
            ("collections", "OrderedDict" | "defaultdict") => Value::Dict(self.entries(arguments)),
            _ => Value::Call { function, arguments },
        }
    }

    /// The entries that an `OrderedDict` is made with: none, or a list of pairs.
    fn entries(&self, arguments: Id) -> Vec<(Id, Id)> {
        let items = |id: Id| match &self.values[id] {
            Value::Tuple(items) | Value::List(items) => items.as_slice(),
            _ => &[],
        };
        let Some(&list) = items(arguments).first() else { return Vec::new() };
        items(list)
            .iter()
            .filter_map(|&pair| match items(pair) {
                [key, value] => Some((*key, *value)),
                _ => None,
            })
            .collect()
    }

    /// BINPUT, LONG_BINPUT, MEMOIZE; BINGET, LONG_BINGET.
    fn remember(&mut self, code: u8) -> Step<()> {
        let place = match code {
            b'q' | b'h' => self.length(1)? as u64,
            b'r' | b'j' => self.length(4)? as u64,
            _ => self.memo.len() as u64,
        };
        if matches!(code, b'h' | b'j') {
            let id = self.memo.get(&place).copied();
            self.stack.push(id.ok_or_else(|| format!("it remembers nothing as {place}"))?);
        } else {
            let top = self.top()?;
            self.memo.insert(place, top);
        }
        Ok(())
    }

    fn push(&mut self, value: Value) {
        self.stack.push(self.values.len());
        self.values.push(value);
    }

    fn top(&self) -> Step<Id> {
        self.stack.last().copied().ok_or_else(too_few)
    }

    fn pop(&mut self) -> Step<Id> {
        self.pop_many(1).map(|ids| ids[0])
    }

    fn pop_many(&mut self, n: usize) -> Step<Vec<Id>> {
        let from = self.stack.len().checked_sub(n).ok_or_else(too_few)?;
        if self.marks.last().is_some_and(|&mark| from < mark) {
            return Err(too_few());
        }
        Ok(self.stack.split_off(from))
    }

    fn pop_to_mark(&mut self) -> Step<Vec<Id>> {
        let mark = self.marks.pop().ok_or_else(too_few)?;
        Ok(self.stack.split_off(mark))
    }

    fn take(&mut self, n: usize) -> Step<&'a [u8]> {
        let Some((taken, rest)) = self.bytes.split_at_checked(n) else {
            return Err("it ends early".into());
        };
        self.bytes = rest;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Step<[u8; N]> {
        let mut own = [0; N];
        own.copy_from_slice(self.take(N)?);
        Ok(own)
    }

    /// A length of so many bytes.
    fn length(&mut self, width: usize) -> Step<usize> {
        let mut own = [0; 8];
        own[..width].copy_from_slice(self.take(width)?);
        usize::try_from(u64::from_le_bytes(own)).map_err(|error| error.to_string())
    }

    fn line(&mut self) -> Step<String> {
        let end = self.bytes.iter().position(|&byte| byte == b'\n');
        let line = self.take(end.ok_or("it ends early")?)?;
        self.take(1)?;
        Ok(String::from_utf8_lossy(line).trim_end_matches('\r').to_owned())
    }
}

fn too_few() -> String {
    "it takes more than there is".into()
}

fn pairs(items: &[Id]) -> Step<Vec<(Id, Id)>> {
    let (pairs, rest) = items.as_chunks::<2>();
    if !rest.is_empty() {
        return Err("a key has no value".into());
    }
    Ok(pairs.iter().map(|[key, value]| (*key, *value)).collect())
}

#[cfg(test)]
mod tests;
