//! The prover's doors: what a gateway reads in bundles, and what documents allow of it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use ::prover::{Contract, Objects, Policy, Source, Sources, Violation, Within, understood};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use ring::digest::{SHA256, digest};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use wall::bundle::{Bundle, Projection, Validation};
use wall::manifest::Agreements;

use crate::wall::to_python;

pub fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(interpreted_agreements, module)?)?;
    module.add_class::<InterpretedBundle>()?;
    module.add_class::<AllowedContract>()
}

#[pyfunction]
fn interpreted_agreements<'py>(py: Python<'py>, data: &[u8]) -> PyResult<Bound<'py, PyAny>> {
    to_python(py, &read::<Agreements>(data)?)
}

/// A bundle as a gateway reads it.
#[pyclass(frozen, module = "ringwork._native")]
pub struct InterpretedBundle {
    inner: Bundle,
}

#[pymethods]
impl InterpretedBundle {
    #[new]
    fn new(py: Python<'_>, data: &[u8]) -> PyResult<InterpretedBundle> {
        let inner = py.detach(|| read(data))?;
        Ok(InterpretedBundle { inner })
    }

    /// All but its paths.
    fn head<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let without_paths = Bundle {
            paths: Vec::new(),
            ..self.inner.clone()
        };
        to_python(py, &without_paths)
    }
}

pub fn read<T: DeserializeOwned>(data: &[u8]) -> PyResult<T> {
    serde_json::from_slice(data).map_err(|error| PyValueError::new_err(error.to_string()))
}

/// Python's `read`: which files a reference may name is its decision. What it raises ends the proof.
struct Callback {
    read: Py<PyAny>,
    failure: Option<PyErr>,
}

type NamedFile = (String, Vec<u8>);

impl Sources for Callback {
    fn read(&mut self, base: &str, reference: &str) -> Option<Source> {
        Python::attach(|py| {
            let read = self.read.bind(py).call1((base, reference));
            match read.and_then(|file| file.extract::<Option<NamedFile>>()) {
                Ok(file) => file.map(source),
                Err(error) => {
                    self.failure.get_or_insert(error);
                    None
                }
            }
        })
    }
}

fn source((name, data): NamedFile) -> Source {
    Source { name, data }
}

/// What the documents of one API version allow.
#[pyclass(frozen, module = "ringwork._native")]
pub struct AllowedContract {
    inner: ::prover::Allowed,
    projections: Read<Projection>,
    validations: Read<Validation>,
}

/// Objects that were read, by SHA-256: rings may name the same.
type Read<T> = Mutex<HashMap<Vec<u8>, Arc<T>>>;

fn read_once<T: DeserializeOwned>(
    known: &Read<T>,
    data: Option<&[u8]>,
) -> PyResult<Option<Arc<T>>> {
    let Some(data) = data else { return Ok(None) };
    let name = digest(&SHA256, data).as_ref().to_vec();
    // Whoever comes second waits: it is the same that is read.
    let mut known = known.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = known.get(&name) {
        return Ok(Some(Arc::clone(known)));
    }
    let object = Arc::new(read(data)?);
    known.insert(name, Arc::clone(&object));
    Ok(Some(object))
}

#[pymethods]
impl AllowedContract {
    /// `widest`: the ring the estate's manifests cap the version at. Raises ValueError for what cannot be understood.
    #[staticmethod]
    fn load(
        py: Python<'_>,
        entry: NamedFile,
        overlays: Vec<NamedFile>,
        read: Py<PyAny>,
        widest: &str,
    ) -> PyResult<AllowedContract> {
        let mut sources = Callback {
            read,
            failure: None,
        };
        let overlays: Vec<Source> = overlays.into_iter().map(source).collect();
        let widest = understood(widest).ok_or_else(|| PyValueError::new_err("no such ring"))?;
        let loaded = py.detach(|| {
            let loaded = Contract::load(&source(entry), &overlays, &mut sources);
            loaded.map(|contract| ::prover::Allowed::new(contract, widest))
        });
        if let Some(failure) = sources.failure {
            return Err(failure);
        }
        match loaded {
            Ok(inner) => Ok(AllowedContract {
                inner,
                projections: Read::default(),
                validations: Read::default(),
            }),
            Err(unreadable) => Err(PyValueError::new_err(unreadable.message)),
        }
    }

    /// What the bundle, and the objects it names, let through that is not allowed. `policy`: JSON, `prover::Policy`.
    fn prove<'py>(
        &self,
        py: Python<'py>,
        bundle: &InterpretedBundle,
        projection: Option<&[u8]>,
        validation: Option<&[u8]>,
        policy: &[u8],
    ) -> PyResult<Bound<'py, PyAny>> {
        let policy: Policy = read(policy)?;
        let proven = || {
            let objects = Objects {
                projection: read_once(&self.projections, projection)?,
                validation: read_once(&self.validations, validation)?,
            };
            Ok::<_, PyErr>(self.inner.prove(&bundle.inner, &objects, &policy))
        };
        let violations = py.detach(proven)?;
        let rows: Vec<Value> = violations.iter().map(row).collect();
        to_python(py, &rows)
    }
}

fn row(violation: &Violation) -> Value {
    let place = violation.place.as_ref();
    let place = place.map(|place| json!([place.file, place.line, place.column]));
    json!({
        "code": violation.code,
        "message": violation.message,
        "request": violation.request,
        "field": violation.field,
        "place": place,
        "pointer": violation.pointer,
        "within": match violation.within {
            Within::Bundle => "bundle",
            Within::Projection => "projection",
            Within::Validation => "validation",
        },
    })
}
