//! `exposure.lock` as sections: found, checked line by line and hashed in one walk over the file's text. Of thousands of
//! sections few are looked into, so none of their lines is kept: a section knows where they stand.

use std::collections::HashMap;
use std::ops::Range;

const INDENT: &str = "  ";
const WAYS: [&str; 4] = ["call", "opaque", "read", "write"];

/// The sections in order of their first headings, and numbers of the first lines that mean nothing.
pub struct Lock {
    pub sections: Vec<Section>,
    pub mistakes: Vec<u32>,
}

/// What is locked of one version.
pub struct Section {
    pub api: String,
    pub version: String,
    /// Of its first heading.
    pub line: u32,
    /// SHA-256 of its lines without their indent, joined by line feeds.
    pub sha256: [u8; 32],
    /// Where its lines stand, indented, in the file; several where it has several headings or something between them.
    runs: Vec<Range<usize>>,
    has_internal: bool,
}

impl Lock {
    /// `most_mistakes`: how many lines are told at most.
    pub fn parse(text: &str, most_mistakes: usize) -> Lock {
        let mut reading = Reading::default();
        let mut at = 0;
        for (index, line) in text.split('\n').enumerate() {
            let number = u32::try_from(index + 1).unwrap_or(u32::MAX);
            if !reading.takes(line, number, at) && reading.mistakes.len() < most_mistakes {
                reading.mistakes.push(number);
            }
            at += line.len() + 1;
        }
        reading.finished(text)
    }
}

impl Section {
    /// Its lines without their indent. `file` holds the text that was parsed.
    pub fn lines<'t>(&self, file: &'t [u8]) -> impl Iterator<Item = &'t str> {
        let runs = self.runs.iter().cloned();
        let texts = runs.map(move |run| std::str::from_utf8(&file[run]).unwrap_or_default());
        texts.flat_map(|text| {
            let lines = text.split('\n');
            lines.map(|line| line.get(INDENT.len()..).unwrap_or_default())
        })
    }

    /// Those of its lines that speak of the internal ring: few files have any.
    pub fn internal<'t>(&self, file: &'t [u8]) -> Vec<&'t str> {
        let inside = self.has_internal.then(|| self.lines(file));
        let inside = inside.into_iter().flatten();
        inside
            .filter(|line| line.starts_with("internal "))
            .collect()
    }

    fn hash(&mut self, file: &[u8]) {
        let mut context = ring::digest::Context::new(&ring::digest::SHA256);
        for (index, line) in self.lines(file).enumerate() {
            if index > 0 {
                context.update(b"\n");
            }
            context.update(line.as_bytes());
        }
        let digest = context.finish();
        self.sha256.copy_from_slice(digest.as_ref());
    }
}

#[derive(Default)]
struct Reading<'t> {
    sections: Vec<Section>,
    by_name: HashMap<(&'t str, &'t str), usize>,
    heading: Option<(&'t str, &'t str, u32)>,
    /// The section of the heading, once it has a line.
    current: Option<usize>,
    mistakes: Vec<u32>,
}

impl<'t> Reading<'t> {
    /// False for a line that means nothing. `at`: where it begins.
    fn takes(&mut self, line: &'t str, number: u32, at: usize) -> bool {
        let statement = line.strip_prefix(INDENT);
        if let (Some(statement), Some(_)) = (statement, self.heading)
            && is_statement(statement)
        {
            self.add(statement, at..at + line.len());
            return true;
        }
        if line.trim().is_empty() || line.starts_with('#') {
            return true;
        }
        let Some((api, version)) = heading(line) else {
            return false;
        };
        self.heading = Some((api, version, number));
        self.current = None;
        true
    }

    fn add(&mut self, statement: &str, place: Range<usize>) {
        let Some(index) = self.current.or_else(|| self.begun()) else {
            return;
        };
        self.current = Some(index);
        let section = &mut self.sections[index];
        section.has_internal |= statement.starts_with("internal ");
        match section.runs.last_mut() {
            Some(last) if last.end + 1 == place.start => last.end = place.end,
            _ => section.runs.push(place),
        }
    }

    /// The section the heading names: one of before, or a new one.
    fn begun(&mut self) -> Option<usize> {
        let (api, version, line) = self.heading?;
        let sections = &mut self.sections;
        let index = *self.by_name.entry((api, version)).or_insert_with(|| {
            sections.push(Section {
                api: api.to_owned(),
                version: version.to_owned(),
                line,
                sha256: [0; 32],
                runs: Vec::new(),
                has_internal: false,
            });
            sections.len() - 1
        });
        Some(index)
    }

    fn finished(mut self, text: &str) -> Lock {
        for section in &mut self.sections {
            section.hash(text.as_bytes());
        }
        Lock {
            sections: self.sections,
            mistakes: self.mistakes,
        }
    }
}

/// `orders v1`
fn heading(line: &str) -> Option<(&str, &str)> {
    let first = line.chars().next()?;
    let (api, version) = line.split_once(' ')?;
    (first.is_lowercase() && !version.contains(' ')).then_some((api, version))
}

/// `public call GET /orders`, `sensitive public read …`, `internal people GET /orders -> support`
fn is_statement(line: &str) -> bool {
    let Some((first, (second, rest))) = line
        .split_once(' ')
        .and_then(|(first, rest)| Some((first, rest.split_once(' ')?)))
    else {
        return false;
    };
    match first {
        "internal" => matches!(second, "call" | "people") && rest.contains(" -> "),
        "sensitive" => is_outer(second) && rest.matches(' ').nth(1).is_some(),
        _ => is_outer(first) && WAYS.contains(&second),
    }
}

fn is_outer(word: &str) -> bool {
    matches!(word, "partner" | "public")
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "# head\n\norders v1\n  public call GET /orders\n\n  partner read #/a -> #/b\nshop v1\n  sense\norders v1\n  internal call GET /orders -> billing\nNo heading\n  sensitive public read #/a payment last4\n";

    fn section(lock: &Lock, api: &str) -> Vec<String> {
        let found = lock.sections.iter().find(|section| section.api == api);
        let lines =
            found.map(|section| section.lines(TEXT.as_bytes()).map(str::to_owned).collect());
        lines.unwrap_or_default()
    }

    #[test]
    fn headings_that_come_twice_are_one_section() {
        let lock = Lock::parse(TEXT, 10);
        let lines = section(&lock, "orders");
        assert_eq!(
            lines,
            [
                "public call GET /orders",
                "partner read #/a -> #/b",
                "internal call GET /orders -> billing",
                "sensitive public read #/a payment last4",
            ]
        );
        assert_eq!(lock.sections.len(), 1, "one without lines is none");
        assert_eq!(lock.sections[0].line, 3);
        let digest = ring::digest::digest(&ring::digest::SHA256, lines.join("\n").as_bytes());
        assert_eq!(lock.sections[0].sha256, digest.as_ref());
        assert_eq!(
            lock.sections[0].internal(TEXT.as_bytes()),
            ["internal call GET /orders -> billing"]
        );
    }

    #[test]
    fn lines_that_mean_nothing_are_counted_up_to_a_bound() {
        assert_eq!(Lock::parse(TEXT, 10).mistakes, [8, 11]);
        assert_eq!(Lock::parse(TEXT, 1).mistakes, [8]);
        assert_eq!(Lock::parse("  public call GET /a", 9).mistakes, [1]);
    }
}
