//! The document around its parts.

use crate::arena::NodeId;
use crate::contract::Part;

use super::super::vocabulary::plain_object;
use super::Writer;
use super::components::Components;

/// Root members that are written in their places here, or made anew.
const ROOT: [&str; 10] = [
    "openapi",
    "info",
    "jsonSchemaDialect",
    "servers",
    "tags",
    "externalDocs",
    "paths",
    "webhooks",
    "components",
    "security",
];

impl Writer<'_, '_> {
    pub fn document(&mut self) -> String {
        self.find_shown();
        let paths = self.apart(1, |writer| writer.paths());
        let webhooks = self.webhooks();
        self.write_components();
        self.sink.open_object();
        self.head();
        self.sink.key("paths");
        self.sink.written(&paths);
        if let Some(webhooks) = webhooks {
            self.sink.key("webhooks");
            self.sink.written(&webhooks);
        }
        self.component_sections();
        self.security();
        self.extensions();
        self.sink.close();
        let sink = super::Sink::new(self.form, 0);
        let mut text = std::mem::replace(&mut self.sink, sink).finish();
        text.push('\n');
        text
    }

    fn head(&mut self) {
        let (arena, root) = (self.arena(), self.contract.root);
        for key in ["openapi", "info", "jsonSchemaDialect"] {
            match arena.get(root, key) {
                Some(info) if key == "info" => self.info(info),
                Some(value) => self.copy(key, value),
                None => {}
            }
        }
        self.servers();
        self.tags();
        if let Some(docs) = arena.get(root, "externalDocs")
            && let Some(known) = plain_object(Part::Document, "externalDocs")
        {
            self.plain_object("externalDocs", docs, known);
        }
    }

    /// There is always an `info`, whatever its label: it caps operations and hides no text.
    fn info(&mut self, info: NodeId) {
        if let Some(vertex) = self.visibility.vertex(info, Part::Info) {
            self.sink.key("info");
            self.part(vertex);
        }
    }

    fn servers(&mut self) {
        if self.view.servers.is_empty() {
            return;
        }
        self.sink.key("servers");
        self.sink.open_array();
        for url in self.view.servers {
            self.sink.open_object();
            self.sink.key("url");
            self.sink.string(url);
            self.sink.close();
        }
        self.sink.close();
    }

    fn tags(&mut self) {
        let arena = self.arena();
        let tags = arena.get(self.contract.root, "tags");
        let used = tags
            .map(|tags| arena.items(tags))
            .unwrap_or_default()
            .iter()
            .filter(|tag| {
                arena
                    .get_string(**tag, "name")
                    .is_some_and(|name| self.shown.tags.contains(name))
            })
            .filter_map(|tag| self.visibility.vertex(*tag, Part::Tag))
            .filter(|tag| self.visibility.shows(*tag));
        let used: Vec<_> = used.collect();
        if used.is_empty() {
            return;
        }
        self.sink.key("tags");
        self.sink.open_array();
        used.into_iter().for_each(|tag| self.part(tag));
        self.sink.close();
    }

    fn component_sections(&mut self) {
        let schemes = self.view.schemes;
        let none = Components::new(self.arena(), self.contract.root);
        let components = std::mem::replace(&mut self.components, none);
        let sections: Vec<_> = components.sections().collect();
        if sections.is_empty() && schemes.is_empty() {
            return;
        }
        self.sink.key("components");
        self.sink.open_object();
        for (section, entries) in sections {
            self.sink.key(section);
            self.sink.open_object();
            for (name, value) in entries {
                self.sink.key(name);
                self.sink.written(value);
            }
            self.sink.close();
        }
        self.security_schemes();
        self.sink.close();
    }

    fn security_schemes(&mut self) {
        if self.view.schemes.is_empty() {
            return;
        }
        self.sink.key("securitySchemes");
        self.sink.open_object();
        for scheme in self.view.schemes {
            self.sink.key(&scheme.name);
            self.sink.open_object();
            for (key, value) in &scheme.members {
                self.sink.key(key);
                self.sink.string(value);
            }
            self.sink.close();
        }
        self.sink.close();
    }

    fn security(&mut self) {
        if self.view.schemes.is_empty() {
            return;
        }
        self.sink.key("security");
        self.sink.open_array();
        for scheme in self.view.schemes {
            self.sink.open_object();
            self.sink.key(&scheme.name);
            self.sink.open_array();
            self.sink.close();
            self.sink.close();
        }
        self.sink.close();
    }

    /// What else there is at the root, for those who see everything.
    fn extensions(&mut self) {
        if self.is_outer() {
            return;
        }
        for member in self.arena().members(self.contract.root) {
            let key = self.arena().key(member);
            if !ROOT.contains(&key) {
                self.unknown(key, member.value);
            }
        }
    }
}
