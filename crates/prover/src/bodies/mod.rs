//! Bodies: what the graphs of filters let through, held against what schemas show, by simulation.
//!
//! A filter node and the schemas that describe the same value are looked at together, then the members and items of
//! both; each pair once, however many operations lead to it. What a schema shows is worked out here anew, for the set
//! of schemas that describe a value: a name leaves if one of them declares it, and none of them hides it.

mod described;
mod families;
mod hidden;
pub mod kinds;
mod roots;
mod schemas;
mod simulation;
#[cfg(test)]
mod tests;
pub mod texts;

pub use described::{Described, Direction, Subject};
pub use families::Families;
pub use roots::{is_shown, prove_bodies, shows_header};
pub use schemas::{OPEN, Schemas, UNSAID};
pub use simulation::{Root, World, simulate};
