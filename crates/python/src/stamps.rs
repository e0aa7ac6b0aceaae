//! What the system says of many files at once.

use std::os::unix::fs::MetadataExt;

use pyo3::prelude::*;

const NANOS: i128 = 1_000_000_000;

/// Device, inode, size, and when content and file changed last, in nanoseconds since the epoch.
type Stamp = (u64, u64, u64, i128, i128);

pub fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(stamps, module)?)
}

/// Of the files that paths lead to, symbolic links followed; `None` for one that cannot be seen.
#[pyfunction]
fn stamps(py: Python<'_>, paths: Vec<String>) -> Vec<Option<Stamp>> {
    py.detach(|| paths.iter().map(|path| stamp(path)).collect())
}

fn stamp(path: &str) -> Option<Stamp> {
    let seen = std::fs::metadata(path).ok()?;
    let nanos = |seconds: i64, nanos: i64| i128::from(seconds) * NANOS + i128::from(nanos);
    Some((
        seen.dev(),
        seen.ino(),
        seen.size(),
        nanos(seen.mtime(), seen.mtime_nsec()),
        nanos(seen.ctime(), seen.ctime_nsec()),
    ))
}
