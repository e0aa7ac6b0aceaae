//! `Side`: the parts of a contract, as a comparison of two looks into them.

use ::difference::{Hashes, Key, References};
use document::{NodeId, Value};
use pyo3::exceptions::PyIndexError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList};

use crate::contract::Contract;
use crate::document::plain;

pub fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(sides, module)?)?;
    module.add_class::<Side>()
}

/// Both contracts, hashed alike: their hashes can be compared with each other and with no others.
#[pyfunction]
fn sides(py: Python<'_>, old: Py<Contract>, new: Py<Contract>) -> (Side, Side) {
    let key = Key::default();
    (Side::new(py, old, &key), Side::new(py, new, &key))
}

/// One of two contracts. Parts are numbers.
#[pyclass(frozen, module = "ringwork._native")]
pub struct Side {
    contract: Py<Contract>,
    references: References,
    hashes: Hashes,
}

impl Side {
    fn new(py: Python<'_>, contract: Py<Contract>, key: &Key) -> Side {
        let inner = contract.get().inner();
        let (references, hashes) = py.detach(|| {
            let references = References::of(inner);
            let hashes = Hashes::of(inner, &references, key);
            (references, hashes)
        });
        Side {
            contract,
            references,
            hashes,
        }
    }

    fn node(&self, part: u32) -> PyResult<NodeId> {
        if (part as usize) < self.contract.get().inner().arena.node_count() {
            Ok(NodeId(part))
        } else {
            Err(PyIndexError::new_err(part))
        }
    }
}

#[pymethods]
impl Side {
    #[getter]
    fn root(&self) -> u32 {
        self.contract.get().inner().root.0
    }

    fn hash(&self, part: u32) -> PyResult<Option<u64>> {
        Ok(self.hashes.part(self.node(part)?))
    }

    fn target(&self, part: u32) -> PyResult<u32> {
        Ok(self.references.end(self.node(part)?).0)
    }

    fn reference(&self, part: u32) -> PyResult<Option<&str>> {
        Ok(self
            .contract
            .get()
            .inner()
            .arena
            .get_string(self.node(part)?, "$ref"))
    }

    fn members<'py>(&self, py: Python<'py>, part: u32) -> PyResult<Bound<'py, PyDict>> {
        let arena = &self.contract.get().inner().arena;
        let members = PyDict::new(py);
        for member in arena.members(self.node(part)?) {
            members.set_item(arena.key(member), member.value.0)?;
        }
        Ok(members)
    }

    fn items<'py>(&self, py: Python<'py>, part: u32) -> PyResult<Bound<'py, PyList>> {
        let items = self.contract.get().inner().arena.items(self.node(part)?);
        PyList::new(py, items.iter().map(|item| item.0))
    }

    fn kind(&self, part: u32) -> PyResult<&'static str> {
        Ok(
            match self.contract.get().inner().arena.value(self.node(part)?) {
                Value::Null => "null",
                Value::Bool(_) => "boolean",
                Value::Int(_) | Value::Long(_) | Value::Float(_) => "number",
                Value::String(_) => "string",
                Value::Array(_) => "array",
                Value::Object(_) => "object",
            },
        )
    }

    fn value<'py>(&self, py: Python<'py>, part: u32) -> PyResult<Bound<'py, PyAny>> {
        plain(py, &self.contract.get().inner().arena, self.node(part)?)
    }

    /// File, line, column.
    fn place(&self, part: u32) -> PyResult<(String, u32, u32)> {
        let place = self.contract.get().inner().arena.place(self.node(part)?);
        Ok((place.file.to_owned(), place.line, place.column))
    }

    /// JSON Pointer of a part within its file, by where it is written.
    fn pointer(&self, part: u32) -> PyResult<String> {
        let inner = self.contract.get().inner();
        Ok(::difference::pointer(inner, self.node(part)?))
    }
}
