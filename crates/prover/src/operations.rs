//! The operations a document declares, and how far each may go.

use std::collections::{BTreeMap, BTreeSet};

use ahash::HashMap;

use document::{NodeId, Value};
use wall::audience::Ring;
use wall::matching::Template;

use crate::audience::label;
use crate::contract::Contract;

/// Methods a gateway serves; TRACE never is (RFC 9110 §9.3.8).
const METHODS: [&str; 7] = ["get", "put", "post", "delete", "options", "head", "patch"];

/// Path templates of one shape are one path to a gateway. Any text will do that is equal for equal ones.
pub type Shape = String;

/// Nothing for a template no request can match.
pub fn shape(template: &str) -> Option<Shape> {
    let parsed = Template::parse(template).ok()?;
    Some(format!("{:?}", parsed.segments))
}

/// All operations of one method and shape: they arrive as the same request, so what one may not do, none may.
pub struct Operation {
    pub template: String,
    /// Operation objects of the document, each with its path item and what that refers to.
    pub declared: Vec<NodeId>,
    pub items: Vec<Vec<NodeId>>,
    /// The template of each, with its own names.
    pub templates: Vec<String>,
    /// The widest ring any of them may ever reach.
    pub audience: Ring,
    /// What it may be called: its `operationId`s, or method and template.
    pub ids: BTreeSet<String>,
    /// `x-feature` of the first.
    pub feature: Option<String>,
    /// Global offset of the first's key.
    pub at: u32,
    /// The template is what the document says, whole.
    is_whole: bool,
    /// What the first one's labels ask for, to be compared with the others'.
    asked: Vec<Option<String>>,
}

/// By shape, then method in upper case.
pub type Operations = HashMap<Shape, BTreeMap<String, Operation>>;

/// `widest`: what the estate's manifests cap the version at.
pub fn operations(contract: &Contract, widest: Ring) -> Operations {
    let arena = &contract.arena;
    let enclosing = arena
        .get(contract.root, "info")
        .and_then(|info| label(arena, info));
    let reading = Reading {
        contract,
        widest: enclosing.map_or(widest, |cap| cap.min(widest)),
        tags: tags(contract),
    };
    let mut found = Operations::default();
    let paths = arena.get(contract.root, "paths");
    for member in paths.map(|paths| arena.members(paths)).unwrap_or_default() {
        let written = arena.key(member);
        if written.starts_with('/') {
            // `?` and `#` end a path: such requests arrive without what follows.
            let template = written.split(['?', '#']).next().unwrap_or_default();
            if let Some(shape) = shape(template) {
                let by_method = found.entry(shape).or_default();
                reading.path(template, template == written, member.value, by_method);
            }
        }
    }
    found
}

struct Reading<'c> {
    contract: &'c Contract,
    widest: Ring,
    /// Tag → the narrowest label it has.
    tags: HashMap<String, Ring>,
}

impl Reading<'_> {
    fn path(
        &self,
        template: &str,
        is_whole: bool,
        item: NodeId,
        into: &mut BTreeMap<String, Operation>,
    ) {
        let arena = &self.contract.arena;
        let chain: Vec<NodeId> = self.contract.chain(item).collect();
        for method in METHODS {
            let declared = chain.iter().find_map(|item| arena.member(*item, method));
            let Some(member) =
                declared.filter(|member| matches!(arena.value(member.value), Value::Object(_)))
            else {
                continue;
            };
            let mut one = self.operation(template, method, member.value, member.key_at, &chain);
            one.is_whole = is_whole;
            match into.get_mut(&method.to_ascii_uppercase()) {
                Some(other) => other.join(one),
                None => drop(into.insert(method.to_ascii_uppercase(), one)),
            }
        }
    }

    fn operation(
        &self,
        template: &str,
        method: &str,
        node: NodeId,
        at: u32,
        items: &[NodeId],
    ) -> Operation {
        let arena = &self.contract.arena;
        let labelled = std::iter::once(node).chain(items.iter().copied());
        let grants: Vec<Option<Ring>> = labelled.clone().map(|one| label(arena, one)).collect();
        // Nobody granted it anything: internal.
        let granted = grants
            .iter()
            .flatten()
            .min()
            .copied()
            .unwrap_or(Ring::Internal);
        let capped = self.tags_of(node).fold(self.widest, Ring::min);
        let method = method.to_ascii_uppercase();
        let id = arena.get_string(node, "operationId").map(str::to_owned);
        let written = |one| {
            arena
                .get(one, "x-audience")
                .map(|said| scalar(self.contract, said))
        };
        Operation {
            template: template.to_owned(),
            declared: vec![node],
            items: vec![items.to_vec()],
            templates: vec![template.to_owned()],
            audience: granted.min(capped),
            ids: id
                .into_iter()
                .chain([format!("{method} {template}")])
                .collect(),
            feature: arena.get_string(node, "x-feature").map(str::to_owned),
            at,
            is_whole: true,
            asked: labelled.map(written).collect(),
        }
    }

    fn tags_of(&self, operation: NodeId) -> impl Iterator<Item = Ring> {
        let arena = &self.contract.arena;
        let tags = arena.get(operation, "tags").map(|tags| arena.items(tags));
        let names = tags.unwrap_or_default().iter();
        names.filter_map(|name| self.tags.get(&scalar(self.contract, *name)).copied())
    }
}

impl Operation {
    /// The request may be meant for either, so the narrower counts; labels that differ grant nothing at all.
    fn join(&mut self, other: Operation) {
        self.audience = match self.asked == other.asked {
            true => self.audience.min(other.audience),
            false => Ring::Internal,
        };
        if other.is_whole && !self.is_whole {
            self.template = other.template;
            self.feature = other.feature;
            (self.at, self.is_whole) = (other.at, true);
        }
        self.ids.extend(other.ids);
        self.declared.extend(other.declared);
        self.items.extend(other.items);
        self.templates.extend(other.templates);
    }
}

fn tags(contract: &Contract) -> HashMap<String, Ring> {
    let arena = &contract.arena;
    let mut found: HashMap<String, Ring> = HashMap::default();
    let tags = arena
        .get(contract.root, "tags")
        .map(|tags| arena.items(tags));
    for tag in tags.unwrap_or_default() {
        if let (Some(name), Some(cap)) = (arena.get(*tag, "name"), label(arena, *tag)) {
            let known = found.entry(scalar(contract, name)).or_insert(cap);
            *known = cap.min(*known);
        }
    }
    found
}

/// A scalar as text: a tag may well be a number.
fn scalar(contract: &Contract, node: NodeId) -> String {
    match contract.arena.value(node) {
        Value::String(text) | Value::Long(text) => text.to_owned(),
        Value::Int(number) => number.to_string(),
        Value::Float(number) => number.to_string(),
        Value::Bool(truth) => truth.to_string(),
        Value::Null => "null".to_owned(),
        Value::Array(_) | Value::Object(_) => String::new(),
    }
}
