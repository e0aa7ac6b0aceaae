//! What a verdict is made of, noted while it is made.

use std::cell::RefCell;
use std::sync::Arc;

use ahash::AHashMap;
use document::NodeId;

use super::parts::{PartId, Parts};
use super::told::{Finding, Told};
use crate::automaton::{GivenId, SetId, Transition};
use crate::engine::FINDINGS;
use crate::functions::Problem;
use crate::openapi::{Direction, Judge};

/// Parts that were read, as they were.
type Read = Vec<(PartId, u64)>;

/// What walking a part came to.
pub struct Unit {
    parts: Read,
    /// The part's own name, where it was asked for.
    key: Option<Box<str>>,
    findings: Vec<u32>,
    pub ways: Vec<Way>,
}

/// To another part.
pub struct Way {
    pub part: PartId,
    pub set: SetId,
    /// Ordinals of children, from the part on.
    pub steps: Box<[u32]>,
}

/// What is looked for in a part: by paths that select the part itself, or by what a walk looks for below it.
#[derive(Clone, PartialEq, Eq, Hash)]
pub enum Sought {
    Itself(Vec<GivenId>),
    Below(SetId),
}

/// In the document as it is written, or resolved; a part; and what was looked for in it.
type Asked = (bool, PartId, Sought);

/// What parts came to, in which lint last.
#[derive(Default)]
pub struct Units {
    known: AHashMap<Asked, (u32, Arc<Unit>)>,
    lint: u32,
    /// How many the lint at hand took or made.
    used: usize,
}

impl Units {
    fn begin(&mut self) {
        self.lint = self.lint.wrapping_add(1);
        self.used = 0;
    }

    fn put(&mut self, asked: Asked, unit: Arc<Unit>) {
        self.known.insert(asked, (self.lint, unit));
        self.used += 1;
    }

    /// What it came to before, if that still `holds`.
    fn take(&mut self, asked: &Asked, holds: impl FnOnce(&Unit) -> bool) -> Option<Arc<Unit>> {
        let (lint, unit) = self.known.get_mut(asked)?;
        if !holds(unit) {
            return None;
        }
        self.used += usize::from(*lint != self.lint);
        *lint = self.lint;
        Some(unit.clone())
    }

    /// What is not needed any more may be once again, when an edit is undone; but not all of it for ever.
    fn forget(&mut self) {
        if self.known.len() > 2 * self.used {
            let now = self.lint;
            self.known.retain(|_, (lint, _)| *lint == now);
        }
    }

    pub fn used(&self) -> usize {
        self.used
    }
}

/// Where the walk goes on in a part, and which paths select it, by where it stood before.
type Choices = AHashMap<(bool, PartId, SetId), (Transition, Read)>;

/// How parts are built, by what they are to be: found in a part with this hash.
type Structures = AHashMap<(PartId, Box<str>), (u64, Arc<Vec<Problem>>)>;

/// What judges examples, and the parts it is made of, as they were.
type Judges = AHashMap<(PartId, bool, Direction), (Judge, Read)>;

/// Judges kept; the schemas of a huge document are a thousand, most of them small.
const JUDGES: usize = 512;

#[derive(Default)]
pub struct Kept {
    pub units: Units,
    pub choices: Choices,
    pub told: Told,
    pub structures: Structures,
    pub judges: Judges,
}

#[derive(Default)]
struct Record {
    read: Vec<NodeId>,
    findings: Vec<u32>,
    ways: Vec<Way>,
    key: bool,
    /// It depends on what nobody keeps track of.
    unkept: bool,
}

pub struct Notes {
    pub(super) parts: Parts,
    units: RefCell<Units>,
    choices: RefCell<Choices>,
    structures: RefCell<Structures>,
    judges: RefCell<Judges>,
    pub(super) told: RefCell<Told>,
    /// Findings of this lint; each once.
    pub(super) live: RefCell<Live>,
    open: RefCell<Vec<Record>>,
}

#[derive(Default)]
pub struct Live {
    pub numbers: Vec<u32>,
    seen: Vec<bool>,
}

