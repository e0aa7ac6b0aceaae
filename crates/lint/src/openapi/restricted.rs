//! Who may call operations, as far as their `security` says.

use document::{NodeId, Value};

use super::{METHODS, operations};
use crate::functions::Problem;
use crate::subject::View;

/// Operations whose path holds it are for administrators.
const ADMIN: &str = "/admin";

/// Methods, a bit for each of [`METHODS`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Methods(u8);

impl Methods {
    pub fn of(named: &[String]) -> Result<Methods, String> {
        named.iter().try_fold(Methods(0), |all, name| {
            let at = METHODS.iter().position(|known| known == name);
            let at = at.ok_or(format!("\"{name}\" is no method of OpenAPI"))?;
            Ok(Methods(all.0 | 1 << at))
        })
    }

    fn has(self, method: &str) -> bool {
        let at = METHODS.iter().position(|known| *known == method);
        at.is_some_and(|at| self.0 & 1 << at != 0)
    }
}

/// Operations of these methods name a security scheme, or the whole document does.
pub fn secured(view: View<'_>, root: NodeId, methods: Methods) -> Vec<Problem> {
    let of_all = view.get(root, "security");
    operations(view, root)
        .filter(|(_, method, operation)| methods.has(method) && is_holder(view, *operation))
        .filter(|(_, _, operation)| {
            let own = view.get(*operation, "security").or(of_all);
            own.is_none_or(|security| is_nothing(view, security))
        })
        .map(|(template, method, _)| {
            let path = ["paths", template, method, "security", "securitySchemes"];
            Problem::new("no security scheme is named").at(path)
        })
        .collect()
}

/// What administrators need is not what anyone else needs.
pub fn admin_apart(view: View<'_>, root: NodeId) -> Vec<Problem> {
    let mut others = ahash::AHashSet::new();
    let mut admin = Vec::new();
    for (template, method, operation) in operations(view, root) {
        let Some(security) = view.get(operation, "security") else {
            continue; // other rules tell of it
        };
        for (index, requirement) in view.items(security).enumerate() {
            let Some(written) = view.json(requirement).map(|json| json.to_string()) else {
                continue;
            };
            if !matches!(view.value(requirement), Value::Null) && !is_holder(view, requirement) {
                continue;
            }
            if template.contains(ADMIN) {
                admin.push((template, method, index, written));
            } else {
                others.insert(written);
            }
        }
    }
    admin
        .into_iter()
        .filter(|(.., written)| others.contains(written))
        .map(|(template, method, index, _)| {
            let message = format!(
                "Operations for administrators under {template} need nothing that others do not need too."
            );
            let index = index.to_string();
            Problem::new(message).at(["paths", template, method, "security", index.as_str()])
        })
        .collect()
}

fn is_holder(view: View<'_>, node: NodeId) -> bool {
    view.is_object(node) || view.is_array(node)
}

/// As JavaScript sees it: false, or of length 0.
fn is_nothing(view: View<'_>, security: NodeId) -> bool {
    match view.value(security) {
        Value::Null => true,
        Value::Bool(value) => !value,
        Value::Int(value) => value == 0,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        _ => false,
    }
}
