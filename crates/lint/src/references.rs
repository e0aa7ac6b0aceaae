//! Every `$ref` of a document and of the files it leads to. What stands in an example is data and refers to nothing.

use std::collections::HashMap;
use std::sync::Arc;

use document::contract::{ReadFile, Reader, Refusal};
use document::{Arena, FileId, Limits, NodeId, Problem, Value, parse, pointer};

use crate::subject::{Broken, Subject, Target};

/// References that lead to references.
const HOPS: usize = 64;
/// Bytes of all files together.
const BYTES: usize = document::CONTRACT_BYTES;

/// Names of members whose own members are named by whoever wrote the document.
const MAPS: [&str; 22] = [
    "properties",
    "patternProperties",
    "definitions",
    "$defs",
    "dependentSchemas",
    "schemas",
    "responses",
    "parameters",
    "requestBodies",
    "headers",
    "securitySchemes",
    "securityDefinitions",
    "links",
    "callbacks",
    "pathItems",
    "paths",
    "webhooks",
    "content",
    "encoding",
    "variables",
    "mapping",
    "mediaTypes",
];

/// What stands at a place of an OpenAPI document, as far as references are concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Object,
    Map,
    Examples,
    Example,
    Data,
    /// A document of another kind: everything counts.
    Anything,
}

impl Place {
    fn member(self, name: &str, swagger: bool) -> Place {
        match self {
            Place::Object => match name {
                "example" | "default" | "enum" | "const" => Place::Data,
                "examples" if swagger => Place::Data,
                "examples" => Place::Examples,
                name if MAPS.contains(&name) => Place::Map,
                _ => Place::Object,
            },
            Place::Map => Place::Object,
            Place::Examples => Place::Example,
            Place::Example if name == "value" => Place::Data,
            Place::Example => Place::Object,
            Place::Data => Place::Data,
            Place::Anything => Place::Anything,
        }
    }

    fn item(self) -> Place {
        match self {
            Place::Examples | Place::Example | Place::Data => Place::Data,
            Place::Anything => Place::Anything,
            Place::Object | Place::Map => Place::Object,
        }
    }
}

/// Reads the document and all files it refers to. Fails where the document itself cannot be read.
pub fn load(
    name: &str,
    data: &[u8],
    reader: &mut dyn Reader,
) -> Result<Subject, Box<(Arena, Problem)>> {
    let mut arena = Arena::default();
    let root = match parse(&mut arena, name, data, None, &Limits::default()) {
        Ok(root) => root,
        Err(problem) => return Err(Box::new((arena, problem))),
    };
    let swagger = arena.get(root, "swagger").is_some();
    let openapi = swagger || arena.get(root, "openapi").is_some();
    let mut loading = Loading {
        by_name: HashMap::from([(name.to_owned(), FileId(0))]),
        by_reference: HashMap::new(),
        by_text: HashMap::new(),
        bytes: data.len(),
        reader,
        subject: Subject {
            arena,
            roots: vec![Some(root)],
            references: ahash::AHashMap::new(),
            targets: Vec::new(),
            referred: ahash::AHashSet::new(),
            written: ahash::AHashSet::new(),
            broken: Vec::new(),
            void: ahash::AHashSet::new(),
            judges: Default::default(),
        },
    };
    let place = if openapi {
        Place::Object
    } else {
        Place::Anything
    };
    let mut file = 0;
    // Files are added while references are followed.
    while file < loading.subject.roots.len() {
        loading.scan(FileId(file as u32), place, swagger);
        file += 1;
    }
    Ok(loading.subject)
}

struct Loading<'r> {
    reader: &'r mut dyn Reader,
    subject: Subject,
    by_name: HashMap<String, FileId>,
    by_reference: HashMap<(FileId, String), Result<FileId, String>>,
    by_text: HashMap<(FileId, String), Result<u32, String>>,
    bytes: usize,
}