impl Live {
    fn add(&mut self, number: u32) {
        if self.seen.len() <= number as usize {
            self.seen.resize(number as usize + 1, false);
        }
        if !self.seen[number as usize] {
            self.seen[number as usize] = true;
            self.numbers.push(number);
        }
    }
}

impl Notes {
    pub(super) fn new(parts: Parts, mut kept: Kept) -> Notes {
        kept.units.begin();
        Notes {
            parts,
            units: RefCell::new(kept.units),
            choices: RefCell::new(kept.choices),
            structures: RefCell::new(kept.structures),
            judges: RefCell::new(kept.judges),
            told: RefCell::new(kept.told),
            live: RefCell::default(),
            open: RefCell::default(),
        }
    }

    /// What the next lint may take.
    pub(super) fn kept(self) -> Kept {
        let mut structures = self.structures.into_inner();
        structures.retain(|(part, _), _| self.parts.get(*part).is_some());
        let mut units = self.units.into_inner();
        units.forget();
        let mut choices = self.choices.into_inner();
        choices.retain(|(_, part, _), _| self.parts.get(*part).is_some());
        Kept {
            units,
            choices,
            told: self.told.into_inner(),
            structures,
            judges: self.judges.into_inner(),
        }
    }

    /// Problems of a part that is to be this, with paths below it.
    pub fn structure(&self, part: PartId, name: &str) -> Option<Arc<Vec<Problem>>> {
        let known = self.structures.borrow();
        let (hash, problems) = known.get(&(part, Box::from(name)))?;
        (self.parts.get(part)?.hash == *hash).then(|| problems.clone())
    }

    pub fn keep_structure(&self, part: PartId, name: &str, problems: Vec<Problem>) {
        if let Some(now) = self.parts.get(part) {
            let mut known = self.structures.borrow_mut();
            known.insert((part, Box::from(name)), (now.hash, Arc::new(problems)));
        }
    }

    /// A judge made before of what is still the same; what it is made of counts as read.
    pub fn judge(&self, schema: NodeId, resolved: bool, direction: Direction) -> Option<Judge> {
        let part = self.parts.at(schema)?;
        let judges = self.judges.borrow();
        let (judge, of) = judges.get(&(part, resolved, direction))?;
        let nodes: Option<Vec<NodeId>> = of.iter().map(|one| self.same(one)).collect();
        nodes?.into_iter().for_each(|node| self.read(node));
        Some(judge.clone())
    }

    pub fn keep_judge(
        &self,
        schema: NodeId,
        resolved: bool,
        direction: Direction,
        judge: &Judge,
        read: &[NodeId],
    ) {
        let parts = [schema].into_iter().chain(read.iter().copied());
        let of = parts.map(|node| {
            self.parts
                .at(node)
                .and_then(|id| Some((id, self.parts.get(id)?.hash)))
        });
        let (Some(part), Some(mut of)) = (self.parts.at(schema), of.collect::<Option<Vec<_>>>())
        else {
            return;
        };
        of.sort_unstable();
        of.dedup();
        let mut judges = self.judges.borrow_mut();
        if judges.len() >= JUDGES {
            judges.clear();
        }
        judges.insert((part, resolved, direction), (judge.clone(), of));
    }

    /// The node of a part that is as it was.
    fn same(&self, (id, hash): &(PartId, u64)) -> Option<NodeId> {
        let part = self.parts.get(*id)?;
        (part.hash == *hash).then_some(part.node)
    }

    pub fn part(&self, node: NodeId) -> Option<PartId> {
        self.parts.at(node)
    }

    pub fn node(&self, part: PartId) -> Option<NodeId> {
        self.parts.get(part).map(|part| part.node)
    }

    fn note(&self, note: impl FnOnce(&mut Record)) {
        if let Some(record) = self.open.borrow_mut().last_mut() {
            note(record);
        }
    }

    /// A part was read.
    pub fn read(&self, node: NodeId) {
        self.note(|record| {
            if record.read.last() != Some(&node) {
                record.read.push(node);
            }
        });
    }

