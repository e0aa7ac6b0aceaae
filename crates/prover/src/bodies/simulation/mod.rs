//! Filter nodes beside the schemas of the same value, pair by pair, nearest to the body first.

mod lets;
mod members;
mod observed;
mod scalars;
mod unions;

use std::collections::VecDeque;

use ahash::{HashMap, HashMapExt, HashSet, HashSetExt};
use document::NodeId;
use document::pointer::escaped;
use wall::bundle::{FilterNode, NodeIndex};

use super::described::{Described, Direction, Subject};
use super::schemas::{OPEN, Schemas};
use crate::operations::Operation;
use crate::violation::{Place as Written, Violation, Within};
use lets::{anything, lets_nothing};

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

struct Pair {
    node: NodeIndex,
    subject: usize,
    /// Which node an object follows was found: nothing else follows it.
    is_object: bool,
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
    world: World,
    nodes: &'a [FilterNode],
    roots: &'a [Root<'a>],
    subjects: Vec<Subject>,
    numbers: HashMap<Subject, usize>,
    met: HashSet<(NodeIndex, usize, bool)>,
    pairs: Vec<Pair>,
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

    /// Nothing that follows the node passes. Observed, a scalar passes that a node says nothing of, and not everything
    /// else does that lets nothing through.
    fn is_closed(&self, node: NodeIndex) -> bool {
        let passes_nothing = match self.world {
            World::Closed => lets_nothing,
            World::Observed => FilterNode::is_closed,
        };
        self.nodes.get(node as usize).is_some_and(passes_nothing)
    }

    fn say(
        &mut self,
        pair: usize,
        code: &'static str,
        message: String,
        pointer: &str,
        by: Option<NodeId>,
    ) {
        self.say_of(pair, code, message, pointer, by, "");
    }

    fn say_of(
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
        let place = by.filter(|schema| *schema < OPEN);
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
