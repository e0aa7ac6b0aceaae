//! What the wall promises, one test per promise.

mod access;
mod again;
mod agreements;
mod bindings;
mod callers;
mod clients;
mod proofs;
mod quota;
mod scopes;
mod unseen;

use crate::audience::Ring;
use crate::fate::Answer;
use crate::testkit::*;

const OUTER: [Ring; 2] = [Ring::Partner, Ring::Public];

fn world() -> World {
    World::acme()
}

/// A key that may do everything its ring can.
fn good_key(world: &World, ring: Ring) -> String {
    world.key(ring, "globex", |_| {})
}

/// Everything of an answer that goes over the wire.
fn wire(answer: &Answer) -> (u16, Vec<(&'static str, String)>, Vec<u8>, bool) {
    (
        answer.status,
        answer.headers.clone(),
        answer.body.clone(),
        answer.close,
    )
}

fn get(ring: Ring, target: &str) -> Call {
    call(ring, "GET", target)
}
