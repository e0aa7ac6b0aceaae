//! `expose`: what the outer rings can send and read of a contract.

use document::exposure::Served;
use document::projection::Audience;
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::contract::Contract;
use crate::document::DocumentProblem;
use crate::projection::understood;

pub fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(expose, module)?)
}

/// The lines `document::exposure` describes, and what is to say about them.
#[pyfunction]
#[pyo3(signature = (contract, *, words, partner, public))]
fn expose(
    py: Python<'_>,
    contract: &Contract,
    words: &Bound<'_, PyDict>,
    partner: Vec<u32>,
    public: Vec<u32>,
) -> PyResult<(String, Vec<DocumentProblem>)> {
    let words = understood(words)?;
    let served = [
        Served {
            ring: Audience::Partner,
            operations: &partner,
        },
        Served {
            ring: Audience::Public,
            operations: &public,
        },
    ];
    let exposed = py.detach(|| document::exposure::expose(contract.inner(), &words, &served));
    let problems = exposed.problems.iter();
    let problems = problems.map(|problem| DocumentProblem::new(problem, &contract.inner().arena));
    Ok((exposed.text, problems.collect()))
}
