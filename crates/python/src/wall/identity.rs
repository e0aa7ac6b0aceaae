//! `IdentityWriter`: the control plane writes the node's identity data with the code the gateway reads it with.

use std::path::PathBuf;

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use serde_json::{Value, json};
use wall::identity::{
    Agreement, Change, Credential, IdentityWriter as Writer, Unavailable, WriteError,
};

use super::{guarded, to_json, to_python, wall_error};

/// Writes one node's identity data.
#[pyclass(frozen, module = "ringwork._native")]
pub struct IdentityWriter {
    writer: Writer,
}

#[pymethods]
impl IdentityWriter {
    #[new]
    fn new(py: Python<'_>, directory: PathBuf) -> PyResult<IdentityWriter> {
        let writer = guarded(|| Writer::open(&directory))?;
        Ok(IdentityWriter {
            writer: writer.map_err(|error| unavailable(py, &error))?,
        })
    }

    /// Applies all changes and `seq` in one transaction, or nothing.
    fn apply(&self, py: Python<'_>, changes: &Bound<'_, PyAny>, seq: u64) -> PyResult<()> {
        let changes: Vec<Change> = serde_json::from_str(&to_json(changes)?)
            .map_err(|error| PyValueError::new_err(format!("not a list of changes: {error}")))?;
        let applied = py.detach(|| guarded(|| self.writer.apply(&changes, seq)))?;
        applied.map_err(not_written)
    }

    /// The same of changes that a later release may have told: what is not understood of a key makes it unknown, what
    /// is not understood else is passed over.
    fn apply_understood(
        &self,
        py: Python<'_>,
        changes: &Bound<'_, PyAny>,
        seq: u64,
    ) -> PyResult<()> {
        let said: Vec<Value> = serde_json::from_str(&to_json(changes)?)
            .map_err(|error| PyValueError::new_err(format!("not a list of changes: {error}")))?;
        let changes: Vec<Change> = said.into_iter().filter_map(Change::understood).collect();
        let applied = py.detach(|| guarded(|| self.writer.apply(&changes, seq)))?;
        applied.map_err(not_written)
    }

    /// Applies all changes, each as JSON, and `seq` to a store that has none, in one transaction, or nothing.
    fn fill(&self, changes: &Bound<'_, PyAny>, seq: u64) -> PyResult<()> {
        self.filled(changes, seq, |change| read_change(change).map(Some))
    }

    /// The same of changes that a later release may have told, as `apply_understood` takes them.
    fn fill_understood(&self, changes: &Bound<'_, PyAny>, seq: u64) -> PyResult<()> {
        self.filled(changes, seq, |change| {
            Change::read_understood(change.extract()?).map_err(not_a_change)
        })
    }

    /// Writes all there is into a new store, its pages full.
    fn pack_into(&self, py: Python<'_>, directory: PathBuf) -> PyResult<()> {
        let packed = py.detach(|| guarded(|| self.writer.pack_into(&directory)))?;
        packed.map_err(not_written)
    }

    /// Number of the last change applied; 0 before the first.
    fn seq(&self, py: Python<'_>) -> PyResult<u64> {
        let seq = guarded(|| self.writer.store().read_with(|snapshot| snapshot.seq()))?;
        seq.and_then(|seq| seq)
            .map_err(|error| unavailable(py, &error))
    }

    /// What the node knows of a key, or None.
    fn get<'py>(&self, py: Python<'py>, id: &str) -> PyResult<Option<Bound<'py, PyAny>>> {
        let read = || {
            self.writer.store().read_with(|snapshot| {
                let credential = snapshot.credential(id)?;
                Ok(credential.map(|credential| described(id, &credential)))
            })
        };
        let found = guarded(read)?
            .and_then(|found| found)
            .map_err(|error| unavailable(py, &error))?;
        found.map(|described| to_python(py, &described)).transpose()
    }
}

impl IdentityWriter {
    fn filled(
        &self,
        changes: &Bound<'_, PyAny>,
        seq: u64,
        read: impl Fn(&Bound<'_, PyAny>) -> PyResult<Option<Change>>,
    ) -> PyResult<()> {
        let changes = changes
            .try_iter()?
            .filter_map(|change| change.and_then(|change| read(&change)).transpose())
            .map(|change| change.map_err(NotFilled));
        guarded(|| self.writer.fill(changes, seq))?.map_err(|NotFilled(error)| error)
    }
}

/// Why a store was not filled: what its changes raised, or what was wrong with them.
struct NotFilled(PyErr);

impl From<WriteError> for NotFilled {
    fn from(error: WriteError) -> NotFilled {
        NotFilled(not_written(error))
    }
}

fn read_change(change: &Bound<'_, PyAny>) -> PyResult<Change> {
    serde_json::from_str(change.extract()?).map_err(not_a_change)
}

fn not_a_change(error: serde_json::Error) -> PyErr {
    PyValueError::new_err(format!("not a change: {error}"))
}

fn not_written(error: WriteError) -> PyErr {
    Python::attach(|py| match error {
        WriteError::Unavailable(error) => unavailable(py, &error),
        other => PyValueError::new_err(other.to_string()),
    })
}

fn described(id: &str, credential: &Credential<'_>) -> serde_json::Value {
    let (plan, partner) = match credential.agreement {
        Agreement::None => (None, None),
        Agreement::Plan(plan) => (Some(plan), None),
        Agreement::Partner(partner) => (None, Some(partner)),
    };
    let networks: Vec<String> = credential
        .networks
        .iter()
        .map(ToString::to_string)
        .collect();
    json!({
        "id": id,
        "sha256": hex::encode(credential.sha256),
        "ring": credential.ring,
        "environment": credential.environment,
        "consumer": credential.consumer,
        "application": credential.application,
        "plan": plan,
        "partner": partner,
        "not_before": credential.not_before,
        "expires_at": credential.expires_at,
        "apis": credential.apis,
        "versions": credential.versions,
        "networks": networks,
        "scopes": credential.scopes,
        "pins": credential.pins,
    })
}

fn unavailable(py: Python<'_>, error: &Unavailable) -> PyErr {
    wall_error(py, "identity_unavailable", &error.0, None)
}
