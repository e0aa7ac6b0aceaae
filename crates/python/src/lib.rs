//! PyO3 bindings: the module `ringwork._native`.

use pyo3::prelude::*;

mod compile;
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
