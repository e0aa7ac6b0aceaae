//! A token that is bound to something is presented with the proof of it, or opens nothing.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::Judgement;
use super::answers::Refused;
use super::proofs::invalid;
use crate::fate::Field;
use crate::faults::{Check, skips};
use crate::headers::DPOP;
use crate::identity::{Asked, Bound, PresentedToken, Use, judge_proof};
use crate::problem::Code;
use crate::target::Target;
use crate::trace::Trace;

impl<T: Trace> Judgement<'_, '_, T> {
    pub(super) fn bound(&self, bound: &Bound, token: PresentedToken<'_>) -> Result<(), Refused> {
        if let Some(expected) = &bound.certificate {
            self.has_certificate(expected)?;
        }
        match (&bound.jkt, token.with_proof) {
            (None, false) => Ok(()),
            (None, true) => Err(invalid(
                "a token that is bound to no key came as one that is",
            )),
            (Some(_), false) if skips(Check::AccessBound) => Ok(()),
            (Some(_), false) => Err(invalid("a token that is bound to a key came without proof")),
            (Some(jkt), true) => self.has_key(jkt, token.text),
        }
    }

    /// RFC 8705 §3: the handshake proved that the client has its key. A connection may be older than the revision.
    fn has_certificate(&self, expected: &str) -> Result<(), Refused> {
        let shown = self.arrival.certificate;
        let shown = shown.filter(|_| self.wall.asks_clients);
        let leaf = shown.and_then(|peer| peer.chain.first());
        let hash = leaf.map(|leaf| ring::digest::digest(&ring::digest::SHA256, leaf));
        let is_it = hash.is_some_and(|hash| URL_SAFE_NO_PAD.encode(hash) == expected);
        if is_it || skips(Check::AccessCertificate) {
            return Ok(());
        }
        Err(invalid(match self.wall.asks_clients {
            true => "a token came without the certificate it is bound to",
            false => "a token is bound to a certificate, and this ring asks nobody for one",
        }))
    }

    /// RFC 9449 §4.3, §7.
    fn has_key(&self, jkt: &str, token: &[u8]) -> Result<(), Refused> {
        if self.again {
            return Ok(()); // the request was proven when it came
        }
        let proof = match self.arrival.headers.field(&DPOP) {
            Field::Once(proof) => proof.trim_ascii(),
            Field::Absent => return Err(invalid("a token came without proof of its key")),
            Field::Repeated => return Err(invalid("a token came with several proofs")),
        };
        let arrival = self.arrival;
        let target = Target::normalise(arrival.method, arrival.target, arrival.host);
        let target = target.map_err(|_| invalid("a proof for a target that is none"))?;
        let authority = std::str::from_utf8(arrival.host.unwrap_or_default()).unwrap_or_default();
        let asked = Asked {
            method: arrival.method,
            target: &target,
            authority,
            token,
            jkt,
            now_unix_s: self.now_unix_s(),
        };
        let name = judge_proof(proof, &asked)
            .map_err(|why| invalid(format!("a proof of a token's key {why}")))?;
        match self.identities.used_proofs.take(name, asked.now_unix_s) {
            Use::First => Ok(()),
            _ if skips(Check::ProofAgain) => Ok(()),
            Use::Again => Err(invalid("a proof of a token's key was used before")),
            Use::Full => {
                let why = "more proofs of keys than can be remembered";
                Err(Refused::new(Code::IdentityUnavailable, why))
            }
        }
    }
}
