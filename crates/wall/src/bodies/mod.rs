//! What becomes of the body of a response: a function of what the contract declares of its operation for this ring,
//! the status, and the media type. Which rows there are is in `docs/gateway-bodies.md`.

mod declared;
mod kept;
mod media;
mod withheld;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use crate::bundle::{Enforcement, NodeIndex};
use crate::fate::Forward;
use crate::faults::{Check, skips};
use crate::filter::{Framing, Graph, MaskingKey, Mode, Stream};
use crate::headers::ResponsePolicy;
use crate::problem::Code;
pub(crate) use declared::Declared;
pub use declared::is_status;
pub(crate) use kept::{Bodies, Ruled};
use media::Media;
pub use media::{framing, is_media_range};
pub use withheld::{Withheld, WithheldRow};

/// What becomes of a body, and why, where the contract does not say it plainly.
#[derive(Debug)]
pub struct Verdict {
    pub fate: BodyFate,
    /// For the log and for reports, a word of [`NotDeclared`].
    pub because: Option<NotDeclared>,
}

#[derive(Debug)]
pub enum BodyFate {
    /// It leaves as it is.
    Passes,
    /// It leaves as it is, and what its contract does not show is told.
    Watched(Reading),
    /// What its contract shows of it leaves.
    Projected(Reading),
    /// It does not leave; status and header do.
    Emptied,
    /// Where there is one, and for errors in any case, this answer leaves in place of the response.
    Replaced { code: Code, status: u16 },
}

/// How a body is read.
#[derive(Clone, Debug)]
pub struct Reading {
    pub graph: Arc<Graph>,
    pub root: NodeIndex,
    pub framing: Framing,
    pub mode: Mode,
    /// For whoever reads to give, where the graph hashes; without it no hash leaves, nor what it would stand for.
    pub masking_key: Option<MaskingKey>,
}

/// What a contract does not declare of a response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotDeclared {
    Status,
    Media,
    /// There is no `content-type`, or more than one.
    MediaUnknown,
    /// Declared, and for no filter to read; the operation is not `x-opaque`.
    Opaque,
}

impl NotDeclared {
    /// Permanent.
    pub fn as_str(self) -> &'static str {
        match self {
            NotDeclared::Status => "undeclared_status",
            NotDeclared::Media => "undeclared_media_type",
            NotDeclared::MediaUnknown => "unknown_media_type",
            NotDeclared::Opaque => "opaque",
        }
    }
}

impl Forward {
    /// Of a response with this status and these `content-type` fields.
    pub fn body<'v>(
        &self,
        status: u16,
        content_types: impl Iterator<Item = &'v [u8]>,
        now_s: u64,
    ) -> Verdict {
        match self.response.ruled() {
            Some(ruled) => verdict(
                ruled,
                &self.response,
                status,
                Media::of(content_types),
                now_s,
            ),
            None => BodyFate::Passes.into(),
        }
    }

    /// Responses of the operation are read and cut before they leave.
    pub fn is_projected(&self) -> bool {
        self.response
            .declared()
            .is_some_and(|declared| declared.is_read)
    }

    /// Bodies that no filter can read may leave.
    pub fn may_be_opaque(&self) -> bool {
        match self.response.ruled() {
            Some(ruled) if ruled.mode != Enforcement::Report => self
                .response
                .declared()
                .is_some_and(|declared| declared.opaque),
            _ => true,
        }
    }
}

impl ResponsePolicy {
    fn ruled(&self) -> Option<&Ruled> {
        self.served.bundle.bodies.as_ref()
    }

    /// What the contract declares of the operation's responses, where it is held to it.
    fn declared(&self) -> Option<&Declared> {
        let ruled = self.ruled()?;
        let enforced = ruled.mode != Enforcement::Report;
        enforced.then(|| ruled.bodies.of(&self.operation.id))?
    }

    /// Whether the contract declares a header field of this name for inner rings only.
    pub(crate) fn hides(&self, status: u16, name: &str) -> bool {
        let response = self
            .declared()
            .and_then(|declared| declared.response(status));
        response.is_some_and(|response| holds(&response.hidden_headers, name))
    }

