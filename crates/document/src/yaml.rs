//! YAML 1.2 (core schema) into the arena: events of `saphyr-parser`, values as JSON knows them.

use std::borrow::Cow;
use std::collections::HashMap;

use saphyr_parser::{Event, Marker, Parser, ScalarStyle, ScanError, Tag};

use crate::arena::{Kind, Node, NodeId};
use crate::builder::{Anchored, Builder};
use crate::problem::{Problem, shown};
use crate::scalar;
use crate::source::{Text, line_starts};

type Tagged<'i> = Option<Cow<'i, Tag>>;

struct Yaml<'b, 'a> {
    input: &'a str,
    builder: &'b mut Builder<'a>,
    positions: Positions<'a>,
    anchors: HashMap<usize, Anchored>,
    /// Anchor and cost so far of every open container.
    open: Vec<(usize, u64)>,
    documents: u32,
}

/// Reads one YAML document; the builder holds the root afterwards.
pub(crate) fn read<'a>(input: &'a str, builder: &mut Builder<'a>) -> Result<(), Problem> {
    let mut yaml = Yaml {
        input,
        builder,
        positions: Positions::new(input),
        anchors: HashMap::new(),
        open: Vec::new(),
        documents: 0,
    };
    for event in Parser::new_from_str(input) {
        let (event, span) = event.map_err(|error| yaml.syntax(&error))?;
        let local = yaml.positions.offset(&span.start);
        yaml.event(event, local)?;
    }
    Ok(())
}

impl<'a> Yaml<'_, 'a> {
    fn event(&mut self, event: Event<'a>, local: usize) -> Result<(), Problem> {
        let at = self.builder.at(local);
        match event {
            Event::DocumentStart(_) => self.document(at),
            Event::Scalar(text, _, anchor, tag) if self.builder.expects_key() => {
                self.key(&text, anchor, tag, local)
            }
            Event::MappingStart(..) | Event::SequenceStart(..) if self.builder.expects_key() => {
                Err(complex_key(at))
            }
            Event::Alias(anchor) => self.alias(anchor, at),
            Event::Scalar(text, style, anchor, tag) => {
                self.scalar(&text, style, anchor, tag, local)
            }
            Event::MappingStart(anchor, tag) => self.open(true, anchor, tag, at),
            Event::SequenceStart(anchor, tag) => self.open(false, anchor, tag, at),
            Event::MappingEnd | Event::SequenceEnd => self.close(),
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => Ok(()),
        }
    }

    fn document(&mut self, at: u32) -> Result<(), Problem> {
        self.documents += 1;
        if self.documents == 1 {
            return Ok(());
        }
        let help = "Put each document into a file of its own.";
        Err(Problem::error(
            "document-several",
            at,
            "a second YAML document begins here",
            help,
        ))
    }

    fn open(&mut self, object: bool, anchor: usize, tag: Tagged, at: u32) -> Result<(), Problem> {
        let expected = if object { "map" } else { "seq" };
        if let Some(tag) = tag
            && !(tag.is_yaml_core_schema() && tag.suffix == expected)
        {
            return Err(unknown_tag(&tag, at));
        }
        self.open.push((anchor, self.builder.expanded()));
        self.builder.open(object, at).map(drop)
    }

    fn close(&mut self) -> Result<(), Problem> {
        let (node, height) = self.builder.close()?;
        if let Some((anchor, before)) = self.open.pop() {
            self.remember(anchor, node, before, height);
        }
        Ok(())
    }

    /// Anchor 0 is none.
    fn remember(&mut self, anchor: usize, node: NodeId, expanded_before: u64, height: u32) {
        if anchor != 0 {
            self.anchors
                .insert(anchor, self.builder.anchored(node, expanded_before, height));
        }
    }

    fn key(&mut self, text: &str, anchor: usize, tag: Tagged, local: usize) -> Result<(), Problem> {
        let at = self.builder.at(local);
        if anchor != 0 {
            let help = "Write the key twice; anchors are for values.";
            return Err(Problem::error(
                "document-key",
                at,
                "a key cannot be anchored",
                help,
            ));
        }
        if let Some(tag) = tag.filter(|tag| !tag.is_yaml_core_schema()) {
            return Err(unknown_tag(&tag, at));
        }
        let merge = text == "<<" && self.input[local..].starts_with("<<");
        let text = self.text(text);
        self.builder.key(text, at, merge);
        Ok(())
    }

    fn alias(&mut self, anchor: usize, at: u32) -> Result<(), Problem> {
        let Some(anchored) = self.anchors.get(&anchor).copied() else {
            let help = "An alias may only repeat what was complete before it.";
            return Err(Problem::error(
                "document-cyclic-alias",
                at,
                "this alias is inside of what it repeats",
                help,
            ));
        };
        if self.builder.expects_key() {
            return Err(complex_key(at));
        }
        self.builder.alias(anchored, at)
    }

    fn scalar(
        &mut self,
        text: &str,
        style: ScalarStyle,
        anchor: usize,
        tag: Tagged,
        local: usize,
    ) -> Result<(), Problem> {
        let at = self.builder.at(local);
        let kept = self.text(text);
        let node = match tag {
            None if style == ScalarStyle::Plain => scalar::plain(text, kept, at)?,
            None => Node::text(Kind::String, at, kept),
            Some(tag) if tag.is_yaml_core_schema() => {
                let tagged = scalar::tagged(&tag.suffix, text, kept, at)?;
                tagged.ok_or_else(|| unknown_tag(&tag, at))?
            }
            Some(tag) if tag.handle.is_empty() && tag.suffix == "!" => {
                Node::text(Kind::String, at, kept)
            }
            Some(tag) => return Err(unknown_tag(&tag, at)),
        };
        let before = self.builder.expanded();
        let id = self.builder.scalar(node)?;
        self.remember(anchor, id, before, 0);
        Ok(())
    }

    /// Text borrowed from the input stays where it is; what was folded or unescaped is kept beside it.
    fn text(&mut self, text: &str) -> Text {
        let start = (text.as_ptr() as usize).wrapping_sub(self.input.as_ptr() as usize);
        match self.input.get(start..start.saturating_add(text.len())) {
            Some(same) if same == text => self.builder.slice(start, start + text.len()),
            _ => self.builder.unescaped(text),
        }
    }

    fn syntax(&mut self, error: &ScanError) -> Problem {
        let at = self.builder.at(self.positions.offset(error.marker()));
        let message = format!("this is not YAML: {}", error.info());
        Problem::error(
            "document-syntax",
            at,
            message,
            "Correct the YAML (1.2); indentation counts, tabs do not indent.",
        )
    }
}

