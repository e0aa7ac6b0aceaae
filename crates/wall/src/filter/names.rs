//! Names that were met in objects still open, to see one that is there twice.
//!
//! A name is kept as its hash: a second one with the same characters has the same hash, and two different ones of
//! a body meet by chance once in 10^9 bodies of 100,000 names. A fault too many is on the safe side.

use ahash::AHashSet;

use super::bounds::MAX_OPEN_NAMES;
use super::fault::FaultKind;

/// An object with more names is looked up by hash; with fewer, one after the other.
const FEW: usize = 16;

#[derive(Default)]
pub struct OpenNames {
    /// Of all open objects, outermost first.
    hashes: Vec<u64>,
    /// The names of large objects once more, by where they begin in `hashes`.
    crowds: Vec<(usize, AHashSet<u64>)>,
}

impl OpenNames {
    /// Where the names of an object entered now will begin.
    pub fn mark(&self) -> usize {
        self.hashes.len()
    }

    /// A name of the innermost object, whose names begin at `mark`.
    pub fn enter(&mut self, mark: usize, name: u64) -> Result<(), FaultKind> {
        if self.hashes.len() >= MAX_OPEN_NAMES {
            return Err(FaultKind::TooManyNames);
        }
        let is_new = if self.hashes.len() - mark < FEW {
            !self.hashes[mark..].contains(&name)
        } else {
            self.crowd(mark).insert(name)
        };
        self.hashes.push(name);
        if is_new {
            Ok(())
        } else {
            Err(FaultKind::DuplicateName)
        }
    }

    /// The innermost object has ended.
    pub fn leave(&mut self, mark: usize) {
        self.hashes.truncate(mark);
        if self.crowds.last().is_some_and(|(begin, _)| *begin == mark) {
            self.crowds.pop();
        }
    }

    fn crowd(&mut self, mark: usize) -> &mut AHashSet<u64> {
        if self.crowds.last().is_none_or(|(begin, _)| *begin != mark) {
            self.crowds
                .push((mark, self.hashes[mark..].iter().copied().collect()));
        }
        let (_, names) = self.crowds.last_mut().expect("pushed when it was missing");
        names
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_counts_for_its_own_object_only() {
        let mut names = OpenNames::default();
        for name in 0..100 {
            names.enter(0, name).unwrap();
        }
        let inner = names.mark();
        for name in 0..100 {
            names.enter(inner, name).unwrap();
        }
        assert_eq!(names.enter(inner, 5), Err(FaultKind::DuplicateName));
        names.leave(inner);
        assert_eq!(names.enter(0, 5), Err(FaultKind::DuplicateName));
        names.leave(0);
        assert_eq!(names.enter(0, 5), Ok(()));
    }

    #[test]
    fn so_many_names_and_no_more() {
        let mut names = OpenNames::default();
        for name in 0..MAX_OPEN_NAMES as u64 {
            names.enter(0, name).unwrap();
        }
        assert_eq!(names.enter(0, u64::MAX), Err(FaultKind::TooManyNames));
    }
}
