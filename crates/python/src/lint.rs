//! `LintSubject` and `LintRules`: style rules over a document.

use document::Value;
use lint::functions::Foreign;
use lint::rules::{Fault, Part};
use lint::{Input, Memory, Problem, Rules, Shown, Subject, View, Written, ranges};
use pyo3::create_exception;
use pyo3::exceptions::{PyException, PyValueError};
use pyo3::prelude::*;

use crate::contract::Callback;
use crate::document::{DocumentProblem, document_error, plain};

create_exception!(
    ringwork._native,
    LintRulesError,
    PyException,
    "Rules cannot be used. Attribute: faults, a list of (rule, part, index, message)."
);

pub fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add("LintRulesError", module.py().get_type::<LintRulesError>())?;
    module.add_class::<LintRules>()?;
    module.add_class::<LintMemory>()?;
    module.add_class::<LintSubject>()
}

/// Rules ready to be used.
#[pyclass(frozen, module = "ringwork._native")]
pub struct LintRules {
    rules: Rules,
    functions: Vec<Py<PyAny>>,
}

#[pymethods]
impl LintRules {
    #[new]
    fn new(py: Python<'_>, rules: &str, functions: Vec<Py<PyAny>>) -> PyResult<LintRules> {
        let written: Vec<Written> = serde_json::from_str(rules)
            .map_err(|error| PyValueError::new_err(error.to_string()))?;
        match Rules::new(written) {
            Ok(rules) => Ok(LintRules { rules, functions }),
            Err(faults) => Err(rules_error(py, &faults)?),
        }
    }
}

fn rules_error(py: Python<'_>, faults: &[Fault]) -> PyResult<PyErr> {
    let told: Vec<(usize, &str, usize, &str)> = faults
        .iter()
        .map(|fault| {
            (
                fault.rule,
                named(fault.part),
                fault.index,
                fault.message.as_str(),
            )
        })
        .collect();
    let error = LintRulesError::new_err(format!("{} faults", told.len()));
    error.value(py).setattr("faults", told)?;
    Ok(error)
}

fn named(part: Part) -> &'static str {
    match part {
        Part::Given => "given",
        Part::Field => "field",
        Part::Function => "function",
    }
}

/// Line and column of start and end, from 0.
type Lines = (u32, u32, u32, u32);

/// Number of the rule, file, path, message, place.
type Found = (usize, String, Vec<String>, String, Lines);

/// A document with all it refers to.
#[pyclass(frozen, module = "ringwork._native")]
pub struct LintSubject {
    subject: Subject,
}

#[pymethods]
impl LintSubject {
    #[staticmethod]
    fn load(py: Python<'_>, name: &str, data: &[u8], read: Py<PyAny>) -> PyResult<LintSubject> {
        let mut reader = Callback {
            read,
            failure: None,
        };
        let loaded = py.detach(|| lint::load(name, data, &mut reader));
        if let Some(failure) = reader.failure {
            return Err(failure);
        }
        match loaded {
            Ok(subject) => Ok(LintSubject { subject }),
            Err(unread) => Err(document_error(py, &unread.1, &unread.0)),
        }
    }

    fn scalars<'py>(&self, py: Python<'py>) -> PyResult<Vec<(String, Bound<'py, PyAny>)>> {
        let arena = &self.subject.arena;
        let members = arena.members(self.subject.root()).iter();
        members
            .map(|member| {
                let value = match arena.value(member.value) {
                    Value::Array(_) | Value::Object(_) => py.None().into_bound(py),
                    _ => plain(py, arena, member.value)?,
                };
                Ok((arena.key(member).to_owned(), value))
            })
            .collect()
    }

    #[getter]
    fn problems(&self) -> Vec<DocumentProblem> {
        let arena = &self.subject.arena;
        let problems = arena.problems.iter();
        problems
            .map(|problem| DocumentProblem::new(problem, arena))
            .collect()
    }

    #[getter]
    fn broken(&self) -> Vec<(String, Vec<String>, String, Lines)> {
        let broken = self.subject.broken.iter();
        broken
            .map(|broken| {
                let lines = self.lines(broken.file, &broken.path);
                (
                    self.file(broken.file),
                    broken.path.clone(),
                    broken.message.clone(),
                    lines,
                )
            })
            .collect()
    }

    fn odd_keys(&self) -> Vec<(String, Vec<String>, &'static str, Lines)> {
        let odd = lint::keys::odd(&self.subject);
        odd.into_iter()
            .map(|odd| {
                let arena = &self.subject.arena;
                let (line, column) = ranges::place(arena, odd.at);
                let lines = (line, column, line, column + odd.characters);
                (self.file(odd.file), odd.path, odd.kind, lines)
            })
            .collect()
    }

    fn lint(&self, py: Python<'_>, rules: &LintRules) -> PyResult<Vec<Found>> {
        let mut functions = Functions::of(py, rules);
        let found = py.detach(|| lint::lint(&rules.rules, &self.subject, &mut functions));
        self.told(found, functions)
    }
}

