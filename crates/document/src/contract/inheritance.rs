//! What a discriminator says without naming it: where a schema with one is expected, every schema that includes it
//! by `allOf` may stand (OpenAPI 3.0 and 3.1, Discriminator Object, "implicit" mapping). One that has no name is none
//! of them: it is written where it is used, to say more of whatever stands there.

use ahash::{HashMap, HashSet};

use crate::arena::{Arena, NodeId};
use crate::contract::grammar::Part;
use crate::contract::graph::{Graph, VertexId};

/// Leads from every schema with a discriminator, its own or inherited, to the schemas that inherit from it.
pub fn connect(arena: &Arena, root: NodeId, graph: &mut Graph) {
    graph.named = named(arena, root, graph);
    let heirs = heirs(arena, graph);
    let schemas = graph.vertices.iter().enumerate();
    let mut open: Vec<VertexId> = schemas
        .filter(|(_, vertex)| vertex.part == Part::Schema)
        .filter(|(_, vertex)| arena.get(vertex.node, "discriminator").is_some())
        .map(|(vertex, _)| vertex as VertexId)
        .collect();
    let mut seen = vec![false; graph.vertices.len()];
    while let Some(base) = open.pop() {
        if std::mem::replace(&mut seen[base as usize], true) {
            continue;
        }
        for heir in heirs.get(&base).into_iter().flatten() {
            graph.edges.push((base, *heir));
            graph.heirs.push((base, *heir));
            open.push(*heir);
        }
    }
}

fn named(arena: &Arena, root: NodeId, graph: &Graph) -> HashSet<VertexId> {
    let components = arena.get(root, "components");
    let schemas = components.and_then(|components| arena.get(components, "schemas"));
    let components = schemas
        .map(|schemas| arena.members(schemas))
        .unwrap_or_default();
    let components = components.iter();
    let components = components.filter_map(|member| graph.find(member.value, Part::Schema));
    let meant = graph.references.iter().map(|(_, to)| *to);
    let chosen = graph.choices.iter().map(|(_, to)| *to);
    components.chain(meant).chain(chosen).collect()
}

/// Per schema, those with a name and a reference to it in their `allOf`.
fn heirs(arena: &Arena, graph: &Graph) -> HashMap<VertexId, Vec<VertexId>> {
    let next: HashMap<VertexId, VertexId> = graph.references.iter().copied().collect();
    let mut heirs: HashMap<VertexId, Vec<VertexId>> = HashMap::default();
    for (heir, vertex) in graph.vertices.iter().enumerate() {
        let is_named = graph.named.contains(&(heir as VertexId));
        let included = (vertex.part == Part::Schema && is_named)
            .then(|| arena.get(vertex.node, "allOf"))
            .flatten()
            .map(|all| arena.items(all));
        for item in included.unwrap_or_default() {
            let base = graph
                .find(*item, Part::Schema)
                .and_then(|item| next.get(&item));
            if let Some(base) = base {
                heirs.entry(*base).or_default().push(heir as VertexId);
            }
        }
    }
    heirs
}
