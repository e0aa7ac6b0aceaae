//! Which operation a path means: templates, a trie over all of them, and the foldings an upstream may apply.

mod folding;
mod paths;
mod template;
mod trie;

pub use folding::fold_path;
pub use paths::{Operations, Path, Paths, VisibleOperation};
pub use template::{Invalid, Template};
