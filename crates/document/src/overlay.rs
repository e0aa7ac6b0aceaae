//! OpenAPI Overlay 1.0.0: changes to a document one does not own. What an overlay adds keeps the overlay's file,
//! line and column.

use std::collections::BTreeMap;

use crate::arena::{Arena, NodeId, Value};
use crate::edit::{Edited, TooMany};
use crate::jsonpath::{Budget, Exhausted, Found, Query, Trails, parse, select};
use crate::limits::Limits;
use crate::problem::{Problem, shown};

/// Actions of one overlay.
const ACTIONS: usize = 100_000;
/// Characters of one target.
const TARGET_CHARACTERS: usize = 4_096;
/// Node visits of one action, of all actions of one overlay.
const VISITS_PER_ACTION: u64 = 30_000_000;
const VISITS: u64 = 100_000_000;

const ACTION_KEYS: [&str; 4] = ["target", "description", "update", "remove"];

struct Action {
    /// Global offset of the target's text.
    at: u32,
    query: Query,
    change: Change,
}

#[derive(Clone, Copy)]
enum Change {
    Update(NodeId),
    Remove,
}

/// Applies an overlay to the document at `root`, action by action. An action that cannot be applied is a problem;
/// the ones after it still are.
pub fn apply(arena: &mut Arena, root: NodeId, overlay: NodeId, limits: &Limits) {
    let Some(actions) = actions(arena, overlay) else {
        return;
    };
    let mut visits = Budget(VISITS);
    for action in actions {
        let outcome = read(arena, action).and_then(|action| match action {
            Some(action) => run(arena, root, &action, &mut visits, limits),
            None => Ok(()),
        });
        if let Err(problem) = outcome {
            arena.report(problem);
        }
        if visits.0 == 0 {
            break;
        }
    }
}

/// The nodes of the actions, when this is an overlay at all.
fn actions(arena: &mut Arena, overlay: NodeId) -> Option<Vec<NodeId>> {
    let problem = match (
        arena.get_string(overlay, "overlay"),
        arena.get(overlay, "actions"),
    ) {
        (None, _) => Problem::error(
            "overlay-version",
            arena.node(overlay).at,
            "this is not an overlay: it has no text `overlay` with its version",
            "Begin it with `overlay: 1.0.0`.",
        ),
        (Some(version), _) if !version.starts_with("1.0") => Problem::error(
            "overlay-version",
            arena
                .get(overlay, "overlay")
                .map_or(0, |version| arena.node(version).at),
            format!("overlay version {} is not understood", shown(version)),
            "Use version 1.0.0.",
        ),
        (_, Some(actions)) if matches!(arena.value(actions), Value::Array(_)) => {
            let actions = arena.items(actions);
            if actions.len() <= ACTIONS {
                return Some(actions.to_vec());
            }
            let message = format!("the overlay has more than {ACTIONS} actions");
            Problem::error(
                "overlay-too-large",
                arena.node(actions[ACTIONS]).at,
                message,
                "Use wider targets.",
            )
        }
        _ => Problem::error(
            "overlay-shape",
            arena.node(overlay).at,
            "an overlay has a list `actions`",
            "Add `actions:` with at least one `target` and `update` or `remove`.",
        ),
    };
    arena.report(problem);
    None
}

/// Nothing for an action that does nothing, which is a warning.
fn read(arena: &mut Arena, action: NodeId) -> Result<Option<Action>, Problem> {
    refuse_unknown_keys(arena, action)?;
    let at = arena.node(action).at;
    let Some(target) = arena
        .get(action, "target")
        .filter(|target| arena.string(*target).is_some())
    else {
        let help = "Add `target:` with a JSONPath such as `$.paths.*`.";
        return Err(Problem::error(
            "overlay-shape",
            at,
            "an action has a text `target`",
            help,
        ));
    };
    let at = arena.node(target).at;
    let query = read_target(arena.string(target).unwrap_or_default().trim(), at)?;
    let removes = match arena
        .get(action, "remove")
        .map(|remove| (remove, arena.value(remove)))
    {
        None => false,
        Some((_, Value::Bool(removes))) => removes,
        Some((remove, _)) => {
            let at = arena.node(remove).at;
            return Err(Problem::error(
                "overlay-shape",
                at,
                "`remove` is true or false",
                "Write `remove: true`.",
            ));
        }
    };
    let change = match arena.get(action, "update") {
        _ if removes => Change::Remove,
        Some(update) => Change::Update(update),
        None => {
            let help = "Add `update:` or `remove: true`.";
            arena.report(Problem::warning(
                "overlay-nothing-to-do",
                at,
                "this action changes nothing",
                help,
            ));
            return Ok(None);
        }
    };
    Ok(Some(Action { at, query, change }))
}

