//! Listings as lines of `exposure.lock`, and what of two of them is not the same: a change of a large contract touches few
//! of a million lines, and only those are worth reading item by item.

use std::borrow::Cow;

use ahash::HashSet;

const FIELDS: usize = 12;

/// One line of a listing; fields in the order of `text::write`.
#[derive(Clone, Copy)]
struct Line<'t> {
    text: &'t str,
    fields: [&'t str; FIELDS],
}

impl<'t> Line<'t> {
    fn read(text: &'t str) -> Option<Line<'t>> {
        let mut fields = [""; FIELDS];
        let mut found = text.split('\t');
        for field in &mut fields {
            *field = found.next()?;
        }
        Some(Line { text, fields })
    }

    /// What a line of the lock says of it, after the ring.
    fn said(&self) -> String {
        let [_, _, way, name, target, value, ..] = self.fields;
        let mut said = format!("{way} {name}");
        for (sign, part) in [(" -> ", target), (" = ", value)] {
            if !part.is_empty() {
                said.push_str(sign);
                said.push_str(part);
            }
        }
        said
    }

    /// The lines that approve a sensitive value: one, or two where partners see it less masked.
    fn approvals(&self) -> Vec<String> {
        let [ring, _, way, name, .., class, partner, public] = self.fields;
        if class.is_empty() {
            return Vec::new();
        }
        let line = |ring: &str, mask: &str| match (way, mask) {
            ("read", mask) if !mask.is_empty() => {
                format!("sensitive {ring} {way} {name} {class} {mask}")
            }
            _ => format!("sensitive {ring} {way} {name} {class}"),
        };
        match ring {
            "public" if way == "read" && partner != public => {
                vec![line("public", public), line("partner", partner)]
            }
            "public" => vec![line("public", public)],
            _ => vec![line("partner", partner)],
        }
    }

    fn locked(&self) -> String {
        format!("{} {}", self.fields[0], self.said())
    }

    /// All but where it stands, and what leads to it first.
    fn meaning(&self) -> [&'t str; 9] {
        let [a, b, c, d, e, f, _, _, _, g, h, i] = self.fields;
        [a, b, c, d, e, f, g, h, i]
    }
}

/// The head of a listing, which names files, and its lines.
fn read(listing: &str) -> (&str, Vec<Line<'_>>) {
    let (head, rest) = listing.split_once('\n').unwrap_or((listing, ""));
    let lines = rest.split('\n').filter_map(Line::read);
    (head, lines.collect())
}

fn written<'t>(head: &str, lines: impl Iterator<Item = &'t str>) -> String {
    let mut text = head.to_owned();
    let before = text.len();
    for line in lines {
        text.push('\n');
        text.push_str(line);
    }
    match text.len() == before {
        true => String::new(),
        false => text,
    }
}

/// What `exposure.lock` has to say of a listing: sensitive values first. And how many things are sensitive.
pub fn lock_lines(listing: &str) -> (Vec<String>, usize) {
    let (_, lines) = read(listing);
    let mut found: Vec<String> = lines.iter().flat_map(Line::approvals).collect();
    let sensitive = lines.iter().filter(|line| !line.fields[9].is_empty());
    let sensitive = sensitive.count();
    found.extend(lines.iter().map(Line::locked));
    (found, sensitive)
}

/// SHA-256 of those lines, with a line feed between two, and how many things are sensitive.
pub fn lock_digest(listing: &str) -> ([u8; 32], usize) {
    let (lines, sensitive) = lock_lines(listing);
    let mut digest = ring::digest::Context::new(&ring::digest::SHA256);
    for (index, line) in lines.iter().enumerate() {
        digest.update(if index == 0 { b"" } else { b"\n" });
        digest.update(line.as_bytes());
    }
    let digest = digest.finish().as_ref().try_into();
    (digest.expect("SHA-256 has 32 bytes"), sensitive)
}

/// Of a listing what a section of the lock does not say to the letter, and of the section what the listing does not; both
/// with all else that is about the same things. `section`: its lines; those of the internal ring are left out. Both are
/// empty where nothing is different.
pub fn not_as_locked<'t>(
    listing: &'t str,
    section: impl Iterator<Item = &'t str>,
) -> (String, Vec<&'t str>) {
    let (head, lines) = read(listing);
    let outer = section.filter(|line| !line.starts_with("internal "));
    let section: Vec<&str> = outer.collect();
    let locked: HashSet<&str> = section.iter().copied().collect();
    let mut known: HashSet<String> = HashSet::default();
    known.reserve(section.len());
    let mut about: HashSet<String> = HashSet::default();
    for line in &lines {
        for said in line.approvals().into_iter().chain([line.locked()]) {
            if !locked.contains(said.as_str()) {
                about.insert(subject(&said).into_owned());
            }
            known.insert(said);
        }
    }
    for line in section.iter().filter(|line| !known.contains(**line)) {
        about.insert(subject(line).into_owned());
    }
    if about.is_empty() {
        return (String::new(), Vec::new());
    }
    let is_about = |line: &str| about.contains(&*subject(line));
    let items = lines.iter().filter(|line| is_about(&line.locked()));
    let items = written(head, items.map(|line| line.text));
    (
        items,
        section.into_iter().filter(|line| is_about(line)).collect(),
    )
}

