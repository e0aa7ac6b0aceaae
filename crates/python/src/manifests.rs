//! Manifests as a gateway reads them, one after the other: most of a manifest is as it was in the one before.

use std::collections::{BTreeMap, HashMap};
use std::mem;
use std::sync::Mutex;

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use wall::audience::Ring;
use wall::manifest::{Manifest, Route};

use crate::prover::read;
use crate::wall::to_python;

pub fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(interpreted_manifest, module)?)?;
    module.add_function(wrap_pyfunction!(written_manifest, module)?)?;
    module.add_class::<ManifestReader>()
}

/// A manifest's payload as a gateway reads it: what it ignores is not there, what it assumes is.
#[pyfunction]
fn interpreted_manifest<'py>(py: Python<'py>, payload: &[u8]) -> PyResult<Bound<'py, PyAny>> {
    to_python(py, &read::<Manifest>(payload)?)
}

/// What others than gateways read of a payload: as it is written, but without its routes.
#[pyfunction]
fn written_manifest<'py>(py: Python<'py>, payload: &[u8]) -> PyResult<Bound<'py, PyAny>> {
    to_python(py, &read::<Written>(payload)?)
}

#[derive(Deserialize, Serialize)]
struct Written {
    rings: BTreeMap<String, WrittenRing>,
    #[serde(flatten)]
    rest: serde_json::Map<String, Value>,
}

#[derive(Deserialize, Serialize)]
struct WrittenRing {
    #[serde(rename = "routes", default, skip_serializing)]
    _routes: serde::de::IgnoredAny,
    #[serde(flatten)]
    rest: serde_json::Map<String, Value>,
}

/// Reads as `interpreted_manifest`; a route that is as in the manifest before is the same object.
#[pyclass(frozen, module = "ringwork._native")]
#[derive(Default)]
pub struct ManifestReader {
    routes: Mutex<HashMap<Vec<u8>, Py<PyAny>>>,
}

#[pymethods]
impl ManifestReader {
    #[new]
    fn new() -> ManifestReader {
        ManifestReader::default()
    }

    fn read<'py>(&self, py: Python<'py>, payload: &[u8]) -> PyResult<Bound<'py, PyAny>> {
        let mut manifest: Manifest = read(payload)?;
        let routes: BTreeMap<Ring, Vec<Route>> = manifest
            .rings
            .iter_mut()
            .map(|(ring, content)| (*ring, mem::take(&mut content.routes)))
            .collect();
        let shown = to_python(py, &manifest)?;
        let rings = shown.get_item("rings")?;
        let mut known = self
            .routes
            .lock()
            .unwrap_or_else(|poisoned| poisoned.into_inner());
        let mut kept = HashMap::with_capacity(known.len());
        for (ring, routes) in routes {
            let listed = PyList::empty(py);
            for route in routes {
                let bytes = serde_json::to_vec(&route)
                    .map_err(|error| PyValueError::new_err(error.to_string()))?;
                let object = match known.get(&bytes) {
                    Some(object) => object.clone_ref(py),
                    None => to_python(py, &route)?.unbind(),
                };
                listed.append(object.bind(py))?;
                kept.insert(bytes, object);
            }
            let content = rings.get_item(ring.as_str())?;
            content.cast::<PyDict>()?.set_item("routes", listed)?;
        }
        *known = kept;
        Ok(shown)
    }
}