/// Lint after lint of one document by the same rules: what did not change is not looked at again.
#[pyclass(module = "ringwork._native")]
pub struct LintMemory {
    rules: Py<LintRules>,
    memory: Memory,
}

#[pymethods]
impl LintMemory {
    #[new]
    fn new(rules: Py<LintRules>) -> LintMemory {
        LintMemory {
            rules,
            memory: Memory::default(),
        }
    }

    #[pyo3(signature = (subject, worst = None))]
    fn lint(
        &mut self,
        py: Python<'_>,
        subject: &LintSubject,
        worst: Option<(usize, Vec<u8>)>,
    ) -> PyResult<Vec<Found>> {
        let rules = self.rules.get();
        let mut functions = Functions::of(py, rules);
        let shown = match &worst {
            None => Shown::All,
            Some((count, levels)) => Shown::Worst(*count, levels),
        };
        let memory = &mut self.memory;
        let found =
            py.detach(|| memory.lint(&rules.rules, &subject.subject, &mut functions, shown));
        subject.told(found, functions)
    }
}

impl LintSubject {
    fn told(
        &self,
        found: Result<Vec<lint::Found>, (usize, String)>,
        functions: Functions,
    ) -> PyResult<Vec<Found>> {
        if let Some(failure) = functions.failure {
            return Err(failure);
        }
        let found = found.map_err(|(_, message)| PyValueError::new_err(message))?;
        Ok(found
            .into_iter()
            .map(|one| {
                let lines = self.lines(one.file, &one.path);
                (one.rule, self.file(one.file), one.path, one.message, lines)
            })
            .collect())
    }

    fn file(&self, file: document::FileId) -> String {
        self.subject.arena.sources.files()[file.0 as usize]
            .name
            .clone()
    }

    fn lines(&self, file: document::FileId, path: &[String]) -> Lines {
        let found = self
            .subject
            .root_of(file)
            .map(|root| ranges::range(&self.subject.arena, root, path));
        found.map_or((0, 0, 0, 0), |range| {
            (range.start.0, range.start.1, range.end.0, range.end.1)
        })
    }
}

/// Functions of a ruleset's own: `function(value as JSON or None, path) -> [(message, path below)]`.
struct Functions {
    functions: Vec<Py<PyAny>>,
    failure: Option<PyErr>,
}

impl Functions {
    fn of(py: Python<'_>, rules: &LintRules) -> Functions {
        let functions = rules.functions.iter();
        Functions {
            functions: functions.map(|function| function.clone_ref(py)).collect(),
            failure: None,
        }
    }
}

impl Foreign for Functions {
    fn call(
        &mut self,
        function: usize,
        view: View<'_>,
        input: &Input,
        path: &[String],
    ) -> Result<Vec<Problem>, String> {
        let value = lint::functions::asked_json(view, input).map(|value| value.to_string());
        if value.is_none() && matches!(input, Input::Node(_)) {
            return Ok(vec![Problem::property(
                "is too large to be given to a function",
            )]);
        }
        let called = Python::attach(|py| {
            let called = self.functions[function]
                .bind(py)
                .call1((value, path.to_vec()))?;
            called.extract::<Vec<(String, Vec<String>)>>()
        });
        match called {
            Ok(problems) => Ok(problems
                .into_iter()
                .map(|(message, path)| Problem::new(message).at(path))
                .collect()),
            Err(failure) => {
                let message = failure.to_string();
                self.failure.get_or_insert(failure);
                Err(message)
            }
        }
    }
}
