//! `RequestRules`: what requests of one API version are held to, on bodies one has at hand.

use std::sync::Arc;

use pyo3::exceptions::{PyKeyError, PyValueError};
use pyo3::prelude::*;
use serde_json::{Value, json};
use wall::bundle::{Enforced, Enforcement, Validation};
use wall::filter::Mode;
use wall::validation::{Content, Operation, Refusal, Requests, Unfit};

use super::{guarded, to_python};

/// Read-only; may be shared between threads.
#[pyclass(frozen, module = "ringwork._native")]
pub struct RequestRules {
    requests: Requests,
}

#[pymethods]
impl RequestRules {
    /// `data`: a `wall::bundle::Validation`; `operations`: ids and path templates.
    #[new]
    fn new(py: Python<'_>, data: &[u8], operations: Vec<(String, String)>) -> PyResult<Self> {
        let invalid = |why: String| PyValueError::new_err(why);
        let read = || -> Result<Requests, String> {
            let validation: Validation =
                serde_json::from_slice(data).map_err(|error| error.to_string())?;
            let operations = operations.iter();
            let operations = operations.map(|(id, template)| (id.as_str(), template.as_str()));
            let rule = Enforced {
                object: String::new(),
                mode: Enforcement::Enforce,
                until: None,
            };
            Requests::new(validation, &rule, operations)
        };
        let requests = py.detach(|| guarded(read))?.map_err(invalid)?;
        Ok(RequestRules { requests })
    }

    /// What is answered to a body; `None`: it goes on.
    fn judge_body<'py>(
        &self,
        py: Python<'py>,
        operation: &str,
        media_type: &str,
        body: &[u8],
    ) -> PyResult<Option<Bound<'py, PyAny>>> {
        let (known, content) = (self.operation(operation)?, content(media_type));
        let judge = || {
            known.plan_body(&content)?;
            known.judge_body(&content, body, Mode::Enforce)
        };
        let judged = py.detach(|| guarded(judge))?;
        let refusal = judged.err();
        refusal
            .map(|refusal| to_python(py, &told(&refusal)))
            .transpose()
    }

    /// What of a body is told where everything passes.
    fn note_body<'py>(
        &self,
        py: Python<'py>,
        operation: &str,
        media_type: &str,
        body: &[u8],
    ) -> PyResult<Bound<'py, PyAny>> {
        let (known, content) = (self.operation(operation)?, content(media_type));
        let judge = || {
            let planned = known.plan_body(&content);
            planned.and_then(|_| known.judge_body(&content, body, Mode::Report))
        };
        let judged = py.detach(|| guarded(judge))?;
        let unfit = judged.unwrap_or_else(|refusal| Unfit::of(&refusal));
        to_python(py, &rows(&unfit))
    }
}

impl RequestRules {
    fn operation(&self, id: &str) -> PyResult<&Arc<Operation>> {
        let known = self.requests.operation(id);
        known.ok_or_else(|| PyKeyError::new_err(id.to_owned()))
    }
}

fn content(media_type: &str) -> Content<'_> {
    Content {
        announced: true,
        media_type: Some(media_type.as_bytes()),
        encoded: false,
    }
}

fn rows(unfit: &Unfit) -> Vec<Value> {
    let rows = unfit.rows.iter();
    let told = rows.map(
        |row| json!({"in": row.place, "at": row.at, "reason": row.reason, "count": row.count}),
    );
    told.collect()
}

fn told(refusal: &Refusal) -> Value {
    json!({"status": refusal.code.status(), "code": refusal.code.as_str(), "errors": refusal.faults})
}
