//! Writes the projected document: paths first, then every component they lead to, so that nothing unreachable is
//! ever looked at and no reference can dangle.

mod components;
mod conditions;
mod discriminator;
mod document;
mod links;
mod operation;
mod operations;
mod outgoing;
mod parts;
mod schema;
mod unions;

use std::collections::HashSet;

use crate::arena::{Arena, NodeId};
use crate::contract::graph::VertexId;
use crate::contract::{Contract, Part};
use crate::problem::Problem;

use super::sink::{Form, Sink};
use super::values::Values;
use super::visibility::{Ground, Visibility};
use super::{Projected, View};
use components::{Component, Components};
use operations::Shown;

/// Operations and parts written in the place of references: a reference that cannot stay one is written out wherever
/// it stands, and references of references double that each time.
const WRITTEN_OUT: usize = 500_000;

/// Such parts within each other.
const WITHIN_EACH_OTHER: usize = 32;

/// Objects between the root and a component's value: `components`, its section, its name.
const COMPONENT_DEPTH: usize = 3;

pub fn write(
    contract: &Contract,
    visibility: &Visibility<'_>,
    view: &View<'_>,
    form: Form,
) -> Projected {
    let mut writer = Writer::new(contract, visibility, view, form);
    let text = writer.document();
    if writer.values.is_exhausted() {
        writer.warn(
            contract.root,
            "projection-examples",
            "the examples of this contract are too many to look into: some are left out",
            "Shorten examples, or refer to them from fewer places.",
        );
    }
    let text = if writer.is_too_long() {
        visibility.report(too_long(contract));
        String::new()
    } else {
        text
    };
    Projected {
        text,
        problems: visibility.problems(),
    }
}

fn too_long(contract: &Contract) -> Problem {
    Problem::error(
        "projection-too-large",
        contract.arena.node(contract.root).at,
        format!("more than {WRITTEN_OUT} parts had to be written out in the place of references"),
        "Write path items in `paths`, and callbacks without path items of their own by reference.",
    )
}

struct Writer<'w, 'c> {
    contract: &'c Contract,
    visibility: &'w Visibility<'c>,
    view: &'w View<'w>,
    form: Form,
    values: Values<'w, 'c>,
    shown: Shown,
    hidden_tags: HashSet<&'c str>,
    components: Components,
    sink: Sink,
    /// Parts being written in the place of a reference that cannot stay one.
    inlined: Vec<VertexId>,
    written_out: usize,
    warned: HashSet<(&'static str, NodeId)>,
    /// OpenAPI 3.0: a `$ref` has no siblings.
    references_stand_alone: bool,
}

impl<'w, 'c> Writer<'w, 'c> {
    fn new(
        contract: &'c Contract,
        visibility: &'w Visibility<'c>,
        view: &'w View<'w>,
        form: Form,
    ) -> Writer<'w, 'c> {
        let version = contract.arena.get_string(contract.root, "openapi");
        Writer {
            contract,
            visibility,
            view,
            form,
            values: Values::new(visibility),
            shown: Shown::default(),
            hidden_tags: hidden_tags(contract, visibility),
            components: Components::new(&contract.arena, contract.root),
            sink: Sink::new(form, 0),
            inlined: Vec::new(),
            written_out: 0,
            warned: HashSet::new(),
            references_stand_alone: version.is_some_and(|version| version.starts_with("3.0")),
        }
    }

    fn arena(&self) -> &'c Arena {
        &self.contract.arena
    }

    fn ground(&self) -> &'w Ground<'c> {
        &self.visibility.ground
    }

    fn is_outer(&self) -> bool {
        self.view.ring.is_outer()
    }

    /// Whether a part may not be written out here: it is being written already, or too many others are.
    fn is_within_itself(&self, part: VertexId) -> bool {
        self.inlined.contains(&part) || self.inlined.len() >= WITHIN_EACH_OTHER
    }

    fn is_too_long(&self) -> bool {
        self.written_out > WRITTEN_OUT
    }

    /// One problem per place and code, however often the place is written.
    fn warn(&mut self, node: NodeId, code: &'static str, message: &str, help: &str) {
        if self.warned.insert((code, node)) {
            let at = self.arena().node(node).at;
            self.visibility
                .report(Problem::warning(code, at, message, help));
        }
    }

    /// The value of one member, written apart.
    fn apart(&mut self, depth: usize, write: impl FnOnce(&mut Self)) -> String {
        let sink = Sink::new(self.form, depth);
        let outside = std::mem::replace(&mut self.sink, sink);
        write(self);
        std::mem::replace(&mut self.sink, outside).finish()
    }

    /// Writes components until nothing refers to one that is not written.
    fn write_components(&mut self) {
        while let Some(component) = self.components.next() {
            let text = self.apart(COMPONENT_DEPTH, |writer| match component.exemplified {
                Some(schema) => writer.example(component.vertex, Some(schema)),
                None => writer.part(component.vertex),
            });
            self.components.put(component, text);
        }
    }

    /// `#/components/…` for what a vertex refers to, or is.
    fn reference_to(&mut self, target: VertexId, part: Part, reference: &str) -> String {
        let node = self.ground().node(target);
        let component = Component {
            vertex: target,
            exemplified: None,
        };
        self.components.reference(component, node, part, reference)
    }
}

/// Names of tags labelled narrower than the ring.
fn hidden_tags<'c>(contract: &'c Contract, visibility: &Visibility<'_>) -> HashSet<&'c str> {
    let arena = &contract.arena;
    let tags = arena.get(contract.root, "tags");
    let tags = tags.map(|tags| arena.items(tags)).unwrap_or_default();
    tags.iter()
        .filter(|tag| !visibility.shows_object(**tag))
        .filter_map(|tag| arena.get_string(*tag, "name"))
        .collect()
}
