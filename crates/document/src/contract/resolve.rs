//! From the text of a `$ref` to the node it means: files, JSON Pointers, `$id` and `$anchor`.

use ahash::HashMap;

use crate::arena::{Arena, NodeId};
use crate::contract::grammar::{Part, Standing, standing};
use crate::limits::{CONTRACT_BYTES, Limits};
use crate::parse::parse;
use crate::pointer;
use crate::problem::{Problem, shown};
use crate::source::FileId;

/// Why a file a reference names is not given.
pub struct Refusal {
    pub code: String,
    pub message: String,
    pub help: String,
}

/// A file as the reader gave it.
pub struct ReadFile {
    /// Canonical: two references to one file give one name.
    pub name: String,
    pub data: Vec<u8>,
}

/// Gives the files references name. What may be read is its decision alone.
pub trait Reader {
    fn read(&mut self, base: &str, reference: &str) -> Result<ReadFile, Refusal>;
}

/// Where a reference leads.
pub struct Target {
    pub node: NodeId,
    /// What stands there by rights, when it is not what the reference needs.
    pub also: Option<Part>,
}

/// Files of a contract and what is known about references into them.
pub struct Resolver {
    limits: Limits,
    /// Root of each file in the order of [`crate::source::Sources::files`]; nothing where it could not be read.
    roots: Vec<Option<NodeId>>,
    /// The file references in an overlay's additions are relative to.
    entry: FileId,
    overlays: u32,
    by_name: HashMap<String, FileId>,
    by_reference: HashMap<(FileId, String), Option<FileId>>,
    targets: HashMap<(FileId, String), Option<(NodeId, Standing)>>,
    identified: HashMap<String, NodeId>,
    anchors: HashMap<(FileId, String), NodeId>,
    bytes: usize,
}

impl Resolver {
    /// The entry is the arena's first file; `overlays` files follow it.
    pub fn new(arena: &Arena, root: NodeId, overlays: u32, limits: Limits) -> Resolver {
        let entry = FileId(0);
        let files = arena.sources.files();
        let mut roots = vec![None; files.len()];
        roots[0] = Some(root);
        Resolver {
            limits,
            roots,
            entry,
            overlays,
            by_name: [(files[0].name.clone(), entry)].into_iter().collect(),
            by_reference: HashMap::default(),
            targets: HashMap::default(),
            identified: HashMap::default(),
            anchors: HashMap::default(),
            bytes: files.iter().map(|file| file.bytes as usize).sum(),
        }
    }

    /// The file whose names a node's references use: an overlay's additions speak as the entry does.
    pub fn base_of(&self, arena: &Arena, node: NodeId) -> FileId {
        let file = arena.sources.file_of(arena.node(node).at);
        if file.0 <= self.overlays {
            self.entry
        } else {
            file
        }
    }

    /// Remembers `$id`, `$anchor` and `$dynamicAnchor` of a schema.
    pub fn identify(&mut self, arena: &Arena, schema: NodeId) {
        if let Some(id) = arena.get_string(schema, "$id") {
            self.identified
                .entry(id.trim_end_matches('#').to_owned())
                .or_insert(schema);
        }
        for keyword in ["$anchor", "$dynamicAnchor"] {
            if let Some(anchor) = arena.get_string(schema, keyword) {
                let key = (self.base_of(arena, schema), anchor.to_owned());
                self.anchors.entry(key).or_insert(schema);
            }
        }
    }

    /// Roots of all files that could be read, in order.
    pub fn roots(&self) -> impl Iterator<Item = NodeId> {
        self.roots.iter().copied().flatten()
    }

    /// The node a reference means as `part`. Reads files as needed. No problem in an error: it is known already.
    pub fn resolve(
        &mut self,
        arena: &mut Arena,
        reader: &mut dyn Reader,
        reference: NodeId,
        part: Part,
    ) -> Result<Target, Option<Problem>> {
        let text = arena.string(reference).unwrap_or_default().to_owned();
        self.as_part(arena, reader, reference, &text, part)
    }

    /// The schema a discriminator's mapping means: by the name of a component, or by reference.
    pub fn resolve_chosen(
        &mut self,
        arena: &mut Arena,
        reader: &mut dyn Reader,
        value: NodeId,
    ) -> Result<Target, Option<Problem>> {
        let text = arena.string(value).unwrap_or_default().to_owned();
        let root = self.roots[self.base_of(arena, value).0 as usize];
        let component = ["components".to_owned(), "schemas".to_owned(), text.clone()];
        match root.and_then(|root| pointer::find(arena, root, &component)) {
            Some(node) => Ok(Target { node, also: None }),
            None if text.contains(['/', '#', '.']) => {
                self.as_part(arena, reader, value, &text, Part::Schema)
            }
            None => Err(Some(dangling(&text, arena.node(value).at))),
        }
    }

    /// The list or map a reference means.
    pub fn resolve_holder(
        &mut self,
        arena: &mut Arena,
        reader: &mut dyn Reader,
        reference: NodeId,
    ) -> Result<NodeId, Option<Problem>> {
        let text = arena.string(reference).unwrap_or_default().to_owned();
        let (node, _) = self.locate(arena, reader, reference, &text)?;
        Ok(node)
    }

