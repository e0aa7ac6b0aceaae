//! A contract's files: the document, its overlays, and every file a reference names.

use ahash::{HashMap, HashSet};

use document::{Arena, CONTRACT_BYTES, FileId, Limits, NodeId, Severity, Value, overlay, parse};

/// A file as it was read: its canonical name and its bytes.
pub struct Source {
    pub name: String,
    pub data: Vec<u8>,
}

/// Gives the files references name; nothing for what may not be read. `base` is the canonical name of the file that
/// refers.
pub trait Sources {
    fn read(&mut self, base: &str, reference: &str) -> Option<Source>;
}

/// What keeps a contract from being understood: then nothing is known to be allowed.
#[derive(Debug)]
pub struct Unreadable {
    pub message: String,
}

pub struct Contract {
    pub arena: Arena,
    pub root: NodeId,
    /// Root of each file in the order of reading; nothing where it is no document.
    roots: Vec<Option<NodeId>>,
    /// Overlays follow the entry; what they add speaks as the entry does.
    overlays: u32,
    by_reference: HashMap<(FileId, String), FileId>,
    pub(crate) identified: HashMap<String, NodeId>,
    pub(crate) anchors: HashMap<(FileId, String), NodeId>,
    /// Objects with an `allOf`, and each of its items.
    including: Vec<(NodeId, NodeId)>,
    /// Objects with a `$ref`.
    referring: Vec<NodeId>,
    /// Object with a `$ref` → what that leads to.
    pub(crate) targets: HashMap<NodeId, NodeId>,
}

impl Contract {
    pub fn load(
        entry: &Source,
        overlays: &[Source],
        sources: &mut dyn Sources,
    ) -> Result<Contract, Unreadable> {
        let limits = Limits::default();
        let mut arena = Arena::default();
        let root =
            parse(&mut arena, &entry.name, &entry.data, None, &limits).map_err(unreadable)?;
        for file in overlays {
            let read = parse(&mut arena, &file.name, &file.data, None, &limits);
            overlay::apply(&mut arena, root, read.map_err(unreadable)?, &limits);
        }
        // An overlay that could not be applied may have narrowed something.
        let error = arena
            .problems
            .iter()
            .find(|problem| problem.severity == Severity::Error);
        if let Some(error) = error {
            return Err(Unreadable {
                message: error.message.clone(),
            });
        }
        let mut roots = vec![None; arena.sources.files().len()];
        roots[0] = Some(root);
        let mut contract = Contract {
            arena,
            root,
            roots,
            overlays: overlays.len() as u32,
            by_reference: HashMap::default(),
            identified: HashMap::default(),
            anchors: HashMap::default(),
            including: Vec::new(),
            referring: Vec::new(),
            targets: HashMap::default(),
        };
        contract.read_all(sources, &limits)?;
        let referring = contract.referring.iter();
        let led = referring.filter_map(|one| Some((*one, contract.led_to(*one)?)));
        contract.targets = led.collect();
        Ok(contract)
    }

    /// The file whose names the references of a node use.
    pub(crate) fn base_of(&self, node: NodeId) -> FileId {
        let file = self.arena.sources.file_of(self.arena.node(node).at);
        if file.0 <= self.overlays {
            FileId(0)
        } else {
            file
        }
    }

    /// The root of the file a reference names; the base's own without a name.
    pub(crate) fn file(&self, base: FileId, name: &str) -> Option<(FileId, NodeId)> {
        let file = match name {
            "" => base,
            _ => *self.by_reference.get(&(base, name.to_owned()))?,
        };
        Some((file, self.roots[file.0 as usize]?))
    }

    /// What has a name: components among the schemas, and whatever a reference means.
    pub(crate) fn named(&self) -> HashSet<NodeId> {
        let components = self.arena.get(self.root, "components");
        let schemas = components.and_then(|components| self.arena.get(components, "schemas"));
        let schemas = schemas.map(|schemas| self.arena.members(schemas));
        let schemas = schemas.unwrap_or_default().iter();
        let meant = self.targets.values().copied();
        schemas.map(|member| member.value).chain(meant).collect()
    }

    /// Every object of every file.
    pub(crate) fn objects(&self) -> Vec<NodeId> {
        let mut found = Vec::new();
        let mut seen = HashSet::default();
        let mut open: Vec<NodeId> = self.roots.iter().flatten().copied().collect();
        while let Some(node) = open.pop() {
            match self.arena.value(node) {
                Value::Array(items) if seen.insert(node) => open.extend(items),
                Value::Object(members) if seen.insert(node) => {
                    open.extend(members.iter().map(|member| member.value));
                    found.push(node);
                }
                _ => {}
            }
        }
        found
    }

