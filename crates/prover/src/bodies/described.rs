//! What all schemas of one value say of it together.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use document::{NodeId, Value};
use regex::Regex;
use wall::audience::Ring;
use wall::bundle::Mask;

use super::hidden::Outline;
use super::kinds::{self, ALL, Kinds, NULL, OBJECT};
use super::schemas::{Applies, Element, OPEN, Role, Schemas, UNSAID};

/// Which messages a value is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// What leaves.
    Response,
    /// What may be set.
    Request,
}

/// A set of schemas that describe one value. `decided`: those of which it is known what they turned out to be.
/// `besides`: of bodies the ring may not see at all, which may be those values.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Subject {
    elements: Vec<Element>,
    decided: Vec<NodeId>,
    besides: Vec<NodeId>,
}

impl Subject {
    pub fn of(mut elements: Vec<Element>) -> Subject {
        elements.sort_unstable();
        elements.dedup();
        Subject {
            elements,
            ..Subject::default()
        }
    }

    /// One of several, and nothing says which; `besides` are not for the ring.
    pub fn of_any(schemas: &[NodeId], mut besides: Vec<NodeId>) -> Subject {
        let role = match schemas.len() + besides.len() {
            1 => Role::Sure,
            _ => Role::Maybe,
        };
        let element = |schema: &NodeId| Element {
            schema: *schema,
            role,
            part: false,
        };
        besides.sort_unstable();
        besides.dedup();
        Subject {
            besides,
            ..Subject::of(schemas.iter().map(element).collect())
        }
    }

    /// The same value, known to be of `chosen`.
    pub fn decided(&self, chosen: Element, bases: &[NodeId]) -> Subject {
        let mut decided = self.decided.clone();
        decided.extend(bases);
        decided.sort_unstable();
        decided.dedup();
        let elements = self.elements.iter().copied().chain([chosen]).collect();
        Subject {
            decided,
            besides: self.besides.clone(),
            ..Subject::of(elements)
        }
    }

    pub fn is_declared(&self) -> bool {
        self.elements
            .iter()
            .any(|element| element.role != Role::Judge)
    }

    /// The schemas it was made of; what they include is not among them.
    pub fn schemas(&self) -> impl Iterator<Item = NodeId> {
        self.elements.iter().map(|element| element.schema)
    }

    pub fn place(&self) -> Option<NodeId> {
        self.elements
            .iter()
            .map(|element| element.schema)
            .find(|schema| *schema < OPEN)
    }
}

/// A member or item: what describes it, or what hides it.
#[derive(Default)]
pub struct Place {
    pub elements: Vec<Element>,
    /// The schema, or label, that hides it.
    pub hidden_by: Option<NodeId>,
}

/// The schemas of a value, taken apart.
pub struct Described<'s, 'c> {
    schemas: &'s Schemas<'c>,
    direction: Direction,
    visible: Vec<Element>,
    hidden: Vec<(Element, Outline)>,
    pub kinds: Kinds,
    pub denied_kinds: Kinds,
    pub hidden_values: BTreeSet<String>,
    /// Texts of each enumeration that surely holds.
    pub listed: Vec<BTreeSet<String>>,
    pub mask: Option<Mask>,
    /// The mask is on all that the value may be.
    pub mask_is_sure: bool,
}

impl<'s, 'c> Described<'s, 'c> {
    pub fn new(
        schemas: &'s Schemas<'c>,
        subject: &Subject,
        direction: Direction,
    ) -> Described<'s, 'c> {
        let (visible, hidden) = closure(schemas, subject);
        let visible_ones = visible.iter().map(|one| one.schema).collect();
        let nothing = HashSet::new();
        let outlined = hidden.into_iter().map(|one| {
            let besides = if one.part { &visible_ones } else { &nothing };
            (one, schemas.outline(one.schema, besides, direction))
        });
        let outlined = outlined.collect();
        let mut described = Described {
            schemas,
            direction,
            visible,
            hidden: outlined,
            kinds: kinds_of(schemas, subject),
            denied_kinds: 0,
            hidden_values: BTreeSet::new(),
            listed: Vec::new(),
            mask: None,
            mask_is_sure: false,
        };
        described.scalars();
        described
    }

