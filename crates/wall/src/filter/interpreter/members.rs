//! Names and positions: which rule a value stands under.

use super::frame::Kind;
use super::{Inside, Pass};
use crate::bundle::{ArrayRule, NodeIndex};
use crate::faults::{Check, skips};
use crate::filter::Mode;
use crate::filter::bounds::MAX_HEAD_BYTES;
use crate::filter::fault::{FaultKind, Halt, Read, SYNTAX};
use crate::filter::graph::{Object, Plain, Unlisted, name_hash};
use crate::filter::report::Reason;
use crate::filter::scanner::{self, Text};
use crate::filter::text::unescape;

/// What a value stands under.
#[derive(Clone, Copy, Debug)]
pub enum Rule {
    /// That of what it is in, which leaves or goes as a whole.
    Inherited,
    Node(NodeIndex),
    Refused(Reason),
    /// Removed with an item before it.
    Cut,
}

/// What a member is called.
#[derive(Clone, Copy, Debug)]
pub enum Name {
    /// An item, or a member of what is gone.
    None,
    Property(u32),
    /// A name that is no property: `Pass::other`.
    Other,
}

/// The name under way, if it is no property.
#[derive(Clone, Copy, Debug, Default)]
pub struct Other {
    pub hash: u64,
    /// Where it is written, `escaped` in `Machine::name` instead.
    from: usize,
    to: usize,
    escaped: bool,
}

impl Other {
    pub fn characters<'a>(&self, input: &'a [u8], unescaped: &'a [u8]) -> &'a [u8] {
        match self.escaped {
            true => unescaped,
            false => &input[self.from..self.to],
        }
    }
}

/// A member whose value is about to be read.
#[derive(Clone, Copy, Debug)]
pub struct Slot {
    /// The end of what was before it.
    pub mark: usize,
    /// Behind its comma; `mark` if it has none.
    pub begin: usize,
    pub rule: Rule,
    /// What of the rule is known without judging.
    pub plain: Plain,
    pub name: Name,
}

/// A rule, and what of it is known without judging.
pub(super) type Ruled = (Rule, Plain);

/// Scalars leave or go with what they are in.
const INHERITED: Ruled = (Rule::Inherited, Plain::SCALARS);

fn refused(reason: Reason) -> Ruled {
    (Rule::Refused(reason), Plain::NOTHING)
}

#[inline(always)]
pub(super) fn ruled(node: NodeIndex, plain: Plain) -> Ruled {
    match plain.has(Plain::CLOSED) {
        true => refused(Reason::Narrower),
        false => (Rule::Node(node), plain),
    }
}

impl<'a> Pass<'a> {
    /// The body's own value.
    #[inline(never)]
    pub(super) fn body(&mut self, at: usize) -> Read<usize> {
        let (rule, plain) = self.rule(self.machine.root);
        let slot = Slot {
            mark: at,
            begin: at,
            rule,
            plain,
            name: Name::None,
        };
        self.value(slot, at)
    }

    /// The next member, or the bracket that ends what they are in; `mark`: behind what was before it.
    #[inline(always)]
    pub(super) fn next(&mut self, mark: usize, is_first: bool) -> Read<usize> {
        let at = scanner::whitespace(self.input, mark);
        match self.byte(at)? {
            b'}' | b']' => self.close(mark, at),
            b',' if !is_first => {
                let begin = scanner::whitespace(self.input, at + 1);
                self.member(mark, at + 1, begin)
            }
            _ if is_first => self.member(mark, mark, at),
            _ => Err(SYNTAX),
        }
    }

    /// A member that begins at `at`, behind the whitespace.
    #[inline(never)]
    fn member(&mut self, mark: usize, begin: usize, at: usize) -> Read<usize> {
        let ((rule, plain), name, at) = if self.machine.top.is_object {
            self.name(at)?
        } else {
            (self.item_rule(), Name::None, at)
        };
        if at - mark > MAX_HEAD_BYTES {
            return Err(Halt::Fault(FaultKind::HeadTooLong));
        }
        let slot = Slot {
            mark,
            begin,
            rule,
            plain,
            name,
        };
        self.value(slot, at)
    }

    /// Name and colon; returns where the value begins.
    #[inline(always)]
    fn name(&mut self, at: usize) -> Read<(Ruled, Name, usize)> {
        if self.byte(at)? != b'"' {
            return Err(SYNTAX);
        }
        let (rule, name, after) = self.searched(at + 1)?;
        let colon = scanner::whitespace(self.input, after);
        if self.byte(colon)? != b':' {
            return Err(SYNTAX);
        }
        Ok((rule, name, scanner::whitespace(self.input, colon + 1)))
    }

