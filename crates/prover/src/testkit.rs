//! Small contracts and bundles of one operation, `op`, for tests.

use std::sync::Arc;

use serde_json::{Value as Json, json};
use wall::audience::Ring;
use wall::bundle::{Bundle, Projection, Validation};

use crate::{Allowed, Contract, Objects, Policy, Source, Sources, Violation};

struct Nothing;

impl Sources for Nothing {
    fn read(&mut self, _base: &str, _reference: &str) -> Option<Source> {
        None
    }
}

/// `operation`: members of `POST /a` for the public; `schemas`: components.
pub fn allowed(operation: &str, schemas: &str) -> Allowed {
    let text = format!(
        "{{openapi: 3.1.0, info: {{title: t, version: '1'}},
          paths: {{/a: {{post: {{operationId: op, x-audience: public, {operation}}}}}}},
          components: {{schemas: {{{schemas}}}}}}}"
    );
    let source = Source {
        name: "a.yaml".to_owned(),
        data: text.into_bytes(),
    };
    let contract = Contract::load(&source, &[], &mut Nothing).expect("the contract can be read");
    Allowed::new(contract, Ring::Public)
}

/// What the proof says for the public of bundles that are held to `mode`.
pub fn proven(
    allowed: &Allowed,
    projection: Option<&Json>,
    validation: &Json,
    mode: &str,
) -> Vec<Violation> {
    let objects = objects(projection, validation);
    proven_on(Ring::Public, allowed, &objects, mode)
}

/// The same for a ring, of objects that several may name.
pub fn proven_on(ring: Ring, allowed: &Allowed, objects: &Objects, mode: &str) -> Vec<Violation> {
    let enforced = json!({"object": "", "mode": mode, "until": 1});
    let operation = json!({"id": "op", "max_body_bytes": 0});
    let bundle = json!({
        "format": 1, "requires": ["projection", "validation"], "ring": ring.as_str(), "api": "a", "version": "v1",
        "upstream": {"tls": false, "host": "h", "port": 1, "path": "", "connect_timeout_ms": 1, "io_timeout_ms": 1},
        "projection": enforced, "validation": enforced,
        "paths": [{"template": "/a", "operations": {"POST": operation}}],
    });
    let bundle: Bundle = serde_json::from_value(bundle).expect("a bundle");
    let policy = Policy {
        ring,
        max_body_bytes: 0,
        websocket: None,
        cache: None,
        unmatched_until: Some(7),
    };
    allowed.prove(&bundle, objects, &policy)
}

pub fn objects(projection: Option<&Json>, validation: &Json) -> Objects {
    Objects {
        projection: projection.map(|projection| Arc::new(read::<Projection>(projection))),
        validation: Some(Arc::new(read::<Validation>(validation))),
    }
}

/// From text, because of raw values.
fn read<T: serde::de::DeserializeOwned>(of: &Json) -> T {
    serde_json::from_str(&of.to_string()).expect("an object beside a bundle")
}

/// Code and field of each.
pub fn told(found: Vec<Violation>) -> Vec<(&'static str, String)> {
    let found = found.into_iter();
    let told = found.map(|one| (one.code, one.field.unwrap_or_default()));
    told.collect()
}

pub fn fields<'f>(found: &'f [(&'static str, String)]) -> Vec<(&'static str, &'f str)> {
    let found = found.iter();
    let fields = found.map(|(code, field)| (*code, field.as_str()));
    fields.collect()
}