impl Loading<'_> {
    fn scan(&mut self, file: FileId, place: Place, swagger: bool) {
        let Some(root) = self.subject.roots[file.0 as usize] else {
            return;
        };
        let mut found = Vec::new();
        References {
            arena: &self.subject.arena,
            swagger,
            path: Vec::new(),
            found: &mut found,
        }
        .collect(root, place);
        for (holder, reference, path) in found {
            self.link(file, holder, reference, path);
        }
    }

    fn link(&mut self, file: FileId, holder: NodeId, reference: NodeId, mut path: Vec<String>) {
        let text = self
            .subject
            .arena
            .string(reference)
            .unwrap_or_default()
            .to_owned();
        let key = (file, text);
        let found = self.follow(file, &key.1, 0).err();
        let known = self
            .by_text
            .entry(key)
            .or_insert_with(|| Err(found.unwrap_or_default()))
            .clone();
        match known {
            Ok(target) => {
                self.subject.references.insert(holder, target);
            }
            Err(message) => {
                self.subject.void.insert(holder);
                path.push("$ref".to_owned());
                self.subject.broken.push(Broken {
                    file,
                    path,
                    node: reference,
                    message,
                });
            }
        }
    }

    fn keep(&mut self, target: Target) -> u32 {
        self.subject.referred.insert(target.node);
        self.subject.targets.push(target);
        self.subject.targets.len() as u32 - 1
    }

    /// Where a reference leads, through those it meets on its way; each is followed once.
    fn follow(&mut self, file: FileId, text: &str, hops: usize) -> Result<Target, String> {
        let key = (file, text.to_owned());
        if let Some(known) = self.by_text.get(&key) {
            return known
                .clone()
                .map(|target| self.subject.targets[target as usize].clone());
        }
        let found = self.followed(file, text, hops)?;
        let target = self.keep(found.clone());
        self.by_text.insert(key, Ok(target));
        Ok(found)
    }

    fn followed(&mut self, file: FileId, text: &str, hops: usize) -> Result<Target, String> {
        if hops > HOPS {
            return Err(format!("'{text}' leads to itself"));
        }
        let (name, fragment) = text.split_once('#').unwrap_or((text, ""));
        let target_file = if name.is_empty() {
            file
        } else {
            self.file(file, name)?
        };
        let Some(tokens) = pointer::tokens(&pointer::percent_decoded(fragment)) else {
            return Err(format!("'{text}' is no JSON Pointer"));
        };
        let root = self.subject.roots[target_file.0 as usize]
            .ok_or_else(|| format!("'{name}' cannot be read"))?;
        let pointer = tokens
            .iter()
            .map(|token| format!("/{}", pointer::escaped(token)));
        let pointer = format!("#{}", pointer.collect::<String>());
        self.subject.written.insert((target_file, pointer));
        let mut at = Target {
            node: root,
            file: target_file,
            path: Arc::new(Vec::new()),
        };
        for token in &tokens {
            at = self.settled(at, hops)?;
            let Some((node, _)) = pointer::step(&self.subject.arena, at.node, token) else {
                return Err(format!("'{text}' does not exist"));
            };
            let mut path = at.path.to_vec();
            path.push(token.clone());
            at = Target {
                node,
                file: at.file,
                path: Arc::new(path),
            };
        }
        self.settled(at, hops)
    }

    /// What is no reference any more.
    fn settled(&mut self, at: Target, hops: usize) -> Result<Target, String> {
        match self.subject.arena.get_string(at.node, "$ref") {
            Some(next) => {
                let next = next.to_owned();
                self.follow(at.file, &next, hops + 1)
            }
            None => Ok(at),
        }
    }

    fn file(&mut self, base: FileId, reference: &str) -> Result<FileId, String> {
        let key = (base, reference.to_owned());
        if let Some(known) = self.by_reference.get(&key) {
            return known.clone();
        }
        let found = self.read(base, reference);
        self.by_reference.insert(key, found.clone());
        found
    }

    fn read(&mut self, base: FileId, reference: &str) -> Result<FileId, String> {
        let name = self.subject.arena.sources.files()[base.0 as usize]
            .name
            .clone();
        let read: ReadFile = match self.reader.read(&name, reference) {
            Ok(read) => read,
            Err(Refusal { message, .. }) => return Err(message),
        };
        if let Some(known) = self.by_name.get(&read.name) {
            return Ok(*known);
        }
        self.bytes += read.data.len();
        if self.bytes > BYTES {
            return Err(format!(
                "the files of this document have more than {BYTES} bytes together"
            ));
        }
        let arena = &mut self.subject.arena;
        let root = parse(arena, &read.name, &read.data, None, &Limits::default());
        let file = FileId(arena.sources.files().len() as u32 - 1);
        self.by_name.insert(read.name, file);
        if let Err(problem) = &root {
            arena.report(problem.clone());
        }
        self.subject.roots.push(root.ok());
        Ok(file)
    }
}

struct References<'a> {
    arena: &'a Arena,
    swagger: bool,
    path: Vec<String>,
    /// Object, its `$ref`, and the object's path.
    found: &'a mut Vec<(NodeId, NodeId, Vec<String>)>,
}

impl References<'_> {
    /// As deep as a document may be nested: 256.
    fn collect(&mut self, node: NodeId, place: Place) {
        if place == Place::Data {
            return;
        }
        match self.arena.value(node) {
            Value::Object(members) => {
                if let Some(reference) = self.arena.get(node, "$ref")
                    && self.arena.string(reference).is_some()
                {
                    self.found.push((node, reference, self.path.clone()));
                }
                for member in members {
                    let name = self.arena.key(member);
                    if is_scalar(self.arena, member.value) {
                        continue;
                    }
                    self.path.push(name.to_owned());
                    self.collect(member.value, place.member(name, self.swagger));
                    self.path.pop();
                }
            }
            Value::Array(items) => {
                for (index, item) in items.iter().enumerate() {
                    if is_scalar(self.arena, *item) {
                        continue;
                    }
                    self.path.push(index.to_string());
                    self.collect(*item, place.item());
                    self.path.pop();
                }
            }
            _ => {}
        }
    }
}

fn is_scalar(arena: &Arena, node: NodeId) -> bool {
    !matches!(arena.value(node), Value::Object(_) | Value::Array(_))
}