    fn scalars(&mut self) {
        // A hidden part of a schema that says nothing else leaves nothing of it.
        let says_types = |one: &Element| {
            one.role != Role::Judge && self.schemas.says_types(one.schema, self.direction)
        };
        let is_said = self.visible.iter().any(says_types);
        let taking = self.hidden.iter().filter(|(one, _)| match one.part {
            true => one.role == Role::Sure && !is_said,
            false => one.role == Role::Maybe,
        });
        let taken = taking.fold(0, |all, (_, outline)| all | outline.kinds);
        self.denied_kinds = taken & !(OBJECT | NULL);
        for element in &self.visible {
            let schema = element.schema;
            self.hidden_values
                .extend(self.schemas.hidden_values(schema));
            if element.role == Role::Judge || schema >= OPEN {
                continue;
            }
            if kinds::is_true(&self.schemas.contract.arena, schema, "nullable") {
                self.kinds |= NULL;
            }
            if element.role == Role::Sure
                && let Some(texts) = self.schemas.texts(schema)
            {
                self.listed.push(texts.into_iter().collect());
            }
            // What is sent is taken as it is.
            let mask = match self.direction {
                Direction::Response => mask(self.schemas, schema),
                Direction::Request => None,
            };
            if mask.is_some() {
                self.mask_is_sure |= element.role == Role::Sure;
                self.mask = self
                    .mask
                    .into_iter()
                    .chain(mask)
                    .max_by_key(|mask| strictness(*mask));
            }
        }
    }

    /// Whether the contract says that any value may be here.
    pub fn is_open(&self) -> bool {
        let is_any = |schema: NodeId| self.is_any(schema);
        self.hidden.is_empty()
            && self.kinds == ALL
            && self.mask.is_none()
            && self.hidden_values.is_empty()
            && self
                .visible
                .iter()
                .all(|one| is_any(one.schema) || self.only_refers(one.schema))
            && self.visible.iter().any(|one| is_any(one.schema))
    }

    fn is_any(&self, schema: NodeId) -> bool {
        let arena = &self.schemas.contract.arena;
        schema == OPEN || (schema < OPEN && matches!(arena.value(schema), Value::Bool(true)))
    }

    fn only_refers(&self, schema: NodeId) -> bool {
        let arena = &self.schemas.contract.arena;
        schema < OPEN
            && !self.schemas.in_place(schema).is_empty()
            && ["properties", "patternProperties", "items", "prefixItems"]
                .iter()
                .all(|key| arena.get(schema, key).is_none())
    }

    /// Texts that schemas which surely describe the value keep from the ring.
    pub fn surely_hidden(&self) -> BTreeSet<String> {
        let sure = self.visible.iter().filter(|one| one.role == Role::Sure);
        sure.flat_map(|one| self.schemas.hidden_values(one.schema))
            .collect()
    }

    /// Every name that any of the schemas declares, the hidden ones included.
    pub fn names(&self) -> BTreeSet<&str> {
        let mut names: BTreeSet<&str> = BTreeSet::new();
        for element in &self.visible {
            names.extend(
                self.members_of(element.schema, "properties")
                    .map(|(name, _)| name),
            );
        }
        names.extend(
            self.hidden
                .iter()
                .flat_map(|(_, outline)| outline.names.iter().map(String::as_str)),
        );
        names
    }

    /// What describes the member of a name.
    pub fn member(&self, name: &str) -> Place {
        let mut place = Place::default();
        for element in &self.visible {
            let mut is_declared = false;
            if let Some(property) = self.property(element.schema, name) {
                is_declared = true;
                self.add_member(&mut place, *element, property);
            }
            for (pattern, schema) in self.members_of(element.schema, "patternProperties") {
                if Regex::new(pattern).is_ok_and(|pattern| pattern.is_match(name)) {
                    is_declared = true;
                    self.add_member(&mut place, *element, schema);
                }
            }
            if !is_declared {
                self.add_additional(&mut place, *element);
            }
        }
        for (element, outline) in &self.hidden {
            if outline.is_open || outline.names.contains(name) {
                place.hidden_by = Some(element.schema);
            }
        }
        place
    }

    /// What describes members whose names match a pattern, as far as that can be told of all of them.
    pub fn pattern(&self, pattern: &str) -> Place {
        let mut place = Place::default();
        for element in &self.visible {
            let mut same = self
                .members_of(element.schema, "patternProperties")
                .filter(|(known, _)| *known == pattern);
            match same.next() {
                Some((_, schema)) => self.add_member(&mut place, *element, schema),
                None => self.add_additional(&mut place, *element),
            }
        }
        self.hide_if_open(&mut place);
        place
    }

    /// What describes members that nobody names.
    pub fn additional(&self) -> Place {
        let mut place = Place::default();
        for element in &self.visible {
            self.add_additional(&mut place, *element);
        }
        self.hide_if_open(&mut place);
        place
    }

    /// Patterns of names that are hidden.
    pub fn hidden_patterns(&self) -> Vec<(&str, NodeId)> {
        let all = self
            .visible
            .iter()
            .flat_map(|one| self.members_of(one.schema, "patternProperties"));
        all.filter(|(_, schema)| self.schemas.is_hidden(*schema))
            .collect()
    }