    fn as_part(
        &mut self,
        arena: &mut Arena,
        reader: &mut dyn Reader,
        reference: NodeId,
        text: &str,
        part: Part,
    ) -> Result<Target, Option<Problem>> {
        let at = arena.node(reference).at;
        let (node, standing) = self.locate(arena, reader, reference, text)?;
        match standing {
            Standing::Part(other) if other != part => {
                arena.report(wrong_kind(text, other, part, at));
                Ok(Target {
                    node,
                    also: Some(other),
                })
            }
            Standing::Between => Err(Some(between(text, part, at))),
            _ => Ok(Target { node, also: None }),
        }
    }

    fn locate(
        &mut self,
        arena: &mut Arena,
        reader: &mut dyn Reader,
        reference: NodeId,
        text: &str,
    ) -> Result<(NodeId, Standing), Option<Problem>> {
        let at = arena.node(reference).at;
        let key = (self.base_of(arena, reference), text.to_owned());
        let target = match self.targets.get(&key) {
            Some(known) => *known,
            None => {
                let found = self.find(arena, reader, key.0, text, at)?;
                self.targets.insert(key, found);
                found
            }
        };
        target.ok_or_else(|| Some(dangling(text, at)))
    }

    fn find(
        &mut self,
        arena: &mut Arena,
        reader: &mut dyn Reader,
        base: FileId,
        text: &str,
        at: u32,
    ) -> Result<Option<(NodeId, Standing)>, Option<Problem>> {
        let (file_part, fragment) = text.split_once('#').unwrap_or((text, ""));
        let fragment = pointer::percent_decoded(fragment);
        if let Some(schema) = self
            .identified
            .get(file_part)
            .copied()
            .filter(|_| !file_part.is_empty())
        {
            return Ok(within(arena, schema, &fragment, false));
        }
        let file = if file_part.is_empty() {
            base
        } else {
            self.file(arena, reader, base, file_part, at)?.ok_or(None)?
        };
        if let Some(anchor) = self.anchors.get(&(file, fragment.clone())) {
            return Ok(Some((*anchor, Standing::Part(Part::Schema))));
        }
        let Some(root) = self.roots.get(file.0 as usize).copied().flatten() else {
            return Err(None);
        };
        let is_openapi = arena.get_string(root, "openapi").is_some();
        Ok(within(arena, root, &fragment, is_openapi))
    }

    /// The file a reference names; nothing when it was refused before.
    fn file(
        &mut self,
        arena: &mut Arena,
        reader: &mut dyn Reader,
        base: FileId,
        reference: &str,
        at: u32,
    ) -> Result<Option<FileId>, Option<Problem>> {
        let key = (base, reference.to_owned());
        if let Some(known) = self.by_reference.get(&key) {
            return Ok(*known);
        }
        self.by_reference.insert(key.clone(), None);
        let base_name = arena.sources.files()[base.0 as usize].name.clone();
        let read = reader
            .read(&base_name, reference)
            .map_err(|refusal| Some(refused(refusal, at)))?;
        let file = match self.by_name.get(&read.name) {
            Some(known) => *known,
            None => self.add(arena, &read, at)?,
        };
        self.by_reference.insert(key, Some(file));
        Ok(Some(file))
    }

    fn add(
        &mut self,
        arena: &mut Arena,
        read: &ReadFile,
        at: u32,
    ) -> Result<FileId, Option<Problem>> {
        self.bytes += read.data.len();
        if self.bytes > CONTRACT_BYTES {
            let message = format!(
                "the files of this contract have more than {CONTRACT_BYTES} bytes together"
            );
            return Err(Some(Problem::error(
                "openapi-too-large",
                at,
                message,
                "Split the API.",
            )));
        }
        let root = parse(arena, &read.name, &read.data, None, &self.limits);
        let file = FileId(arena.sources.files().len() as u32 - 1);
        self.by_name.insert(read.name.clone(), file);
        self.roots.push(root.as_ref().ok().copied());
        root.map(|_| file).map_err(Some)
    }
}

fn within(
    arena: &Arena,
    root: NodeId,
    fragment: &str,
    is_openapi: bool,
) -> Option<(NodeId, Standing)> {
    let tokens = pointer::tokens(fragment)?;
    let node = pointer::find(arena, root, &tokens)?;
    Some((
        node,
        if is_openapi {
            standing(&tokens)
        } else {
            Standing::Unknown
        },
    ))
}

fn refused(refusal: Refusal, at: u32) -> Problem {
    let problem = Problem::error("openapi-ref-refused", at, refusal.message, refusal.help);
    Problem {
        code: refusal.code.into(),
        ..problem
    }
}

fn dangling(text: &str, at: u32) -> Problem {
    let message = format!("the reference {} leads to nothing", shown(text));
    let help = "Correct the reference, or add what it names.";
    Problem::error("openapi-ref-dangling", at, message, help)
}

/// Real documents do this and live, so it is a warning; the labels of what stands there count all the same.
fn wrong_kind(text: &str, found: Part, wanted: Part, at: u32) -> Problem {
    let message = format!(
        "the reference {} leads to {}, {} is needed here",
        shown(text),
        found.name(),
        wanted.name()
    );
    Problem::warning(
        "openapi-ref-kind",
        at,
        message,
        "Refer to a component of the right kind.",
    )
}

fn between(text: &str, wanted: Part, at: u32) -> Problem {
    let message = format!(
        "the reference {} leads to several things, {} is needed here",
        shown(text),
        wanted.name()
    );
    Problem::error(
        "openapi-ref-kind",
        at,
        message,
        "Add the name of the one that is meant.",
    )
}
