//! The wall for Python: `explain`, the tests and the control plane run the gateway's own code (law 4).

mod filter;
mod functions;
mod identity;
mod judge;
mod requests;

use std::panic::{AssertUnwindSafe, catch_unwind};

use pyo3::create_exception;
use pyo3::exceptions::{PyException, PyRuntimeError};
use pyo3::prelude::*;
use serde::Serialize;

create_exception!(
    ringwork._native,
    WallError,
    PyException,
    "A revision or the identity data cannot be used. Attributes: code, message, api."
);

pub fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add("WallError", module.py().get_type::<WallError>())?;
    module.add_class::<judge::Wall>()?;
    module.add_class::<filter::Filter>()?;
    module.add_class::<requests::RequestRules>()?;
    module.add_class::<identity::IdentityWriter>()?;
    module.add_function(wrap_pyfunction!(filter::merge_filter, module)?)?;
    functions::register(module)
}

fn wall_error(py: Python<'_>, code: &str, message: &str, api: Option<&str>) -> PyErr {
    let error = WallError::new_err(format!("{code}: {message}"));
    let value = error.value(py);
    let attributes = || -> PyResult<()> {
        value.setattr("code", code)?;
        value.setattr("message", message)?;
        value.setattr("api", api)
    };
    attributes().err().unwrap_or(error)
}

/// A panic is a defect of ours; Python shall see an `Exception`, which callers catch, not a `PanicException`.
fn guarded<R>(run: impl FnOnce() -> R) -> PyResult<R> {
    catch_unwind(AssertUnwindSafe(run))
        .map_err(|_| PyRuntimeError::new_err("the wall panicked; please report it"))
}

/// Anything serialisable as plain Python values.
pub(crate) fn to_python<'py>(
    py: Python<'py>,
    value: &impl Serialize,
) -> PyResult<Bound<'py, PyAny>> {
    let text =
        serde_json::to_string(value).map_err(|error| PyRuntimeError::new_err(error.to_string()))?;
    py.import("json")?.call_method1("loads", (text,))
}

/// Plain Python values as JSON text.
fn to_json(value: &Bound<'_, PyAny>) -> PyResult<String> {
    value
        .py()
        .import("json")?
        .call_method1("dumps", (value,))?
        .extract()
}
