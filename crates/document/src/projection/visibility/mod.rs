//! What one ring sees of each part of a contract.
//!
//! Worked out once for all parts, in this order: what labels hide (`marked`), what cannot be there without it
//! (`hiding`), which fields and values are thereby taken from messages, wherever else they are declared or demanded
//! (`denial`).

mod denial;
mod ground;
mod hiding;
mod marked;
mod mentions;
mod together;
mod whole;

use ahash::HashSet;
use std::cell::RefCell;

use crate::arena::{Arena, NodeId};
use crate::contract::graph::VertexId;
use crate::contract::labels::written;
use crate::contract::{Contract, Part};
use crate::problem::Problem;
use crate::sensitive::{Class, Masking, Sensitivities, Sensitivity};

use super::names::{Name, NameId, Names};
use super::{Audience, Words};
use denial::Denials;
pub use ground::{Ground, InPlace};
pub(super) use marked::understood;
pub use whole::{Missing, PathItems};

/// Says of every part of a contract whether a ring sees it. Linear in the contract; asking is a look-up.
pub struct Visibility<'c> {
    pub(super) ground: Ground<'c>,
    ring: Audience,
    words: &'c Words,
    hidden: Vec<bool>,
    denials: Denials,
    names: Names,
    /// Vertices from which something hidden can be reached through any number of values.
    altered: Vec<bool>,
    /// Schemas that apply to a value of which something may be taken.
    touched: Vec<bool>,
    /// Schemas beside which others apply to the same value.
    shared: Vec<bool>,
    /// Schemas that others may stand for, by a discriminator the ring sees.
    bases: HashSet<VertexId>,
    sensitive: Sensitivities,
    problems: RefCell<Vec<Problem>>,
}