/// A misspelt `update` must not leave undone what narrows.
fn refuse_unknown_keys(arena: &Arena, action: NodeId) -> Result<(), Problem> {
    let is_known = |key: &str| ACTION_KEYS.contains(&key) || key.starts_with("x-");
    let mut members = arena.members(action).iter();
    let Some(unknown) = members.find(|member| !is_known(arena.key(member))) else {
        return Ok(());
    };
    let message = format!("an action has no {}", shown(arena.key(unknown)));
    let help = "Known are target, description, update and remove.";
    Err(Problem::error(
        "overlay-shape",
        unknown.key_at,
        message,
        help,
    ))
}

fn read_target(text: &str, at: u32) -> Result<Query, Problem> {
    if text.len() > TARGET_CHARACTERS {
        let message = format!("the target has more than {TARGET_CHARACTERS} characters");
        return Err(Problem::error(
            "overlay-target",
            at,
            message,
            "Use several actions.",
        ));
    }
    parse(text).map_err(|error| {
        let message = format!(
            "{} is not JSONPath: {} after {} characters",
            shown(text),
            error.message,
            error.characters
        );
        Problem::error(
            "overlay-target",
            at,
            message,
            "Write a JSONPath (RFC 9535) such as `$.paths['/orders'].get`.",
        )
    })
}

fn run(
    arena: &mut Arena,
    root: NodeId,
    action: &Action,
    visits: &mut Budget,
    limits: &Limits,
) -> Result<(), Problem> {
    let mut own_visits = Budget(visits.0.min(VISITS_PER_ACTION));
    let before = own_visits.0;
    let selected = select(arena, root, &action.query, &mut own_visits);
    visits.0 -= before - own_visits.0;
    let (found, trails) = selected.map_err(|Exhausted| too_much_work(action.at))?;
    let ways = ways(&found, &trails);
    if ways.is_empty() {
        let help = "Look for a typing error, or remove the action.";
        arena.report(Problem::warning(
            "overlay-target-nothing",
            action.at,
            "this target selects nothing",
            help,
        ));
    }
    let edited = match action.change {
        Change::Remove if ways.iter().any(Vec::is_empty) => {
            let help = "Select parts of the document.";
            return Err(Problem::error(
                "overlay-target-kind",
                action.at,
                "the whole document cannot be removed",
                help,
            ));
        }
        Change::Remove => remove(arena, root, &ways),
        Change::Update(update) => {
            let work = arena.weight(update).saturating_mul(ways.len() as u64);
            visits
                .spend(work)
                .map_err(|Exhausted| too_much_work(action.at))?;
            return update_all(arena, root, &ways, update, action.at, limits);
        }
    };
    edited.map_err(|TooMany| too_much_work(action.at))
}

/// Each place once, in the order of the document.
fn ways(found: &[Found], trails: &Trails) -> Vec<Vec<u32>> {
    let mut ways: Vec<_> = found.iter().map(|found| trails.of(found)).collect();
    ways.sort_unstable();
    ways.dedup();
    ways
}

/// Removes from the inside out, so that ordinals further out stay right.
fn remove(arena: &mut Arena, root: NodeId, ways: &[Vec<u32>]) -> Edited<()> {
    let mut by_parent: BTreeMap<&[u32], Vec<u32>> = BTreeMap::new();
    for way in ways {
        if let Some((ordinal, parent)) = way.split_last() {
            by_parent.entry(parent).or_default().push(*ordinal);
        }
    }
    for (parent, ordinals) in by_parent.into_iter().rev() {
        if let Some(container) = arena.own(root, parent)? {
            arena.remove_children(container, &ordinals);
        }
    }
    Ok(())
}

fn update_all(
    arena: &mut Arena,
    root: NodeId,
    ways: &[Vec<u32>],
    update: NodeId,
    at: u32,
    limits: &Limits,
) -> Result<(), Problem> {
    for way in ways {
        if way.len() as u32 > limits.depth {
            let message = format!("the target is nested more than {} deep", limits.depth);
            return Err(Problem::error(
                "document-too-deep",
                at,
                message,
                "Flatten the document.",
            ));
        }
        let target = arena.own(root, way).map_err(|TooMany| too_much_work(at))?;
        if let Some(target) = target {
            update_one(arena, target, update, at)?;
        }
    }
    Ok(())
}

fn update_one(arena: &mut Arena, target: NodeId, update: NodeId, at: u32) -> Result<(), Problem> {
    let edited = match (arena.value(target), arena.value(update)) {
        (Value::Object(_), Value::Object(_)) => arena.merge(target, update),
        (Value::Array(_), _) => arena.append(target, &[update]),
        _ => {
            let message = format!(
                "{} cannot be merged into {}",
                arena.type_name(update),
                arena.type_name(target)
            );
            let help = "Select objects (with an object as `update`) or lists.";
            return Err(Problem::error("overlay-target-kind", at, message, help));
        }
    };
    edited.map_err(|TooMany| too_much_work(at))
}

fn too_much_work(at: u32) -> Problem {
    let help = "Use a narrower target, or fewer actions.";
    Problem::error(
        "overlay-too-much-work",
        at,
        "this overlay needs too much work on this document",
        help,
    )
}
