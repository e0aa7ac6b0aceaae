//! One response that is kept.

use std::time::SystemTime;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, response};
use pingora::cache::CacheMeta;
use pingora::cache::key::HashBinary;
use pingora::http::ResponseHeader;
use pingora::{Error, ErrorType, Result};
use quick_cache::Weighter;
use std::sync::Arc;

use super::writes::Asked;

/// What a response costs beside the bytes of its fields and its body: itself, its place in the table, allocators.
const OVERHEAD_BYTES: usize = 1024;
/// The same of a field.
const FIELD_BYTES: usize = 128;

pub struct Kept {
    header: ResponseHeader,
    pub body: Bytes,
    fresh_until: SystemTime,
    created: SystemTime,
    /// What its age is counted from.
    epoch: SystemTime,
    stale_if_error_sec: u32,
    variance: Option<HashBinary>,
    pub asked: Asked,
}

impl Kept {
    /// Without its body yet.
    pub fn new(meta: &CacheMeta) -> Result<Kept> {
        let asked = meta.extensions().get::<Asked>().copied();
        let asked = asked
            .ok_or_else(|| Error::explain(ErrorType::InternalError, "a response nobody asked"))?;
        Ok(Kept {
            header: owned(meta.response_header()),
            body: Bytes::new(),
            fresh_until: meta.fresh_until(),
            created: meta.created(),
            epoch: meta.epoch(),
            stale_if_error_sec: meta.stale_if_error_sec(),
            variance: meta.variance(),
            asked,
        })
    }

    pub fn with(self, body: Bytes) -> Kept {
        Kept { body, ..self }
    }

    /// The same body, validated by the service.
    pub fn validated(&self, meta: &CacheMeta) -> Result<Kept> {
        Ok(Kept::new(meta)?.with(self.body.clone()))
    }

    pub fn meta(&self) -> CacheMeta {
        let header = self.header.clone();
        let mut meta = CacheMeta::new(
            self.fresh_until,
            self.created,
            0,
            self.stale_if_error_sec,
            header,
        );
        meta.set_epoch_override(self.epoch);
        if let Some(variance) = self.variance {
            meta.set_variance(variance);
        }
        meta
    }

    fn bytes(&self) -> usize {
        let fields = self.header.headers.iter();
        let fields: usize = fields
            .map(|(name, value)| FIELD_BYTES + name.as_str().len() + value.len())
            .sum();
        OVERHEAD_BYTES + fields + self.body.len()
    }
}

/// A copy of its own: what Pingora read is a slice of a buffer that would be kept as a whole.
fn owned(header: &ResponseHeader) -> ResponseHeader {
    let (mut parts, ()) = http::Response::new(()).into_parts();
    parts.status = header.status;
    parts.version = header.version;
    let mut fields = HeaderMap::with_capacity(header.headers.len());
    for (name, value) in &header.headers {
        if let Ok(value) = HeaderValue::from_bytes(value.as_bytes()) {
            fields.append(name, value);
        }
    }
    parts.headers = fields;
    ResponseHeader::from(parts as response::Parts)
}

#[derive(Clone)]
pub struct ByBytes;

impl Weighter<HashBinary, Arc<Kept>> for ByBytes {
    fn weight(&self, _: &HashBinary, kept: &Arc<Kept>) -> u64 {
        kept.bytes() as u64
    }
}
