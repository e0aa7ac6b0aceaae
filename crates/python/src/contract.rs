//! `Contract`: an OpenAPI document with everything it refers to, as plain facts.

use document::contract::{
    Binding, Contract as Inner, Ending, Named, OperationFact, Own, ReadFile, Reader, Record,
    Refusal,
};
use document::{Arena, Limits, pointer};
use pyo3::create_exception;
use pyo3::exceptions::{PyException, PyKeyError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyString, PyTuple};

use crate::compiled::Memos;
use crate::document::{DocumentProblem, plain};

create_exception!(
    ringwork._native,
    ContractError,
    PyException,
    "A contract cannot be read at all. Attribute: problems, a list of DocumentProblem."
);

pub fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add("ContractError", module.py().get_type::<ContractError>())?;
    module.add_function(wrap_pyfunction!(template_shape, module)?)?;
    module.add_class::<Operation>()?;
    module.add_class::<Contract>()
}

/// How the wall reads a path template: two templates of one shape are one path to a gateway. Opaque text.
#[pyfunction]
fn template_shape(template: &str) -> PyResult<String> {
    match wall::matching::Template::parse(template) {
        // Any text will do that is equal for equal templates.
        Ok(parsed) => Ok(format!("{:?}", parsed.segments)),
        Err(invalid) => Err(PyValueError::new_err(invalid.0)),
    }
}

/// Python's `read`: its policy decides what a reference may name.
pub struct Callback {
    pub read: Py<PyAny>,
    /// An exception that is no refusal ends the load.
    pub failure: Option<PyErr>,
}

impl Reader for Callback {
    fn read(&mut self, base: &str, reference: &str) -> Result<ReadFile, Refusal> {
        Python::attach(|py| {
            let read = self.read.bind(py).call1((base, reference));
            let file = read.and_then(|file| file.extract::<(String, Vec<u8>)>());
            file.map(|(name, data)| ReadFile { name, data })
                .map_err(|error| self.refusal(py, error))
        })
    }
}

impl Callback {
    fn refusal(&mut self, py: Python<'_>, error: PyErr) -> Refusal {
        let attribute = |name| {
            error
                .value(py)
                .getattr(name)
                .and_then(|value| value.extract::<String>())
        };
        match (attribute("code"), attribute("message"), attribute("help")) {
            (Ok(code), Ok(message), Ok(help)) => Refusal {
                code,
                message,
                help,
            },
            _ => {
                let message = error.to_string();
                self.failure.get_or_insert(error);
                Refusal {
                    code: "openapi-ref-refused".to_owned(),
                    message,
                    help: String::new(),
                }
            }
        }
    }
}

/// An OpenAPI 3.0 or 3.1 document with everything it refers to.
#[pyclass(frozen, module = "ringwork._native")]
pub struct Contract {
    inner: Inner,
    pub memo: Memos,
}

#[pymethods]
impl Contract {
    #[staticmethod]
    fn load(
        py: Python<'_>,
        entry: &str,
        read: Py<PyAny>,
        overlays: Vec<(String, Vec<u8>)>,
    ) -> PyResult<Contract> {
        let (name, data): (String, Vec<u8>) = read.bind(py).call1(("", entry))?.extract()?;
        let entry = ReadFile { name, data };
        let overlays: Vec<ReadFile> = overlays
            .into_iter()
            .map(|(name, data)| ReadFile { name, data })
            .collect();
        let mut reader = Callback {
            read,
            failure: None,
        };
        let loaded = py.detach(|| Inner::load(&entry, &overlays, &mut reader, Limits::default()));
        if let Some(failure) = reader.failure {
            return Err(failure);
        }
        match loaded {
            Ok(inner) => Ok(Contract {
                inner,
                memo: Memos::default(),
            }),
            Err(unreadable) => Err(contract_error(py, &unreadable.arena)?),
        }
    }

    #[getter]
    fn problems(&self) -> Vec<DocumentProblem> {
        problems(&self.inner.arena)
    }

    #[getter]
    fn openapi(&self) -> Option<&str> {
        self.inner.arena.get_string(self.inner.root, "openapi")
    }

    #[getter]
    fn title(&self) -> Option<&str> {
        self.inner.info("title")
    }

    #[getter]
    fn version(&self) -> Option<&str> {
        self.inner.info("version")
    }

    #[getter]
    fn sha256(&self) -> String {
        hex::encode(self.inner.sha256())
    }

