//! What a contract declares of an operation's responses for one ring, in the form it is asked for.

use super::media::is_media_range;
use crate::bundle::{self, Content, NodeIndex};

#[derive(Debug)]
pub struct Declared {
    /// Bodies that no filter can read may leave.
    pub opaque: bool,
    /// Something of its bodies is JSON.
    pub is_read: bool,
    /// The most specific first.
    statuses: Vec<(Statuses, Response)>,
}

#[derive(Debug)]
pub struct Response {
    /// Lower case, sorted.
    pub headers: Box<[Box<str>]>,
    /// Declared for inner rings; lower case, sorted.
    pub hidden_headers: Box<[Box<str>]>,
    pub content: Box<[(Box<str>, Content)]>,
}

/// A key of OpenAPI's Responses Object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Statuses {
    One(u16),
    /// Of the hundred that begins here.
    Class(u16),
    All,
}

impl Declared {
    /// `count`: of the nodes there are.
    pub fn compile(responses: bundle::Responses, count: usize) -> Result<Declared, String> {
        let mut statuses = Vec::with_capacity(responses.statuses.len());
        for (key, response) in responses.statuses {
            let status = Statuses::parse(&key).ok_or_else(|| format!("`{key}` is no status"))?;
            statuses.push((status, Response::compile(response, count)?));
        }
        statuses.sort_by_key(|(status, _)| *status);
        let mut contents = statuses.iter().flat_map(|(_, response)| &response.content);
        Ok(Declared {
            opaque: responses.opaque,
            is_read: contents.any(|(_, content)| content.node().is_some()),
            statuses,
        })
    }

    /// A part (206) of what is not read is as the whole.
    pub fn response(&self, status: u16) -> Option<&Response> {
        let found = self
            .statuses
            .iter()
            .find(|(statuses, _)| statuses.hold(status));
        match found {
            Some((Statuses::One(_), response)) => Some(response),
            _ if status == 206 && self.is_read => None,
            _ if status == 206 => self.response(200),
            found => found.map(|(_, response)| response),
        }
    }
}

impl Response {
    fn compile(response: bundle::Response, count: usize) -> Result<Response, String> {
        for (name, content) in &response.content {
            if !is_media_range(name) {
                return Err(format!("`{name}` is no media type"));
            }
            if let Some(missing) = content.node().filter(|node| *node as usize >= count) {
                return Err(format!("there is no node {missing}"));
            }
        }
        let lower = |name: String| name.to_ascii_lowercase().into_boxed_str();
        let sorted = |names: Vec<String>| {
            let mut names: Vec<Box<str>> = names.into_iter().map(lower).collect();
            names.sort_unstable();
            names.into_boxed_slice()
        };
        let content = response.content.into_iter();
        Ok(Response {
            headers: sorted(response.headers),
            hidden_headers: sorted(response.hidden_headers),
            content: content
                .map(|(name, content)| (lower(name), content))
                .collect(),
        })
    }

    /// `name`: `type/subtype` in lower case.
    pub fn content_of(&self, name: &str) -> Option<Content> {
        let kind = name.split('/').next().unwrap_or_default();
        let of = |matches: &dyn Fn(&str) -> bool| {
            let found = self.content.iter().find(|(known, _)| matches(known));
            found.map(|(_, content)| *content)
        };
        of(&|known| known == name)
            .or_else(|| of(&|known| known.strip_suffix("/*") == Some(kind)))
            .or_else(|| of(&|known| known == "*/*"))
    }
}

impl Content {
    pub(crate) fn node(self) -> Option<NodeIndex> {
        match self {
            Content::Json(node) => Some(node),
            Content::Opaque => None,
        }
    }
}

/// Whether a contract may name it: a status, a class of them (`4XX`) or `default`.
pub fn is_status(key: &str) -> bool {
    Statuses::parse(key).is_some()
}

impl Statuses {
    fn parse(key: &str) -> Option<Statuses> {
        let class = key.strip_suffix("XX").or_else(|| key.strip_suffix("xx"));
        match (key, class) {
            ("default", _) => Some(Statuses::All),
            (_, Some(class @ ("1" | "2" | "3" | "4" | "5"))) => class
                .parse::<u16>()
                .ok()
                .map(|class| Statuses::Class(100 * class)),
            _ if key.len() == 3 => key
                .parse()
                .ok()
                .filter(|s| (100..600).contains(s))
                .map(Statuses::One),
            _ => None,
        }
    }

    fn hold(self, status: u16) -> bool {
        match self {
            Statuses::One(one) => one == status,
            Statuses::Class(first) => status / 100 * 100 == first,
            Statuses::All => true,
        }
    }
}
