//! The values of a path's parameters. Which template a path belongs to is decided before, in `matching`.

use crate::target::normalise_literal;

/// A path template with the names of its parameters.
#[derive(Debug, PartialEq, Eq)]
pub struct PathTemplate {
    segments: Vec<Vec<Piece>>,
}

/// A parameter and the literal that ends it.
#[derive(Debug, PartialEq, Eq)]
struct Piece {
    /// Nothing: the literal before the first parameter.
    name: Option<String>,
    literal: String,
}

impl PathTemplate {
    pub fn new(template: &str) -> Result<PathTemplate, String> {
        let segments = template.split('/').map(pieces);
        Ok(PathTemplate {
            segments: segments.collect::<Result<_, _>>()?,
        })
    }

    /// Whether it has a parameter of this name.
    pub fn names(&self, name: &str) -> bool {
        let mut pieces = self.segments.iter().flatten();
        pieces.any(|piece| piece.name.as_deref() == Some(name))
    }

    /// The path with these values in it, as they are written; nothing where one is missing.
    pub fn filled(&self, values: &[(&str, &str)]) -> Option<String> {
        let value = |name: &str| values.iter().find(|(known, _)| *known == name);
        let mut path = String::new();
        for (index, pieces) in self.segments.iter().enumerate() {
            path.push_str(if index > 0 { "/" } else { "" });
            for piece in pieces {
                if let Some(name) = &piece.name {
                    path.push_str(value(name)?.1);
                }
                path.push_str(&piece.literal);
            }
        }
        Some(path)
    }

    /// Names and values, as they are written in a path that matches.
    pub fn values<'t, 'p>(&'t self, path: &'p str) -> Vec<(&'t str, &'p str)> {
        let segments = self.segments.iter().zip(path.split('/'));
        segments
            .flat_map(|(pieces, segment)| values(pieces, segment))
            .collect()
    }
}

fn pieces(segment: &str) -> Result<Vec<Piece>, String> {
    let literal = |text: &str| normalise_literal(text).map_err(|unusable| unusable.0.to_owned());
    let mut parts = segment.split('{');
    let mut pieces = vec![Piece {
        name: None,
        literal: literal(parts.next().unwrap_or(""))?,
    }];
    for part in parts {
        let (name, after) = part.split_once('}').ok_or("has an unclosed `{`")?;
        pieces.push(Piece {
            name: Some(name.to_owned()),
            literal: literal(after)?,
        });
    }
    Ok(pieces)
}

/// As `matching::Pattern` does: each literal as early as it leaves its parameter a character, the last at the end.
fn values<'t, 'p>(pieces: &'t [Piece], segment: &'p str) -> Vec<(&'t str, &'p str)> {
    let mut values = Vec::new();
    let mut rest = segment;
    for (index, piece) in pieces.iter().enumerate() {
        let is_last = index + 1 == pieces.len();
        let Some(name) = &piece.name else {
            rest = rest.strip_prefix(piece.literal.as_str()).unwrap_or(rest);
            continue;
        };
        let end = match is_last {
            true => rest.len().checked_sub(piece.literal.len()),
            false => end_of(rest, &piece.literal),
        };
        let end = end.unwrap_or(rest.len());
        values.push((name.as_str(), &rest[..end]));
        rest = rest.get(end + piece.literal.len()..).unwrap_or("");
    }
    values
}

fn end_of(text: &str, literal: &str) -> Option<usize> {
    let skipped = text.chars().next()?.len_utf8();
    text[skipped..].find(literal).map(|found| found + skipped)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_made_of_the_values_of_another() {
        for (template, made) in [
            ("/b/{x}/c/{y}", Some("/b/1/c/%2A")),
            ("/b/{y}.json", Some("/b/%2A.json")),
            ("/{x}-{y}", Some("/1-%2A")),
            ("/b", Some("/b")),
            ("/b/{z}", None),
        ] {
            let values = [("x", "1"), ("y", "%2A")];
            let found = PathTemplate::new(template).unwrap().filled(&values);
            assert_eq!(found.as_deref(), made, "{template}");
        }
    }

    #[test]
    fn parameters_are_what_stands_between_the_literals() {
        for (template, path, expected) in [
            ("/a/{b}/c/{d}", "/a/1/c/2", &[("b", "1"), ("d", "2")][..]),
            ("/{a}.json", "/x.y.json", &[("a", "x.y")]),
            ("/v{n}:cancel", "/v1:cancel", &[("n", "1")]),
            ("/{a}...{b}", "/main...dev", &[("a", "main"), ("b", "dev")]),
            (
                "/{a}-{b}-{c}x",
                "/1-2-3x",
                &[("a", "1"), ("b", "2"), ("c", "3")],
            ),
            ("/a", "/a", &[]),
            ("/é/{x}", "/%C3%A9/%2A", &[("x", "%2A")]),
        ] {
            let found = PathTemplate::new(template).unwrap();
            assert_eq!(found.values(path), expected, "{template}");
        }
    }
}
