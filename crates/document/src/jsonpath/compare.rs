//! Comparing values (RFC 9535 §2.3.5.2.2).

use std::cmp::Ordering;

use super::ast::Comparison;
use super::eval::{Budget, Exhausted};
use crate::arena::{Arena, NodeId, Value};

/// One side of a comparison; a query that selects nothing gives `Nothing`.
#[derive(Clone, Copy)]
pub(super) enum Side<'a> {
    Nothing,
    Value(Value<'a>),
}

pub(super) fn compare(
    arena: &Arena,
    budget: &mut Budget,
    left: Side,
    comparison: Comparison,
    right: Side,
) -> Result<bool, Exhausted> {
    let less = |left, right| order(left, right) == Some(Ordering::Less);
    Ok(match comparison {
        Comparison::Equal => same(arena, budget, left, right)?,
        Comparison::NotEqual => !same(arena, budget, left, right)?,
        Comparison::Less => less(left, right),
        Comparison::Greater => less(right, left),
        Comparison::LessOrEqual => less(left, right) || same(arena, budget, left, right)?,
        Comparison::GreaterOrEqual => less(right, left) || same(arena, budget, left, right)?,
    })
}

fn same(arena: &Arena, budget: &mut Budget, left: Side, right: Side) -> Result<bool, Exhausted> {
    match (left, right) {
        (Side::Nothing, Side::Nothing) => Ok(true),
        (Side::Value(left), Side::Value(right)) => equal(arena, budget, left, right),
        _ => Ok(false),
    }
}

/// Only numbers and strings have an order.
fn order(left: Side, right: Side) -> Option<Ordering> {
    let (Side::Value(left), Side::Value(right)) = (left, right) else {
        return None;
    };
    match (left, right) {
        (Value::String(left), Value::String(right)) => Some(left.cmp(right)),
        _ => order_numbers(left, right),
    }
}

fn order_numbers(left: Value, right: Value) -> Option<Ordering> {
    if let (Value::Int(left), Value::Int(right)) = (left, right) {
        return Some(left.cmp(&right));
    }
    number(left)?.partial_cmp(&number(right)?)
}

fn number(value: Value) -> Option<f64> {
    match value {
        Value::Int(int) => Some(int as f64),
        Value::Float(float) => Some(float),
        Value::Long(digits) => digits.parse().ok(),
        _ => None,
    }
}

/// Depth is bounded by the documents' depth.
fn equal(arena: &Arena, budget: &mut Budget, left: Value, right: Value) -> Result<bool, Exhausted> {
    budget.spend(1)?;
    Ok(match (left, right) {
        (Value::Null, Value::Null) => true,
        (Value::Bool(left), Value::Bool(right)) => left == right,
        (Value::String(left), Value::String(right)) => left == right,
        (Value::Array(left), Value::Array(right)) => {
            left.len() == right.len()
                && all_equal(
                    arena,
                    budget,
                    left.iter().copied().zip(right.iter().copied()),
                )?
        }
        (Value::Object(left), Value::Object(right)) => {
            let value_of = |key: &str| {
                right
                    .iter()
                    .find(|member| arena.key(member) == key)
                    .map(|member| member.value)
            };
            budget.spend(left.len() as u64 * right.len() as u64)?;
            let pairs: Option<Vec<_>> = left
                .iter()
                .map(|member| Some((member.value, value_of(arena.key(member))?)))
                .collect();
            match pairs {
                Some(pairs) if left.len() == right.len() => {
                    all_equal(arena, budget, pairs.into_iter())?
                }
                _ => false,
            }
        }
        _ => order_numbers(left, right) == Some(Ordering::Equal),
    })
}

fn all_equal(
    arena: &Arena,
    budget: &mut Budget,
    mut pairs: impl Iterator<Item = (NodeId, NodeId)>,
) -> Result<bool, Exhausted> {
    pairs.try_fold(true, |all, (left, right)| {
        Ok(all && equal(arena, budget, arena.value(left), arena.value(right))?)
    })
}
