//! PyO3 bindings: the module `ringwork._native`.

use pyo3::prelude::*;

mod canonical;
mod compile;
mod compiled;
mod contract;
mod difference;
mod document;
mod exposure;
mod lint;
mod manifests;
mod projection;
mod prover;
mod stamps;
mod wall;

/// Contracts become millions of small values, on two threads at a time: the system's allocator takes a third of it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[pymodule]
fn _native(module: &Bound<'_, PyModule>) -> PyResult<()> {
    document::register(module)?;
    contract::register(module)?;
    projection::register(module)?;
    exposure::register(module)?;
    compile::register(module)?;
    difference::register(module)?;
    lint::register(module)?;
    prover::register(module)?;
    manifests::register(module)?;
    stamps::register(module)?;
    wall::register(module)?;
    Ok(())
}
