//! OpenAPI path templates (OAS 3.1 §4.8.8.1), in the normal form of request paths.

use std::cmp::Reverse;

use super::folding;
use crate::target::normalise_literal;

pub const MAX_TEMPLATE_BYTES: usize = 4 * 1024;
/// Also bounds the recursion of a search.
pub const MAX_SEGMENTS: usize = 128;

/// Why a template can never match a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invalid(pub String);

/// `/orders/{orderId}` as a list of segments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template {
    pub segments: Vec<Segment>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Segment {
    Literal(String),
    /// `{id}.json`, `v{n}:cancel`, `{a}...{b}`.
    Pattern(Pattern),
    Parameter,
}

/// Literals around parameters: `before` (param literal)* param `after`. Parameters match at least one byte.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern {
    pub before: String,
    pub between: Vec<String>,
    pub after: String,
}

/// How specific a segment is: smaller is more specific. Literal, then patterns with more literal bytes,
/// then the whole parameter.
pub type Rank = (u8, Reverse<usize>);

impl Template {
    pub fn parse(template: &str) -> Result<Template, Invalid> {
        let invalid = |why: &str| Invalid(format!("`{template}`: {why}"));
        let path = template
            .strip_prefix('/')
            .ok_or_else(|| invalid("does not begin with a slash"))?;
        let raw: Vec<&str> = path.split('/').collect();
        if template.len() > MAX_TEMPLATE_BYTES || raw.len() > MAX_SEGMENTS {
            return Err(invalid("is longer than 4 KiB or 128 segments"));
        }
        if raw[..raw.len() - 1].contains(&"") {
            return Err(invalid("has an empty segment, which no request can have"));
        }
        let segments = raw
            .into_iter()
            .map(Segment::parse)
            .collect::<Result<_, _>>();
        Ok(Template {
            segments: segments.map_err(invalid)?,
        })
    }

    /// Compared lexicographically: the smaller list is the more specific template. A trailing slash does
    /// not count.
    pub fn ranks(&self) -> Vec<Rank> {
        self.without_trailing_slash()
            .iter()
            .map(Segment::rank)
            .collect()
    }

    /// As an upstream may read it that ignores case, encoding and a trailing slash.
    pub fn folded(&self) -> Template {
        Template {
            segments: self
                .without_trailing_slash()
                .iter()
                .map(Segment::folded)
                .collect(),
        }
    }

    fn without_trailing_slash(&self) -> &[Segment] {
        match self.segments.as_slice() {
            [kept @ .., Segment::Literal(last)] if last.is_empty() => kept,
            all => all,
        }
    }
}

impl Segment {
    fn parse(segment: &str) -> Result<Segment, &'static str> {
        let mut literals = vec![];
        let mut rest = segment;
        while let Some(open) = rest.find('{') {
            let close = rest[open..].find('}').ok_or("has an unclosed `{`")? + open;
            literals.push(literal(&rest[..open])?);
            rest = &rest[close + 1..];
        }
        literals.push(literal(rest)?);
        Ok(match literals.as_slice() {
            [only] if matches!(only.as_str(), "." | "..") => return Err("has a dot segment"),
            [only] => Segment::Literal(only.clone()),
            [before, after] if before.is_empty() && after.is_empty() => Segment::Parameter,
            [before, between @ .., after] => Segment::Pattern(Pattern {
                before: before.clone(),
                between: between.to_vec(),
                after: after.clone(),
            }),
            [] => unreachable!("the rest after the last parameter is always there"),
        })
    }

    fn rank(&self) -> Rank {
        match self {
            Segment::Literal(_) => (0, Reverse(0)),
            Segment::Pattern(pattern) => (1, Reverse(pattern.literal_bytes())),
            Segment::Parameter => (2, Reverse(0)),
        }
    }

    fn folded(&self) -> Segment {
        match self {
            Segment::Literal(literal) => Segment::Literal(folding::fold_end(literal)),
            Segment::Pattern(pattern) => Segment::Pattern(Pattern {
                before: folding::fold(&pattern.before),
                between: pattern
                    .between
                    .iter()
                    .map(|literal| folding::fold(literal))
                    .collect(),
                after: folding::fold_end(&pattern.after),
            }),
            Segment::Parameter => Segment::Parameter,
        }
    }
}

fn literal(raw: &str) -> Result<String, &'static str> {
    if raw.contains('}') {
        return Err("has a `}` without `{`");
    }
    normalise_literal(raw).map_err(|unusable| unusable.0)
}

impl Pattern {
    pub fn literal_bytes(&self) -> usize {
        self.before.len() + self.after.len() + self.between.iter().map(String::len).sum::<usize>()
    }

    /// Leftmost search for each literal leaves the most to the next: no backtracking is owed.
    pub fn matches(&self, segment: &str) -> bool {
        let Some(mut rest) = segment.strip_prefix(self.before.as_str()) else {
            return false;
        };
        for literal in &self.between {
            let Some(found) = find_after_one(rest, literal) else {
                return false;
            };
            rest = &rest[found + literal.len()..];
        }
        rest.strip_suffix(self.after.as_str())
            .is_some_and(|parameter| !parameter.is_empty())
    }
}

/// First place of `literal` that leaves at least one character before it.
fn find_after_one(text: &str, literal: &str) -> Option<usize> {
    let skipped = text.chars().next()?.len_utf8();
    text[skipped..].find(literal).map(|found| found + skipped)
}
