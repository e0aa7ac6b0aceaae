//! Changing values that may be shared: whoever changes one makes it its own first, along the way from the root.

use crate::arena::{Arena, Kind, Member, NodeId, Value, sort_members};

/// Nodes and members edits may add to an arena.
const ADDED: usize = 40_000_000;

/// Edits were more than [`ADDED`].
#[derive(Clone, Copy, Debug)]
pub(crate) struct TooMany;

pub(crate) type Edited<T> = Result<T, TooMany>;

impl Arena {
    /// The node at the end of `ordinals`, owned by its parents alone from `root` on. Nothing when an earlier
    /// edit took the way away.
    pub(crate) fn own(&mut self, root: NodeId, ordinals: &[u32]) -> Edited<Option<NodeId>> {
        let mut node = root;
        for ordinal in ordinals {
            match self.own_child(node, *ordinal as usize)? {
                Some(child) => node = child,
                None => return Ok(None),
            }
        }
        Ok(Some(node))
    }

    /// The child of an owned node, itself owned afterwards.
    fn own_child(&mut self, parent: NodeId, ordinal: usize) -> Edited<Option<NodeId>> {
        let Some(child) = self.child(parent, ordinal) else {
            return Ok(None);
        };
        if !self.node(child).shared {
            return Ok(Some(child));
        }
        let copy = self.copy(child)?;
        self.set_child(parent, ordinal, copy);
        Ok(Some(copy))
    }

    pub(crate) fn child(&self, parent: NodeId, ordinal: usize) -> Option<NodeId> {
        match self.value(parent) {
            Value::Array(items) => items.get(ordinal).copied(),
            Value::Object(members) => members.get(ordinal).map(|member| member.value),
            _ => None,
        }
    }

    pub(crate) fn set_child(&mut self, parent: NodeId, ordinal: usize, child: NodeId) {
        let parent = *self.node(parent);
        let slot = parent.a as usize + ordinal;
        match parent.kind {
            Kind::Array => self.items[slot] = child,
            Kind::Object => self.members[slot].value = child,
            _ => {}
        }
    }

    /// A copy whose children are shared with the original.
    fn copy(&mut self, original: NodeId) -> Edited<NodeId> {
        let copy = NodeId(self.nodes.len() as u32);
        let mut node = *self.node(original);
        node.shared = false;
        self.nodes.push(node);
        match node.kind {
            Kind::Array => self.set_items(copy, self.items(original).to_vec())?,
            Kind::Object => self.set_members(copy, self.members(original).to_vec())?,
            _ => {}
        }
        for ordinal in 0.. {
            let Some(child) = self.child(copy, ordinal) else {
                break;
            };
            self.share(child);
        }
        Ok(copy)
    }

    pub(crate) fn share(&mut self, node: NodeId) {
        self.nodes[node.0 as usize].shared = true;
    }

    /// Merges `update` into an owned object: members are added, objects in objects merged, lists in lists
    /// concatenated, everything else replaced (Overlay 1.0.0, action object).
    pub(crate) fn merge(&mut self, target: NodeId, update: NodeId) -> Edited<()> {
        let mut added = Vec::new();
        for ordinal in 0..self.members(update).len() {
            let member = self.members(update)[ordinal];
            match self.ordinal(target, self.key(&member)) {
                None => added.push(member),
                Some(existing) => self.merge_member(target, existing, member)?,
            }
        }
        if added.is_empty() {
            return Ok(());
        }
        added.iter().for_each(|member| self.share(member.value));
        let members = [self.members(target), &added].concat();
        self.set_members(target, members)
    }

    fn merge_member(&mut self, target: NodeId, ordinal: usize, update: Member) -> Edited<()> {
        let Some(existing) = self.child(target, ordinal) else {
            return Ok(());
        };
        match (self.value(existing), self.value(update.value)) {
            (Value::Object(_), Value::Object(_)) => {
                let Some(own) = self.own_child(target, ordinal)? else {
                    return Ok(());
                };
                self.merge(own, update.value)
            }
            (Value::Array(_), Value::Array(items)) => {
                let items = items.to_vec();
                let Some(own) = self.own_child(target, ordinal)? else {
                    return Ok(());
                };
                self.append(own, &items)
            }
            _ => {
                self.share(update.value);
                let slot = self.node(target).a as usize + ordinal;
                self.members[slot] = Member {
                    key_at: update.key_at,
                    ..update
                };
                Ok(())
            }
        }
    }

    /// Adds items to an owned array.
    pub(crate) fn append(&mut self, array: NodeId, items: &[NodeId]) -> Edited<()> {
        items.iter().for_each(|item| self.share(*item));
        let all = [self.items(array), items].concat();
        self.set_items(array, all)
    }

    /// Takes children out of an owned container.
    pub(crate) fn remove_children(&mut self, container: NodeId, ordinals: &[u32]) -> Edited<()> {
        let stays = |ordinal: &usize| ordinals.binary_search(&(*ordinal as u32)).is_err();
        match self.value(container) {
            Value::Array(items) => {
                let kept = (0..items.len())
                    .filter(stays)
                    .map(|ordinal| items[ordinal])
                    .collect();
                self.set_items(container, kept)
            }
            Value::Object(members) => {
                let kept = (0..members.len())
                    .filter(stays)
                    .map(|ordinal| members[ordinal])
                    .collect();
                self.set_members(container, kept)
            }
            _ => Ok(()),
        }
    }

    fn set_items(&mut self, array: NodeId, items: Vec<NodeId>) -> Edited<()> {
        let first = self.items.len();
        self.items.extend(&items);
        self.set_range(array, first, items.len())
    }

    fn set_members(&mut self, object: NodeId, members: Vec<Member>) -> Edited<()> {
        let first = self.members.len();
        match sort_members(&members, |text| self.sources.text(text)) {
            Some(sorted) => self.sorted.insert(object, sorted),
            None => self.sorted.remove(&object),
        };
        self.members.extend(&members);
        self.set_range(object, first, members.len())
    }

    fn set_range(&mut self, container: NodeId, first: usize, count: usize) -> Edited<()> {
        if self
            .nodes
            .len()
            .max(self.members.len())
            .max(self.items.len())
            > ADDED
        {
            return Err(TooMany);
        }
        let node = &mut self.nodes[container.0 as usize];
        (node.a, node.b) = (first as u32, count as u32);
        Ok(())
    }
}