    /// What describes the item at a position; nothing: those behind all positions.
    pub fn item(&self, position: Option<usize>) -> Place {
        let mut place = Place::default();
        for element in &self.visible {
            let positions = self.positions_of(element.schema);
            let own = position.and_then(|position| positions.get(position).copied());
            let role = element.role;
            if self.is_any(element.schema) {
                self.add(&mut place, role, OPEN);
            }
            match own.or_else(|| self.items(element.schema)) {
                Some(schema) => self.add(&mut place, role, schema),
                None if self.schemas.may_be_a_list(element.schema, self.direction) => {
                    self.add(&mut place, role, UNSAID)
                }
                None => {}
            }
            if let Some(contained) = self.schemas.get(element.schema, "contains") {
                self.add(&mut place, Role::Judge, contained);
            }
        }
        place
    }

    /// Items that a schema describes by their positions.
    pub fn positions(&self) -> usize {
        let visible = self.visible.iter();
        let counts = visible.map(|one| self.positions_of(one.schema).len());
        counts.max().unwrap_or_default()
    }

    /// Schemas whose discriminator this property is.
    pub fn discriminated_by(&self, property: &str) -> Vec<NodeId> {
        let arena = &self.schemas.contract.arena;
        let all = self.visible.iter().map(|element| element.schema);
        let named = |schema: &NodeId| {
            let said = self.schemas.get(*schema, "discriminator");
            said.and_then(|said| arena.get_string(said, "propertyName")) == Some(property)
        };
        all.filter(named).collect()
    }

    /// Heirs of `bases` that the value is said to be: which of theirs it is, the same discriminator says.
    pub fn told_apart_by(&self, bases: &[NodeId]) -> Vec<NodeId> {
        let whole = self.visible.iter().filter(|one| !one.part);
        let is_heir = |schema: &NodeId| {
            let mut families = bases.iter().map(|base| self.schemas.heirs(*base));
            families.any(|heirs| heirs.contains(schema))
        };
        whole.map(|one| one.schema).filter(is_heir).collect()
    }

    /// Whether a schema the ring may see hides a member of its own.
    pub fn hides(&self, name: &str) -> bool {
        let properties = self.visible.iter();
        let mut properties = properties.filter_map(|one| self.property(one.schema, name));
        properties.any(|property| self.schemas.is_hidden(property))
    }

    fn property(&self, schema: NodeId, name: &str) -> Option<NodeId> {
        let map = self
            .schemas
            .contract
            .end(self.schemas.get(schema, "properties")?);
        self.schemas.contract.arena.get(map, name)
    }

    fn members_of(&self, schema: NodeId, key: &str) -> impl Iterator<Item = (&'c str, NodeId)> {
        let arena = &self.schemas.contract.arena;
        let map = self
            .schemas
            .get(schema, key)
            .map(|map| self.schemas.contract.end(map));
        let members = map.map(|map| arena.members(map)).unwrap_or_default();
        let schemas = members
            .iter()
            .filter(|one| matches!(arena.value(one.value), Value::Object(_) | Value::Bool(_)));
        schemas.map(|member| (arena.key(member), member.value))
    }

    fn add_member(&self, place: &mut Place, element: Element, schema: NodeId) {
        // OpenAPI: not sent as part of a message in this direction.
        let arena = &self.schemas.contract.arena;
        let key = match self.direction {
            Direction::Response => "writeOnly",
            Direction::Request => "readOnly",
        };
        let goes_the_other_way = |one| kinds::is_true(arena, one, key);
        if self.schemas.contract.chain(schema).any(goes_the_other_way) {
            place.hidden_by = Some(schema);
        }
        self.add(place, element.role, schema);
    }

    fn add_additional(&self, place: &mut Place, element: Element) {
        if self.is_any(element.schema) {
            return self.add(place, element.role, OPEN);
        }
        let arena = &self.schemas.contract.arena;
        let keys = ["additionalProperties", "unevaluatedProperties"];
        let Some(said) = keys
            .iter()
            .find_map(|key| self.schemas.get(element.schema, key))
        else {
            return;
        };
        match arena.value(said) {
            Value::Bool(false) => {}
            Value::Bool(true) | Value::Object([]) => self.add(place, element.role, OPEN),
            _ => self.add(place, element.role, said),
        }
    }

    fn add(&self, place: &mut Place, role: Role, schema: NodeId) {
        if self.schemas.is_hidden(schema) {
            place.hidden_by = Some(schema);
        }
        place.elements.push(Element {
            schema,
            role,
            part: false,
        });
    }

    fn hide_if_open(&self, place: &mut Place) {
        let open = self.hidden.iter().find(|(_, outline)| outline.is_open);
        if let Some((element, _)) = open {
            place.hidden_by = Some(element.schema);
        }
    }

