//! Filter nodes beside the schemas of the same value, pair by pair, nearest to the body first.

use std::collections::{HashMap, HashSet, VecDeque};

use document::NodeId;
use wall::bundle::{ArrayRule, FilterNode, NodeIndex, ObjectRule, ScalarRule, UnionRule};

use super::described::{Described, Direction, Place, Subject, strictness};
use super::kinds::{ARRAY, BOOLEAN, Kinds, NULL, NUMBER, OBJECT, STRING};
use super::roots::escaped;
use super::schemas::{Element, Role, Schemas};
use crate::operations::Operation;
use crate::violation::{Place as Written, Violation, Within};

/// Pairs looked at; beyond it, nothing is proven.
const PAIRS: usize = 5_000_000;

/// One body: what it is checked by, and the request it answers.
pub struct Root<'a> {
    pub node: NodeIndex,
    pub subject: Subject,
    pub method: &'a str,
    pub operation: &'a Operation,
    /// Where the value is, if it is no whole body: `/query/filter`.
    pub field: String,
}

pub(super) struct Pair {
    pub node: NodeIndex,
    subject: usize,
    /// Which node an object follows was found: nothing else follows it.
    pub is_object: bool,
    /// The pair this one was met in, and the step from there.
    from: Option<(usize, String)>,
    root: usize,
}

/// How the wall takes what the contract does not know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum World {
    /// It does not pass.
    Closed,
    /// It passes: the contract is observed.
    Observed,
}

pub struct Simulation<'a, 'c> {
    schemas: &'a Schemas<'c>,
    direction: Direction,
    pub(super) world: World,
    nodes: &'a [FilterNode],
    roots: &'a [Root<'a>],
    subjects: Vec<Subject>,
    numbers: HashMap<Subject, usize>,
    met: HashSet<(NodeIndex, usize, bool)>,
    pub(super) pairs: Vec<Pair>,
    open: VecDeque<usize>,
    violations: Vec<Violation>,
}

