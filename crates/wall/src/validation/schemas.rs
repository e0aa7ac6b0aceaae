//! The schemas of a validation object. Those that refer to each other are one group, and a group is one validator: so
//! each schema is compiled once, whoever asks for it, and memory is linear in the contract.
//!
//! A group is compiled when it is first asked; a large one, which would let that request wait, when it is loaded into a
//! gateway that serves. Of all there is when a gateway starts, little is asked: it would only take memory.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use jsonschema::Validator;
use serde_json::{Map, Value, json};

use super::bounds::MAX_LAZY_SCHEMA_BYTES;
use super::fault::Refusal;
use super::schema::{self, DEFINITIONS, Extent, Misfit, Texts};
use crate::snapshot::HashMap;

/// By name, in groups.
#[derive(Debug)]
pub struct Schemas {
    groups: Vec<Group>,
    group_of: HashMap<Box<str>, usize>,
}

#[derive(Debug)]
struct Group {
    schemas: Texts,
    compiled: OnceLock<Result<Validator, String>>,
}

impl Schemas {
    /// References to what is not there are found when the group is compiled.
    pub fn new(schemas: Texts) -> Schemas {
        let numbers = grouped(&schemas);
        let mut groups: BTreeMap<usize, Texts> = BTreeMap::new();
        for ((name, schema), number) in schemas.into_iter().zip(numbers) {
            groups.entry(number).or_default().insert(name, schema);
        }
        let groups: Vec<Group> = groups.into_values().map(Group::new).collect();
        let names = groups.iter().enumerate().flat_map(|(number, group)| {
            let names = group.schemas.keys();
            names.map(move |name| (name.as_str().into(), number))
        });
        Schemas {
            group_of: names.collect(),
            groups,
        }
    }

    /// Compiles what no request shall wait for.
    pub fn prepare(&self) {
        let large = self.groups.iter().filter(|group| group.is_large());
        for group in large {
            // What is wrong with it is said when it is asked.
            let _ = group.validator();
        }
    }

    /// What of a value does not fit a definition. What does not compile was not published; if it is here all the same,
    /// nothing passes.
    pub fn misfits(
        &self,
        name: &str,
        value: Value,
        extent: Extent,
    ) -> Result<Vec<Misfit>, Refusal> {
        let group = self.group_of.get(name).map(|number| &self.groups[*number]);
        let group = group.ok_or_else(|| Refusal::fault("a schema is not there"))?;
        let validator = group.validator().map_err(Refusal::fault)?;
        let value = Value::Object(Map::from_iter([(name.to_owned(), value)]));
        let mut misfits = schema::misfits(validator, &value, extent);
        for misfit in &mut misfits {
            misfit.pointer.drain(..=name.len());
        }
        Ok(misfits)
    }

    /// Names whose schemas do not compile, and why. Compiles everything, and keeps nothing.
    pub fn broken(self) -> BTreeMap<String, String> {
        let failed = self.groups.into_iter().filter_map(|group| {
            let why = group.compile().err()?;
            let names = group.schemas.into_keys();
            Some(names.map(move |name| (name, why.clone())))
        });
        failed.flatten().collect()
    }
}

impl Group {
    fn new(schemas: Texts) -> Group {
        Group {
            schemas,
            compiled: OnceLock::new(),
        }
    }

    fn is_large(&self) -> bool {
        let sizes = self.schemas.values().map(|schema| schema.get().len());
        sizes.sum::<usize>() > MAX_LAZY_SCHEMA_BYTES
    }

    fn validator(&self) -> Result<&Validator, &str> {
        let compiled = self.compiled.get_or_init(|| self.compile());
        compiled.as_ref().map_err(String::as_str)
    }

    /// A validator of an object with one member, whose name says by which schema its value is judged.
    fn compile(&self) -> Result<Validator, String> {
        let mut definitions = Map::new();
        for (name, schema) in &self.schemas {
            let schema = serde_json::from_str(schema.get()).map_err(|error| error.to_string())?;
            definitions.insert(name.clone(), schema);
        }
        let judged = definitions.keys();
        let judged = judged.map(|name| (name.clone(), schema::reference(name)));
        let judged = Map::from_iter(judged);
        schema::built(&json!({"properties": judged, "$defs": definitions}))
    }
}

/// A number for each schema, in their order: equal for those that one of them leads to the other.
fn grouped(schemas: &Texts) -> Vec<usize> {
    let places: HashMap<&str, usize> = schemas.keys().map(String::as_str).zip(0..).collect();
    let mut above: Vec<usize> = (0..schemas.len()).collect();
    for (place, schema) in schemas.values().enumerate() {
        for name in references(schema.get()) {
            if let Some(other) = places.get(name) {
                let (one, other) = (top(&mut above, place), top(&mut above, *other));
                above[one] = other;
            }
        }
    }
    (0..above.len())
        .map(|place| top(&mut above, place))
        .collect()
}

/// The one that stands for all of a group; the way there is made shorter.
fn top(above: &mut [usize], mut place: usize) -> usize {
    while above[place] != place {
        above[place] = above[above[place]];
        place = above[place];
    }
    place
}

/// Names that follow `#/$defs/` in a text: all it refers to. Data that looks like it makes a group larger, no more.
fn references(text: &str) -> impl Iterator<Item = &str> {
    let behind = text.split(DEFINITIONS).skip(1);
    behind.filter_map(|rest| rest.split('"').next())
}

#[cfg(test)]
#[path = "schemas_tests.rs"]
mod tests;
