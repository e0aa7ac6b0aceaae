//! All paths of a ruleset as one automaton over the steps of a walk, made deterministic while it is used.
//!
//! Steps that are written alike after alike steps are one state. Where only names decide, the next set of states is
//! looked up; filters, indices and slices are asked for each child.

use std::collections::HashMap;

use ahash::AHashMap;
use document::NodeId;

use crate::given::evaluate::Scope;
use crate::given::{Given, Selector, Step};
use crate::subject::{Key, View};

pub type SetId = u32;
/// Index of a path.
pub type GivenId = u32;
type StateId = u32;

/// Nothing is looked for any more.
pub const NOWHERE: SetId = 0;

/// A step that is due, and what it leads to.
struct State {
    step: Step,
    next: Vec<StateId>,
    accepts: Vec<GivenId>,
}

/// States that are due together.
struct Set {
    dynamic: Vec<StateId>,
    by_name: AHashMap<Box<str>, Transition>,
    other: Transition,
    /// What follows where filters said yes, by the name's transition and the states that did.
    filtered: AHashMap<(SetId, Vec<StateId>), Transition>,
}

#[derive(Clone, Default)]
pub struct Transition {
    pub set: SetId,
    pub accepts: Vec<GivenId>,
}

/// One child about to be walked to.
pub struct Edge<'s, 'a> {
    pub view: View<'a>,
    /// What holds the object or list the child is in.
    pub parent: Option<NodeId>,
    pub parent_property: Option<Key<'a>>,
    pub key: Key<'a>,
    pub child: NodeId,
    /// Children there are: what a negative index counts from.
    pub siblings: usize,
    pub path: &'s dyn Fn() -> String,
    /// Whether what holds the object the child is in, or its name, is outside of what the verdict is kept for.
    pub at_part: bool,
}

pub struct Automaton {
    states: Vec<State>,
    sets: Vec<Option<Set>>,
    members: Vec<Vec<StateId>>,
    known: HashMap<Vec<StateId>, SetId>,
    start: SetId,
    /// Paths that mean the document itself.
    pub accepts_root: Vec<GivenId>,
}

impl Automaton {
    pub fn new(givens: Vec<(GivenId, Given)>) -> Automaton {
        let mut automaton = Automaton {
            states: Vec::new(),
            sets: vec![None],
            members: vec![Vec::new()],
            known: HashMap::from([(Vec::new(), NOWHERE)]),
            start: NOWHERE,
            accepts_root: Vec::new(),
        };
        let mut named = HashMap::new();
        let mut first = Vec::new();
        for (id, given) in givens {
            if given.steps.is_empty() || given.everything {
                automaton.accepts_root.push(id);
            }
            automaton.add(id, given, &mut named, &mut first);
        }
        automaton.start = automaton.set(first);
        automaton
    }

    pub fn start(&self) -> SetId {
        self.start
    }

    fn add(
        &mut self,
        id: GivenId,
        given: Given,
        named: &mut HashMap<(Option<StateId>, String), StateId>,
        first: &mut Vec<StateId>,
    ) {
        let (mut before, last) = (None, given.steps.len());
        for (index, step) in given.steps.into_iter().enumerate() {
            let name = (before, step.text.clone());
            let state = *named.entry(name).or_insert_with(|| {
                self.states.push(State {
                    step,
                    next: Vec::new(),
                    accepts: Vec::new(),
                });
                let state = self.states.len() as StateId - 1;
                match before {
                    None => first.push(state),
                    Some(before) => self.states[before as usize].next.push(state),
                }
                state
            });
            if index + 1 == last {
                self.states[state as usize].accepts.push(id);
            }
            before = Some(state);
        }
    }

    fn set(&mut self, mut states: Vec<StateId>) -> SetId {
        states.sort_unstable();
        states.dedup();
        if let Some(known) = self.known.get(&states) {
            return *known;
        }
        let id = self.sets.len() as SetId;
        self.known.insert(states.clone(), id);
        self.sets.push(None);
        self.members.push(states);
        id
    }

