//! `compile_projection`: what leaves of a contract's responses on a ring.

use compile::{Served, View, compile};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict};

use crate::contract::Contract;
use crate::document::DocumentProblem;
use crate::projection::{audience, understood};

pub fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(compile_projection, module)?)
}

/// Canonical JSON of a `wall::bundle::Projection`, indices of operations that cannot be served, and what is to say.
#[pyfunction]
#[pyo3(signature = (contract, *, ring, words, operations))]
fn compile_projection<'py>(
    py: Python<'py>,
    contract: &Contract,
    ring: u8,
    words: &Bound<'_, PyDict>,
    operations: Vec<(String, Vec<u32>)>,
) -> PyResult<(Bound<'py, PyBytes>, Vec<usize>, Vec<DocumentProblem>)> {
    let words = understood(words)?;
    let served = |(id, declared)| Served { id, declared };
    let operations: Vec<Served> = operations.into_iter().map(served).collect();
    let view = View {
        ring: audience(ring)?,
        words: &words,
        operations: &operations,
    };
    let (compiled, bytes) = py.detach(|| {
        let compiled = compile(contract.inner(), &view);
        // Objects of `serde_json` are ordered by name (RFC 8785 §3.2.3).
        let value = serde_json::to_value(&compiled.projection);
        let bytes = value.and_then(|value| serde_json::to_vec(&value));
        (compiled, bytes)
    });
    let bytes = bytes.map_err(|error| PyValueError::new_err(error.to_string()))?;
    let arena = &contract.inner().arena;
    let problems = compiled.problems.iter();
    let problems = problems.map(|problem| DocumentProblem::new(problem, arena));
    Ok((
        PyBytes::new(py, &bytes),
        compiled.unservable,
        problems.collect(),
    ))
}
