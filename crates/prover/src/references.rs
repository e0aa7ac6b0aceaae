//! From a `$ref` to what it means: file, JSON Pointer, `$anchor`, `$id`.

use document::{NodeId, pointer};

use crate::contract::Contract;

/// References to references followed from one place.
const CHAIN: usize = 100;

impl Contract {
    /// What the object's `$ref` leads to; nothing where it has none, or it leads nowhere.
    pub fn target(&self, object: NodeId) -> Option<NodeId> {
        self.targets.get(&object).copied()
    }

    pub(crate) fn led_to(&self, object: NodeId) -> Option<NodeId> {
        let reference = self.arena.get(object, "$ref")?;
        let text = self.arena.string(reference)?;
        self.resolve(reference, text)
    }

    /// The object and all its references lead to, in order.
    pub fn chain(&self, object: NodeId) -> impl Iterator<Item = NodeId> {
        std::iter::successors(Some(object), |object| self.target(*object)).take(CHAIN)
    }

    /// The object that stands at the end of its references.
    pub fn end(&self, object: NodeId) -> NodeId {
        self.chain(object).last().unwrap_or(object)
    }

    /// What a reference written at `at` means.
    pub fn resolve(&self, at: NodeId, text: &str) -> Option<NodeId> {
        let (name, fragment) = text.split_once('#').unwrap_or((text, ""));
        let fragment = percent_decoded(fragment);
        if let Some(schema) = self.identified.get(name).filter(|_| !name.is_empty()) {
            return self.within(*schema, &fragment);
        }
        let (file, root) = self.file(self.base_of(at), name)?;
        match self.anchors.get(&(file, fragment.clone())) {
            Some(anchored) => Some(*anchored),
            None => self.within(root, &fragment),
        }
    }

    /// The schema a value of a discriminator's mapping names: a component, or a reference.
    pub fn resolve_mapped(&self, value: NodeId) -> Option<NodeId> {
        let text = self.arena.string(value)?;
        self.component(value, text)
            .or_else(|| self.resolve(value, text))
    }

    /// The component of this name among the schemas of the file something is written in.
    pub fn component(&self, at: NodeId, name: &str) -> Option<NodeId> {
        let (_, root) = self.file(self.base_of(at), "")?;
        let path = ["components", "schemas", name].map(str::to_owned);
        pointer::find(&self.arena, root, &path)
    }

    fn within(&self, root: NodeId, fragment: &str) -> Option<NodeId> {
        pointer::find(&self.arena, root, &pointer::tokens(fragment)?)
    }
}

/// RFC 3986 §2.1; what is no escape stays as it is.
fn percent_decoded(text: &str) -> String {
    let mut decoded = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let escaped = rest.get(1..3).filter(|_| *first == b'%');
        let byte = escaped
            .and_then(|digits| std::str::from_utf8(digits).ok())
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        decoded.push(byte.unwrap_or(*first));
        rest = if byte.is_some() { &rest[3..] } else { after };
    }
    String::from_utf8(decoded).unwrap_or_else(|_| text.to_owned())
}