    /// Where the walk stands after this child, and which paths select it.
    pub fn step<'a>(&mut self, set: SetId, edge: &Edge<'_, 'a>) -> Transition {
        self.ready(set);
        let Some(known) = &self.sets[set as usize] else {
            return Transition::default();
        };
        let by_name = match edge.key {
            Key::Member(name) => known.by_name.get(name).unwrap_or(&known.other),
            Key::Item(_) => &known.other,
        };
        if known.dynamic.is_empty() {
            return by_name.clone();
        }
        let passed: Vec<StateId> = known
            .dynamic
            .iter()
            .copied()
            .filter(|state| self.passes(*state, edge))
            .collect();
        if passed.is_empty() {
            return by_name.clone();
        }
        let by_name = by_name.clone();
        let key = (by_name.set, passed);
        // Two names may lead to one set and be selected by different paths; only the set is kept.
        let joined = match known.filtered.get(&key) {
            Some(joined) => joined.clone(),
            None => self.join(set, key),
        };
        let mut accepts = joined.accepts;
        accepts.extend(by_name.accepts);
        Transition {
            set: joined.set,
            accepts,
        }
    }

    fn join(&mut self, set: SetId, key: (SetId, Vec<StateId>)) -> Transition {
        let mut states = self.members[key.0 as usize].clone();
        let mut accepts = Vec::new();
        for state in &key.1 {
            let state = &self.states[*state as usize];
            states.extend(&state.next);
            accepts.extend(&state.accepts);
        }
        let joined = Transition {
            set: self.set(states),
            accepts,
        };
        if let Some(known) = &mut self.sets[set as usize] {
            known.filtered.insert(key, joined.clone());
        }
        joined
    }

    /// What names decide in a set, worked out when it is first met.
    fn ready(&mut self, set: SetId) {
        if set == NOWHERE || self.sets[set as usize].is_some() {
            return;
        }
        let states = self.members[set as usize].clone();
        let mut names: Vec<&str> = Vec::new();
        let mut dynamic = Vec::new();
        for state in &states {
            let selectors = &self.states[*state as usize].step.selectors;
            names.extend(selectors.iter().filter_map(|selector| match selector {
                Selector::Name(name) => Some(name.as_str()),
                _ => None,
            }));
            if selectors.iter().any(Selector::is_dynamic) {
                dynamic.push(*state);
            }
        }
        let names: Vec<Box<str>> = names.into_iter().map(Box::from).collect();
        let other = self.named(&states, None);
        let by_name = names
            .into_iter()
            .map(|name| {
                let transition = self.named(&states, Some(&name));
                (name, transition)
            })
            .collect();
        self.sets[set as usize] = Some(Set {
            dynamic,
            by_name,
            other,
            filtered: AHashMap::new(),
        });
    }

    fn named(&mut self, states: &[StateId], name: Option<&str>) -> Transition {
        let (mut next, mut accepts) = (Vec::new(), Vec::new());
        for id in states {
            let state = &self.states[*id as usize];
            if state.step.descendant {
                next.push(*id);
            }
            let selected = state.step.selectors.iter().any(|selector| match selector {
                Selector::Wildcard => true,
                Selector::Name(wanted) => name == Some(wanted.as_str()),
                _ => false,
            });
            if selected {
                next.extend(&state.next);
                accepts.extend(&state.accepts);
            }
        }
        Transition {
            set: self.set(next),
            accepts,
        }
    }

    fn passes(&self, state: StateId, edge: &Edge<'_, '_>) -> bool {
        let selectors = &self.states[state as usize].step.selectors;
        // A child that names select is selected once.
        let by_name = selectors.iter().any(|selector| match (selector, edge.key) {
            (Selector::Wildcard, _) => true,
            (Selector::Name(wanted), Key::Member(name)) => wanted == name,
            _ => false,
        });
        !by_name && selectors.iter().any(|selector| selects(selector, edge))
    }
}

fn selects(selector: &Selector, edge: &Edge<'_, '_>) -> bool {
    match (selector, edge.key) {
        (Selector::Container, _) => {
            edge.view.is_object(edge.child) || edge.view.is_array(edge.child)
        }
        (Selector::Filter(filter), _) => Scope {
            view: edge.view,
            value: edge.child,
            property: edge.key,
            parent: edge.parent,
            parent_property: edge.parent_property,
            path: edge.path,
            at_part: edge.at_part,
        }
        .is_true(filter),
        (Selector::Index(wanted), Key::Item(index)) => {
            index as i64 == counted(*wanted, edge.siblings)
        }
        (Selector::Index(wanted), Key::Member(name)) => name.parse() == Ok(*wanted),
        (Selector::Slice(start, end, step), Key::Item(index)) => {
            let start = counted(start.unwrap_or(0), edge.siblings).max(0);
            let end = end.map_or(edge.siblings as i64, |end| counted(end, edge.siblings));
            let index = index as i64;
            index >= start && index < end && (index - start) % step == 0
        }
        _ => false,
    }
}

/// Negative ones count from the end.
fn counted(index: i64, length: usize) -> i64 {
    if index < 0 {
        index + length as i64
    } else {
        index
    }
}
