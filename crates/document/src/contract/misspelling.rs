//! Labels nobody would read: `X-Audience`, `x_audience`, `x-audiance`. Without a word about them, what was meant to
//! be narrow would go out as widely as what encloses it.

use crate::arena::{Arena, Member, NodeId};
use crate::problem::{Problem, shown};

const LABELS: [&str; 7] = [
    "x-audience",
    "x-enum-audience",
    "x-sensitive",
    "x-opaque",
    "x-authorize",
    "x-callers",
    "x-record",
];

/// Letters to change, leave out or put in.
const EDITS: usize = 2;

/// Errors for the keys of one part that are nearly those of a label.
pub fn misspelt_labels(arena: &Arena, part: NodeId) -> Vec<Problem> {
    arena
        .members(part)
        .iter()
        .filter_map(|member| misspelt(arena, member))
        .collect()
}

fn misspelt(arena: &Arena, member: &Member) -> Option<Problem> {
    let key = arena.key(member);
    if !key.starts_with(['x', 'X']) || LABELS.contains(&key) {
        return None;
    }
    let plain = key.to_ascii_lowercase().replace('_', "-");
    let meant = LABELS
        .into_iter()
        .find(|label| is_near(plain.as_bytes(), label.as_bytes()))?;
    let message = format!("{} is no label; {meant} is", shown(key));
    let help = format!("Write {meant}.");
    Some(Problem::error(
        "misspelt-label",
        member.key_at,
        message,
        help,
    ))
}

/// Whether at most [`EDITS`] lie between the two (Levenshtein's distance).
fn is_near(one: &[u8], other: &[u8]) -> bool {
    if one.len().abs_diff(other.len()) > EDITS {
        return false;
    }
    let mut above: Vec<usize> = (0..=other.len()).collect();
    for (row, letter) in one.iter().enumerate() {
        let mut current = vec![row + 1];
        for (column, wanted) in other.iter().enumerate() {
            let replaced = above[column] + usize::from(letter != wanted);
            current.push(replaced.min(above[column + 1] + 1).min(current[column] + 1));
        }
        above = current;
    }
    above[other.len()] <= EDITS
}
