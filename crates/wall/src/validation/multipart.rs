//! `multipart/form-data` (RFC 7578), read strictly: a body in which two readers could find different parts is none.
//! What was judged goes on as it came.

use serde_json::{Map, Value};

use super::bounds::{MAX_NAME_BYTES, MAX_PART_HEADER_BYTES, MAX_PARTS};
use super::fault::{Fault, Refusal};
use super::form;
use super::json;
use super::media_type::{self, MediaType};
use super::style;
use super::style::Reading;
use crate::bundle::{Field, FormRule, ValueForm};
use crate::pointer;

/// One part as it came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part<'b> {
    pub name: String,
    pub is_file: bool,
    pub media_type: Option<String>,
    pub content: &'b [u8],
}

/// The parts as an object. Undeclared names are in it, so that they are refused as fields.
pub fn object(
    rules: &FormRule,
    kind: &MediaType<'_>,
    body: &[u8],
    as_text: bool,
) -> Result<Value, Refusal> {
    let malformed = |why: &str| {
        let detail = format!("multipart/form-data {why}");
        Refusal::malformed(Fault::of_whole_body(detail))
    };
    let boundary = kind.parameter("boundary").filter(|text| is_boundary(text));
    let boundary = boundary.ok_or_else(|| malformed("names no boundary"))?;
    let parts = parts(body, boundary).map_err(malformed)?;
    let mut object: Map<String, Value> = Map::new();
    for part in &parts {
        let rule = rules.fields.get(&part.name).or(rules.others.as_ref());
        let value = value(rule, part, as_text)?;
        form::stand_in(&mut object, rules, &part.name, &value);
        match (object.get_mut(&part.name), rule.is_some_and(is_list)) {
            (None, true) => drop(object.insert(part.name.clone(), Value::Array(vec![value]))),
            (None, false) => drop(object.insert(part.name.clone(), value)),
            (Some(Value::Array(items)), true) => items.push(value),
            (Some(_), _) => return Err(of_part(part, Refusal::malformed, "comes once")),
        }
    }
    Ok(Value::Object(object))
}

fn is_list(rule: &Field) -> bool {
    rule.shape.items.is_some() && rule.shape.scalars.is_empty()
}

fn of_part(part: &Part<'_>, refusal: fn(Fault) -> Refusal, why: &str) -> Refusal {
    refusal(Fault::of_body(&pointer::join("", &part.name), why))
}

/// What stands for a part where the schema is asked.
fn value(rule: Option<&Field>, part: &Part<'_>, as_text: bool) -> Result<Value, Refusal> {
    let Some(rule) = rule else {
        return Ok(Value::Null);
    };
    let own = part.media_type.as_deref();
    let essence = own.unwrap_or("text/plain");
    if !rule.media_types.is_empty() && !media_type::is_among(&rule.media_types, essence) {
        let detail = format!("must be {}", rule.media_types.join(" or "));
        return Err(of_part(part, Refusal::unsupported, &detail));
    }
    if rule.opaque {
        return Ok(Value::String(String::new()));
    }
    let malformed = |why: String| of_part(part, Refusal::malformed, &why);
    if part.is_file {
        return Err(malformed("is no file".to_owned()));
    }
    if rule.form == ValueForm::Json {
        return match own.is_none_or(|own| media_type::is_json(own) || own == "text/plain") {
            true => json::read(part.content).map_err(malformed),
            false => Err(of_part(
                part,
                Refusal::unsupported,
                "must be application/json",
            )),
        };
    }
    if !essence.starts_with("text/") {
        return Err(of_part(part, Refusal::unsupported, "must be text/plain"));
    }
    let text = std::str::from_utf8(part.content);
    let text = text.map_err(|_| malformed("is not UTF-8".to_owned()))?;
    let reading = Reading {
        as_text,
        ..Reading::PLAIN
    };
    let read = match &rule.shape.items {
        Some(items) if is_list(rule) => reading.scalar(text, items),
        _ => style::value(text, rule.form, &rule.shape, reading),
    };
    read.map_err(malformed)
}

/// RFC 2046 §5.1.1.
fn is_boundary(text: &str) -> bool {
    let legal = |byte: u8| byte.is_ascii_alphanumeric() || b"'()+_,-./:=? ".contains(&byte);
    matches!(text.len(), 1..=70) && text.bytes().all(legal) && !text.ends_with(' ')
}

