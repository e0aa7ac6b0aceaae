//! One revision, from the pointer to the wall.

use std::panic::{AssertUnwindSafe, catch_unwind};

use ring::digest;
use wall::manifest::Manifest;
use wall::{Refusal, Wall};

use crate::node::{Node, Pointer};

/// Verifies and compiles what a pointer names.
pub fn load(node: &Node, pointer: &Pointer, previous: Option<&Wall>) -> Result<Wall, Refusal> {
    let (signed, keys) = signed(node, pointer)?;
    let wall = compile(node, &signed, &keys, previous)?;
    of_revision(pointer, wall.manifest())?;
    Ok(wall)
}

/// The manifest a pointer names, if it is the signed one, whatever becomes of its objects.
pub fn believed(node: &Node, pointer: &Pointer) -> Result<Manifest, Refusal> {
    let (signed, keys) = signed(node, pointer)?;
    let manifest = wall::verify_manifest(&signed, &keys)?;
    of_revision(pointer, &manifest)?;
    Ok(manifest)
}

fn signed(node: &Node, pointer: &Pointer) -> Result<(Vec<u8>, Vec<[u8; 32]>), Refusal> {
    let keys = node
        .trusted_keys()
        .map_err(|error| refusal("trust_unreadable", error.to_string()))?;
    let signed = node.manifest(&pointer.manifest).map_err(|error| {
        refusal(
            "manifest_missing",
            format!("manifest {}: {error}", pointer.manifest),
        )
    })?;
    if sha256(&signed) != pointer.manifest {
        return Err(refusal(
            "manifest_mismatch",
            format!("manifest {} has other content", pointer.manifest),
        ));
    }
    Ok((signed, keys))
}

fn of_revision(pointer: &Pointer, manifest: &Manifest) -> Result<(), Refusal> {
    if manifest.revision == pointer.revision {
        return Ok(());
    }
    let told = format!(
        "the pointer says {}, the manifest {}",
        pointer.revision, manifest.revision
    );
    Err(refusal("revision_mismatch", told))
}

/// A defect that shows at one revision must not end the looking for better ones.
fn compile(
    node: &Node,
    signed: &[u8],
    keys: &[[u8; 32]],
    previous: Option<&Wall>,
) -> Result<Wall, Refusal> {
    let load = || Wall::load(signed, keys, previous, |hash| node.object(hash));
    catch_unwind(AssertUnwindSafe(load)).unwrap_or_else(|_| {
        let told = "the wall panicked at it; see the gateway's log".to_owned();
        Err(refusal("wall_fault", told))
    })
}

pub fn not_older(pointer: &Pointer, served: Option<&Pointer>) -> Result<(), Refusal> {
    let Some(served) = served else { return Ok(()) };
    let (given, have) = (pointer.revision, served.revision);
    if given < have {
        return Err(refusal(
            "revision_fell",
            format!("{given} was published, {have} is served: roll back with a new number"),
        ));
    }
    if given == have && pointer.manifest != served.manifest {
        return Err(refusal(
            "revision_reused",
            format!("{given} is served already, with another content"),
        ));
    }
    Ok(())
}

pub fn refusal(code: &'static str, message: String) -> Refusal {
    Refusal {
        code,
        message,
        api: None,
    }
}

/// Lower-case hexadecimal.
fn sha256(bytes: &[u8]) -> String {
    hex::encode(digest::digest(&digest::SHA256, bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pointer(revision: u64, manifest: &str) -> Pointer {
        Pointer {
            revision,
            manifest: manifest.to_owned(),
        }
    }

    #[test]
    fn revision_numbers_never_fall_and_never_name_two_things() {
        let served = pointer(7, "a");
        let code = |given: &Pointer| {
            not_older(given, Some(&served))
                .err()
                .map(|refusal| refusal.code)
        };
        assert_eq!(code(&pointer(6, "b")), Some("revision_fell"));
        assert_eq!(code(&pointer(7, "b")), Some("revision_reused"));
        assert_eq!(code(&pointer(7, "a")), None);
        assert_eq!(code(&pointer(8, "b")), None);
    }

    #[test]
    fn hashes_are_lower_case_hexadecimal() {
        assert_eq!(
            sha256(b""),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        );
    }
}
