//! `project`: a contract as one ring sees it.

use document::projection::{Audience, Form, Scheme, View, Words};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::contract::Contract;
use crate::document::DocumentProblem;

pub fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(project, module)?)
}

/// Name of a security scheme and the members of its object.
type NamedScheme = (String, Vec<(String, String)>);

/// The text of the document, and what is to say about it.
#[pyfunction]
#[pyo3(signature = (contract, *, ring, widest, words, operations, servers, schemes, format))]
#[allow(clippy::too_many_arguments, reason = "each is a keyword in Python")]
fn project(
    py: Python<'_>,
    contract: &Contract,
    ring: u8,
    widest: u8,
    words: &Bound<'_, PyDict>,
    operations: Vec<u32>,
    servers: Vec<String>,
    schemes: Vec<NamedScheme>,
    format: &str,
) -> PyResult<(String, Vec<DocumentProblem>)> {
    let words = understood(words)?;
    let schemes: Vec<Scheme> = schemes
        .into_iter()
        .map(|(name, members)| Scheme { name, members })
        .collect();
    let view = View {
        ring: audience(ring)?,
        widest: audience(widest)?,
        words: &words,
        operations: &operations,
        servers: &servers,
        schemes: &schemes,
        is_terse: false,
    };
    let form = form(format)?;
    let projected = py.detach(|| document::projection::project(contract.inner(), &view, form));
    let problems = projected.problems.iter();
    let problems = problems.map(|problem| DocumentProblem::new(problem, &contract.inner().arena));
    Ok((projected.text, problems.collect()))
}

pub fn understood(words: &Bound<'_, PyDict>) -> PyResult<Words> {
    let mut known = Words::new();
    for (word, meant) in words {
        known.insert(word.extract()?, audience(meant.extract()?)?);
    }
    Ok(known)
}

/// By the number `ringwork.audience.Audience` gives it.
pub fn audience(number: u8) -> PyResult<Audience> {
    match number {
        0 => Ok(Audience::Internal),
        1 => Ok(Audience::Partner),
        2 => Ok(Audience::Public),
        other => Err(PyValueError::new_err(format!(
            "no audience has the number {other}"
        ))),
    }
}

fn form(name: &str) -> PyResult<Form> {
    match name {
        "json" => Ok(Form::Json),
        "yaml" => Ok(Form::Yaml),
        other => Err(PyValueError::new_err(format!("unknown format {other:?}"))),
    }
}
