//! `compile_projection`: what leaves of a contract's responses on a ring. `compile_requests`: what its requests are held
//! to.

use compile::{Served, View, compile, requests};
use document::problem::Problem;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict};
use serde::Serialize;

use crate::contract::Contract;
use crate::document::DocumentProblem;
use crate::projection::{audience, understood};

pub fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(compile_projection, module)?)?;
    module.add_function(wrap_pyfunction!(compile_requests, module)?)
}

/// An object's bytes, indices of operations that cannot be served, and what is to say.
type Compiled<'py> = (Bound<'py, PyBytes>, Vec<usize>, Vec<DocumentProblem>);

/// Canonical JSON of a `wall::bundle::Projection`, indices of operations that cannot be served, and what is to say.
#[pyfunction]
#[pyo3(signature = (contract, *, ring, words, operations))]
fn compile_projection<'py>(
    py: Python<'py>,
    contract: &Contract,
    ring: u8,
    words: &Bound<'_, PyDict>,
    operations: Vec<(String, Vec<u32>)>,
) -> PyResult<Compiled<'py>> {
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
        let bytes = canonical(&compiled.projection);
        (compiled, bytes)
    });
    told(py, contract, bytes, compiled.unservable, &compiled.problems)
}

/// The same of a `wall::bundle::Validation`.
#[pyfunction]
#[pyo3(signature = (contract, *, ring, words, operations))]
fn compile_requests<'py>(
    py: Python<'py>,
    contract: &Contract,
    ring: u8,
    words: &Bound<'_, PyDict>,
    operations: Vec<(String, Vec<u32>)>,
) -> PyResult<Compiled<'py>> {
    let words = understood(words)?;
    let served = |(id, declared)| Served { id, declared };
    let operations: Vec<Served> = operations.into_iter().map(served).collect();
    let view = View {
        ring: audience(ring)?,
        words: &words,
        operations: &operations,
    };
    let (compiled, bytes) = py.detach(|| {
        let compiled = requests::compile(contract.inner(), &view);
        let bytes = canonical(&compiled.validation);
        (compiled, bytes)
    });
    told(py, contract, bytes, compiled.unservable, &compiled.problems)
}

/// Objects of `serde_json` are ordered by name (RFC 8785 §3.2.3).
fn canonical(object: &impl Serialize) -> serde_json::Result<Vec<u8>> {
    serde_json::to_value(object).and_then(|value| serde_json::to_vec(&value))
}

fn told<'py>(
    py: Python<'py>,
    contract: &Contract,
    bytes: serde_json::Result<Vec<u8>>,
    unservable: Vec<usize>,
    problems: &[Problem],
) -> PyResult<Compiled<'py>> {
    let bytes = bytes.map_err(|error| PyValueError::new_err(error.to_string()))?;
    let arena = &contract.inner().arena;
    let problems = problems.iter();
    let problems = problems.map(|problem| DocumentProblem::new(problem, arena));
    Ok((PyBytes::new(py, &bytes), unservable, problems.collect()))
}
