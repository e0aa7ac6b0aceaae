//! Parameters and bodies an operation's document declares, and whether a ring sees them.

use document::NodeId;
use wall::bundle::ParameterPlace;

use crate::bodies::{Schemas, UNSAID, is_shown, texts};
use crate::operations::Operation;

pub struct Parameter {
    /// The object itself, at the end of its references.
    pub node: NodeId,
    pub place: ParameterPlace,
    /// Of header fields in lower case.
    pub name: String,
    pub is_shown: bool,
    /// What describes its value.
    pub schema: NodeId,
    /// It is `content` of a media type, in lower case.
    pub media_type: Option<String>,
}

/// Parameters of an operation; its own instead of those its path declares for all.
pub fn parameters(schemas: &Schemas<'_>, operation: &Operation) -> Vec<Parameter> {
    let mut all: Vec<Parameter> = Vec::new();
    for (node, items) in operation.declared.iter().zip(&operation.items) {
        let own = list(schemas, schemas.contract.chain(*node));
        let shared = list(schemas, items.iter().copied());
        let is_own = |shared: &Parameter| {
            let mut own = own.iter();
            own.any(|one| one.place == shared.place && one.name == shared.name)
        };
        let inherited: Vec<Parameter> = shared.into_iter().filter(|one| !is_own(one)).collect();
        all.extend(own);
        all.extend(inherited);
    }
    all
}

fn list(schemas: &Schemas<'_>, of: impl Iterator<Item = NodeId>) -> Vec<Parameter> {
    let contract = schemas.contract;
    let lists = of.filter_map(|one| contract.arena.get(one, "parameters"));
    let written = lists.flat_map(|list| contract.arena.items(contract.end(list)));
    written
        .filter_map(|written| parameter(schemas, *written))
        .collect()
}

fn parameter(schemas: &Schemas<'_>, written: NodeId) -> Option<Parameter> {
    let contract = schemas.contract;
    let arena = &contract.arena;
    let node = contract.end(written);
    let place = arena.get_string(node, "in")?;
    let place = *ParameterPlace::ALL
        .iter()
        .find(|known| known.as_str() == place)?;
    let name = arena.get_string(node, "name")?;
    let content = content(schemas, node);
    let shown = content.iter().find(|one| one.is_shown);
    let schema = arena.get(node, "schema").or(shown.map(|one| one.schema));
    Some(Parameter {
        node,
        place,
        name: match place {
            ParameterPlace::Header => name.to_ascii_lowercase(),
            _ => name.to_owned(),
        },
        is_shown: is_shown(schemas, written)
            && !schema.is_some_and(|schema| schemas.is_hidden(schema))
            && (content.is_empty() || shown.is_some())
            && !hides_a_value_it_has_not(schemas, node, schema),
        schema: schema.unwrap_or(UNSAID),
        media_type: content.into_iter().next().map(|one| one.media_type),
    })
}

/// A label of a value beside the schema speaks of the schema's; of none there, of the whole parameter.
fn hides_a_value_it_has_not(schemas: &Schemas<'_>, node: NodeId, schema: Option<NodeId>) -> bool {
    let known = schema.and_then(|schema| schemas.texts(schema));
    let known = known.unwrap_or_default();
    let is_composed = schema.is_some_and(|schema| !schemas.in_place(schema).is_empty());
    let hidden = schemas.hidden_values(node);
    !is_composed && hidden.iter().any(|value| !known.contains(value))
}

/// One media type of a body or parameter.
pub struct Media {
    /// Lower case, without parameters.
    pub media_type: String,
    pub node: NodeId,
    pub schema: NodeId,
    pub is_shown: bool,
}

pub fn content(schemas: &Schemas<'_>, of: NodeId) -> Vec<Media> {
    let contract = schemas.contract;
    let arena = &contract.arena;
    let map = arena.get(of, "content").map(|map| contract.end(map));
    let members = map.map(|map| arena.members(map)).unwrap_or_default();
    let media = members.iter().map(|member| {
        let node = contract.end(member.value);
        let schema = arena.get(node, "schema").unwrap_or(UNSAID);
        Media {
            media_type: texts::media_range(arena.key(member)),
            node,
            schema,
            is_shown: is_shown(schemas, member.value) && !schemas.is_hidden(schema),
        }
    });
    media.collect()
}

/// What a request's body may be.
pub struct Body {
    pub is_required: bool,
    pub content: Vec<Media>,
}

/// Bodies the ring may see; several where several operations arrive as the same request.
pub fn bodies(schemas: &Schemas<'_>, operation: &Operation) -> Vec<Body> {
    let contract = schemas.contract;
    let arena = &contract.arena;
    let written = operation.declared.iter().filter_map(|node| {
        let mut chain = contract.chain(*node);
        chain.find_map(|one| arena.get(one, "requestBody"))
    });
    let shown = written.filter(|written| is_shown(schemas, *written));
    let bodies = shown.map(|written| {
        let node = contract.end(written);
        Body {
            is_required: crate::bodies::kinds::is_true(arena, node, "required"),
            content: content(schemas, node),
        }
    });
    bodies.collect()
}
