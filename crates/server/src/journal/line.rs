//! Lines of the journal: eight hexadecimal digits of CRC-32, a space, JSON, a newline.
//!
//! A line that was not written whole is none, whatever follows it.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

const DIGITS: usize = 8;

/// What a line says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum Line<'l> {
    /// A call is about to be forwarded.
    Intent { write: Cow<'l, Write> },
    /// It has ended, and this is what is on record of it.
    Outcome {
        write: Cow<'l, Write>,
        outcome: Outcome,
        status: Option<u16>,
    },
    /// Nothing of it was forwarded: it is on no record.
    Void { call: Cow<'l, str> },
}

/// A write, as far as it is known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Write {
    /// Request id.
    pub call: String,
    pub at_unix_ns: u64,
    pub ring: String,
    pub api: String,
    pub version: String,
    pub operation: String,
    pub caller: Who,
    #[serde(rename = "type")]
    pub kind: String,
    pub id: Id,
}

/// As the gateway knew it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Who {
    pub proof: String,
    pub consumer: String,
    pub application: String,
    /// Of a key, or of an OAuth client.
    pub credential: Option<String>,
    /// Of an access token.
    pub issuer: Option<String>,
    /// Who holds it, as far as logs may name them.
    pub holder: Option<String>,
    pub is_person: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Id {
    Plain(String),
    Hashed(String),
    /// Why.
    Unknown(String),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// The upstream did, with the status.
    Answered,
    /// It may have acted, and nobody heard.
    Unknown,
}

impl Line<'_> {
    /// With its check and its newline.
    pub fn to_bytes(&self) -> Vec<u8> {
        let json = serde_json::to_vec(self).expect("strings and numbers serialise");
        let mut line = format!("{:08x} ", crc32fast::hash(&json)).into_bytes();
        line.extend_from_slice(&json);
        line.push(b'\n');
        line
    }

    /// What a line says, without its newline; nothing where it is not as it was written.
    pub fn read(line: &[u8]) -> Option<Line<'static>> {
        let (digits, json) = line.split_at_checked(DIGITS)?;
        let json = json.strip_prefix(b" ")?;
        let digits = std::str::from_utf8(digits).ok()?;
        let is_whole = u32::from_str_radix(digits, 16) == Ok(crc32fast::hash(json));
        is_whole.then(|| serde_json::from_slice(json).ok())?
    }
}

#[cfg(test)]
pub fn example(call: &str) -> Write {
    Write {
        call: call.to_owned(),
        at_unix_ns: 1,
        ring: "internal".to_owned(),
        api: "orders".to_owned(),
        version: "v1".to_owned(),
        operation: "createOrder".to_owned(),
        caller: Who::default(),
        kind: "order".to_owned(),
        id: Id::Unknown("not_read".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_was_cut_or_changed_is_none() {
        let write = Cow::Owned(example("1"));
        let line = Line::Intent { write }.to_bytes();
        let whole = &line[..line.len() - 1];
        assert!(matches!(Line::read(whole), Some(Line::Intent { .. })));
        for cut in 0..whole.len() {
            assert_eq!(Line::read(&whole[..cut]), None, "{cut}");
        }
        for at in 0..whole.len() {
            let mut changed = whole.to_vec();
            changed[at] ^= 1;
            assert_eq!(Line::read(&changed), None, "{at}");
        }
    }
}