    #[inline(always)]
    fn searched(&mut self, from: usize) -> Read<(Ruled, Name, usize)> {
        let Text::Ended { after, escaped } = scanner::string(self.input, from)? else {
            return Err(Halt::Starved);
        };
        if self.machine.top.kind == Kind::Gone {
            return Ok((INHERITED, Name::None, after));
        }
        let to = after - 1;
        if escaped {
            self.machine.name.clear();
            unescape(&self.input[from..to], &mut self.machine.name);
        }
        self.other = Other {
            hash: 0,
            from,
            to,
            escaped,
        };
        self.other.hash = name_hash(self.other.characters(self.input, &self.machine.name));
        let (rule, name) = match self.machine.top.kind {
            Kind::Node(_) => self.found(),
            _ => (INHERITED, Name::Other),
        };
        Ok((rule, name, after))
    }

    fn found(&self) -> (Ruled, Name) {
        let Some(object) = self.object() else {
            return (refused(Reason::Undeclared), Name::Other);
        };
        let name = self.other.characters(self.input, &self.machine.name);
        if let Some(index) = object.find(name, self.other.hash) {
            let property = &object.properties[index as usize];
            return (ruled(property.node, property.plain), Name::Property(index));
        }
        let rule = match object.unlisted(name) {
            Unlisted::Node(node) => self.rule(node),
            Unlisted::Disputed => refused(Reason::Narrower),
            Unlisted::Undeclared => refused(Reason::Undeclared),
        };
        (rule, Name::Other)
    }

    #[inline(always)]
    fn item_rule(&self) -> Ruled {
        let Kind::Node(node) = self.machine.top.kind else {
            return INHERITED;
        };
        if self.machine.top.cut {
            return (Rule::Cut, Plain::NOTHING);
        }
        let items = self.graph.node(node).array.as_ref();
        let item = |array: &ArrayRule| {
            let positioned = array.prefix.get(self.machine.top.next as usize);
            positioned.copied().or(array.items)
        };
        items
            .and_then(item)
            .map_or(refused(Reason::Undeclared), |node| self.rule(node))
    }

    #[inline(always)]
    fn rule(&self, node: NodeIndex) -> Ruled {
        ruled(node, self.graph.plain(node))
    }

    #[inline(always)]
    pub(super) fn inside_of_top(&self) -> Inside<'a> {
        match self.machine.top.kind {
            Kind::Node(node) if self.machine.top.is_object => self
                .graph
                .object(node)
                .map_or(Inside::Other, Inside::Object),
            Kind::Node(node) => self.inside_of_array(node),
            Kind::Gone => Inside::Gone,
            Kind::Open | Kind::Root => Inside::Other,
        }
    }

    #[inline(always)]
    fn inside_of_array(&self, node: NodeIndex) -> Inside<'a> {
        match &self.graph.node(node).array {
            Some(array) if array.prefix.is_empty() => match array.items.map(|item| self.rule(item))
            {
                Some((Rule::Node(item), plain)) => Inside::Items(item, plain),
                _ => Inside::Other,
            },
            _ => Inside::Other,
        }
    }

    #[inline(always)]
    fn object(&self) -> Option<&'a Object> {
        match self.inside {
            Inside::Object(object) => Some(object),
            _ => None,
        }
    }

    /// The item that was just met has a position of its own.
    pub(super) fn is_positioned(&self) -> bool {
        let Kind::Node(node) = self.machine.top.kind else {
            return false;
        };
        let array = self.graph.node(node).array.as_ref();
        !self.machine.top.is_object
            && array.is_some_and(|array| self.machine.top.next as usize <= array.prefix.len())
    }

    /// Notes that the member is there: what is noted is not undone, so all its step needs has been read.
    #[inline(always)]
    pub(super) fn meet(&mut self, name: Name) -> Read<()> {
        match name {
            Name::None => {
                let next = &mut self.machine.top.next;
                *next = next.saturating_add(1);
                Ok(())
            }
            Name::Property(index) => self.meet_property(index).map_err(Halt::Fault),
            Name::Other => self.meet_other().map_err(Halt::Fault),
        }
    }

    fn meet_other(&mut self) -> Result<(), FaultKind> {
        if !self.remembers_names() {
            return Ok(());
        }
        let mark = self.machine.top.names_from as usize;
        match self.machine.names.enter(mark, self.other.hash) {
            Err(FaultKind::DuplicateName) if skips(Check::NameTwice) => Ok(()),
            entered => entered,
        }
    }

    #[inline(always)]
    fn meet_property(&mut self, index: u32) -> Result<(), FaultKind> {
        let top = &mut self.machine.top;
        top.next = index + 1;
        let bits = match index / 64 {
            0 => &mut top.met,
            word => &mut self.machine.met[(top.met_from + word - 1) as usize],
        };
        let bit = 1 << (index % 64);
        if *bits & bit != 0 && !skips(Check::NameTwice) {
            return Err(FaultKind::DuplicateName);
        }
        *bits |= bit;
        Ok(())
    }

    /// Names that are no property may leave, so one that is there twice matters.
    fn remembers_names(&self) -> bool {
        match self.machine.top.kind {
            Kind::Node(_) => {
                self.machine.mode != Mode::Enforce || self.object().is_some_and(Object::is_open)
            }
            Kind::Open => true,
            Kind::Gone | Kind::Root => false,
        }
    }
}
