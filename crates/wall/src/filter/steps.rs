//! Tests count what the filter looks at, to show that its work grows as its input does. Outside of tests: nothing.

#[cfg(not(test))]
#[inline]
pub fn count(_bytes: usize) {}

#[cfg(test)]
pub use counting::{count, counted};

#[cfg(test)]
mod counting {
    use std::cell::Cell;

    thread_local! {
        static STEPS: Cell<u64> = const { Cell::new(0) };
    }

    /// One for the look, and one for each byte looked at.
    pub fn count(bytes: usize) {
        STEPS.set(STEPS.get() + 1 + bytes as u64);
    }

    /// How many steps `run` takes.
    pub fn counted<R>(run: impl FnOnce() -> R) -> (u64, R) {
        STEPS.set(0);
        let result = run();
        (STEPS.get(), result)
    }
}
