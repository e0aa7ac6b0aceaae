//! What an untagged plain scalar, or one with a tag, means: YAML 1.2.2 §10.3, the core schema.

use crate::arena::{Kind, Node};
use crate::json::number;
use crate::problem::{Problem, shown};
use crate::source::Text;

/// A plain scalar: null, boolean, number or text. `yes`, dates and `012` in octal are of YAML 1.1: text and 12 here.
pub(crate) fn plain(text: &str, kept: Text, at: u32) -> Result<Node, Problem> {
    if let Some(node) = null_or_bool(text, at) {
        return Ok(node);
    }
    if let Some(node) = numeric(text, kept, at)? {
        return Ok(node);
    }
    Ok(Node::text(Kind::String, at, kept))
}

/// A scalar with a tag of the core schema; nothing for a tag that is not for scalars.
pub(crate) fn tagged(tag: &str, text: &str, kept: Text, at: u32) -> Result<Option<Node>, Problem> {
    let node = match tag {
        "str" => Some(Node::text(Kind::String, at, kept)),
        "null" => null_or_bool(text, at).filter(|node| node.kind == Kind::Null),
        "bool" => null_or_bool(text, at).filter(|node| node.kind == Kind::Bool),
        "int" => numeric(text, kept, at)?.filter(|node| node.kind != Kind::Float),
        "float" => numeric(text, kept, at)?,
        _ => return Ok(None),
    };
    node.map(Some).ok_or_else(|| {
        let message = format!("{} is not of type !!{tag}", shown(text));
        Problem::error(
            "document-tag",
            at,
            message,
            "Remove the tag or correct the value.",
        )
    })
}

fn null_or_bool(text: &str, at: u32) -> Option<Node> {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Some(Node::new(Kind::Null, at, 0, 0)),
        "true" | "True" | "TRUE" => Some(Node::new(Kind::Bool, at, 0, 1)),
        "false" | "False" | "FALSE" => Some(Node::new(Kind::Bool, at, 0, 0)),
        _ => None,
    }
}

fn numeric(text: &str, kept: Text, at: u32) -> Result<Option<Node>, Problem> {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    if !unsigned.starts_with(|first: char| first.is_ascii_digit() || first == '.') {
        return Ok(None);
    }
    if matches!(
        unsigned,
        ".inf" | ".Inf" | ".INF" | ".nan" | ".NaN" | ".NAN"
    ) {
        let help = "JSON has no such number; write text in quotes or leave it out.";
        return Err(Problem::error(
            "document-number",
            at,
            format!("{} cannot be sent as JSON", shown(text)),
            help,
        ));
    }
    if let Some(int) = based(text) {
        return Ok(Some(Node::scalar64(Kind::Int, at, int as u64)));
    }
    let Some(fractional) = decimal(unsigned) else {
        return Ok(None);
    };
    number(text, fractional, kept, at).map(Some)
}

/// `0o17`, `0xff`.
fn based(text: &str) -> Option<i64> {
    let (digits, radix) = match text.get(..2)? {
        "0o" => (&text[2..], 8),
        "0x" => (&text[2..], 16),
        _ => return None,
    };
    let plain = digits.starts_with(|first: char| first.is_digit(radix));
    if plain {
        i64::from_str_radix(digits, radix).ok()
    } else {
        None
    }
}

/// `[0-9]+`, or `( \. [0-9]+ | [0-9]+ ( \. [0-9]* )? ) ( [eE] [-+]? [0-9]+ )?`: whether it has a fraction or exponent.
fn decimal(unsigned: &str) -> Option<bool> {
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (unsigned, None),
    };
    let (whole, fraction) = match mantissa.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (mantissa, None),
    };
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let some_digits = !whole.is_empty() || fraction.is_some_and(|fraction| !fraction.is_empty());
    let exponent_digits =
        exponent.map(|exponent| exponent.strip_prefix(['-', '+']).unwrap_or(exponent));
    let valid = some_digits
        && digits(whole)
        && fraction.is_none_or(digits)
        && exponent_digits.is_none_or(|exponent| !exponent.is_empty() && digits(exponent));
    valid.then_some(fraction.is_some() || exponent.is_some())
}