    /// Schemas that others include by `allOf`, and those.
    pub(crate) fn inclusions(&self) -> impl Iterator<Item = (NodeId, NodeId)> {
        let all = self.including.iter();
        all.filter_map(|(heir, item)| Some((self.target(*item)?, *heir)))
    }

    /// Reads what the files refer to, and what those do.
    fn read_all(&mut self, sources: &mut dyn Sources, limits: &Limits) -> Result<(), Unreadable> {
        let mut by_name = HashMap::default();
        by_name.insert(self.name_of(FileId(0)), FileId(0));
        let mut bytes = 0;
        let mut open = vec![self.root];
        while let Some(root) = open.pop() {
            for (base, reference) in self.survey(root) {
                let key = (base, reference);
                if self.by_reference.contains_key(&key) {
                    continue;
                }
                let Some(read) = sources.read(&self.name_of(base), &key.1) else {
                    continue;
                };
                let file = match by_name.get(&read.name) {
                    Some(known) => *known,
                    None => {
                        bytes += read.data.len();
                        if bytes > CONTRACT_BYTES {
                            let message = "the files of this contract are too large together";
                            return Err(Unreadable {
                                message: message.to_owned(),
                            });
                        }
                        let file = self.add(&read, limits);
                        by_name.insert(read.name, file);
                        open.extend(self.roots[file.0 as usize]);
                        file
                    }
                };
                self.by_reference.insert(key, file);
            }
        }
        Ok(())
    }

    fn add(&mut self, read: &Source, limits: &Limits) -> FileId {
        let root = parse(&mut self.arena, &read.name, &read.data, None, limits);
        self.roots.push(root.ok());
        FileId(self.roots.len() as u32 - 1)
    }

    fn name_of(&self, file: FileId) -> String {
        self.arena.sources.files()[file.0 as usize].name.clone()
    }

    /// Looks at every value below a root: the files references name; `$id` and `$anchor` are remembered.
    fn survey(&mut self, root: NodeId) -> Vec<(FileId, String)> {
        let mut named = HashSet::default();
        let mut seen = HashSet::default();
        let mut open = vec![root];
        while let Some(node) = open.pop() {
            match self.arena.value(node) {
                // Aliases share what they stand for.
                Value::Array(items) if seen.insert(node) => open.extend(items),
                Value::Object(members) if seen.insert(node) => {
                    open.extend(members.iter().map(|member| member.value));
                    self.survey_one(node, &mut named);
                }
                _ => {}
            }
        }
        named.into_iter().collect()
    }

    fn survey_one(&mut self, node: NodeId, named: &mut HashSet<(FileId, String)>) {
        let arena = &self.arena;
        let mut name = |value: NodeId| {
            let text = arena.string(value).unwrap_or_default();
            let file = text.split('#').next().unwrap_or_default();
            if !file.is_empty() {
                named.insert((self.base_of(value), file.to_owned()));
            }
        };
        for key in ["$ref", "$dynamicRef"] {
            if let Some(reference) = arena.get(node, key) {
                name(reference);
            }
        }
        let mapping = arena
            .get(node, "discriminator")
            .and_then(|one| arena.get(one, "mapping"));
        let mapped = mapping
            .map(|mapping| arena.members(mapping))
            .unwrap_or_default();
        mapped.iter().for_each(|member| name(member.value));
        if arena.get(node, "$ref").is_some() {
            self.referring.push(node);
        }
        let included = arena.get(node, "allOf").map(|all| arena.items(all));
        let included = included.unwrap_or_default().iter();
        self.including.extend(included.map(|item| (node, *item)));
        if let Some(id) = self.arena.get_string(node, "$id") {
            let id = id.trim_end_matches('#').to_owned();
            self.identified.entry(id).or_insert(node);
        }
        for key in ["$anchor", "$dynamicAnchor"] {
            if let Some(anchor) = self.arena.get_string(node, key) {
                let key = (self.base_of(node), anchor.to_owned());
                self.anchors.entry(key).or_insert(node);
            }
        }
    }
}

fn unreadable(problem: document::Problem) -> Unreadable {
    Unreadable {
        message: problem.message,
    }
}
