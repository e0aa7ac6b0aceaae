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
    let contract = contract.inner();
    seen(py, contract, (ring, words, operations), |view| {
        let compiled = compile(contract, view);
        let bytes = canonical(&compiled.projection);
        (bytes, compiled.unservable, compiled.problems)
    })
}

/// The same of a `wall::bundle::Validation`.
#[pyfunction]
#[pyo3(signature = (contract, *, ring, words, operations, unmatched_until=None))]
fn compile_requests<'py>(
    py: Python<'py>,
    contract: &Contract,
    ring: u8,
    words: &Bound<'_, PyDict>,
    operations: Vec<(String, Vec<u32>)>,
    unmatched_until: Option<u64>,
) -> PyResult<Compiled<'py>> {
    let contract = contract.inner();
    seen(py, contract, (ring, words, operations), |view| {
        let compiled = requests::compile(contract, view, unmatched_until);
        let bytes = canonical(&compiled.validation);
        (bytes, compiled.unservable, compiled.problems)
    })
}

/// Objects of `serde_json` are ordered by name (RFC 8785 §3.2.3).
fn canonical(object: &impl Serialize) -> serde_json::Result<Vec<u8>> {
    serde_json::to_value(object).and_then(|value| serde_json::to_vec(&value))
}

/// What was compiled: an object's bytes, indices of operations that cannot be served, and what is to say.
type Written = (serde_json::Result<Vec<u8>>, Vec<usize>, Vec<Problem>);

/// The arguments that name what a ring is served: the ring, its words, and what of the contract each operation stands for.
type Asked<'a, 'py> = (u8, &'a Bound<'py, PyDict>, Vec<(String, Vec<u32>)>);

/// Compiles what a ring is served.
fn seen<'py>(
    py: Python<'py>,
    contract: &document::Contract,
    (ring, words, operations): Asked<'_, '_>,
    compile: impl FnOnce(&View<'_>) -> Written + Send,
) -> PyResult<Compiled<'py>> {
    let words = understood(words)?;
    let served = |(id, declared)| Served { id, declared };
    let operations: Vec<Served> = operations.into_iter().map(served).collect();
    let view = View {
        ring: audience(ring)?,
        words: &words,
        operations: &operations,
    };
    let (bytes, unservable, problems) = py.detach(move || compile(&view));
    let bytes = bytes.map_err(|error| PyValueError::new_err(error.to_string()))?;
    let problems = problems.iter();
    let problems = problems.map(|problem| DocumentProblem::new(problem, &contract.arena));
    Ok((PyBytes::new(py, &bytes), unservable, problems.collect()))
}
