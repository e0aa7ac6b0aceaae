//! PyO3 bindings: the module `ringwork._native`.

use pyo3::prelude::*;

mod contract;
mod document;
mod wall;

#[pymodule]
fn _native(module: &Bound<'_, PyModule>) -> PyResult<()> {
    document::register(module)?;
    contract::register(module)?;
    wall::register(module)?;
    Ok(())
}