    /// Whether the contract declares a header field of this name; of the status, where responses are held to it.
    pub(crate) fn declares(&self, status: u16, name: &str) -> bool {
        let held = self
            .ruled()
            .filter(|ruled| ruled.mode != Enforcement::Report);
        let names = match held {
            None => Some(&*self.operation.response_headers),
            Some(ruled) => {
                let declared = ruled.bodies.of(&self.operation.id);
                let response = declared.and_then(|declared| declared.response(status));
                response.map(|response| &*response.headers)
            }
        };
        names.is_some_and(|names| holds(names, name))
    }
}

/// `names`: sorted.
fn holds(names: &[Box<str>], name: &str) -> bool {
    names.binary_search_by(|known| (**known).cmp(name)).is_ok()
}

impl From<BodyFate> for Verdict {
    fn from(fate: BodyFate) -> Verdict {
        Verdict {
            fate,
            because: None,
        }
    }
}

fn verdict(
    ruled: &Ruled,
    policy: &ResponsePolicy,
    status: u16,
    media: Media<'_>,
    now_s: u64,
) -> Verdict {
    let mode = ruled.mode_at(now_s);
    let declared = ruled.bodies.of(&policy.operation.id);
    match found(declared, status, &media) {
        Ok(Found::Opaque) => BodyFate::Passes.into(),
        Ok(Found::Json(root, framing)) => {
            let reading = Reading {
                graph: ruled.bodies.graph(),
                root,
                framing,
                mode,
                masking_key: None,
            };
            match mode {
                Mode::Report => BodyFate::Watched(reading).into(),
                Mode::Enforce | Mode::Observe => BodyFate::Projected(reading).into(),
            }
        }
        Err((because, is_bodiless)) => Verdict {
            fate: match mode {
                _ if overlooked(because) => BodyFate::Passes,
                Mode::Report => BodyFate::Passes,
                Mode::Enforce | Mode::Observe => kept_back(status, is_bodiless),
            },
            because: Some(because),
        },
    }
}

enum Found {
    Json(NodeIndex, Framing),
    Opaque,
}

/// What the contract says of the body; or what is missing, and whether it says that there is no body.
fn found(
    declared: Option<&Declared>,
    status: u16,
    media: &Media<'_>,
) -> Result<Found, (NotDeclared, bool)> {
    let response = declared.and_then(|declared| declared.response(status));
    let (Some(declared), Some(response)) = (declared, response) else {
        return Err((NotDeclared::Status, false));
    };
    let is_bodiless = response.content.is_empty();
    let Media::One(name) = media else {
        return Err((NotDeclared::MediaUnknown, is_bodiless));
    };
    let content = response
        .content_of(name)
        .ok_or((NotDeclared::Media, is_bodiless))?;
    match (content.node(), framing(name)) {
        (Some(root), Some(framing)) => Ok(Found::Json(root, framing)),
        _ if declared.opaque => Ok(Found::Opaque),
        _ => Err((NotDeclared::Opaque, false)),
    }
}

/// What a build for tests lets pass.
#[inline(always)]
fn overlooked(because: NotDeclared) -> bool {
    match because {
        NotDeclared::Status => skips(Check::UndeclaredStatus),
        NotDeclared::Media => skips(Check::UndeclaredMediaType),
        NotDeclared::MediaUnknown => skips(Check::UnknownMediaType),
        NotDeclared::Opaque => skips(Check::UnreadableBody),
    }
}

/// Where nobody said what a ring may see of a body, none of it leaves.
fn kept_back(status: u16, is_bodiless: bool) -> BodyFate {
    let (code, status) = match status {
        300..400 => return BodyFate::Emptied,
        _ if is_bodiless => return BodyFate::Emptied,
        400..500 => (Code::RequestRefused, status),
        500.. => (Code::UpstreamFault, Code::UpstreamFault.status()),
        _ => (Code::ResponseUndeclared, Code::ResponseUndeclared.status()),
    };
    BodyFate::Replaced { code, status }
}

impl Reading {
    /// To read a body as it comes.
    pub fn stream(&self) -> Stream {
        let options = crate::filter::Options {
            mode: self.mode,
            masking_key: self.masking_key.clone(),
        };
        Stream::new(Arc::clone(&self.graph), self.root, self.framing, &options)
    }
}