    /// Something outside of all parts was read, or what is said may be different another time.
    pub fn unkept(&self) {
        self.note(|record| record.unkept = true);
    }

    /// The name of the part itself was read.
    pub fn key(&self) {
        self.note(|record| record.key = true);
    }

    pub fn way(&self, way: Way) {
        self.note(|record| record.ways.push(way));
    }

    pub fn found(&self, finding: Finding) {
        if self.live.borrow().numbers.len() >= FINDINGS {
            return self.unkept();
        }
        let number = self.told.borrow_mut().number(finding);
        self.live.borrow_mut().add(number);
        self.note(|record| record.findings.push(number));
    }

    /// What was read while something was done; noted too.
    pub fn reading<T>(&self, done: impl FnOnce() -> T) -> (T, Vec<NodeId>) {
        self.begin();
        let result = done();
        let record = self.open.borrow_mut().pop().unwrap_or_default();
        self.note(|outer| {
            outer.read.extend(&record.read);
            outer.unkept |= record.unkept;
        });
        (result, record.read)
    }

    pub fn begin(&self) {
        self.open.borrow_mut().push(Record::default());
    }

    pub fn end(&self, resolved: bool, part: PartId, sought: Sought, key: &dyn Fn() -> String) {
        let Some(record) = self.open.borrow_mut().pop() else {
            return;
        };
        if let Some(unit) = self.unit(part, record, key) {
            let mut units = self.units.borrow_mut();
            units.put((resolved, part, sought), Arc::new(unit));
        }
    }

    /// The part and what else was read, as it is; nothing where that is not known.
    fn read_of(&self, part: PartId, record: &mut Record) -> Option<Read> {
        if record.unkept {
            return None;
        }
        let mut read = std::mem::take(&mut record.read);
        read.sort_unstable();
        read.dedup();
        let own = std::iter::once(Some(part));
        let parts = own.chain(read.into_iter().map(|node| self.parts.at(node)));
        parts
            .map(|id| id.and_then(|id| Some((id, self.parts.get(id)?.hash))))
            .collect()
    }

    fn is_as_it_was(&self, read: &Read) -> bool {
        read.iter().all(|one| self.same(one).is_some())
    }

    /// What `choose` comes to for a part that is where it is written, or came to when the part was the same.
    pub fn chosen(
        &self,
        resolved: bool,
        part: PartId,
        set: SetId,
        choose: impl FnOnce() -> Transition,
    ) -> Transition {
        let asked = (resolved, part, set);
        if let Some((known, read)) = self.choices.borrow().get(&asked)
            && self.is_as_it_was(read)
        {
            return known.clone();
        }
        self.begin();
        let chosen = choose();
        let mut record = self.open.borrow_mut().pop().unwrap_or_default();
        if let Some(read) = self.read_of(part, &mut record) {
            let mut choices = self.choices.borrow_mut();
            choices.insert(asked, (chosen.clone(), read));
        }
        chosen
    }

    fn unit(&self, part: PartId, mut record: Record, key: &dyn Fn() -> String) -> Option<Unit> {
        let parts = self.read_of(part, &mut record)?;
        let mut findings = record.findings;
        findings.sort_unstable();
        findings.dedup();
        findings.shrink_to_fit();
        Some(Unit {
            parts,
            key: record.key.then(|| key().into_boxed_str()),
            findings,
            ways: record.ways,
        })
    }

    /// What was said of a part, if it would be said again; its findings are taken.
    pub fn recalled(
        &self,
        resolved: bool,
        part: PartId,
        sought: Sought,
        key: &dyn Fn() -> String,
    ) -> Option<Arc<Unit>> {
        let holds = |unit: &Unit| {
            self.is_as_it_was(&unit.parts) && unit.key.as_deref().is_none_or(|name| name == key())
        };
        let asked = (resolved, part, sought);
        let unit = self.units.borrow_mut().take(&asked, holds)?;
        let mut live = self.live.borrow_mut();
        unit.findings.iter().for_each(|number| live.add(*number));
        Some(unit)
    }
}