/// What a line of the lock is about: way and name, whatever the ring, target, value, class or mask.
fn subject(line: &str) -> Cow<'_, str> {
    let said = line.split_once(' ').map_or("", |(_, said)| said);
    let said = match line.starts_with("sensitive ") {
        true => unclassified(said.split_once(' ').map_or("", |(_, said)| said)),
        false => said,
    };
    let end = [" -> ", " = "]
        .into_iter()
        .filter_map(|sign| said.find(sign));
    Cow::Borrowed(&said[..end.min().unwrap_or(said.len())])
}

/// `read NAME payment last4` without class and mask.
fn unclassified(said: &str) -> &str {
    let (rest, last) = said.rsplit_once(' ').unwrap_or((said, ""));
    match last {
        "last4" | "hash" | "drop" => rest.rsplit_once(' ').map_or(rest, |(name, _)| name),
        _ => rest,
    }
}

/// Of two listings what is not the same in both, with all calls: those say why.
pub fn changed(before: &str, after: &str) -> (String, String) {
    let ((old_head, old), (new_head, new)) = (read(before), read(after));
    let (first, last) = common(&old, &new);
    let of = |lines: &[Line<'_>], others: &[Line<'_>], head: &str| {
        let between = first..lines.len() - last;
        let open: HashSet<[&str; 9]> = lines[between].iter().map(Line::meaning).collect();
        // Few of a million: those are looked for in all the others, wherever they stand.
        let known = others.iter().map(Line::meaning);
        let missing = match open.is_empty() {
            true => open,
            false => known.fold(open, |mut open, one| {
                open.remove(&one);
                open
            }),
        };
        let told = lines
            .iter()
            .filter(|line| line.fields[2] == "call" || missing.contains(&line.meaning()));
        written(head, told.map(|line| line.text))
    };
    (of(&old, &new, old_head), of(&new, &old, new_head))
}

/// How many lines mean the same from the first on, and of the rest from the last back.
fn common(old: &[Line<'_>], new: &[Line<'_>]) -> (usize, usize) {
    let is_same = |(one, other): &(&Line<'_>, &Line<'_>)| one.meaning() == other.meaning();
    let first = old.iter().zip(new).take_while(is_same).count();
    let rest = old[first..].iter().rev().zip(new[first..].iter().rev());
    (first, rest.take_while(is_same).count())
}

#[cfg(test)]
mod tests {
    use super::*;

    const LISTING: &str = "a.yaml\n\
        public\toperation\tcall\tGET /a\tread\t\t0:1:1\t\tGET /a\t\t\t\n\
        partner\tfield\tread\t#/a\t#/b\t\t0:2:1\t\tGET /a\t\t\t\n\
        public\tfield\tread\t#/c\t\t\t0:3:1\t\tGET /a\tpayment\t\tlast4";

    #[test]
    fn sensitive_lines_come_first() {
        let (lines, sensitive) = lock_lines(LISTING);
        assert_eq!(
            lines,
            [
                "sensitive public read #/c payment last4",
                "sensitive partner read #/c payment",
                "public call GET /a -> read",
                "partner read #/a -> #/b",
                "public read #/c",
            ]
        );
        assert_eq!(sensitive, 1);
    }

    #[test]
    fn what_is_locked_to_the_letter_is_not_looked_at() {
        let (lines, _) = lock_lines(LISTING);
        let (items, section) = not_as_locked(LISTING, lines.iter().map(String::as_str));
        assert_eq!((items.as_str(), section.len()), ("", 0));
    }

    #[test]
    fn all_that_is_about_one_thing_is_looked_at_together() {
        let (mut lines, _) = lock_lines(LISTING);
        lines.remove(0);
        let (items, section) = not_as_locked(LISTING, lines.iter().map(String::as_str));
        assert_eq!(items.lines().count(), 2);
        assert_eq!(
            section,
            ["sensitive partner read #/c payment", "public read #/c"]
        );
    }

    #[test]
    fn places_are_no_difference() {
        let moved = LISTING.replace("0:2:1", "0:9:1").replace("0:3:1", "0:10:1");
        let (old, new) = changed(LISTING, &moved);
        assert_eq!(old.lines().count(), 2, "the head and the call");
        assert_eq!(new.lines().count(), 2);
        let (old, _) = changed(LISTING, &moved.replace("last4", "hash"));
        assert!(old.contains("#/c") && !old.contains("#/b"));
    }

    #[test]
    fn where_a_line_stands_is_no_difference_either() {
        let lines: Vec<&str> = LISTING.lines().collect();
        let turned = [lines[0], lines[3], lines[1], lines[2]].join("\n");
        let (old, new) = changed(LISTING, &turned);
        assert_eq!((old.lines().count(), new.lines().count()), (2, 2));
        let (old, new) = changed(LISTING, &[lines[0], lines[3]].join("\n"));
        assert_eq!((old.lines().count(), new.as_str()), (3, ""));
        assert!(old.contains("#/a") && !old.contains("#/c"));
    }
}
