//! The projections of a revision. Thousands are loaded and few are called, and compiled they are many times as large:
//! each is checked when it is loaded, and made ready when the first response asks for it.

use std::sync::{Arc, OnceLock};

use super::Declared;
use crate::bundle::{Enforced, Enforcement, Projection};
use crate::filter::{Graph, Mode};
use crate::snapshot::HashMap;

/// One projection; shared by all that name its hash.
#[derive(Debug)]
pub struct Bodies {
    /// Its bytes, as they were checked.
    source: Box<[u8]>,
    ready: OnceLock<Ready>,
}

#[derive(Debug)]
struct Ready {
    graph: Arc<Graph>,
    operations: HashMap<Box<str>, Declared>,
}

/// A projection, and what one bundle does with it.
#[derive(Debug)]
pub struct Ruled {
    /// SHA-256 (hex) of its bytes.
    pub object: Box<str>,
    pub bodies: Arc<Bodies>,
    pub mode: Enforcement,
    /// Seconds since the Unix epoch.
    until: Option<u64>,
}

impl Ruled {
    pub fn new(bodies: Arc<Bodies>, rule: &Enforced) -> Ruled {
        Ruled {
            object: rule.object.as_str().into(),
            bodies,
            mode: rule.mode,
            until: rule.until,
        }
    }

    /// A contract is observed until its time is over.
    pub fn mode_at(&self, now_s: u64) -> Mode {
        self.mode.at(self.until, now_s)
    }
}

impl Bodies {
    /// `parsed` is what `source` says. `at_once`: it is going to be asked for.
    pub fn checked(source: Vec<u8>, parsed: Projection, at_once: bool) -> Result<Bodies, String> {
        let compiled = Ready::compile(parsed)?;
        let ready = OnceLock::new();
        if at_once {
            let _ = ready.set(compiled);
        }
        Ok(Bodies {
            source: source.into(),
            ready,
        })
    }

    /// What is declared of an operation; `None`: nothing.
    pub fn of(&self, operation: &str) -> Option<&Declared> {
        self.ready().operations.get(operation)
    }

    pub fn graph(&self) -> Arc<Graph> {
        Arc::clone(&self.ready().graph)
    }

    fn ready(&self) -> &Ready {
        self.ready.get_or_init(|| {
            let parsed = serde_json::from_slice(&self.source).map_err(|error| error.to_string());
            parsed
                .and_then(Ready::compile)
                .expect("it was checked when it was loaded")
        })
    }
}

impl Ready {
    fn compile(projection: Projection) -> Result<Ready, String> {
        let graph = Graph::compile(&projection.nodes);
        let graph = graph.map_err(|error| format!("node {}: {}", error.node, error.message))?;
        let count = projection.nodes.len();
        let operations = projection.operations.into_iter().map(|(id, responses)| {
            let declared = Declared::compile(responses, count);
            declared
                .map(|declared| (id.as_str().into(), declared))
                .map_err(|why| format!("operation {id}: {why}"))
        });
        Ok(Ready {
            operations: operations.collect::<Result<_, _>>()?,
            graph: Arc::new(graph),
        })
    }
}
