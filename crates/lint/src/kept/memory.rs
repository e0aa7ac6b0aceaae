//! Lint after lint of one document by the same rules.

use ahash::{AHashMap, RandomState};
use document::Value;

use super::notes::{Kept, Notes};
use super::parts::{Names, Parts};
use crate::automaton::Automaton;
use crate::engine::{self, Found};
use crate::functions::Foreign;
use crate::rules::Rules;
use crate::subject::Subject;

/// Findings and places kept beyond those of the last lint, before all is made again.
const ROOM: usize = 50_000;

/// What is wanted of the findings.
#[derive(Clone, Copy)]
pub enum Shown<'s> {
    All,
    /// So many of the document itself: the worst by the level of their rule (the smaller, the worse), then the first.
    Worst(usize, &'s [u8]),
}

#[derive(Default)]
pub struct Memory {
    state: RandomState,
    /// What the document says it is: rules read it anywhere.
    kind: Vec<(String, String)>,
    automatons: [Option<Automaton>; 2],
    names: Names,
    kept: Kept,
}

impl Memory {
    /// What `engine::lint` finds. `rules` are the same each time. Fails where a function of the ruleset's own does.
    pub fn lint(
        &mut self,
        rules: &Rules,
        subject: &Subject,
        foreign: &mut dyn Foreign,
        shown: Shown<'_>,
    ) -> Result<Vec<Found>, (usize, String)> {
        let kind = kind(subject);
        if self.kind != kind {
            *self = Memory {
                kind,
                ..Memory::default()
            };
        }
        let Some(parts) = Parts::of(subject, &mut self.names, &self.state) else {
            let found = engine::lint(rules, subject, foreign)?;
            return Ok(worst_of(found, subject, shown));
        };
        let notes = Notes::new(parts, std::mem::take(&mut self.kept));
        engine::lint_noting(rules, subject, foreign, &notes, &mut self.automatons)?;
        let found = found(&notes, subject, shown);
        self.keep(notes);
        Ok(found)
    }

    fn keep(&mut self, notes: Notes) {
        let live = notes.live.borrow().numbers.len();
        let kept = notes.kept();
        if kept.told.len() > 2 * live + ROOM || self.names.len() > 8 * kept.units.used() + ROOM {
            *self = Memory::default();
        } else {
            self.kept = kept;
        }
    }
}

fn kind(subject: &Subject) -> Vec<(String, String)> {
    let arena = &subject.arena;
    let named = ["swagger", "openapi", "$schema"]
        .iter()
        .filter_map(|name| arena.get(subject.root(), name).map(|node| (*name, node)));
    named
        .map(|(name, node)| (name.to_owned(), format!("{:?}", Plain(arena.value(node)))))
        .collect()
}

/// A value, as far as it says what a document is.
struct Plain<'a>(Value<'a>);

impl std::fmt::Debug for Plain<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.0 {
            Value::Object(_) => formatter.write_str("object"),
            Value::Array(_) => formatter.write_str("array"),
            scalar => write!(formatter, "{scalar:?}"),
        }
    }
}

fn found(notes: &Notes, subject: &Subject, shown: Shown<'_>) -> Vec<Found> {
    let numbers = &notes.live.borrow().numbers;
    let mut told = notes.told.borrow_mut();
    let wanted = match shown {
        Shown::All => numbers.clone(),
        Shown::Worst(count, levels) => {
            let own = subject.arena.sources.files()[0].name.as_str();
            let mine = numbers.iter().copied();
            let mut mine: Vec<u32> = mine
                .filter(|number| &*told.get(*number).file == own)
                .collect();
            let mut rank = |number: &u32| {
                let level = levels.get(told.get(*number).rule).copied();
                (level, told.start(*number, subject, &notes.parts), *number)
            };
            least(&mut mine, count, &mut rank);
            mine
        }
    };
    let files: AHashMap<&str, u32> = subject
        .arena
        .sources
        .files()
        .iter()
        .enumerate()
        .map(|(number, file)| (file.name.as_str(), number as u32))
        .collect();
    wanted
        .into_iter()
        .map(|number| {
            let finding = told.get(number);
            Found {
                rule: finding.rule,
                file: document::FileId(files.get(&*finding.file).copied().unwrap_or(0)),
                path: finding.path.clone(),
                message: finding.message.clone(),
            }
        })
        .collect()
}

/// The first `count` by rank, in no order.
fn least<T: Copy, R: Ord>(all: &mut Vec<T>, count: usize, rank: &mut dyn FnMut(&T) -> R) {
    if all.len() <= count {
        return;
    }
    let mut ranked: Vec<(R, T)> = all.iter().map(|one| (rank(one), *one)).collect();
    ranked.select_nth_unstable_by(count, |left, right| left.0.cmp(&right.0));
    *all = ranked[..count].iter().map(|(_, one)| *one).collect();
}

fn worst_of(found: Vec<Found>, subject: &Subject, shown: Shown<'_>) -> Vec<Found> {
    let Shown::Worst(count, levels) = shown else {
        return found;
    };
    let mut mine: Vec<usize> = (0..found.len())
        .filter(|index| found[*index].file.0 == 0)
        .collect();
    least(&mut mine, count, &mut |index| {
        let one = &found[*index];
        let start = crate::ranges::start(&subject.arena, subject.root(), &one.path);
        (levels.get(one.rule).copied(), start, *index)
    });
    mine.into_iter().map(|index| found[index].clone()).collect()
}
