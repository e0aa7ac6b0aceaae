//! `Document`: a YAML or JSON file as plain values that know where they are written.

use document::{Arena, Format, Limits, NodeId, Place, Problem, Value, parse, pointer};
use pyo3::exceptions::{PyException, PyKeyError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict, PyInt, PyList, PyString};
use pyo3::{IntoPyObjectExt, create_exception};

create_exception!(
    ringwork._native,
    DocumentError,
    PyException,
    "A document cannot be read. Attributes: code, message, help, file, line, column."
);

pub fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add("DocumentError", module.py().get_type::<DocumentError>())?;
    module.add_class::<DocumentProblem>()?;
    module.add_class::<Document>()
}

/// Something wrong in a document that could still be read.
#[pyclass(frozen, get_all, module = "ringwork._native")]
pub struct DocumentProblem {
    pub code: String,
    pub severity: &'static str,
    pub message: String,
    pub help: String,
    pub file: String,
    pub line: u32,
    pub column: u32,
}

impl DocumentProblem {
    pub fn new(problem: &Problem, arena: &Arena) -> DocumentProblem {
        let Place { file, line, column } = arena.sources.place(problem.at);
        DocumentProblem {
            code: problem.code.to_string(),
            severity: problem.severity.as_str(),
            message: problem.message.clone(),
            help: problem.help.clone(),
            file: file.to_owned(),
            line,
            column,
        }
    }
}

#[pymethods]
impl DocumentProblem {
    fn __repr__(&self) -> String {
        format!(
            "{}:{}:{}: {} [{}]",
            self.file, self.line, self.column, self.message, self.code
        )
    }
}

/// The Python exception of a problem.
pub fn document_error(py: Python<'_>, problem: &Problem, arena: &Arena) -> PyErr {
    let Place { file, line, column } = arena.sources.place(problem.at);
    let error = DocumentError::new_err(format!("{file}:{line}:{column}: {}", problem.message));
    let value = error.value(py);
    let attributes = || -> PyResult<()> {
        value.setattr("code", problem.code.as_ref())?;
        value.setattr("message", &problem.message)?;
        value.setattr("help", &problem.help)?;
        value.setattr("file", file)?;
        value.setattr("line", line)?;
        value.setattr("column", column)
    };
    attributes().err().unwrap_or(error)
}

/// One YAML or JSON document.
#[pyclass(frozen, module = "ringwork._native")]
pub struct Document {
    arena: Arena,
    root: NodeId,
}

#[pymethods]
impl Document {
    #[staticmethod]
    #[pyo3(signature = (data, name, *, format=None))]
    fn parse(py: Python<'_>, data: &[u8], name: &str, format: Option<&str>) -> PyResult<Document> {
        let format = match format {
            None => None,
            Some("json") => Some(Format::Json),
            Some("yaml") => Some(Format::Yaml),
            Some(other) => return Err(PyValueError::new_err(format!("unknown format {other:?}"))),
        };
        let mut arena = Arena::default();
        let root = py.detach(|| parse(&mut arena, name, data, format, &Limits::default()));
        match root {
            Ok(root) => Ok(Document { arena, root }),
            Err(problem) => Err(document_error(py, &problem, &arena)),
        }
    }

    #[pyo3(signature = (pointer=""))]
    fn value<'py>(&self, py: Python<'py>, pointer: &str) -> PyResult<Bound<'py, PyAny>> {
        let tokens = pointer::tokens(pointer);
        let node = tokens.and_then(|tokens| pointer::find(&self.arena, self.root, &tokens));
        plain(
            py,
            &self.arena,
            node.ok_or_else(|| PyKeyError::new_err(pointer.to_owned()))?,
        )
    }

    #[pyo3(signature = (pointer, *, key=false))]
    fn position(&self, pointer: &str, key: bool) -> Option<(u32, u32)> {
        let tokens = pointer::tokens(pointer)?;
        let place =
            self.arena
                .sources
                .place(pointer::position(&self.arena, self.root, &tokens, key));
        Some((place.line, place.column))
    }

    #[getter]
    fn problems(&self) -> Vec<DocumentProblem> {
        self.arena
            .problems
            .iter()
            .map(|problem| DocumentProblem::new(problem, &self.arena))
            .collect()
    }

    /// SHA-256 of the bytes, hexadecimal.
    #[getter]
    fn sha256(&self) -> String {
        hex::encode(self.arena.sources.files()[0].sha256)
    }
}

/// Values one call hands to Python; parsing allows no more, overlays and references share what they repeat.
const PLAIN_VALUES: u32 = 20_000_000;

/// A node as dict, list, str, int, float, bool or None.
pub fn plain<'py>(py: Python<'py>, arena: &Arena, node: NodeId) -> PyResult<Bound<'py, PyAny>> {
    plain_within(py, arena, node, &mut { PLAIN_VALUES })
}

/// Recursion is as deep as the document, which parsing bounds.
fn plain_within<'py>(
    py: Python<'py>,
    arena: &Arena,
    node: NodeId,
    left: &mut u32,
) -> PyResult<Bound<'py, PyAny>> {
    *left = left
        .checked_sub(1)
        .ok_or_else(|| PyValueError::new_err("more than 20,000,000 values"))?;
    match arena.value(node) {
        Value::Null => Ok(py.None().into_bound(py)),
        Value::Bool(truth) => Ok(PyBool::new(py, truth).to_owned().into_any()),
        Value::Int(int) => int.into_bound_py_any(py),
        Value::Long(digits) => py.get_type::<PyInt>().call1((digits,)),
        Value::Float(float) => float.into_bound_py_any(py),
        Value::String(text) => Ok(PyString::new(py, text).into_any()),
        Value::Array(items) => {
            let list = PyList::empty(py);
            for item in items {
                list.append(plain_within(py, arena, *item, left)?)?;
            }
            Ok(list.into_any())
        }
        Value::Object(members) => {
            let dict = PyDict::new(py);
            for member in members {
                dict.set_item(
                    arena.key(member),
                    plain_within(py, arena, member.value, left)?,
                )?;
            }
            Ok(dict.into_any())
        }
    }
}
