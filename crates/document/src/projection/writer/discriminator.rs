//! Discriminators: their mapping loses branches that are not shown; those they choose without naming them stay.

use std::collections::HashSet;

use crate::arena::{Member, NodeId};
use crate::contract::Part;
use crate::contract::graph::VertexId;

use super::Writer;

impl Writer<'_, '_> {
    pub fn discriminator(&mut self, schema: VertexId, value: NodeId) {
        let arena = self.arena();
        let property = arena.get_string(value, "propertyName");
        if !self.visibility.shows_discriminator(schema) {
            // That its mapping leads nowhere is said where it is read.
            if self.ground().can_tell_apart(schema) {
                self.warn(
                    value,
                    "projection-discriminator",
                    "the property this discriminator reads is narrower: it is not shown",
                    "Discriminate by a property that all may see.",
                );
            }
            return;
        }
        self.sink.key("discriminator");
        self.sink.open_object();
        for member in arena.members(value) {
            match arena.key(member) {
                "mapping" => self.mapping(schema, property, member.value),
                "propertyName" => self.copy("propertyName", member.value),
                key if !self.is_outer() && !self.view.is_terse => self.copy(key, member.value),
                _ => {}
            }
        }
        self.sink.close();
        self.keep_heirs(schema);
    }

    fn mapping(&mut self, schema: VertexId, property: Option<&str>, mapping: NodeId) {
        let arena = self.arena();
        let shown: Vec<(&Member, VertexId)> = arena
            .members(mapping)
            .iter()
            .filter_map(|member| Some((member, self.ground().chosen(member.value)?)))
            .filter(|(_, chosen)| self.visibility.shows(*chosen))
            .filter(|(member, _)| self.shows_choice(schema, property, arena.key(member)))
            .collect();
        if shown.is_empty() {
            return;
        }
        self.sink.key("mapping");
        self.sink.open_object();
        for (member, chosen) in shown {
            let text = arena.string(member.value).unwrap_or_default();
            let reference = self.reference_to(chosen, Part::Schema, text);
            self.sink.key(arena.key(member));
            self.sink.string(&reference);
        }
        self.sink.close();
    }

    /// Whether the property may have this value, as far as the schema itself says.
    fn shows_choice(&self, schema: VertexId, property: Option<&str>, choice: &str) -> bool {
        let properties = self.ground().get(schema, "properties");
        let declared = properties
            .zip(property)
            .and_then(|(properties, name)| self.arena().get(properties, name))
            .and_then(|declared| self.visibility.vertex(declared, Part::Schema));
        declared.is_none_or(|declared| !self.visibility.denies_value(declared, choice))
    }

    /// Schemas that inherit from one with a discriminator may stand in its place, by their names alone.
    fn keep_heirs(&mut self, schema: VertexId) {
        let mut seen = HashSet::from([schema]);
        let mut open = self.visibility.heirs(schema);
        while let Some(heir) = open.pop() {
            if !seen.insert(heir) {
                continue;
            }
            let name = self
                .components
                .own_schema_name(self.ground().node(heir))
                .map(str::to_owned);
            if let Some(name) = name {
                self.reference_to(heir, Part::Schema, &name);
            }
            open.extend(self.visibility.heirs(heir));
        }
    }
}
