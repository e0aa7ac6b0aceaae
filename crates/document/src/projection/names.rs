//! What can be hidden within a value, interned: names of fields and values of enums.

use ahash::HashMap;

/// Index of a [`Name`].
pub type NameId = u32;

/// What a message may lose.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Name {
    /// Fields nobody named: those of a pattern, additional ones.
    Fields,
    /// Items of a list, or parts of them.
    Items,
    Field(String),
    /// An enum value, as a label names it.
    Value(String),
}

#[derive(Default)]
pub struct Names {
    ids: HashMap<Name, NameId>,
    all: Vec<Name>,
}

impl Names {
    pub fn intern(&mut self, name: Name) -> NameId {
        if let Some(known) = self.ids.get(&name) {
            return *known;
        }
        let id = self.all.len() as NameId;
        self.all.push(name.clone());
        self.ids.insert(name, id);
        id
    }

    pub fn field(&self, name: &str) -> Option<NameId> {
        self.ids.get(&Name::Field(name.to_owned())).copied()
    }

    pub fn value(&self, text: &str) -> Option<NameId> {
        self.ids.get(&Name::Value(text.to_owned())).copied()
    }

    pub fn get(&self, id: NameId) -> &Name {
        &self.all[id as usize]
    }

    /// Whether a text is the name of something hidden, anywhere in the contract.
    pub fn mentions(&self, text: &str) -> bool {
        self.field(text).is_some() || self.value(text).is_some()
    }
}
