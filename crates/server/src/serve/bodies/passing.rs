//! Bodies on their way to the client, as a module of Pingora's: a module sees every piece and every kind of end, and
//! comes before the one that compresses.

use std::any::Any;
use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind};

use async_trait::async_trait;
use bytes::Bytes;
use http::HeaderMap;
use pingora::modules::http::{HttpModule, HttpModuleBuilder, Module};
use pingora::proxy::Session;
use pingora::{Error, ErrorType, Result};
use wall::bodies::Withheld;

use super::reader::{Broken, Reader};
use super::unreadable;
use crate::serve::call::Call;

/// What is done with the body of the response under way.
#[derive(Default)]
pub enum Passing {
    #[default]
    AsItIs,
    /// None of it leaves.
    Nothing,
    /// What may leave of it does. A fault breaks the response off.
    Cut(Box<Reader>),
    /// All of it leaves, and it is told what would not.
    Watched(Box<Reader>),
    /// It was cut to its end.
    Read(Withheld),
    /// It was watched as far as it could be read.
    Seen(Withheld),
}

pub struct PassingBuilder;

impl HttpModuleBuilder for PassingBuilder {
    fn init(&self) -> Module {
        Box::new(Passing::AsItIs)
    }
}

impl Passing {
    /// What is done with the call's body, where it is not just passed on: Pingora finds a module by hashing its type,
    /// which is not owed for a body that nobody reads here.
    pub fn of<'s>(session: &'s mut Session, call: &Call) -> Option<&'s mut Passing> {
        match call.is_read_as_it_passes {
            true => session.downstream_modules_ctx.get_mut(),
            false => None,
        }
    }

    /// Does this with the body that comes next.
    pub fn begin(self, session: &mut Session, call: &mut Call) -> Result<()> {
        call.is_read_as_it_passes = true;
        let missing = || Error::explain(ErrorType::InternalError, "no module for bodies");
        *Passing::of(session, call).ok_or_else(missing)? = self;
        Ok(())
    }

    /// What was removed, once the response has ended.
    pub fn withheld(&mut self) -> Withheld {
        match mem::take(self) {
            Passing::Read(withheld) | Passing::Seen(withheld) => withheld,
            Passing::Cut(reader) | Passing::Watched(reader) => reader.given_up(),
            Passing::AsItIs | Passing::Nothing => Withheld::default(),
        }
    }

    fn piece(&mut self, body: &mut Option<Bytes>, ended: bool) -> Result<()> {
        match self {
            Passing::AsItIs | Passing::Seen(_) => {}
            Passing::Nothing | Passing::Read(_) => *body = None,
            Passing::Cut(reader) => {
                let bytes = body.take().unwrap_or_default();
                let mut out = Vec::with_capacity(bytes.len());
                reader.push(&bytes, &mut out).map_err(unreadable)?;
                if ended {
                    self.cut_to_its_end(&mut out)?;
                }
                *body = (!out.is_empty()).then(|| out.into());
            }
            Passing::Watched(reader) => {
                let bytes = body.as_ref().map_or(&[][..], |bytes| bytes);
                let seen = reader.push(bytes, &mut Vec::new());
                if ended || seen.is_err() {
                    self.seen(seen);
                }
            }
        }
        Ok(())
    }

    fn cut_to_its_end(&mut self, out: &mut Vec<u8>) -> Result<()> {
        if let Passing::Cut(reader) = mem::replace(self, Passing::Nothing) {
            *self = Passing::Read(reader.finish(out).map_err(unreadable)?);
        }
        Ok(())
    }

    /// What is not understood passes as well, and is told.
    fn seen(&mut self, so_far: Result<(), Broken>) {
        if let Passing::Watched(reader) = mem::take(self) {
            let seen = so_far.and_then(|()| reader.finish(&mut Vec::new()));
            let withheld = seen.unwrap_or_else(|broken| Withheld::whole(broken.kind()));
            *self = Passing::Seen(withheld);
        }
    }

    /// The body has ended without a last piece.
    fn rest(&mut self) -> Result<Option<Bytes>> {
        let mut rest = None;
        match self {
            Passing::Cut(_) | Passing::Watched(_) => self.guarded(&mut rest, true)?,
            _ => {}
        }
        Ok(rest)
    }

    /// After a panic nothing more leaves.
    fn guarded(&mut self, body: &mut Option<Bytes>, ended: bool) -> Result<()> {
        let judged = catch_unwind(AssertUnwindSafe(|| self.piece(body, ended)));
        judged.unwrap_or_else(|_| {
            *self = Passing::Nothing;
            *body = None;
            Error::e_explain(ErrorType::InternalError, "the wall panicked at a body")
        })
    }
}

#[async_trait]
impl HttpModule for Passing {
    fn as_any(&self) -> &dyn Any {
        self
    }

    fn as_any_mut(&mut self) -> &mut dyn Any {
        self
    }

    fn response_body_filter(&mut self, body: &mut Option<Bytes>, ended: bool) -> Result<()> {
        match self {
            Passing::AsItIs => Ok(()),
            _ => self.guarded(body, ended),
        }
    }

    fn response_trailer_filter(&mut self, _: &mut Option<Box<HeaderMap>>) -> Result<Option<Bytes>> {
        self.rest()
    }

    fn response_done_filter(&mut self) -> Result<Option<Bytes>> {
        self.rest()
    }
}
