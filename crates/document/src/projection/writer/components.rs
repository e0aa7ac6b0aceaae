//! Names of what references lead to: every such part is a component of the projected document.

use std::collections::{BTreeMap, VecDeque};

use ahash::{HashMap, HashSet};

use crate::arena::{Arena, NodeId};
use crate::contract::Part;
use crate::contract::graph::VertexId;
use crate::pointer;

/// Sections in the order they are written.
pub const SECTIONS: [(&str, Part); 8] = [
    ("schemas", Part::Schema),
    ("responses", Part::Response),
    ("parameters", Part::Parameter),
    ("examples", Part::Example),
    ("requestBodies", Part::RequestBody),
    ("headers", Part::Header),
    ("links", Part::Link),
    ("callbacks", Part::Callback),
];

/// Characters of a name made from a pointer.
const NAME_CHARACTERS: usize = 100;

/// A part that is written once, as a component. The same example is another one under another schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Component {
    pub vertex: VertexId,
    pub exemplified: Option<VertexId>,
}

/// Section, whether the name is new, ordinal: the order of the contract first.
type Place = (usize, bool, usize);

#[derive(Clone)]
struct Named {
    section: usize,
    name: String,
    place: Place,
}

pub struct Components {
    /// What the contract itself calls its components.
    own: HashMap<(NodeId, usize), (String, usize)>,
    own_names: HashSet<(usize, String)>,
    named: HashMap<Component, Named>,
    taken: HashSet<(usize, String)>,
    open: VecDeque<Component>,
    written: BTreeMap<Place, (String, String)>,
}

impl Components {
    pub fn new(arena: &Arena, root: NodeId) -> Components {
        let mut own = HashMap::default();
        let mut own_names = HashSet::default();
        let components = arena.get(root, "components");
        for (section, (key, _)) in SECTIONS.iter().enumerate() {
            let holder = components.and_then(|components| arena.get(components, key));
            let members = holder.map(|holder| arena.members(holder));
            for (ordinal, member) in members.unwrap_or_default().iter().enumerate() {
                let name = arena.key(member).to_owned();
                own_names.insert((section, name.clone()));
                own.entry((member.value, section))
                    .or_insert((name, ordinal));
            }
        }
        Components {
            own,
            own_names,
            named: HashMap::default(),
            taken: HashSet::default(),
            open: VecDeque::new(),
            written: BTreeMap::new(),
        }
    }

    /// Whether parts of this kind can be components.
    pub fn has_section(part: Part) -> bool {
        SECTIONS.iter().any(|(_, of)| *of == part)
    }

    /// A reference to a component. `text` is what the contract's own reference says.
    pub fn reference(
        &mut self,
        component: Component,
        node: NodeId,
        part: Part,
        text: &str,
    ) -> String {
        let named = match self.named.get(&component) {
            Some(named) => named.clone(),
            None => self.name(component, node, part, text),
        };
        let token = pointer::join("", &named.name);
        let section = SECTIONS[named.section].0;
        format!("#/components/{section}{}", uri_fragment(&token))
    }

    /// What the contract calls a schema, where that is also its name here.
    pub fn own_schema_name(&self, node: NodeId) -> Option<&str> {
        self.own.get(&(node, 0)).map(|(name, _)| name.as_str())
    }

    fn name(&mut self, component: Component, node: NodeId, part: Part, text: &str) -> Named {
        let found = SECTIONS.iter().position(|(_, of)| *of == part);
        let section = found.unwrap_or_default();
        let own = self.own.get(&(node, section)).cloned();
        let own = own.filter(|(name, _)| !self.taken.contains(&(section, name.clone())));
        let (name, place) = match own {
            Some((name, ordinal)) => (name, (section, false, ordinal)),
            None => (
                self.new_name(section, text),
                (section, true, self.named.len()),
            ),
        };
        self.taken.insert((section, name.clone()));
        let named = Named {
            section,
            name,
            place,
        };
        self.named.insert(component, named.clone());
        self.open.push_back(component);
        named
    }

    fn new_name(&self, section: usize, text: &str) -> String {
        let wanted = name_of(text);
        let is_free = |name: &String| {
            let key = (section, name.clone());
            !self.taken.contains(&key) && !self.own_names.contains(&key)
        };
        let numbered = (2..).map(|number| format!("{wanted}_{number}"));
        std::iter::once(wanted.clone())
            .chain(numbered)
            .find(is_free)
            .unwrap_or_default()
    }

    /// A component that was referred to and is not written yet.
    pub fn next(&mut self) -> Option<Component> {
        self.open.pop_front()
    }

    pub fn put(&mut self, component: Component, text: String) {
        if let Some(named) = self.named.get(&component) {
            self.written.insert(named.place, (named.name.clone(), text));
        }
    }

    /// Per section with components, their names and values in order.
    pub fn sections(&self) -> impl Iterator<Item = (&'static str, Vec<(&str, &str)>)> {
        SECTIONS
            .iter()
            .enumerate()
            .filter_map(|(section, (key, _))| {
                let of_section = self
                    .written
                    .range((section, false, 0)..(section + 1, false, 0));
                let found: Vec<_> = of_section
                    .map(|(_, (name, text))| (name.as_str(), text.as_str()))
                    .collect();
                (!found.is_empty()).then_some((*key, found))
            })
    }
}

/// `other.yaml#/components/schemas/Order/properties/state` → `Order.state`.
fn name_of(text: &str) -> String {
    const CONTAINERS: [&str; 6] = [
        "properties",
        "components",
        "definitions",
        "$defs",
        "schemas",
        "paths",
    ];
    let (file, fragment) = text.split_once('#').unwrap_or((text, ""));
    let tokens = pointer::tokens(fragment).unwrap_or_else(|| vec![fragment.to_owned()]);
    let words: Vec<String> = tokens
        .iter()
        .filter(|token| !CONTAINERS.contains(&token.as_str()))
        .map(|token| plain_name(token))
        .filter(|word| !word.is_empty())
        .collect();
    let stem = file.rsplit('/').next().unwrap_or_default();
    let stem = stem.split('.').next().unwrap_or_default();
    let name = if words.is_empty() {
        plain_name(stem)
    } else {
        words.join(".")
    };
    let start = name.len().saturating_sub(NAME_CHARACTERS);
    match name[start..].trim_start_matches(['.', '_']) {
        "" => "part".to_owned(),
        name => name.to_owned(),
    }
}

/// Letters OpenAPI allows in names of components; all of them ASCII.
fn plain_name(token: &str) -> String {
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_');
    let letters = token
        .chars()
        .map(|letter| if is_plain(letter) { letter } else { '_' });
    letters.collect::<String>().trim_matches('_').to_owned()
}

/// RFC 3986 §3.5: what may stand in a fragment stays, the rest is percent-encoded.
fn uri_fragment(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=:@/?".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}