/// Every byte is a delimiter's or a part's: nothing before the first, nothing behind the last.
pub fn parts<'b>(body: &'b [u8], boundary: &str) -> Result<Vec<Part<'b>>, &'static str> {
    let delimiter = format!("--{boundary}");
    let finder = memchr::memmem::Finder::new(&delimiter);
    if !body.starts_with(delimiter.as_bytes()) {
        return Err("does not begin with its boundary");
    }
    let mut rest = &body[delimiter.len()..];
    let mut parts = Vec::new();
    while let Some(inside) = rest.strip_prefix(b"\r\n") {
        if parts.len() == MAX_PARTS {
            return Err("has too many parts");
        }
        let end = finder.find(inside).ok_or("ends too early")?;
        // A delimiter is a line of its own; what only looks like one is one to some readers.
        let content = inside[..end].strip_suffix(b"\r\n");
        parts.push(part(content.ok_or("holds its boundary in a part")?)?);
        rest = &inside[end + delimiter.len()..];
    }
    match rest {
        b"--" | b"--\r\n" => Ok(parts),
        _ => Err("has something else behind a boundary than an end of line"),
    }
}

fn part(bytes: &[u8]) -> Result<Part<'_>, &'static str> {
    let end = memchr::memmem::find(bytes, b"\r\n\r\n").ok_or("has a part without a header")?;
    if end > MAX_PART_HEADER_BYTES {
        return Err("has a part with a long header");
    }
    let content = &bytes[end + 4..];
    let header = std::str::from_utf8(&bytes[..end])
        .map_err(|_| "has a part with a header that is not UTF-8")?;
    let (mut disposition, mut media_type) = (None, None);
    for line in header.split("\r\n") {
        let (name, value) = line
            .split_once(':')
            .ok_or("has a part with a line that is no field")?;
        let (name, value) = (name.to_ascii_lowercase(), value.trim());
        if value.chars().any(char::is_control) {
            return Err("has a part with a control character in its header");
        }
        let is_first = match name.as_str() {
            "content-disposition" => disposition.replace(value).is_none(),
            "content-type" => media_type.replace(value).is_none(),
            "content-length" => value.parse() == Ok(content.len()),
            "content-transfer-encoding" => is_identity(value),
            _ => false,
        };
        if !is_first {
            return Err("has a part with a header field that is not understood, or twice");
        }
    }
    let (name, is_file) = disposed(disposition.ok_or("has a part without a name")?)?;
    let media_type = match media_type {
        None => None,
        Some(value) => {
            let kind = MediaType::parse(value.as_bytes()).filter(MediaType::is_utf8);
            Some(
                kind.ok_or("has a part with a media type that is none")?
                    .essence,
            )
        }
    };
    Ok(Part {
        name,
        is_file,
        media_type,
        content,
    })
}

/// RFC 7578 §4.7: other encodings are not used over HTTP, and only some readers undo them.
fn is_identity(coding: &str) -> bool {
    let known = ["7bit", "8bit", "binary"];
    known.iter().any(|known| coding.eq_ignore_ascii_case(known))
}

/// `form-data; name="…"; filename="…"`, both quoted, without escapes: name, and whether it is a file.
fn disposed(value: &str) -> Result<(String, bool), &'static str> {
    const OTHER: &str = "has a part with a disposition that is not understood";
    let (kind, mut rest) = value.split_once(';').ok_or(OTHER)?;
    if !kind.trim().eq_ignore_ascii_case("form-data") {
        return Err(OTHER);
    }
    let (mut name, mut file) = (None, None);
    loop {
        let (key, after) = rest.trim_start().split_once("=\"").ok_or(OTHER)?;
        let (text, after) = after.split_once('"').ok_or(OTHER)?;
        let is_first = match key.to_ascii_lowercase().as_str() {
            "name" => name.replace(text).is_none(),
            "filename" => file.replace(text).is_none(),
            _ => false,
        };
        if !is_first || text.contains('\\') || text.len() > MAX_NAME_BYTES {
            return Err(OTHER);
        }
        match after.trim_start().strip_prefix(';') {
            Some(more) => rest = more,
            None if after.trim().is_empty() => break,
            None => return Err(OTHER),
        }
    }
    let name = name.filter(|name| !name.is_empty()).ok_or(OTHER)?;
    Ok((name.to_owned(), file.is_some()))
}

#[cfg(test)]
#[path = "multipart_tests.rs"]
mod tests;
