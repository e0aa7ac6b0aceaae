//! `compile_projection`: what leaves of a contract's responses on a ring. `compile_requests`: what its requests are held
//! to.

use std::sync::Arc;

use compile::{Served, View, compile, requests};
use document::projection::Audience;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict};

use crate::canonical;
use crate::compiled::{Asked, Written, sha256};
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
    let memo = &contract.memo.projections;
    seen(py, contract, (ring, words, operations), |contract, view| {
        let asked = Asked::of(view, [0; 32], None);
        memo.once(contract, asked, || {
            let compiled = compile(contract, view);
            let bytes = canonical::projection(&compiled.projection)?;
            let told = [Audience::Internal, Audience::Public];
            let [inside, outside] = told.map(|ring| compiled.told(ring).cloned().collect());
            Ok(Written {
                bytes,
                unservable: compiled.unservable,
                inside,
                outside,
            })
        })
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
    let memo = &contract.memo.validations;
    seen(py, contract, (ring, words, operations), |contract, view| {
        let reading = requests::Reading::new(contract, view);
        let document = sha256(reading.document.as_bytes());
        let asked = Asked::of(view, document, unmatched_until);
        memo.once(contract, asked, || {
            let compiled = reading.compile(view, unmatched_until);
            Ok(Written {
                bytes: canonical::validation(&compiled.validation)?,
                unservable: compiled.unservable,
                inside: compiled.problems.clone(),
                outside: compiled.problems,
            })
        })
    })
}

/// The arguments that name what a ring is served: the ring, its words, and what of the contract each operation stands for.
type Named<'a, 'py> = (u8, &'a Bound<'py, PyDict>, Vec<(String, Vec<u32>)>);

/// Compiles what a ring is served.
fn seen<'py>(
    py: Python<'py>,
    contract: &Contract,
    (ring, words, operations): Named<'_, '_>,
    compile: impl FnOnce(&document::Contract, &View<'_>) -> Result<Arc<Written>, String> + Send,
) -> PyResult<Compiled<'py>> {
    let contract = contract.inner();
    let words = understood(words)?;
    let served = |(id, declared)| Served { id, declared };
    let operations: Vec<Served> = operations.into_iter().map(served).collect();
    let view = View {
        ring: audience(ring)?,
        words: &words,
        operations: &operations,
    };
    let written = py.detach(|| compile(contract, &view));
    let written = written.map_err(PyValueError::new_err)?;
    let problems = match view.ring {
        Audience::Internal => &written.inside,
        _ => &written.outside,
    };
    let problems = problems.iter();
    let problems = problems.map(|problem| DocumentProblem::new(problem, &contract.arena));
    let bytes = PyBytes::new(py, &written.bytes);
    Ok((bytes, written.unservable.clone(), problems.collect()))
}
