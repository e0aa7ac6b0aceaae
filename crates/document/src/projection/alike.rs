//! Rings that see the same of every part.

use super::visibility::understood;
use super::{Audience, Words};
use crate::contract::Contract;

/// Whether nothing in a contract's files tells two rings apart: no label, wherever it stands, and no mask. Which
/// operations each is served is another question. Linear in the contract.
pub fn are_alike(contract: &Contract, words: &Words, one: Audience, other: Audience) -> bool {
    let arena = &contract.arena;
    let is_same = |value| {
        let audience = understood(arena, words, value);
        audience.reaches(one) == audience.reaches(other)
    };
    let mut masks = contract.sensitive.iter().map(|mark| mark.says);
    let are_masked_alike = masks.all(|says| says.masking(one) == says.masking(other));
    let mut members = arena.members.iter();
    are_masked_alike
        && members.all(|member| match arena.key(member) {
            "x-audience" | "x-description-audience" => is_same(member.value),
            "x-enum-audience" => {
                let entries = arena.members(member.value);
                entries.iter().all(|entry| is_same(entry.value))
                    && (!entries.is_empty() || is_same(member.value))
            }
            _ => true,
        })
}