pub fn simulate(
    schemas: &Schemas<'_>,
    nodes: &[FilterNode],
    roots: &[Root<'_>],
    direction: Direction,
    world: World,
) -> Vec<Violation> {
    let mut simulation = Simulation {
        schemas,
        direction,
        world,
        nodes,
        roots,
        subjects: Vec::new(),
        numbers: HashMap::new(),
        met: HashSet::new(),
        pairs: Vec::new(),
        open: VecDeque::new(),
        violations: Vec::new(),
    };
    for (number, root) in roots.iter().enumerate() {
        simulation.enter(root.node, root.subject.clone(), None, number, false);
    }
    while let Some(pair) = simulation.open.pop_front() {
        if simulation.pairs.len() > PAIRS {
            simulation.say(
                pair,
                "proof-too-large",
                "too many schemas share values with others to look at all".to_owned(),
                "",
                None,
            );
            break;
        }
        simulation.visit(pair);
    }
    simulation.violations
}

impl Simulation<'_, '_> {
    fn enter(
        &mut self,
        node: NodeIndex,
        subject: Subject,
        from: Option<(usize, String)>,
        root: usize,
        is_object: bool,
    ) {
        let next = self.subjects.len();
        let number = *self.numbers.entry(subject.clone()).or_insert(next);
        if number == next {
            self.subjects.push(subject);
        }
        if self.met.insert((node, number, is_object)) {
            self.open.push_back(self.pairs.len());
            self.pairs.push(Pair {
                node,
                subject: number,
                is_object,
                from,
                root,
            });
        }
    }

    fn below(&mut self, pair: usize, node: NodeIndex, subject: Subject, step: String) {
        let root = self.pairs[pair].root;
        self.enter(node, subject, Some((pair, step)), root, false);
    }

    /// What an object turned out to follow.
    fn decided(&mut self, pair: usize, node: NodeIndex, subject: Subject) {
        let root = self.pairs[pair].root;
        self.enter(node, subject, Some((pair, String::new())), root, true);
    }

    fn visit(&mut self, pair: usize) {
        let Some(node) = self.nodes.get(self.pairs[pair].node as usize) else {
            return self.say(
                pair,
                "filter-broken",
                "there is no such node".to_owned(),
                "",
                None,
            );
        };
        if self.is_closed(self.pairs[pair].node) {
            return;
        }
        let subject = self.subjects[self.pairs[pair].subject].clone();
        let described = Described::new(self.schemas, &subject, self.direction);
        if node.any {
            if !described.is_open() {
                let node = anything(self.pairs[pair].node);
                self.look(pair, &node, &subject, &described);
            }
            return;
        }
        self.look(pair, node, &subject, &described);
    }

    fn look(
        &mut self,
        pair: usize,
        node: &FilterNode,
        subject: &Subject,
        described: &Described<'_, '_>,
    ) {
        self.types(pair, node, subject, described);
        self.scalars(pair, node, subject, described);
        if let Some(rule) = &node.object {
            self.object(pair, rule, described);
        }
        if let Some(rule) = &node.union {
            self.union(pair, rule, subject, described);
        }
        if let Some(rule) = &node.array {
            self.array(pair, rule, described);
        }
        if self.world == World::Observed {
            self.tolerated(pair, node, subject, described);
        }
    }

    fn types(
        &mut self,
        pair: usize,
        node: &FilterNode,
        subject: &Subject,
        described: &Described<'_, '_>,
    ) {
        let denied = described.denied_kinds;
        let masked = match (described.mask, described.mask_is_sure) {
            (Some(_), true) => BOOLEAN | NUMBER | OBJECT | ARRAY,
            _ => 0,
        };
        for (name, kind) in types_of(node) {
            let message = match kind {
                _ if described.kinds & kind == 0 => {
                    format!("a {name} passes where none is declared")
                }
                _ if denied & kind != 0 => {
                    format!("a {name} passes that may be of a hidden alternative")
                }
                _ if masked & kind != 0 => format!("a {name} passes where only masked texts may"),
                _ => continue,
            };
            self.say(
                pair,
                "type-exposed",
                message,
                &format!("/{name}"),
                subject.place(),
            );
        }
    }

    fn scalars(
        &mut self,
        pair: usize,
        node: &FilterNode,
        subject: &Subject,
        described: &Described<'_, '_>,
    ) {
        let rules = [
            ("boolean", &node.boolean, BOOLEAN),
            ("number", &node.number, NUMBER),
            ("string", &node.string, STRING),
        ];
        for (name, rule, kind) in rules {
            let Some(rule) = rule else { continue };
            for value in &described.hidden_values {
                if lets(rule, value, kind) {
                    let message = format!("the value {value} passes, and the ring may not see it");
                    self.say(
                        pair,
                        "value-exposed",
                        message,
                        &format!("/{name}"),
                        subject.place(),
                    );
                }
            }
            for listed in &described.listed {
                let more = rule
                    .values
                    .as_ref()
                    .map(|values| values.iter().find(|value| !listed.contains(*value)));
                if !matches!(more, Some(None)) {
                    let message = "values pass that no enumeration lists".to_owned();
                    self.say(
                        pair,
                        "value-undeclared",
                        message,
                        &format!("/{name}/values"),
                        subject.place(),
                    );
                }
            }
        }
        if let (Some(mask), Some(rule)) = (described.mask, &node.string)
            && lets_any(rule)
            && rule
                .mask
                .is_none_or(|own| strictness(own) < strictness(mask))
        {
            let message =
                "a sensitive text passes without the mask its contract asks for".to_owned();
            self.say(pair, "mask-lost", message, "/string/mask", subject.place());
        }
    }

    fn object(&mut self, pair: usize, rule: &ObjectRule, described: &Described<'_, '_>) {
        let patterns = Patterns::of(rule);
        let named = rule.properties.iter().map(|(name, _)| name.as_str());
        let names: std::collections::BTreeSet<&str> = named.chain(described.names()).collect();
        for name in names {
            for (node, pointer) in patterns.nodes(rule, name) {
                if !self.is_closed(node) {
                    let place = described.member(name);
                    self.member(pair, node, &place, name, &pointer);
                }
            }
        }
        for (index, (pattern, node)) in rule.patterns.iter().enumerate() {
            if !self.is_closed(*node) {
                let place = described.pattern(pattern);
                self.member(
                    pair,
                    *node,
                    &place,
                    "*",
                    &format!("/object/patterns/{index}"),
                );
            }
        }
        if let Some(node) = rule.additional.filter(|node| !self.is_closed(*node)) {
            let place = described.additional();
            self.member(pair, node, &place, "*", "/object/additional");
        }
        self.hidden_patterns(pair, rule, described);
    }

    fn member(&mut self, pair: usize, node: NodeIndex, place: &Place, name: &str, pointer: &str) {
        let shown = if name == "*" {
            "members that nobody names".to_owned()
        } else {
            format!("the field {name}")
        };
        if let Some(by) = place.hidden_by {
            let message = format!("{shown} passes, and the ring may not see it");
            return self.say_of(pair, "field-exposed", message, pointer, Some(by), name);
        }
        let subject = Subject::of(place.elements.clone());
        if !subject.is_declared() {
            let message = format!("{shown} passes, and no schema the ring may see declares it");
            let above = self.subjects[self.pairs[pair].subject].place();
            return self.say_of(pair, "field-undeclared", message, pointer, above, name);
        }
        self.below(pair, node, subject, name.to_owned());
    }

    /// Names are hidden by a pattern only if the filter has that pattern, or shows none but those it names.
    fn hidden_patterns(&mut self, pair: usize, rule: &ObjectRule, described: &Described<'_, '_>) {
        let unnamed = rule
            .patterns
            .iter()
            .map(|(_, node)| *node)
            .chain(rule.additional);
        let unknown_pass = self.world == World::Observed && rule.additional.is_none();
        if !unknown_pass && unnamed.clone().all(|node| self.is_closed(node)) {
            return;
        }
        for (pattern, by) in described.hidden_patterns() {
            let own = rule.patterns.iter().find(|(known, _)| known == pattern);
            if !own.is_some_and(|(_, node)| self.is_closed(*node)) {
                let message =
                    format!("fields named like {pattern} pass, and the ring may not see them");
                self.say_of(
                    pair,
                    "field-exposed",
                    message,
                    "/object/patterns",
                    Some(by),
                    "*",
                );
            }
        }
    }

    /// Which object it is, a member says: then it is described by that one's schema, and by what always applies.
    fn union(
        &mut self,
        pair: usize,
        rule: &UnionRule,
        subject: &Subject,
        described: &Described<'_, '_>,
    ) {
        let bases = described.discriminated_by(&rule.property);
        if bases.is_empty() || described.hides(&rule.property) {
            let message = format!(
                "objects are told apart by {}, and no schema says so",
                rule.property
            );
            return self.say(
                pair,
                "union-undeclared",
                message,
                "/union/property",
                subject.place(),
            );
        }
        for (index, (value, node)) in rule.mapping.iter().enumerate() {
            if self.is_closed(*node) {
                continue;
            }
            let pointer = format!("/union/mapping/{index}");
            match self.chosen(&bases, value) {
                Some(chosen) if self.schemas.is_hidden(chosen.schema) => {
                    let message =
                        format!("objects of the kind {value} pass, and the ring may not see them");
                    self.say(
                        pair,
                        "alternative-exposed",
                        message,
                        &pointer,
                        Some(chosen.schema),
                    );
                }
                Some(chosen) => {
                    let mut decided = bases.clone();
                    if chosen.part {
                        decided.push(chosen.schema);
                        decided.extend(described.told_apart_by(&bases));
                    }
                    self.decided(pair, *node, subject.decided(chosen, &decided));
                }
                None => self.decided(pair, *node, subject.clone()),
            }
        }
        if let Some(node) = rule.otherwise {
            self.decided(pair, node, subject.clone());
        }
    }

    /// The schema a value of a discriminator names: by its mapping, or by name.
    fn chosen(&self, bases: &[NodeId], value: &str) -> Option<Element> {
        let contract = self.schemas.contract;
        let arena = &contract.arena;
        let found = bases.iter().find_map(|base| {
            let discriminator = self.schemas.get(*base, "discriminator")?;
            let mapping = arena.get(discriminator, "mapping");
            let mapped = mapping.and_then(|mapping| arena.get(mapping, value));
            let by_name = || {
                let lists = ["oneOf", "anyOf"]
                    .iter()
                    .filter_map(|key| arena.get(*base, key));
                let mut branches = lists.flat_map(|list| arena.items(contract.end(list)));
                branches.find_map(|branch| {
                    let name = arena.get_string(*branch, "$ref")?.rsplit('/').next()?;
                    let name = name.replace("~1", "/").replace("~0", "~");
                    (name == value).then(|| contract.target(*branch)).flatten()
                })
            };
            let target = mapped
                .and_then(|value| contract.resolve_mapped(value))
                .or_else(by_name);
            target.or_else(|| contract.component(*base, value))
        });
        let schema = found?;
        let schema = self.hidden_branch(bases, schema).unwrap_or(schema);
        let stands = |base: &NodeId| schema == *base || self.schemas.heirs(*base).contains(&schema);
        let part = bases.iter().any(stands);
        Some(Element {
            schema,
            role: Role::Sure,
            part,
        })
    }

    /// The branch by which a schema is an alternative, if the ring may not see any such branch.
    fn hidden_branch(&self, bases: &[NodeId], schema: NodeId) -> Option<NodeId> {
        let contract = self.schemas.contract;
        let lists = bases.iter().flat_map(|base| {
            let keys = ["oneOf", "anyOf"].into_iter();
            keys.filter_map(|key| contract.arena.get(*base, key))
        });
        let branches = lists.flat_map(|list| contract.arena.items(contract.end(list)));
        let mut leading = branches.filter(|branch| contract.target(**branch) == Some(schema));
        let first = leading.clone().next()?;
        leading
            .all(|branch| self.schemas.is_hidden(*branch))
            .then_some(*first)
    }

    fn array(&mut self, pair: usize, rule: &ArrayRule, described: &Described<'_, '_>) {
        for (position, node) in rule.prefix.iter().enumerate() {
            if !self.is_closed(*node) {
                let place = described.item(Some(position));
                self.member(
                    pair,
                    *node,
                    &place,
                    "*",
                    &format!("/array/prefix/{position}"),
                );
            }
        }
        let Some(node) = rule.items.filter(|node| !self.is_closed(*node)) else {
            return;
        };
        // Those that have a position in a schema, and none here, are among the others.
        let others = rule.prefix.len()..described.positions();
        for position in others.map(Some).chain([None]) {
            let place = described.item(position);
            self.member(pair, node, &place, "*", "/array/items");
        }
    }

    /// Nothing that follows the node passes. Observed, a scalar passes that a node says nothing of, and not everything
    /// else does that lets nothing through.
    fn is_closed(&self, node: NodeIndex) -> bool {
        let passes_nothing = match self.world {
            World::Closed => lets_nothing,
            World::Observed => FilterNode::is_closed,
        };
        self.nodes.get(node as usize).is_some_and(passes_nothing)
    }

    pub(super) fn say(
        &mut self,
        pair: usize,
        code: &'static str,
        message: String,
        pointer: &str,
        by: Option<NodeId>,
    ) {
        self.say_of(pair, code, message, pointer, by, "");
    }

    pub(super) fn say_of(
        &mut self,
        pair: usize,
        code: &'static str,
        message: String,
        pointer: &str,
        by: Option<NodeId>,
        name: &str,
    ) {
        let at = &self.pairs[pair];
        let root = &self.roots[at.root];
        let arena = &self.schemas.contract.arena;
        let place = by.filter(|schema| *schema < super::schemas::OPEN);
        let label = place
            .and_then(|schema| arena.get(schema, "x-audience"))
            .or(place);
        let at_place = label.map_or(root.operation.at, |node| arena.node(node).at);
        self.violations.push(Violation {
            code,
            message,
            request: Some((root.method.to_owned(), root.operation.template.clone())),
            field: Some(self.field(pair, name)),
            place: Some(Written::of(arena, at_place)),
            pointer: format!("/nodes/{}{pointer}", at.node),
            within: match self.direction {
                Direction::Response => Within::Projection,
                Direction::Request => Within::Validation,
            },
        });
    }

    /// The way from the body to the value, as a JSON Pointer.
    fn field(&self, pair: usize, name: &str) -> String {
        let mut steps = vec![name];
        let mut at = pair;
        while let Some((from, step)) = &self.pairs[at].from {
            steps.push(step);
            at = *from;
        }
        let steps = steps.iter().rev().filter(|step| !step.is_empty());
        let below = steps.map(|step| format!("/{}", escaped(step)));
        let root = self.roots[self.pairs[pair].root].field.clone();
        std::iter::once(root).chain(below).collect()
    }
}

/// A rule's patterns, compiled; one that cannot be is refused with the graph.
pub(super) struct Patterns(Vec<Option<regex::Regex>>);

impl Patterns {
    pub fn of(rule: &ObjectRule) -> Patterns {
        Patterns(
            rule.patterns
                .iter()
                .map(|(pattern, _)| regex::Regex::new(pattern).ok())
                .collect(),
        )
    }

    /// The nodes a member of this name follows, as the wall looks them up, and where they are.
    pub fn nodes(&self, rule: &ObjectRule, name: &str) -> Vec<(NodeIndex, String)> {
        let own = rule.properties.iter().position(|(known, _)| known == name);
        if let Some(index) = own {
            return vec![(
                rule.properties[index].1,
                format!("/object/properties/{index}"),
            )];
        }
        let matching = self.0.iter().enumerate().filter(|(_, pattern)| {
            pattern
                .as_ref()
                .is_some_and(|pattern| pattern.is_match(name))
        });
        let found: Vec<_> = matching
            .map(|(index, _)| (rule.patterns[index].1, format!("/object/patterns/{index}")))
            .collect();
        match found.is_empty() {
            true => rule
                .additional
                .map(|node| (node, "/object/additional".to_owned()))
                .into_iter()
                .collect(),
            false => found,
        }
    }
}

/// The node at `index`, through which whatever stands there leaves, in the terms of other nodes.
fn anything(index: NodeIndex) -> FilterNode {
    let scalar = Some(ScalarRule::default());
    FilterNode {
        null: true,
        boolean: scalar.clone(),
        number: scalar.clone(),
        string: scalar,
        object: Some(ObjectRule {
            additional: Some(index),
            ..ObjectRule::default()
        }),
        array: Some(ArrayRule {
            items: Some(index),
            ..ArrayRule::default()
        }),
        ..FilterNode::default()
    }
}

pub(super) fn types_of(node: &FilterNode) -> impl Iterator<Item = (&'static str, Kinds)> {
    let scalar = |rule: &Option<ScalarRule>| rule.as_ref().is_some_and(lets_any);
    let has = [
        ("null", NULL, node.null),
        ("boolean", BOOLEAN, scalar(&node.boolean)),
        ("number", NUMBER, scalar(&node.number)),
        ("string", STRING, scalar(&node.string)),
        (
            "object",
            OBJECT,
            node.object.is_some() || node.union.is_some(),
        ),
        ("array", ARRAY, node.array.is_some()),
    ];
    has.into_iter()
        .filter(|(_, _, has)| *has)
        .map(|(name, kind, _)| (name, kind))
}

fn lets_any(rule: &ScalarRule) -> bool {
    rule.values
        .as_ref()
        .is_none_or(|values| values.iter().any(|value| !rule.hidden.contains(value)))
}

fn lets_nothing(node: &FilterNode) -> bool {
    !node.any && types_of(node).next().is_none()
}

/// Whether a rule lets a value through. Numbers are compared as such.
fn lets(rule: &ScalarRule, value: &str, kind: Kinds) -> bool {
    let number = value.parse::<f64>().ok().filter(|_| kind == NUMBER);
    let is_same = |other: &String| match number {
        Some(number) => other.parse::<f64>().is_ok_and(|other| other == number),
        None => other == value,
    };
    let fits = match kind {
        NUMBER => number.is_some(),
        BOOLEAN => matches!(value, "true" | "false"),
        _ => true,
    };
    fits && rule
        .values
        .as_ref()
        .is_none_or(|values| values.iter().any(is_same))
        && !rule.hidden.iter().any(is_same)
}
