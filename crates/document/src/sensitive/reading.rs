//! `x-sensitive` as written: what it says, and what is wrong with it.

use crate::arena::{Arena, Member, NodeId, Value};
use crate::contract::Part;
use crate::contract::graph::{Graph, VertexId};
use crate::problem::{Problem, shown};

use super::{Class, Mark, Masking, Sensitivity};

const KEY: &str = "x-sensitive";

/// Every mark of a contract that can be understood. A problem for each that cannot: an error, because what was
/// meant to be kept from a ring would reach it.
pub fn sensitive_marks(arena: &Arena, graph: &Graph) -> (Vec<Mark>, Vec<Problem>) {
    let mut reading = Reading {
        arena,
        problems: Vec::new(),
    };
    let mut marks = Vec::new();
    for (vertex, at) in graph.vertices.iter().enumerate() {
        let Some(member) = arena.member(at.node, KEY) else {
            continue;
        };
        match at.part {
            Part::Schema | Part::Parameter | Part::Header => {
                let vertex = vertex as VertexId;
                let says = reading.sensitivity(member.value);
                marks.extend(says.map(|says| Mark { vertex, says }));
            }
            _ => reading.misplaced(member, at.part),
        }
    }
    (marks, reading.problems)
}

struct Reading<'a> {
    arena: &'a Arena,
    problems: Vec<Problem>,
}

impl Reading<'_> {
    fn sensitivity(&mut self, value: NodeId) -> Option<Sensitivity> {
        match self.arena.value(value) {
            Value::String(_) => self
                .class(value)
                .map(|class| Sensitivity::new(class, None, None)),
            Value::Object(_) => self.described(value),
            _ => {
                let message = format!("{KEY} is a class, this is {}", self.arena.type_name(value));
                self.error("sensitive-invalid", value, message, classes());
                None
            }
        }
    }

    /// `{class: …, mask: …}`.
    fn described(&mut self, value: NodeId) -> Option<Sensitivity> {
        for member in self.arena.members(value) {
            let key = self.arena.key(member);
            if !matches!(key, "class" | "mask") {
                let message = format!("{KEY} has no {}", shown(key));
                let help = "It has `class` and `mask`.";
                self.problems.push(Problem::error(
                    "sensitive-invalid",
                    member.key_at,
                    message,
                    help,
                ));
            }
        }
        let Some(class) = self.arena.get(value, "class") else {
            self.error(
                "sensitive-invalid",
                value,
                format!("{KEY} names no class"),
                classes(),
            );
            return None;
        };
        let class = self.class(class)?;
        let (partner, public) = match self.arena.get(value, "mask") {
            Some(mask) => self.masks(mask),
            None => (None, None),
        };
        Some(Sensitivity::new(class, partner, public))
    }

    fn class(&mut self, value: NodeId) -> Option<Class> {
        let word = self.arena.string(value);
        let known = Class::ALL
            .into_iter()
            .find(|class| word == Some(class.word()));
        if known.is_none() {
            let message = format!("{} is no class of sensitive values", self.said(value));
            self.error("sensitive-class-unknown", value, message, classes());
        }
        known
    }

    /// For partner and public: of each its own, or one for both.
    fn masks(&mut self, value: NodeId) -> (Option<Masking>, Option<Masking>) {
        if self.arena.string(value).is_some() {
            let both = self.masking(value);
            return (both, both);
        }
        let (mut partner, mut public) = (None, None);
        for member in self.arena.members(value) {
            let ring = self.arena.key(member);
            match ring {
                "partner" => partner = self.masking(member.value),
                "public" => public = self.masking(member.value),
                _ => {
                    let message = format!("{} is no ring that a mask can be for", shown(ring));
                    let help = "Masks are for partner and public; the internal ring sees values as they are.";
                    let at = member.key_at;
                    self.problems
                        .push(Problem::error("sensitive-mask-invalid", at, message, help));
                }
            }
        }
        if !matches!(self.arena.value(value), Value::Object(_)) {
            let message = format!("a mask per ring, this is {}", self.arena.type_name(value));
            self.error(
                "sensitive-mask-invalid",
                value,
                message,
                "Write `{public: last4}`.".to_owned(),
            );
        }
        if public.is_some() && partner > public {
            let message =
                "the public ring sees no more than partners do: partners' mask is for both";
            let help = "Give the public ring a mask that is as strict.";
            let at = self.arena.node(value).at;
            self.problems
                .push(Problem::warning("sensitive-mask-raised", at, message, help));
        }
        (partner, public)
    }

    fn masking(&mut self, value: NodeId) -> Option<Masking> {
        let word = self.arena.string(value);
        let known = Masking::ALL
            .into_iter()
            .find(|mask| word == Some(mask.word()));
        if known.is_none() {
            let message = format!("{} is no mask", self.said(value));
            let help = "There are last4, hash and drop.".to_owned();
            self.error("sensitive-mask-invalid", value, message, help);
        }
        known
    }

    fn misplaced(&mut self, member: &Member, part: Part) {
        let message = format!("{KEY} says nothing on {}", part.name());
        let help = "Mark the schemas, properties, parameters or headers that hold the values.";
        self.problems.push(Problem::error(
            "sensitive-misplaced",
            member.key_at,
            message,
            help,
        ));
    }

    fn said(&self, value: NodeId) -> String {
        match self.arena.string(value) {
            Some(word) => shown(word),
            None => self.arena.type_name(value).to_owned(),
        }
    }

    fn error(&mut self, code: &'static str, value: NodeId, message: String, help: String) {
        let at = self.arena.node(value).at;
        self.problems.push(Problem::error(code, at, message, help));
    }
}

fn classes() -> String {
    let words = Class::ALL.map(Class::word);
    format!("There are {}.", words.join(", "))
}
