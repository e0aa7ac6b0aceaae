//! Manifests as a gateway reads them, one after the other: most of a manifest is as it was in the one before.

use std::collections::BTreeMap;
use std::mem;
use std::sync::Mutex;
use std::vec::IntoIter;

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;
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
    routes: Mutex<Known>,
}

/// Routes as they are written, and what they were read as.
type Known = ahash::AHashMap<Box<str>, Py<PyAny>>;

/// Where routes stand in a payload.
#[derive(Deserialize)]
struct Places<'p> {
    #[serde(borrow)]
    rings: BTreeMap<Ring, PlacesOfRing<'p>>,
}

#[derive(Deserialize)]
struct PlacesOfRing<'p> {
    #[serde(borrow)]
    routes: Vec<&'p RawValue>,
}

#[pymethods]
impl ManifestReader {
    #[new]
    fn new() -> ManifestReader {
        ManifestReader::default()
    }

    fn read<'py>(&self, py: Python<'py>, payload: &[u8]) -> PyResult<Bound<'py, PyAny>> {
        let Ok(places) = serde_json::from_slice::<Places>(payload) else {
            return interpreted_manifest(py, payload);
        };
        let mut known = self
            .routes
            .lock()
            .unwrap_or_else(|poisoned| poisoned.into_inner());
        let mut manifest: Manifest = read(&without(payload, &places, &known))?;
        let mut unknown: BTreeMap<Ring, IntoIter<Route>> = manifest
            .rings
            .iter_mut()
            .map(|(ring, content)| (*ring, mem::take(&mut content.routes).into_iter()))
            .collect();
        let shown = to_python(py, &manifest)?;
        let rings = shown.get_item("rings")?;
        let mut kept = Known::with_capacity(known.len());
        for (ring, content) in &places.rings {
            let listed = PyList::empty(py);
            for written in &content.routes {
                let written = written.get();
                let object = match known.get(written) {
                    Some(object) => object.clone_ref(py),
                    None => next_of(py, &mut unknown, *ring)?,
                };
                listed.append(object.bind(py))?;
                kept.insert(written.into(), object);
            }
            let content = rings.get_item(ring.as_str())?;
            content.cast::<PyDict>()?.set_item("routes", listed)?;
        }
        *known = kept;
        Ok(shown)
    }
}

/// The payload with those routes left out that are known.
fn without(payload: &[u8], places: &Places<'_>, known: &Known) -> Vec<u8> {
    let start = |route: &RawValue| route.get().as_ptr() as usize - payload.as_ptr() as usize;
    let end = |route: &RawValue| start(route) + route.get().len();
    // Rings come in the order of their names here, and in any order there.
    let mut rings: Vec<_> = places.rings.values().map(|ring| &ring.routes).collect();
    rings.sort_by_key(|routes| routes.first().map(|first| start(first)));
    let (mut left, mut at) = (Vec::new(), 0);
    for routes in rings {
        let (Some(first), Some(last)) = (routes.first(), routes.last()) else {
            continue;
        };
        left.extend_from_slice(&payload[at..start(first)]);
        let unknown = routes.iter().filter(|one| !known.contains_key(one.get()));
        for (index, route) in unknown.enumerate() {
            left.extend_from_slice(if index > 0 { b"," } else { b"" });
            left.extend_from_slice(route.get().as_bytes());
        }
        at = end(last);
    }
    left.extend_from_slice(&payload[at..]);
    left
}

fn next_of(
    py: Python<'_>,
    unknown: &mut BTreeMap<Ring, IntoIter<Route>>,
    ring: Ring,
) -> PyResult<Py<PyAny>> {
    let next = unknown.get_mut(&ring).and_then(Iterator::next);
    let route = next.ok_or_else(|| PyValueError::new_err("a route is written twice"))?;
    Ok(to_python(py, &route)?.unbind())
}
