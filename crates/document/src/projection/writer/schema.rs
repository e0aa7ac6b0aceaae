//! Schemas, keyword by keyword. `docs/projection.md` has the table of what each one becomes, and why.

use crate::arena::{Member, NodeId, Value};
use crate::contract::Part;
use crate::contract::graph::VertexId;

use super::super::values::Left;
use super::super::vocabulary::{is_plain, plain_object};
use super::Writer;
use super::parts::reference_text;

/// What says where a schema is, or is meant for its author: every reference of a projected document is to a
/// component of it.
const PLACES: [&str; 8] = [
    "$defs",
    "definitions",
    "$id",
    "$anchor",
    "$dynamicAnchor",
    "$dynamicRef",
    "$recursiveRef",
    "$recursiveAnchor",
];

impl Writer<'_, '_> {
    pub fn schema(&mut self, schema: VertexId) {
        let (arena, node) = (self.arena(), self.ground().node(schema));
        match arena.value(node) {
            Value::Bool(_) => self.sink.copy(arena, node),
            Value::Object(members) => {
                self.sink.open_object();
                let alone = self.ground().target(schema).is_some() && self.references_stand_alone;
                for member in members {
                    if !alone || arena.key(member) == "$ref" {
                        self.keyword(schema, member);
                    }
                }
                if !alone && arena.get(node, "allOf").is_none() {
                    self.union_beside_another(schema);
                }
                self.sink.close();
            }
            _ => {
                self.sink.open_object();
                self.sink.close();
            }
        }
    }

    fn keyword(&mut self, schema: VertexId, member: &Member) {
        let (key, value) = (self.arena().key(member), member.value);
        match key {
            "$ref" => self.schema_reference(schema, value),
            _ if self.is_for_readers(key) => {}
            "default" | "examples" | "xml" if self.view.is_terse => {}
            "$comment" if self.is_outer() => {}
            _ if PLACES.contains(&key) => {}
            "properties" | "patternProperties" => self.properties(schema, key, value),
            "required" => self.names(schema, key, value),
            "dependentRequired" => self.dependent_names(schema, key, value),
            "dependentSchemas" | "dependencies" => self.dependent_schemas(schema, key, value),
            "allOf" => self.all_of(schema, value),
            "anyOf" | "oneOf" => self.union(schema, key),
            "not" if self.fits_nothing(schema) => {} // said by its `enum`
            "not" => self.negation(schema),
            "if" | "then" | "else" => self.conditional(schema, key),
            "additionalProperties"
            | "unevaluatedProperties"
            | "unevaluatedItems"
            | "additionalItems" => {
                self.rest(schema, key, value);
            }
            "items" => self.items(schema, value),
            "prefixItems" => self.schemas(key, value),
            "contains" | "minContains" | "maxContains" => self.contains(schema, key, value),
            "propertyNames" => self.property_names(schema, value),
            "contentSchema" => self.content(schema),
            "minProperties" if self.visibility.loses_fields(schema) => {}
            "minItems" | "uniqueItems" if self.visibility.loses_items(schema) => {}
            "minProperties" | "minItems" | "uniqueItems" => self.copy(key, value),
            "enum" => self.values_of_enum(schema, value),
            "const" | "default" | "example" => self.exemplary(key, value, Some(schema)),
            "examples" => self.list_of_examples(schema, value),
            "discriminator" => self.discriminator(schema, value),
            _ => self.other_keyword(schema, key, value),
        }
    }

    fn other_keyword(&mut self, schema: VertexId, key: &str, value: NodeId) {
        let node = self.ground().node(schema);
        if key == "description" && !self.visibility.shows_description(node) {
            return;
        }
        if let Some(known) = plain_object(Part::Schema, key) {
            self.plain_object(key, value, known);
        } else if is_plain(Part::Schema, key) {
            self.copy(key, value);
        } else if !self.is_outer() {
            self.unknown(key, value);
        }
    }