    fn positions_of(&self, schema: NodeId) -> Vec<NodeId> {
        let arena = &self.schemas.contract.arena;
        let lists = ["prefixItems", "items"]
            .iter()
            .filter_map(|key| self.schemas.get(schema, key));
        lists.flat_map(|list| arena.items(list)).copied().collect()
    }

    fn items(&self, schema: NodeId) -> Option<NodeId> {
        let arena = &self.schemas.contract.arena;
        let said = self.schemas.get(schema, "items")?;
        let said = match arena.value(said) {
            Value::Array(_) => self.schemas.get(schema, "additionalItems")?,
            _ => said,
        };
        Some(match arena.value(said) {
            Value::Bool(true) => OPEN,
            _ => said,
        })
    }
}

/// All schemas that apply to the value: those the ring may see, and the first hidden one on each way.
fn closure(schemas: &Schemas<'_>, subject: &Subject) -> (Vec<Element>, Vec<Element>) {
    let mut met: HashMap<(NodeId, bool), Role> = HashMap::new();
    let mut visible: BTreeMap<NodeId, Element> = BTreeMap::new();
    let besides = |schema: &NodeId| Element {
        schema: *schema,
        role: Role::Maybe,
        part: false,
    };
    let besides = subject.besides.iter().map(besides);
    let mut hidden: BTreeMap<NodeId, Element> = besides.map(|one| (one.schema, one)).collect();
    let mut open = subject.elements.clone();
    while let Some(element) = open.pop() {
        let key = (element.schema, element.part);
        if met.get(&key).is_some_and(|known| *known <= element.role) {
            continue;
        }
        met.insert(key, element.role);
        let is_hidden = schemas.is_hidden(element.schema);
        let kept = if is_hidden { &mut hidden } else { &mut visible };
        let known = kept.entry(element.schema).or_insert(element);
        known.role = element.role.min(known.role);
        known.part &= element.part;
        if !is_hidden {
            open.extend(beside(schemas, subject, element));
        }
    }
    (
        visible.into_values().collect(),
        hidden.into_values().collect(),
    )
}

/// What one schema applies to its own value.
fn beside(schemas: &Schemas<'_>, subject: &Subject, from: Element) -> Vec<Element> {
    let is_decided = subject.decided.contains(&from.schema);
    let has_chosen = (is_decided || from.part) && schemas.has_discriminator(from.schema);
    let mut found = Vec::new();
    for (schema, applies) in schemas.in_place(from.schema) {
        let maybe = from.role.max(Role::Maybe);
        let element = match applies {
            Applies::Reference => Element { schema, ..from },
            Applies::Part => Element {
                schema,
                part: schemas.has_chosen(from.schema, from.part, schema),
                ..from
            },
            Applies::Alternative if has_chosen => continue,
            Applies::Alternative => Element {
                schema,
                role: maybe,
                part: false,
            },
            Applies::Sometimes => Element {
                schema,
                role: maybe,
                part: true,
            },
            Applies::Judges => Element {
                schema,
                role: Role::Judge,
                part: true,
            },
        };
        found.push(element);
    }
    if !from.part && !is_decided {
        let heirs = schemas.heirs(from.schema).iter();
        let role = from.role.max(Role::Maybe);
        found.extend(heirs.map(|heir| Element {
            schema: *heir,
            role,
            part: true,
        }));
    }
    found
}

fn kinds_of(schemas: &Schemas<'_>, subject: &Subject) -> Kinds {
    let of = |role: Role| {
        subject
            .elements
            .iter()
            .filter(move |element| element.role == role)
    };
    let kinds = |element: &Element| schemas.kinds(element.schema, element.part);
    let sure = of(Role::Sure).fold(ALL, |all, element| all & kinds(element));
    match of(Role::Sure).next() {
        Some(_) => sure,
        None => of(Role::Maybe).fold(0, |all, element| all | kinds(element)),
    }
}

/// What leaves of a sensitive value on the ring.
fn mask(schemas: &Schemas<'_>, schema: NodeId) -> Option<Mask> {
    let arena = &schemas.contract.arena;
    let said = schemas
        .get(schema, "x-sensitive")
        .and_then(|said| arena.get(said, "mask"))?;
    let named = |ring: &str| match arena.get_string(said, ring)? {
        "last4" => Some(Mask::Last4),
        "hash" => Some(Mask::Hash),
        _ => Some(Mask::Drop),
    };
    let masks = match schemas.ring {
        Ring::Internal => [None, None],
        Ring::Partner => [named("partner"), None],
        // What partners may not read, the public may not either.
        Ring::Public => [named("partner"), named("public")],
    };
    masks
        .into_iter()
        .flatten()
        .max_by_key(|mask| strictness(*mask))
}

pub fn strictness(mask: Mask) -> u8 {
    match mask {
        Mask::Last4 => 1,
        Mask::Hash => 2,
        Mask::Drop => 3,
    }
}
