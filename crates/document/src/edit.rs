//! Changing values that may be shared: whoever changes one makes it its own first, along the way from the root.

use crate::arena::{Arena, Kind, Member, NodeId, Value, sort_members};

/// Nodes, members and items an arena may have after edits.
const MOST: usize = 40_000_000;

/// Edits were more than [`MOST`].
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
        let mut node = *self.node(original);
        let range = node.range();
        self.make_room(1 + node.child_count())?;
        node.shared = false;
        match node.kind {
            Kind::Array => {
                node.a = self.items.len() as u32;
                self.items.extend_from_within(range);
            }
            Kind::Object => {
                node.a = self.members.len() as u32;
                self.members.extend_from_within(range);
            }
            _ => {}
        }
        let copy = NodeId(self.nodes.len() as u32);
        self.nodes.push(node);
        if let Some(sorted) = self.sorted.get(&original).cloned() {
            self.sorted.insert(copy, sorted);
        }
        for ordinal in 0..node.child_count() {
            self.child(copy, ordinal)
                .into_iter()
                .for_each(|child| self.share(child));
        }
        Ok(copy)
    }

    /// Values in a part of a document, shared ones as often as they are used.
    pub(crate) fn weight(&self, node: NodeId) -> u64 {
        let mut weight = 0;
        let mut open = vec![node];
        while let Some(node) = open.pop() {
            weight += 1;
            match self.value(node) {
                Value::Array(items) => open.extend(items),
                Value::Object(members) => open.extend(members.iter().map(|member| member.value)),
                _ => {}
            }
        }
        weight
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
        self.add_members(target, &added)
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
        let range = self.node(array).range();
        if range.end != self.items.len() {
            self.make_room(range.len() + items.len())?;
            self.set_range(array, self.items.len(), range.len());
            self.items.extend_from_within(range);
        }
        self.make_room(items.len())?;
        self.items.extend(items);
        self.nodes[array.0 as usize].b += items.len() as u32;
        Ok(())
    }

    /// Adds members whose keys an owned object does not have. What stands at the end of the arena grows there.
    fn add_members(&mut self, object: NodeId, added: &[Member]) -> Edited<()> {
        let range = self.node(object).range();
        self.make_room(
            added.len()
                + if range.end == self.members.len() {
                    0
                } else {
                    range.len()
                },
        )?;
        if range.end != self.members.len() {
            self.set_range(object, self.members.len(), range.len());
            self.members.extend_from_within(range);
        }
        for member in added {
            self.insert_sorted(object, *member);
            self.members.push(*member);
            self.nodes[object.0 as usize].b += 1;
        }
        if !self.sorted.contains_key(&object)
            && let Some(sorted) = sort_members(self.members(object), |text| self.sources.text(text))
        {
            self.sorted.insert(object, sorted);
        }
        Ok(())
    }

    /// Keeps the index of a large object right for the member that comes next.
    fn insert_sorted(&mut self, object: NodeId, member: Member) {
        let Some(mut sorted) = self.sorted.remove(&object) else {
            return;
        };
        let members = self.members(object);
        let key = self.key(&member);
        let rank = sorted.partition_point(|ordinal| self.key(&members[*ordinal as usize]) < key);
        sorted.insert(rank, members.len() as u32);
        self.sorted.insert(object, sorted);
    }

    /// Takes children out of an owned container, where it stands. `ordinals` are sorted.
    pub(crate) fn remove_children(&mut self, container: NodeId, ordinals: &[u32]) {
        let node = *self.node(container);
        let mut kept = 0;
        for ordinal in 0..node.b {
            if ordinals.binary_search(&ordinal).is_ok() {
                continue;
            }
            let (from, to) = ((node.a + ordinal) as usize, (node.a + kept) as usize);
            match node.kind {
                Kind::Array => self.items[to] = self.items[from],
                Kind::Object => self.members[to] = self.members[from],
                _ => return,
            }
            kept += 1;
        }
        self.nodes[container.0 as usize].b = kept;
        if let Some(sorted) = self.sorted.get_mut(&container) {
            sorted.retain(|ordinal| ordinals.binary_search(ordinal).is_err());
            let before =
                |ordinal: u32| ordinals.partition_point(|removed| *removed < ordinal) as u32;
            sorted
                .iter_mut()
                .for_each(|ordinal| *ordinal -= before(*ordinal));
        }
    }

    fn set_range(&mut self, container: NodeId, first: usize, count: usize) {
        let node = &mut self.nodes[container.0 as usize];
        (node.a, node.b) = (first as u32, count as u32);
    }

    /// Whether so many more nodes, members or items may be added.
    fn make_room(&self, more: usize) -> Edited<()> {
        let most = self
            .nodes
            .len()
            .max(self.members.len())
            .max(self.items.len());
        if most + more > MOST {
            Err(TooMany)
        } else {
            Ok(())
        }
    }
}
