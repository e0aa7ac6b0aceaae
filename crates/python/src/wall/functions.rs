//! Small doors to the wall's formats and tables.

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use ring::rand::{SecureRandom as _, SystemRandom};
use serde_json::json;
use wall::bundle::{Operation, PathItem};
use wall::identity::{self, RANDOM_BYTES};
use wall::matching::{Paths, Template, fold_path};
use wall::problem::Code;
use wall::snapshot;
use wall::target::Target;

use super::{guarded, to_python, wall_error};

pub fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(mint_key, module)?)?;
    module.add_function(wrap_pyfunction!(parse_key, module)?)?;
    module.add_function(wrap_pyfunction!(verification_keys, module)?)?;
    module.add_function(wrap_pyfunction!(verify_manifest, module)?)?;
    module.add_function(wrap_pyfunction!(error_codes, module)?)?;
    module.add_function(wrap_pyfunction!(normalise_target, module)?)?;
    module.add_function(wrap_pyfunction!(template_problem, module)?)?;
    module.add_function(wrap_pyfunction!(match_template, module)?)
}

/// A new key; from the system's randomness unless `random` is given.
#[pyfunction]
#[pyo3(signature = (environment, random=None))]
fn mint_key<'py>(
    py: Python<'py>,
    environment: &str,
    random: Option<Vec<u8>>,
) -> PyResult<Bound<'py, PyAny>> {
    let random = match random {
        Some(given) => given,
        None => system_random()?,
    };
    let minted = identity::mint(environment, &random).ok_or_else(|| {
        PyValueError::new_err("too little randomness, or the environment is not [a-z0-9-]{1,32}")
    })?;
    to_python(
        py,
        &json!({"key": minted.text, "id": minted.id, "sha256": hex::encode(minted.sha256)}),
    )
}

fn system_random() -> PyResult<Vec<u8>> {
    let mut random = vec![0; 2 * RANDOM_BYTES];
    let filled = SystemRandom::new().fill(&mut random);
    filled.map_err(|_| PyValueError::new_err("the system gives no randomness"))?;
    Ok(random)
}

/// Environment, id and hash of a well-formed key, else None.
#[pyfunction]
fn parse_key<'py>(py: Python<'py>, key: &str) -> PyResult<Option<Bound<'py, PyAny>>> {
    let Some(key) = identity::parse(key) else {
        return Ok(None);
    };
    let parts =
        json!({"environment": key.environment, "id": key.id, "sha256": hex::encode(key.sha256())});
    to_python(py, &parts).map(Some)
}

/// Id and algorithms of each key of a JWK set (JSON) that a gateway could verify with.
#[pyfunction]
fn verification_keys<'py>(py: Python<'py>, jwks: &str) -> PyResult<Bound<'py, PyAny>> {
    let source: serde_json::Value =
        serde_json::from_str(jwks).map_err(|error| PyValueError::new_err(error.to_string()))?;
    let set = identity::KeySet::of(&source).map_err(PyValueError::new_err)?;
    let keys = set.described();
    let keys: Vec<_> = keys
        .map(|(id, algorithms)| json!({"kid": id, "algorithms": algorithms}))
        .collect();
    to_python(py, &keys)
}

/// The manifest's content, if its signature and format are good.
#[pyfunction]
fn verify_manifest<'py>(
    py: Python<'py>,
    signed: &[u8],
    public_key: [u8; 32],
) -> PyResult<Bound<'py, PyAny>> {
    let verified = guarded(|| snapshot::verify_manifest(signed, &[public_key]))?;
    let manifest = verified.map_err(|refusal| {
        wall_error(py, refusal.code, &refusal.message, refusal.api.as_deref())
    })?;
    to_python(py, &manifest)
}

/// Every error the gateway answers with.
#[pyfunction]
fn error_codes(py: Python<'_>) -> PyResult<Bound<'_, PyAny>> {
    to_python(py, &Code::ALL.map(Code::entry))
}

/// Path, query and host in normal form; ValueError says why a target is not usable.
#[pyfunction]
#[pyo3(signature = (method, target, host=None))]
fn normalise_target<'py>(
    py: Python<'py>,
    method: &str,
    target: &[u8],
    host: Option<&[u8]>,
) -> PyResult<Bound<'py, PyAny>> {
    let normal = guarded(|| Target::normalise(method, target, host))?;
    let normal = normal.map_err(|unusable| PyValueError::new_err(unusable.0))?;
    to_python(
        py,
        &json!({"path": normal.path, "query": normal.query, "host": normal.host}),
    )
}

/// Why a path template can never match a request, else None.
#[pyfunction]
fn template_problem(template: &str) -> PyResult<Option<String>> {
    guarded(|| Template::parse(template).err().map(|invalid| invalid.0))
}

/// The template of `paths` (template, hidden) that carries a GET for `path`, as a ring sees it.
#[pyfunction]
fn match_template(paths: Vec<(String, bool)>, path: &str) -> PyResult<Option<String>> {
    let compiled = guarded(|| Paths::compile(paths.into_iter().map(path_item).collect()))?;
    let compiled = compiled.map_err(|invalid| PyValueError::new_err(invalid.0))?;
    guarded(|| {
        let found = compiled.find(path, &fold_path(path))?;
        found
            .operations
            .get("GET")
            .map(|_| found.template.to_string())
    })
}

fn path_item((template, hidden): (String, bool)) -> PathItem {
    let operation = Operation {
        id: template.clone(),
        max_body_bytes: 0,
        feature: None,
        scopes: vec![],
        bindings: vec![],
        record: None,
        callers: vec![],
        groups: vec![],
        response_headers: vec![],
        websocket: None,
        cache: None,
        lifecycle: None,
        ending_parameters: vec![],
    };
    let visible = (!hidden).then(|| ("GET".to_owned(), operation));
    PathItem {
        template,
        hidden,
        head_hidden: false,
        operations: visible.into_iter().collect(),
    }
}