fn complex_key(at: u32) -> Problem {
    let help = "JSON knows only text as keys; write it out.";
    Problem::error(
        "document-key",
        at,
        "a key must be plain text, not an alias, an object or a list",
        help,
    )
}

fn unknown_tag(tag: &Tag, at: u32) -> Problem {
    let message = format!("the tag {} means nothing here", shown(&tag.to_string()));
    let help = "Remove it; known are !!str, !!int, !!float, !!bool, !!null, !!map and !!seq.";
    Problem::error("document-tag", at, message, help)
}

/// Byte offsets of the parser's lines and columns. Markers mostly go forward, so each search begins at the last.
struct Positions<'a> {
    input: &'a str,
    lines: Vec<u32>,
    last: (usize, usize, usize),
}

impl<'a> Positions<'a> {
    fn new(input: &'a str) -> Positions<'a> {
        Positions {
            input,
            lines: line_starts(input),
            last: (1, 0, 0),
        }
    }

    /// Never beyond the end of the input, always between two characters.
    fn offset(&mut self, marker: &Marker) -> usize {
        let (line, column, offset) = self.last;
        let (from_column, from) = if marker.line() == line && marker.col() >= column {
            (column, offset)
        } else {
            let start = self
                .lines
                .get(marker.line().saturating_sub(1))
                .map_or(self.input.len(), |at| *at as usize);
            (0, start)
        };
        let rest = &self.input[from..];
        let skipped = marker.col() - from_column;
        let found = from
            + rest
                .char_indices()
                .nth(skipped)
                .map_or(rest.len(), |(at, _)| at);
        self.last = (marker.line(), marker.col(), found);
        found
    }
}