    fn schema_reference(&mut self, schema: VertexId, value: NodeId) {
        match self.ground().target(schema) {
            Some(target) => {
                let text = reference_text(self, self.ground().node(schema));
                let reference = self.reference_to(target, Part::Schema, &text);
                self.sink.key("$ref");
                self.sink.string(&reference);
            }
            // No reference at all, such as a property of that name that strayed.
            None if !self.is_outer() => self.copy("$ref", value),
            None => {}
        }
    }

    fn properties(&mut self, schema: VertexId, key: &str, value: NodeId) {
        let all = self.ground().parts_of(value, Part::Schema);
        let was_empty = all.is_empty();
        let shown: Vec<_> = all
            .into_iter()
            .filter(|(member, property)| {
                let name = self.arena().key(member);
                match key {
                    "properties" => self.visibility.shows_property(schema, name, *property),
                    _ => self.visibility.shows(*property),
                }
            })
            .collect();
        if shown.is_empty() && !was_empty {
            return;
        }
        self.sink.key(key);
        self.sink.open_object();
        for (member, property) in shown {
            self.sink.key(self.arena().key(member));
            self.schema(property);
        }
        self.sink.close();
    }

    /// Whether a value that lost what the ring may not see may still be asked for a field.
    fn may_demand(&self, schema: VertexId, name: NodeId) -> bool {
        let name = self.arena().string(name);
        name.is_some_and(|name| !self.visibility.loses_field(schema, name))
    }

    fn names(&mut self, schema: VertexId, key: &str, value: NodeId) {
        let arena = self.arena();
        if !matches!(arena.value(value), Value::Array(_)) {
            // OpenAPI 2.0 had a boolean here, and documents still do.
            return if self.is_outer() {
            } else {
                self.copy(key, value)
            };
        }
        let names = arena.items(value);
        let left: Vec<NodeId> = names
            .iter()
            .copied()
            .filter(|name| self.may_demand(schema, *name))
            .collect();
        if left.is_empty() && !names.is_empty() {
            return;
        }
        self.sink.key(key);
        self.sink.open_array();
        left.into_iter()
            .for_each(|name| self.sink.copy(arena, name));
        self.sink.close();
    }

    fn dependent_names(&mut self, schema: VertexId, key: &str, value: NodeId) {
        self.sink.key(key);
        self.sink.open_object();
        for member in self.arena().members(value) {
            let name = self.arena().key(member);
            if !self.visibility.loses_field(schema, name) {
                self.names(schema, name, member.value);
            }
        }
        self.sink.close();
    }

    /// An entry goes with its field, or its schema: what the others describe is then less narrow, never narrower.
    fn dependent_schemas(&mut self, schema: VertexId, key: &str, value: NodeId) {
        self.sink.key(key);
        self.sink.open_object();
        for member in self.arena().members(self.ground().holder(value)) {
            let name = self.arena().key(member);
            if self.visibility.loses_field(schema, name) {
                continue;
            }
            match self.visibility.vertex(member.value, Part::Schema) {
                Some(dependent) if self.visibility.shows(dependent) => {
                    self.sink.key(name);
                    self.schema(dependent);
                }
                Some(_) => {}
                None => self.names(schema, name, member.value),
            }
        }
        self.sink.close();
    }

    /// Fields or items beyond those that are named.
    fn rest(&mut self, schema: VertexId, key: &str, value: NodeId) {
        match self.visibility.vertex(value, Part::Schema) {
            Some(rest) if self.visibility.shows(rest) => {
                self.sink.key(key);
                self.schema(rest);
            }
            Some(_) if self.may_forbid(schema, key) => {
                self.sink.key(key);
                self.sink.literal("false");
            }
            _ => {}
        }
    }

    /// `false` would refuse fields that other schemas of the same value show.
    fn may_forbid(&self, schema: VertexId, key: &str) -> bool {
        key.starts_with("unevaluated") || !self.visibility.shares_value(schema)
    }

