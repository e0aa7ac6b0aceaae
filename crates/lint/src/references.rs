//! Every `$ref` of a document and of the files it leads to. What stands in an example is data and refers to nothing.

use std::collections::HashMap;
use std::sync::Arc;

use ahash::AHashMap;
use document::contract::{ReadFile, Reader, Refusal};
use document::{Arena, FileId, Limits, NodeId, Problem, Value, parse, pointer};

use crate::subject::{Broken, Key, Subject, Target};

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
        by_text: AHashMap::new(),
        bytes: data.len(),
        reader,
        subject: Subject {
            arena,
            roots: vec![Some(root)],
            references: AHashMap::new(),
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
    let from = Reading { place, swagger };
    let mut file = 0;
    // Files are added while references are followed.
    while file < loading.subject.roots.len() {
        loading.scan(FileId(file as u32), from);
        file += 1;
    }
    Ok(loading.subject)
}

struct Loading<'r> {
    reader: &'r mut dyn Reader,
    subject: Subject,
    by_name: HashMap<String, FileId>,
    by_reference: HashMap<(FileId, String), Result<FileId, String>>,
    by_text: AHashMap<FileId, AHashMap<String, Result<u32, String>>>,
    bytes: usize,
}

impl Loading<'_> {
    fn scan(&mut self, file: FileId, from: Reading) {
        let Some(root) = self.subject.roots[file.0 as usize] else {
            return;
        };
        let mut found = Vec::new();
        from.references(&self.subject.arena, root, &mut |holder, reference, _| {
            found.push((holder, reference));
        });
        let mut broken = AHashMap::new();
        for (holder, reference) in found {
            if let Some(message) = self.link(file, holder, reference) {
                broken.insert(holder, message);
            }
        }
        if !broken.is_empty() {
            self.tell(file, root, from, &broken);
        }
    }

    /// Says why it leads nowhere, where it does.
    fn link(&mut self, file: FileId, holder: NodeId, reference: NodeId) -> Option<String> {
        let text = self.subject.arena.string(reference).unwrap_or_default();
        let found = match self.known(file, text) {
            Some(known) => known.clone(),
            None => {
                let text = text.to_owned();
                let found = self.follow(file, &text, 0);
                let known = self.by_text.entry(file).or_default();
                known.entry(text).or_insert(found).clone()
            }
        };
        match found {
            Ok(target) => {
                self.subject.references.insert(holder, target);
                None
            }
            Err(message) => {
                self.subject.void.insert(holder);
                Some(message)
            }
        }
    }

    /// Tells of those that lead nowhere, each where it is written.
    fn tell(
        &mut self,
        file: FileId,
        root: NodeId,
        from: Reading,
        broken: &AHashMap<NodeId, String>,
    ) {
        let mut told = Vec::new();
        from.references(&self.subject.arena, root, &mut |holder, reference, path| {
            if let Some(message) = broken.get(&holder) {
                let path = path.iter().map(Key::to_string);
                told.push(Broken {
                    file,
                    path: path.chain(["$ref".to_owned()]).collect(),
                    node: reference,
                    message: message.clone(),
                });
            }
        });
        self.subject.broken.append(&mut told);
    }

    fn known(&self, file: FileId, text: &str) -> Option<&Result<u32, String>> {
        self.by_text.get(&file)?.get(text)
    }

    fn keep(&mut self, target: Target) -> u32 {
        self.subject.referred.insert(target.node);
        self.subject.targets.push(target);
        self.subject.targets.len() as u32 - 1
    }

    /// Where a reference leads, through those it meets on its way; each is followed once.
    fn follow(&mut self, file: FileId, text: &str, hops: usize) -> Result<u32, String> {
        if let Some(known) = self.known(file, text) {
            return known.clone();
        }
        let found = self.followed(file, text, hops)?;
        let target = self.keep(found);
        let known = self.by_text.entry(file).or_default();
        known.insert(text.to_owned(), Ok(target));
        Ok(target)
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
                let target = self.follow(at.file, &next, hops + 1)?;
                Ok(self.subject.targets[target as usize].clone())
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

/// As what a file is read.
#[derive(Clone, Copy)]
struct Reading {
    place: Place,
    swagger: bool,
}

impl Reading {
    fn references<'a>(self, arena: &'a Arena, root: NodeId, found: Told<'_, 'a>) {
        References {
            arena,
            swagger: self.swagger,
            path: Vec::new(),
            found,
        }
        .collect(root, self.place);
    }
}

/// Is told of an object, its `$ref`, and the object's path.
type Told<'f, 'a> = &'f mut dyn FnMut(NodeId, NodeId, &[Key<'a>]);

struct References<'f, 'a> {
    arena: &'a Arena,
    swagger: bool,
    path: Vec<Key<'a>>,
    found: Told<'f, 'a>,
}

impl References<'_, '_> {
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
                    (self.found)(node, reference, &self.path);
                }
                for member in members {
                    if is_scalar(self.arena, member.value) {
                        continue;
                    }
                    let name = self.arena.key(member);
                    self.path.push(Key::Member(name));
                    self.collect(member.value, place.member(name, self.swagger));
                    self.path.pop();
                }
            }
            Value::Array(items) => {
                for (index, item) in items.iter().enumerate() {
                    if is_scalar(self.arena, *item) {
                        continue;
                    }
                    self.path.push(Key::Item(index));
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
