//! Server-sent events (HTML Living Standard §9.2.6) whose data are JSON texts.
//!
//! An event leaves when it is complete: its type, id and retry time as they are, its data projected. Comments keep
//! connections alive and leave empty; fields the standard does not know do not leave. An event that the end of the
//! body cuts is none, as it is for clients.

use crate::filter::bounds::MAX_WHOLE_BYTES;
use crate::filter::fault::{Fault, FaultKind};
use crate::filter::texts::Texts;

const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

pub struct Events {
    pub texts: Texts,
    /// Of the line under way.
    line: Vec<u8>,
    /// Of the event under way: lines to pass as they are, and its data.
    fields: Vec<u8>,
    data: Option<Vec<u8>>,
    /// The last byte was a carriage return: a line feed that follows belongs to it.
    returned: bool,
    is_first: bool,
}

impl Events {
    pub fn new(texts: Texts) -> Events {
        Events {
            texts,
            line: Vec::new(),
            fields: Vec::new(),
            data: None,
            returned: false,
            is_first: true,
        }
    }

    pub fn push(&mut self, bytes: &[u8], out: &mut Vec<u8>) -> Result<(), Fault> {
        let mut rest = bytes;
        while let Some((first, others)) = rest.split_first() {
            if self.returned && *first == b'\n' {
                rest = others;
            }
            self.returned = false;
            let Some(end) = memchr::memchr2(b'\r', b'\n', rest) else {
                return self.extend_line(rest);
            };
            self.extend_line(&rest[..end])?;
            self.returned = rest[end] == b'\r';
            rest = &rest[end + 1..];
            self.end_line(out)?;
        }
        Ok(())
    }

    fn extend_line(&mut self, bytes: &[u8]) -> Result<(), Fault> {
        self.line.extend_from_slice(bytes);
        let held = self.line.len() + self.fields.len() + self.data.as_ref().map_or(0, Vec::len);
        if held > MAX_WHOLE_BYTES {
            return Err(self.texts.fault(FaultKind::TooLarge));
        }
        Ok(())
    }

    fn end_line(&mut self, out: &mut Vec<u8>) -> Result<(), Fault> {
        let line = std::mem::take(&mut self.line);
        let line = match line.strip_prefix(BYTE_ORDER_MARK) {
            Some(line) if self.is_first => line,
            _ => line.as_slice(),
        };
        self.is_first = false;
        if line.is_empty() {
            return self.end_event(out);
        }
        let (name, value) = field(line);
        match name {
            b"" => out.extend_from_slice(b":\n"),
            b"data" => self.add_data(value),
            b"event" | b"id" | b"retry" => self.add_field(name, value)?,
            _ => {}
        }
        Ok(())
    }

    fn add_data(&mut self, value: &[u8]) {
        match &mut self.data {
            Some(data) => {
                data.push(b'\n');
                data.extend_from_slice(value);
            }
            None => self.data = Some(value.to_vec()),
        }
    }

    fn add_field(&mut self, name: &[u8], value: &[u8]) -> Result<(), Fault> {
        if simdutf8::basic::from_utf8(value).is_err() {
            return Err(self.texts.fault(FaultKind::Encoding));
        }
        for part in [name, b": ", value, b"\n"] {
            self.fields.extend_from_slice(part);
        }
        Ok(())
    }

    fn end_event(&mut self, out: &mut Vec<u8>) -> Result<(), Fault> {
        let data = self.data.take().filter(|data| !data.is_empty());
        let fields = std::mem::take(&mut self.fields);
        let mut text = Vec::new();
        if let Some(data) = &data {
            self.texts.push(data, &mut text)?;
            self.texts.end(&mut text)?;
        }
        out.extend_from_slice(&fields);
        if data.is_some() {
            for line in text.split(|byte| *byte == b'\n') {
                out.extend_from_slice(b"data: ");
                out.extend_from_slice(line);
                out.push(b'\n');
            }
        }
        if data.is_some() || !fields.is_empty() {
            out.push(b'\n');
        }
        Ok(())
    }
}

/// Name and value of a line; without a colon all of it is the name.
fn field(line: &[u8]) -> (&[u8], &[u8]) {
    let Some(colon) = memchr::memchr(b':', line) else {
        return (line, b"");
    };
    let value = &line[colon + 1..];
    (&line[..colon], value.strip_prefix(b" ").unwrap_or(value))
}
