//! Linting again: what was said of a part is said again for as long as nothing it was made of changed.
//!
//! A *part* is what people edit and what references lead to. What is found in it depends on what is looked for, on
//! the part, and on the parts read on the way. All of these are noted when it is walked; where none is different, the
//! walk takes the findings and goes on at the parts that were reached from there.

mod memory;
mod notes;
mod parts;
mod told;

pub use memory::{Memory, Shown};
pub use notes::Notes;
pub(crate) use notes::{Sought, Unit, Way};
pub(crate) use parts::PartId;
pub(crate) use told::Finding;