    /// (name, SHA-256) of the entry, the overlays, and every file referred to.
    #[getter]
    fn files(&self) -> Vec<(&str, String)> {
        let files = self.inner.arena.sources.files().iter();
        files
            .map(|file| (file.name.as_str(), hex::encode(file.sha256)))
            .collect()
    }

    #[getter]
    fn security_schemes(&self) -> Vec<String> {
        self.inner.security_schemes()
    }

    /// (scope, what the document says of it)
    #[getter]
    fn scope_descriptions(&self) -> Vec<(String, String)> {
        self.inner.scope_descriptions()
    }

    /// (url, file, line, column)
    fn servers<'py>(&self, py: Python<'py>) -> PyResult<Vec<Bound<'py, PyTuple>>> {
        let places = Places::new(py, &self.inner.arena);
        let servers = self.inner.servers().into_iter();
        servers
            .map(|server| places.at(server.at).prepend(py, (server.url,)))
            .collect()
    }

    /// (template, file, line, column)
    fn paths<'py>(&self, py: Python<'py>) -> PyResult<Vec<Bound<'py, PyTuple>>> {
        let places = Places::new(py, &self.inner.arena);
        let paths = self.inner.facts.paths.iter();
        paths
            .map(|path| places.at(path.at).prepend(py, (&path.template,)))
            .collect()
    }

    /// (kind, name, raw value, file, line, column)
    fn labels<'py>(&self, py: Python<'py>) -> PyResult<Vec<Bound<'py, PyTuple>>> {
        let arena = &self.inner.arena;
        let places = Places::new(py, arena);
        let tuple = |label: &document::contract::Label| {
            let raw = plain(py, arena, label.value)?;
            places
                .at(label.at)
                .prepend(py, (label.kind.as_str(), &label.name, raw))
        };
        self.inner.labels.iter().map(tuple).collect()
    }

    fn operations(&self, py: Python<'_>) -> PyResult<Vec<Operation>> {
        let operations = self.inner.facts.operations.iter();
        operations.map(|fact| self.operation(py, fact)).collect()
    }

    /// The entry document with its overlays, as plain values; references stay references.
    #[pyo3(signature = (pointer=""))]
    fn value<'py>(&self, py: Python<'py>, pointer: &str) -> PyResult<Bound<'py, PyAny>> {
        let tokens = pointer::tokens(pointer);
        let found =
            tokens.and_then(|tokens| pointer::find(&self.inner.arena, self.inner.root, &tokens));
        plain(
            py,
            &self.inner.arena,
            found.ok_or_else(|| PyKeyError::new_err(pointer.to_owned()))?,
        )
    }

    /// (file, line, column) of a value of the entry document, or of the nearest ancestor that exists.
    #[pyo3(signature = (pointer, *, key=false))]
    fn position(&self, pointer: &str, key: bool) -> Option<(&str, u32, u32)> {
        let tokens = pointer::tokens(pointer)?;
        let at = pointer::position(&self.inner.arena, self.inner.root, &tokens, key);
        let place = self.inner.arena.sources.place(at);
        Some((place.file, place.line, place.column))
    }
}

/// One operation of a contract's paths.
#[pyclass(frozen, get_all, module = "ringwork._native", name = "OperationFact")]
pub struct Operation {
    path: u32,
    method: &'static str,
    id: Option<String>,
    tags: Vec<String>,
    label: Option<u32>,
    path_item_labels: Vec<u32>,
    feature: Option<Py<PyAny>>,
    response_headers: Vec<String>,
    scopes: Vec<Vec<String>>,
    bindings: Vec<BoundValue>,
    callers: Vec<(Vec<NamedAt>, Vec<NamedAt>)>,
    groups: Vec<Vec<NamedAt>>,
    ending: Option<Ended>,
    ending_parameters: Vec<(&'static str, String, Ended)>,
    record: Option<Recorded>,
    file: String,
    line: u32,
    column: u32,
}

impl Contract {
    pub fn inner(&self) -> &Inner {
        &self.inner
    }

