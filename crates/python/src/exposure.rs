//! `expose`: what the outer rings can send and read of a contract; listings and `ExposureLock`, compared.

use document::exposure::Served;
use document::exposure::lines;
use document::exposure::lock::Lock;
use document::projection::Audience;
use pyo3::exceptions::{PyIndexError, PyValueError};
use pyo3::prelude::*;
use pyo3::pybacked::{PyBackedBytes, PyBackedStr};
use pyo3::types::PyDict;

use crate::contract::Contract;
use crate::document::DocumentProblem;
use crate::projection::understood;

pub fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<ExposureLock>()?;
    module.add_function(wrap_pyfunction!(expose, module)?)?;
    module.add_function(wrap_pyfunction!(lock_lines, module)?)?;
    module.add_function(wrap_pyfunction!(lock_digest, module)?)?;
    module.add_function(wrap_pyfunction!(not_as_locked, module)?)?;
    module.add_function(wrap_pyfunction!(changed_exposure, module)?)
}

/// A file `exposure.lock`: its bytes stay as they are, and sections are read out of it when somebody asks.
#[pyclass(frozen, module = "ringwork._native")]
struct ExposureLock {
    file: PyBackedBytes,
    lock: Lock,
}

/// API, version, line of the heading, SHA-256, lines that speak of the internal ring.
type Section<'l> = (&'l str, &'l str, u32, String, Vec<&'l str>);

#[pymethods]
impl ExposureLock {
    /// Raises ValueError for what is not UTF-8.
    #[staticmethod]
    fn parse(py: Python<'_>, file: PyBackedBytes, most_mistakes: usize) -> PyResult<ExposureLock> {
        let parsed =
            py.detach(|| std::str::from_utf8(&file).map(|text| Lock::parse(text, most_mistakes)));
        let lock = parsed.map_err(|error| PyValueError::new_err(error.to_string()))?;
        Ok(ExposureLock { file, lock })
    }

    fn sections(&self) -> Vec<Section<'_>> {
        let sections = self.lock.sections.iter();
        let told = sections.map(|section| {
            let sha256 = hex::encode(section.sha256);
            let inside = section.internal(&self.file);
            (
                section.api.as_str(),
                section.version.as_str(),
                section.line,
                sha256,
                inside,
            )
        });
        told.collect()
    }

    /// Raises IndexError.
    fn lines(&self, index: usize) -> PyResult<Vec<&str>> {
        let found = self.lock.sections.get(index);
        let section = found.ok_or_else(|| PyIndexError::new_err(index))?;
        Ok(section.lines(&self.file).collect())
    }

    /// Numbers of the first lines that mean nothing.
    #[getter]
    fn mistakes(&self) -> Vec<u32> {
        self.lock.mistakes.clone()
    }
}

/// Lines of `exposure.lock` for a listing, and how many things in it are sensitive.
#[pyfunction]
fn lock_lines(py: Python<'_>, listing: PyBackedStr) -> (Vec<String>, usize) {
    py.detach(|| lines::lock_lines(&listing))
}

/// SHA-256 (hex) of those lines, with a line feed between two; and how many things are sensitive.
#[pyfunction]
fn lock_digest(py: Python<'_>, listing: PyBackedStr) -> (String, usize) {
    let (digest, sensitive) = py.detach(|| lines::lock_digest(&listing));
    (hex::encode(digest), sensitive)
}

/// What of a listing and of a section's lines is to be looked at.
#[pyfunction]
fn not_as_locked(
    py: Python<'_>,
    listing: PyBackedStr,
    section: Vec<PyBackedStr>,
) -> (String, Vec<String>) {
    py.detach(|| {
        let (items, lines) = lines::not_as_locked(&listing, section.iter().map(|line| &**line));
        (items, lines.into_iter().map(str::to_owned).collect())
    })
}

/// What of two listings is not the same in both, and all calls.
#[pyfunction]
fn changed_exposure(py: Python<'_>, before: PyBackedStr, after: PyBackedStr) -> (String, String) {
    py.detach(|| lines::changed(&before, &after))
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