    fn items(&mut self, schema: VertexId, value: NodeId) {
        match self.arena().value(value) {
            Value::Array(_) => self.schemas("items", value),
            _ => self.rest(schema, "items", value),
        }
    }

    fn schemas(&mut self, key: &str, value: NodeId) {
        let arena = self.arena();
        let places = arena.items(self.ground().holder(value)).iter();
        let found = places.filter_map(|place| self.visibility.vertex(*place, Part::Schema));
        let found: Vec<VertexId> = found.collect();
        self.branches(key, found);
    }

    fn contains(&mut self, schema: VertexId, key: &str, value: NodeId) {
        if self.visibility.loses_items(schema) {
            return;
        }
        match self.visibility.vertex(value, Part::Schema) {
            Some(contained) if key == "contains" => {
                self.sink.key(key);
                self.schema(contained);
            }
            _ => self.copy(key, value),
        }
    }

    fn property_names(&mut self, schema: VertexId, value: NodeId) {
        let Some(names) = self.visibility.vertex(value, Part::Schema) else {
            return;
        };
        let altered = !self.visibility.shows(names) || self.visibility.alters(names);
        if altered
            || (self.visibility.loses_fields(schema) && self.visibility.mentions_hidden(value))
        {
            return self.warn(
                value,
                "projection-property-names",
                "this `propertyNames` speaks of fields that are narrower: it is not shown",
                "Name the fields in `properties`, each with its label.",
            );
        }
        self.sink.key("propertyNames");
        self.schema(names);
    }

    fn content(&mut self, schema: VertexId) {
        let content = self.ground().schema(schema, "contentSchema");
        if let Some(content) = content.filter(|content| !self.visibility.alters(*content)) {
            self.sink.key("contentSchema");
            self.schema(content);
        }
    }

    /// Objects among the values lose what values lose; a list of such as the ring sees nothing of says nothing any more.
    /// Where all are scalars and none is left, no value fits: not an empty list, which OpenAPI 3.0 does not know.
    fn values_of_enum(&mut self, schema: VertexId, value: NodeId) {
        if self.fits_nothing(schema) {
            self.sink.key("not");
            self.sink.open_object();
            return self.sink.close();
        }
        let arena = self.arena();
        let items = arena.items(value).iter().copied();
        let left: Vec<Left<'_>> = items
            .filter_map(|item| match arena.value(item) {
                Value::Array(_) | Value::Object(_) => self.values.left_of(item, schema),
                _ => self
                    .visibility
                    .shows_value(schema, item)
                    .then_some(Left::All(item)),
            })
            .collect();
        if left.is_empty() && !arena.items(value).is_empty() {
            return;
        }
        self.sink.key("enum");
        self.sink.open_array();
        left.iter()
            .for_each(|left| left.write(&mut self.sink, arena));
        self.sink.close();
    }

    /// Whether a schema lists scalars, and the ring sees none of them.
    fn fits_nothing(&self, schema: VertexId) -> bool {
        let listed = self.ground().get(schema, "enum");
        let values = listed.map(|listed| self.arena().items(listed));
        let is_hidden = |value: &NodeId| match self.arena().value(*value) {
            Value::Array(_) | Value::Object(_) => false,
            _ => !self.visibility.shows_value(schema, *value),
        };
        values.is_some_and(|values| !values.is_empty() && values.iter().all(is_hidden))
    }

    fn list_of_examples(&mut self, schema: VertexId, value: NodeId) {
        let arena = self.arena();
        if !matches!(arena.value(value), Value::Array(_)) {
            return if self.is_outer() {
            } else {
                self.copy("examples", value)
            };
        }
        let examples = arena.items(value).iter();
        let left: Vec<_> = examples
            .filter_map(|example| self.values.left_of(*example, schema))
            .collect();
        if left.is_empty() {
            return;
        }
        self.sink.key("examples");
        self.sink.open_array();
        left.iter()
            .for_each(|left| left.write(&mut self.sink, arena));
        self.sink.close();
    }
}