    fn operation(&self, py: Python<'_>, fact: &OperationFact) -> PyResult<Operation> {
        let arena = &self.inner.arena;
        let feature = fact
            .feature
            .map(|feature| plain(py, arena, feature))
            .transpose()?;
        let place = arena.sources.place(fact.at);
        Ok(Operation {
            path: fact.path,
            method: fact.method,
            id: fact.id.clone(),
            tags: fact.tags.clone(),
            label: fact.label,
            path_item_labels: fact.path_item_labels.clone(),
            feature: feature.map(Bound::unbind),
            response_headers: fact.response_headers.clone(),
            bindings: fact.bindings.iter().map(bound).collect(),
            callers: fact
                .callers
                .iter()
                .map(|all| (named(arena, &all.services), named(arena, &all.groups)))
                .collect(),
            groups: fact.groups.iter().map(|all| named(arena, all)).collect(),
            ending: fact.ending.as_ref().map(ended),
            ending_parameters: fact
                .ending_parameters
                .iter()
                .map(|(place, name, ending)| (*place, name.clone(), ended(ending)))
                .collect(),
            record: fact.record.as_ref().map(recorded),
            scopes: fact
                .scopes
                .iter()
                .map(|scopes| scopes.iter().cloned().collect())
                .collect(),
            file: place.file.to_owned(),
            line: place.line,
            column: place.column,
        })
    }
}

/// Deprecated at, sunset at, guide, successor.
type Ended = (Option<u64>, Option<u64>, Option<String>, Option<String>);

fn ended(ending: &Ending) -> Ended {
    let Ending {
        deprecated_at,
        sunset_at,
        guide,
        successor,
    } = ending.clone();
    (deprecated_at, sunset_at, guide, successor)
}

/// A name, and the file, line and column of it.
type NamedAt = (String, String, u32, u32);

fn named(arena: &Arena, names: &[Named]) -> Vec<NamedAt> {
    let each = names.iter().map(|named| {
        let place = arena.sources.place(named.at);
        (
            named.name.clone(),
            place.file.to_owned(),
            place.line,
            place.column,
        )
    });
    each.collect()
}

/// Place, name, and of each that it may equal the kind and the pointer of a claim.
type BoundValue = (&'static str, String, Vec<(&'static str, String)>);

fn bound(binding: &Binding) -> BoundValue {
    let any = binding.any.iter().map(|own| match own {
        Own::Claim(pointer) => ("claim", pointer.clone()),
        Own::Consumer => ("consumer", String::new()),
        Own::Application => ("application", String::new()),
    });
    (binding.place, binding.name.clone(), any.collect())
}

/// Type, place and name of the id, whether that is sensitive.
type Recorded = (String, &'static str, String, bool);

fn recorded(record: &Record) -> Recorded {
    let Record {
        kind,
        place,
        name,
        sensitive,
    } = record;
    (kind.clone(), *place, name.clone(), *sensitive)
}

fn problems(arena: &Arena) -> Vec<DocumentProblem> {
    arena
        .problems
        .iter()
        .map(|problem| DocumentProblem::new(problem, arena))
        .collect()
}

fn contract_error(py: Python<'_>, arena: &Arena) -> PyResult<PyErr> {
    let problems = problems(arena);
    let message = problems
        .first()
        .map(|problem| problem.message.clone())
        .unwrap_or_default();
    let error = ContractError::new_err(message);
    error.value(py).setattr("problems", problems)?;
    Ok(error)
}

/// Places with one Python string per file.
struct Places<'py, 'a> {
    arena: &'a Arena,
    files: Vec<Bound<'py, PyString>>,
}

struct PyPlace<'py> {
    file: Bound<'py, PyString>,
    line: u32,
    column: u32,
}

impl<'py, 'a> Places<'py, 'a> {
    fn new(py: Python<'py>, arena: &'a Arena) -> Places<'py, 'a> {
        let files = arena
            .sources
            .files()
            .iter()
            .map(|file| PyString::new(py, &file.name))
            .collect();
        Places { arena, files }
    }

    fn at(&self, at: u32) -> PyPlace<'py> {
        let place = self.arena.sources.place(at);
        let file = self.files[self.arena.sources.file_of(at).0 as usize].clone();
        PyPlace {
            file,
            line: place.line,
            column: place.column,
        }
    }
}

impl<'py> PyPlace<'py> {
    /// One tuple of the facts, then file, line and column.
    fn prepend(
        self,
        py: Python<'py>,
        facts: impl IntoPyObject<'py, Target = PyTuple, Output = Bound<'py, PyTuple>, Error = PyErr>,
    ) -> PyResult<Bound<'py, PyTuple>> {
        let facts = facts.into_pyobject(py)?;
        let place = (self.file, self.line, self.column).into_pyobject(py)?;
        facts.as_sequence().concat(place.as_sequence())?.to_tuple()
    }
}
