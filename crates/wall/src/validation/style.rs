//! Values written as texts (OpenAPI 3.1 §4.8.12.2, after RFC 6570): from what was written to what is judged.

use std::borrow::Cow;

use serde_json::{Map, Number, Value};

use super::bounds::MAX_ITEMS;
use super::text::decoded;
use crate::bundle::{Members, Scalar, Shape, ValueForm};

/// How texts are taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reading {
    /// They are percent-encoded.
    pub encoded: bool,
    /// A `+` is a space.
    pub plus: bool,
    /// Where a text may be a string or something else, it is a string.
    pub as_text: bool,
}

impl Reading {
    pub const PATH: Reading = Reading::new(true, false);
    pub const QUERY: Reading = Reading::new(true, true);
    /// Header fields, cookies, parts.
    pub const PLAIN: Reading = Reading::new(false, false);

    const fn new(encoded: bool, plus: bool) -> Reading {
        Reading {
            encoded,
            plus,
            as_text: false,
        }
    }

    pub fn text<'t>(&self, written: &'t str) -> Result<Cow<'t, str>, String> {
        match self.encoded {
            true => decoded(written, self.plus),
            false => Ok(Cow::Borrowed(written)),
        }
    }

    /// The value of one text, which is a string unless it can be something else.
    pub fn scalar(&self, written: &str, allowed: &[Scalar]) -> Result<Value, String> {
        let text = self.text(written)?;
        let may_be_text = allowed.is_empty() || allowed.contains(&Scalar::String);
        if may_be_text && (self.as_text || allowed.len() <= 1) {
            return Ok(Value::String(text.into_owned()));
        }
        let typed = allowed.iter().find_map(|scalar| typed(&text, *scalar));
        Ok(typed.unwrap_or_else(|| Value::String(text.into_owned())))
    }
}

fn typed(text: &str, scalar: Scalar) -> Option<Value> {
    match (scalar, text) {
        (Scalar::Number | Scalar::Integer, _) => number(text).map(Value::Number),
        (Scalar::Boolean, "true") => Some(Value::Bool(true)),
        (Scalar::Boolean, "false") => Some(Value::Bool(false)),
        (Scalar::Null, "" | "null") => Some(Value::Null),
        _ => None,
    }
}

/// As JSON writes numbers (RFC 8259 §6), so that no reader takes it for another.
fn number(text: &str) -> Option<Number> {
    let begins = text.strip_prefix('-').unwrap_or(text);
    let is_number = begins.starts_with(|first: char| first.is_ascii_digit());
    (is_number && !text.ends_with(char::is_whitespace))
        .then(|| serde_json::from_str(text).ok())
        .flatten()
}

/// Whether a shape can be a string or something else, so that a text does not say which.
pub fn is_ambiguous(shape: &Shape) -> bool {
    let mixed = |scalars: &[Scalar]| scalars.len() > 1 && scalars.contains(&Scalar::String);
    let members = shape.members.iter().flat_map(|members| {
        let named = members.named.values();
        named.chain(&members.others).map(Vec::as_slice)
    });
    let lists = [Some(shape.scalars.as_slice()), shape.items.as_deref()];
    lists.into_iter().flatten().chain(members).any(mixed)
}

/// One value of one text, of all forms but the exploded ones of queries.
pub fn value(
    written: &str,
    form: ValueForm,
    shape: &Shape,
    reading: Reading,
) -> Result<Value, String> {
    if form == ValueForm::Json {
        return super::json::read(reading.text(written)?.as_bytes());
    }
    let (written, delimiters) = delimited(written, form)?;
    if let Some(members) = shape.only_members() {
        return object(&split(written, delimiters)?, form, members, reading);
    }
    let pieces = match &shape.items {
        Some(_) if written.is_empty() => Vec::new(),
        Some(_) => split(written, delimiters)?,
        None => vec![written],
    };
    match (&shape.items, pieces.as_slice()) {
        (Some(_), [only]) if !shape.scalars.is_empty() => reading.scalar(only, &shape.scalars),
        (Some(items), pieces) => {
            let items = pieces.iter().map(|piece| reading.scalar(piece, items));
            items.collect::<Result<_, _>>().map(Value::Array)
        }
        (None, _) => reading.scalar(written, &shape.scalars),
    }
}

/// What parts the pieces of a value, as it may be written.
type Delimiters = &'static [&'static str];

/// What is left of a text behind the mark of its form, and what parts its pieces.
fn delimited(written: &str, form: ValueForm) -> Result<(&str, Delimiters), String> {
    let marked = |mark: char| {
        let rest = written.strip_prefix(mark);
        rest.ok_or_else(|| format!("begins with `{mark}`"))
    };
    Ok(match form {
        ValueForm::Label => (marked('.')?, &[","]),
        ValueForm::LabelExploded => (marked('.')?, &["."]),
        ValueForm::SpaceDelimited => (written, &["%20", "+", " "]),
        ValueForm::PipeDelimited => (written, &["|", "%7C", "%7c"]),
        _ => (written, &[","]),
    })
}

fn split(written: &str, delimiters: Delimiters) -> Result<Vec<&str>, String> {
    let mut pieces = Vec::new();
    let mut rest = written;
    while let Some((at, length)) = next_delimiter(rest, delimiters) {
        pieces.push(&rest[..at]);
        rest = &rest[at + length..];
        if pieces.len() == MAX_ITEMS {
            return Err(format!("has more than {MAX_ITEMS} items"));
        }
    }
    pieces.push(rest);
    Ok(pieces)
}

fn next_delimiter(text: &str, delimiters: Delimiters) -> Option<(usize, usize)> {
    let found = delimiters
        .iter()
        .filter_map(|delimiter| Some((text.find(delimiter)?, delimiter.len())));
    found.min()
}

/// `k,v,k,v`, or `k=v,k=v` where the form is exploded.
fn object(
    pieces: &[&str],
    form: ValueForm,
    members: &Members,
    reading: Reading,
) -> Result<Value, String> {
    let exploded = matches!(form, ValueForm::SimpleExploded | ValueForm::LabelExploded);
    let mut object = Map::new();
    if matches!(pieces, [""]) {
        return Ok(Value::Object(object));
    }
    let pairs: Vec<Option<(&str, &str)>> = match exploded {
        true => pieces.iter().map(|piece| piece.split_once('=')).collect(),
        false => pieces
            .chunks(2)
            .map(|pair| Some((*pair.first()?, *pair.get(1)?)))
            .collect(),
    };
    for pair in pairs {
        let (name, written) = pair.ok_or("is names and values in turn")?;
        insert(&mut object, reading.text(name)?.into_owned(), |name| {
            reading.scalar(written, scalars_of(members, name))
        })?;
    }
    Ok(Value::Object(object))
}

/// What the values of a member can be; of a name the contract does not know, whatever: it is refused as a field.
pub fn scalars_of<'m>(members: &'m Members, name: &str) -> &'m [Scalar] {
    let known = members.named.get(name).or(members.others.as_ref());
    known.map_or(&[], Vec::as_slice)
}

/// A name twice would be two values to two readers.
pub fn insert(
    object: &mut Map<String, Value>,
    name: String,
    value: impl FnOnce(&str) -> Result<Value, String>,
) -> Result<(), String> {
    let value = value(&name)?;
    match object.insert(name, value) {
        Some(_) => Err("comes once".to_owned()),
        None => Ok(()),
    }
}

#[cfg(test)]
#[path = "style_tests.rs"]
mod tests;