impl<'c> Visibility<'c> {
    pub fn new(contract: &'c Contract, ring: Audience, words: &'c Words) -> Visibility<'c> {
        let ground = Ground::new(contract);
        let mut names = Names::default();
        let mut problems: Vec<Problem> = Vec::new();
        let marked = marked::marked(contract, &ground, ring, words, &mut problems);
        let reaching = hiding::leading_to(&ground, marked.vertices());
        let hidden = hiding::hidden(&ground, &marked, &reaching, &mut problems);
        let denials = denial::denials(
            &ground,
            &marked,
            &hidden,
            &reaching,
            &mut names,
            &mut problems,
        );
        let changed = (0..hidden.len() as VertexId)
            .filter(|vertex| hidden[*vertex as usize])
            .chain(denials.where_declared());
        let altered = hiding::leading_to(&ground, changed);
        let loses = |schema: VertexId| denials.lost_of(schema).next().is_some();
        let touched =
            hiding::in_place_below(&ground, |schema| altered[schema as usize] || loses(schema));
        let shared = hiding::sharing_values(&ground);
        let sensitive = Sensitivities::new(&ground, &contract.sensitive);
        let mut visibility = Visibility {
            sensitive,
            bases: HashSet::default(),
            ground,
            ring,
            words,
            hidden,
            denials,
            names,
            altered,
            touched,
            shared,
            problems: RefCell::new(problems),
        };
        visibility.bases = visibility.find_bases();
        visibility
    }

    pub fn ground(&self) -> &Ground<'c> {
        &self.ground
    }

    pub fn arena(&self) -> &'c Arena {
        self.ground.arena
    }

    pub fn ring(&self) -> Audience {
        self.ring
    }

    /// Why nothing at all can be shown; nothing when all is well.
    pub fn refused(&self) -> Option<Problem> {
        (!self.denials.is_complete()).then(|| {
            let message = "too many schemas share a value with a narrowed one to keep account of";
            let help = "Label whole schemas instead of single fields of what many inherit.";
            Problem::error("projection-too-large", 0, message, help)
        })
    }

    /// The vertex of a node as a part.
    pub fn vertex(&self, node: NodeId, part: Part) -> Option<VertexId> {
        self.ground.graph.find(node, part)
    }

    /// Whether the ring sees a part, what it refers to included.
    pub fn shows(&self, vertex: VertexId) -> bool {
        !self.hidden[vertex as usize]
    }

    /// Whether a schema shows a property it declares. `property` is the schema of the property.
    pub fn shows_property(&self, schema: VertexId, name: &str, property: VertexId) -> bool {
        self.shows(property) && !self.denies_field(schema, name)
    }

    /// Whether no value a schema applies to shows this field, by whatever schema it is declared.
    pub fn denies_field(&self, schema: VertexId, name: &str) -> bool {
        let id = self.names.field(name);
        id.is_some_and(|id| self.denials.is_denied(schema, id))
    }

    /// Whether some values a schema applies to may have lost this field: it cannot be demanded.
    pub fn loses_field(&self, schema: VertexId, name: &str) -> bool {
        let id = self.names.field(name);
        id.is_some_and(|id| self.denials.is_lost(schema, id))
    }

    /// Whether values a schema applies to may have lost fields.
    pub fn loses_fields(&self, schema: VertexId) -> bool {
        let is_field = |id: NameId| matches!(self.names.get(id), Name::Fields | Name::Field(_));
        self.denials.lost_of(schema).any(is_field)
    }

    /// Whether a field no visible schema declares may pass as an additional one of `schema`.
    pub fn shows_additional(&self, schema: VertexId, name: &str) -> bool {
        !self.loses_field(schema, name)
    }

    /// Whether lists a schema applies to may have lost items, or items parts of theirs.
    pub fn loses_items(&self, schema: VertexId) -> bool {
        let is_items = |id: NameId| matches!(self.names.get(id), Name::Items);
        self.denials.lost_of(schema).any(is_items)
    }

    /// Whether a schema shows an enum value it declares.
    pub fn shows_value(&self, schema: VertexId, value: NodeId) -> bool {
        let id = written(self.arena(), value).and_then(|text| self.names.value(&text));
        id.is_none_or(|id| !self.denials.is_denied(schema, id))
    }

    /// Whether a schema hides an enum value, by the text of the value.
    pub fn denies_value(&self, schema: VertexId, text: &str) -> bool {
        let id = self.names.value(text);
        id.is_some_and(|id| {
            let mut chain = self.ground.chain(schema);
            chain.any(|schema| self.denials.is_denied(schema, id))
        })
    }

    /// Whether the ring can tell the alternatives of a schema by its discriminator: it leads somewhere, and no value
    /// the ring sees lost it. What is of a hidden alternative is not seen at all, so that it had the property too says
    /// nothing.
    pub fn shows_discriminator(&self, schema: VertexId) -> bool {
        self.ground.can_tell_apart(schema) && self.keeps_discriminator(schema)
    }

    fn keeps_discriminator(&self, schema: VertexId) -> bool {
        let property = self
            .ground
            .get(schema, "discriminator")
            .and_then(|discriminator| self.arena().get_string(discriminator, "propertyName"));
        let alternatives = ["oneOf", "anyOf"]
            .into_iter()
            .flat_map(|key| self.ground.list(schema, key, Part::Schema))
            .chain(self.ground.heirs(schema).iter().copied());
        let mut seen = alternatives.filter(|alternative| self.shows(*alternative));
        property.is_none_or(|property| {
            !self.denies_field(schema, property)
                && seen.all(|alternative| !self.denies_field(alternative, property))
        })
    }

    /// Visible schemas that may stand in the place of one by a discriminator, without being named in its mapping.
    pub fn heirs(&self, base: VertexId) -> Vec<VertexId> {
        let heirs = self.ground.heirs(base).iter().copied();
        heirs
            .filter(|_| self.bases.contains(&base))
            .filter(|heir| self.shows(*heir) && self.shows_inheritance(base, *heir))
            .collect()
    }

    fn shows_inheritance(&self, base: VertexId, heir: VertexId) -> bool {
        let included = self.ground.list(heir, "allOf", Part::Schema).into_iter();
        included
            .filter(|branch| self.ground.target(*branch) == Some(base))
            .any(|branch| self.shows(branch))
    }

    /// Schemas with a discriminator the ring sees, and those that inherit it.
    fn find_bases(&self) -> HashSet<VertexId> {
        let ground = &self.ground;
        let mut open: Vec<VertexId> = ground
            .schemas()
            .filter(|schema| ground.get(*schema, "discriminator").is_some())
            .filter(|schema| self.shows_discriminator(*schema))
            .collect();
        let mut bases = HashSet::default();
        while let Some(base) = open.pop() {
            if bases.insert(base) {
                let heirs = ground.heirs(base).iter().copied();
                open.extend(heirs.filter(|heir| self.shows_inheritance(base, *heir)));
            }
        }
        bases
    }

    /// Whether other schemas apply to the value this one applies to.
    pub fn shares_value(&self, schema: VertexId) -> bool {
        self.shared[schema as usize]
    }

    /// Whether the ring sees values of these schemas differently than the contract describes them.
    pub fn alters(&self, vertex: VertexId) -> bool {
        self.altered[vertex as usize] || self.denials.lost_of(vertex).next().is_some()
    }

    /// Whether values may fit a branch that did not fit it whole: it shows or demands less than it says.
    pub fn loosens(&self, branch: VertexId) -> bool {
        let is_named = |id: NameId| matches!(self.names.get(id), Name::Field(_) | Name::Value(_));
        self.altered[branch as usize]
            || self
                .denials
                .lost_of(branch)
                .any(|id| is_named(id) || self.denials.is_denied(branch, id))
    }

    /// Whether a schema can judge what is left of a value as it judged the whole value: the `not` or `if` of
    /// `parent`. Where it cannot, what depends on it is not shown.
    pub fn keeps_condition(&self, parent: VertexId, condition: VertexId) -> bool {
        if !self.touched[parent as usize] {
            return true;
        }
        self.shows(condition)
            && !self.altered[condition as usize]
            && mentions::is_insensitive(&self.ground, &self.names, condition)
    }

    /// The visible schemas that apply to the value a schema applies to; not those that only judge it.
    pub fn in_place(&self, schema: VertexId) -> Vec<VertexId> {
        let ground = &self.ground;
        let condition = ground.schema(schema, "if");
        let is_kept = condition.is_none_or(|condition| self.keeps_condition(schema, condition));
        let judging = ["not", "if"].map(|key| ground.schema(schema, key));
        let chosen = ["then", "else"].map(|key| ground.schema(schema, key));
        let in_place = ground.in_place(schema).into_iter().map(|(to, _)| to);
        in_place
            .filter(|to| self.shows(*to) && !judging.contains(&Some(*to)))
            .filter(|to| is_kept || !chosen.contains(&Some(*to)))
            .collect()
    }

    /// Why values of a schema, parameter or header are sensitive; of several schemas of one value, the strictest.
    pub fn sensitivity(&self, vertex: VertexId) -> Option<Class> {
        self.sensitive.of(vertex).map(|says| says.class)
    }

    pub(crate) fn sensitive_of(&self, vertex: VertexId) -> Option<Sensitivity> {
        self.sensitive.of(vertex)
    }

    /// What leaves to this ring in place of values of a schema or header. Requests are not concerned.
    pub fn mask(&self, vertex: VertexId) -> Option<Masking> {
        self.sensitive
            .of(vertex)
            .and_then(|says| says.masking(self.ring))
    }

    /// Whether a text anywhere below a node names something hidden.
    pub fn mentions_hidden(&self, node: NodeId) -> bool {
        mentions::mentions(self.arena(), &self.names, node)
    }

    /// Whether a text is, or holds as a word, the name of something hidden.
    pub fn names_hidden(&self, text: &str) -> bool {
        mentions::has_name(&self.names, text)
    }

    /// Whether an object without a place in the grammar, such as `externalDocs`, is for the ring.
    pub fn shows_object(&self, node: NodeId) -> bool {
        self.says(node, "x-audience").reaches(self.ring)
    }

    /// Whether the description of a part is for the ring.
    pub fn shows_description(&self, node: NodeId) -> bool {
        self.says(node, "x-description-audience").reaches(self.ring)
    }

    /// What a label says; nothing: public.
    pub fn says(&self, node: NodeId, key: &str) -> Audience {
        let label = self.arena().get(node, key);
        label.map_or(Audience::Public, |label| {
            marked::understood(self.arena(), self.words, label)
        })
    }

    pub fn report(&self, problem: Problem) {
        self.problems.borrow_mut().push(problem);
    }

    pub fn problems(&self) -> Vec<Problem> {
        self.problems.borrow().clone()
    }
}
