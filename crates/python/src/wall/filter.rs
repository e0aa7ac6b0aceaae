//! `Filter`: the projection filter of one bundle, on bodies one has at hand; `merge_filter`: what a compiler's drafts of
//! it come to.

use std::sync::Arc;

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict};
use serde_json::{Value, json};
use wall::bundle::{FilterNode, NodeIndex};
use wall::filter::merge::{DanglingDraft, Draft, merge};
use wall::filter::{
    Fault, Framing, Graph, MaskingKey, Mode, Options, Removals, Removed, Report, Stream,
};

use super::{guarded, to_json, to_python};

/// Read-only; may be shared between threads.
#[pyclass(frozen, module = "ringwork._native")]
pub struct Filter {
    graph: Arc<Graph>,
}

#[pymethods]
impl Filter {
    #[new]
    fn new(nodes: &Bound<'_, PyAny>) -> PyResult<Filter> {
        let nodes: Vec<FilterNode> = serde_json::from_str(&to_json(nodes)?)
            .map_err(|error| PyValueError::new_err(error.to_string()))?;
        let graph = guarded(|| Graph::compile(&nodes))?;
        let graph = graph.map_err(|error| {
            PyValueError::new_err(format!("node {}: {}", error.node, error.message))
        })?;
        Ok(Filter {
            graph: Arc::new(graph),
        })
    }

    fn __len__(&self) -> usize {
        self.graph.len()
    }

    /// What leaves of a body.
    #[allow(clippy::too_many_arguments)] // Python names each
    #[pyo3(signature = (body, *, root=0, framing="json", mode="enforce", masking_key=None, chunk_bytes=None))]
    fn project<'py>(
        &self,
        py: Python<'py>,
        body: &[u8],
        root: NodeIndex,
        framing: &str,
        mode: &str,
        masking_key: Option<&[u8]>,
        chunk_bytes: Option<usize>,
    ) -> PyResult<Bound<'py, PyDict>> {
        if root as usize >= self.graph.len() {
            return Err(PyValueError::new_err(format!("there is no node {root}")));
        }
        let options = Options {
            mode: parse_mode(mode)?,
            masking_key: masking_key.map(MaskingKey::new),
        };
        let chunk = chunk_bytes.unwrap_or(body.len()).max(1);
        let stream = Stream::new(self.graph.clone(), root, parse_framing(framing)?, &options);
        let (out, removals) = py.detach(|| guarded(|| stream_through(stream, body, chunk)))?;
        let report = removals.map(|removals| removals.report(&self.graph));
        projected(py, &out, report)
    }
}

/// One node for each draft and those that merging made.
#[pyfunction]
pub fn merge_filter<'py>(
    py: Python<'py>,
    drafts: &Bound<'py, PyAny>,
) -> PyResult<Bound<'py, PyAny>> {
    let drafts: Vec<Draft> = serde_json::from_str(&to_json(drafts)?)
        .map_err(|error| PyValueError::new_err(error.to_string()))?;
    let merged = py.detach(|| guarded(|| merge(&drafts)))?;
    let merged = merged.map_err(|DanglingDraft(at)| {
        PyValueError::new_err(format!("draft {at} names one that is not there"))
    })?;
    to_python(py, &merged)
}

fn parse_framing(framing: &str) -> PyResult<Framing> {
    match framing {
        "json" => Ok(Framing::Json),
        "lines" => Ok(Framing::Lines),
        "sequence" => Ok(Framing::Sequence),
        "events" => Ok(Framing::Events),
        _ => Err(PyValueError::new_err(format!(
            "unknown framing {framing:?}"
        ))),
    }
}

fn parse_mode(mode: &str) -> PyResult<Mode> {
    match mode {
        "enforce" => Ok(Mode::Enforce),
        "observe" => Ok(Mode::Observe),
        "report" => Ok(Mode::Report),
        _ => Err(PyValueError::new_err(format!("unknown mode {mode:?}"))),
    }
}

fn stream_through(
    mut stream: Stream,
    body: &[u8],
    chunk: usize,
) -> (Vec<u8>, Result<Removals, Fault>) {
    let mut out = Vec::new();
    for piece in body.chunks(chunk) {
        if let Err(fault) = stream.push(piece, &mut out) {
            return (out, Err(fault));
        }
    }
    let removals = stream.finish(&mut out);
    (out, removals)
}

fn projected<'py>(
    py: Python<'py>,
    out: &[u8],
    report: Result<Report, Fault>,
) -> PyResult<Bound<'py, PyDict>> {
    let result = PyDict::new(py);
    result.set_item("body", PyBytes::new(py, out))?;
    let (fault, report) = match report {
        Ok(report) => (Value::Null, report),
        Err(fault) => {
            let fault = json!({"kind": fault.kind.as_str(), "offset": fault.offset});
            (fault, Report::default())
        }
    };
    let row = |place: &Removed| json!({"pointer": place.pointer, "reason": place.reason.as_str(), "count": place.count});
    let removed: Vec<_> = report.removed.iter().map(row).collect();
    result.set_item("fault", to_python(py, &fault)?)?;
    result.set_item("removed", to_python(py, &removed)?)?;
    result.set_item("unlisted", report.unlisted)?;
    Ok(result)
}
