//! What a gateway begins with: the published revision, the last accepted one, or 503 on rings that can be believed.

use wall::manifest::Manifest;
use wall::{Refusal, Wall};

use super::Opened;
use super::revision::{believed, load, not_older, refusal};
use crate::node::{Node, Pointer};

/// What a gateway begins with. `revision` is `None` where nothing can be served; then it is said why.
pub struct First {
    pub rings: Opened,
    pub revision: Option<(Pointer, Wall)>,
    pub refused: Option<At>,
}

/// A refusal, and the revision it is about.
pub struct At {
    pub revision: u64,
    pub refusal: Refusal,
}

/// Fails when there is not even a manifest that says which rings to open.
pub fn first(node: &Node, accepted: Option<&Pointer>) -> Result<First, Refusal> {
    let pointer = published(node).and_then(|pointer| {
        not_older(&pointer, accepted).map_err(|refusal| At {
            revision: pointer.revision,
            refusal,
        })?;
        Ok(pointer)
    });
    let mut refused = None;
    let mut candidates = Vec::new();
    match pointer {
        Ok(pointer) => candidates.push(pointer),
        Err(at) => refused = Some(at),
    }
    candidates.extend(
        accepted
            .filter(|accepted| !candidates.contains(accepted))
            .cloned(),
    );
    for pointer in &candidates {
        match load(node, pointer, None) {
            Ok(wall) => return Ok(begin_with(pointer, wall, refused)),
            Err(refusal) => {
                log::warn!("revision {} cannot be served: {refusal}", pointer.revision);
                refused.get_or_insert(At {
                    revision: pointer.revision,
                    refusal,
                });
            }
        }
    }
    let believed = candidates
        .iter()
        .find_map(|pointer| believed(node, pointer).ok());
    match (believed, refused) {
        (Some(manifest), Some(at)) => {
            log::error!("no revision can be served: every call is answered with 503 until one can");
            Ok(First {
                rings: rings_of(&manifest),
                revision: None,
                refused: Some(at),
            })
        }
        (_, at) => Err(at.map_or_else(nothing_published, |at| at.refusal)),
    }
}

fn begin_with(pointer: &Pointer, wall: Wall, refused: Option<At>) -> First {
    if refused.is_some() {
        log::warn!(
            "starting from the last accepted revision {}",
            pointer.revision
        );
    }
    First {
        rings: rings_of(wall.manifest()),
        revision: Some((pointer.clone(), wall)),
        refused,
    }
}

fn published(node: &Node) -> Result<Pointer, At> {
    let unknown = |refusal| At {
        revision: 0,
        refusal,
    };
    match Pointer::read(&node.current()) {
        Ok(Some(pointer)) => Ok(pointer),
        Ok(None) => Err(unknown(nothing_published())),
        Err(error) => Err(unknown(refusal(
            "pointer_unreadable",
            format!("published/current: {error}"),
        ))),
    }
}

fn nothing_published() -> Refusal {
    let told = "there is no published/current".to_owned();
    refusal("nothing_published", told)
}

fn rings_of(manifest: &Manifest) -> Opened {
    let mut rings = manifest.rings.clone();
    rings.values_mut().for_each(|ring| ring.routes.clear());
    rings
}
