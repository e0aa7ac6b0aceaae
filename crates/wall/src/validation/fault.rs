//! What is wrong with a request, in terms of the contract its ring reads.

use serde::{Serialize, Serializer};

use super::bounds::MAX_TOLD;
use super::schema::Misfit;
use crate::bundle::ParameterPlace;
use crate::problem::Code;

/// One thing that is wrong (RFC 9457 §3: an entry of `errors`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Fault {
    /// What was expected. Nothing of what came but names.
    pub detail: String,
    /// Of a parameter.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parameter: Option<String>,
    /// `path`, `query`, `header`, `cookie` or `body`.
    #[serde(rename = "in")]
    pub place: &'static str,
    /// Within the parameter or the body: a JSON Pointer, told as a URI fragment (RFC 6901 §6).
    #[serde(
        serialize_with = "as_fragment",
        skip_serializing_if = "Option::is_none"
    )]
    pub pointer: Option<String>,
    /// For the log: a keyword of JSON Schema, why the graph takes it away, or nothing where the refusal's code says it.
    #[serde(skip)]
    pub reason: &'static str,
}

impl Fault {
    pub fn of_parameter(place: ParameterPlace, name: &str, detail: impl Into<String>) -> Fault {
        Fault {
            detail: detail.into(),
            parameter: Some(cut(name)),
            place: place.as_str(),
            pointer: None,
            reason: "",
        }
    }

    /// Within a parameter. `pointer`: RFC 6901, as it is.
    pub fn within(self, pointer: &str) -> Fault {
        Fault {
            pointer: Some(cut(pointer)),
            ..self
        }
    }

    pub fn because(self, reason: &'static str) -> Fault {
        Fault { reason, ..self }
    }

    /// `pointer`: RFC 6901, as it is.
    pub fn of_body(pointer: &str, detail: impl Into<String>) -> Fault {
        Fault {
            detail: detail.into(),
            parameter: None,
            place: "body",
            pointer: Some(cut(pointer)),
            reason: "",
        }
    }

    /// Of a body that could not be read, or is not one that is taken.
    pub fn of_whole_body(detail: impl Into<String>) -> Fault {
        Fault {
            detail: detail.into(),
            parameter: None,
            place: "body",
            pointer: None,
            reason: "",
        }
    }
}

/// Why a request is not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    pub code: Code,
    /// At most [`super::bounds::MAX_FAULTS`].
    pub faults: Vec<Fault>,
}

impl Refusal {
    /// It cannot be read.
    pub fn malformed(fault: Fault) -> Refusal {
        Refusal {
            code: Code::RequestMalformed,
            faults: vec![fault],
        }
    }

    /// It is not what the contract describes.
    pub fn invalid(mut faults: Vec<Fault>) -> Refusal {
        faults.truncate(super::bounds::MAX_FAULTS);
        Refusal {
            code: Code::RequestInvalid,
            faults,
        }
    }

    /// Nothing where nothing is wrong.
    pub fn of(misfits: Vec<Misfit>, told: impl Fn(Misfit) -> Fault) -> Result<(), Refusal> {
        match misfits.is_empty() {
            true => Ok(()),
            false => Err(Refusal::invalid(misfits.into_iter().map(told).collect())),
        }
    }

    /// Of a body that is read no further.
    pub fn too_long() -> Refusal {
        Refusal {
            code: Code::BodyTooLarge,
            faults: vec![Fault::of_whole_body("is too long to be judged")],
        }
    }

    pub fn unsupported(fault: Fault) -> Refusal {
        Refusal {
            code: Code::MediaTypeUnsupported,
            faults: vec![fault],
        }
    }

    /// It is not the caller's. `why` is for the log.
    pub fn not_authorized(why: impl Into<String>) -> Refusal {
        Refusal {
            code: Code::NotAuthorized,
            faults: vec![Fault::of_whole_body(why)],
        }
    }

    /// The wall's own: it cannot judge.
    pub fn fault(why: &str) -> Refusal {
        Refusal {
            code: Code::WallFault,
            faults: vec![Fault::of_whole_body(why)],
        }
    }

    /// For the log: where, and nothing of what came.
    pub fn reason(&self) -> String {
        let places = self.faults.iter().map(|fault| {
            let name = fault.parameter.as_deref().or(fault.pointer.as_deref());
            format!("{} {}: {}", fault.place, name.unwrap_or(""), fault.detail)
        });
        places.collect::<Vec<_>>().join("; ")
    }
}

fn as_fragment<S: Serializer>(pointer: &Option<String>, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(&fragment(pointer.as_deref().unwrap_or_default()))
}

/// A pointer as the fragment of a URI.
pub(super) fn fragment(pointer: &str) -> String {
    let mut fragment = String::from("#");
    for byte in pointer.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => fragment.push(char::from(byte)),
            _ if b"/-._~!$&'()*+,;=:@".contains(&byte) => fragment.push(char::from(byte)),
            _ => fragment.push_str(&format!("%{byte:02X}")),
        }
    }
    fragment
}

/// As much of a text as is told.
pub fn cut(text: &str) -> String {
    match text.char_indices().nth(MAX_TOLD) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pointer_is_a_bounded_fragment() {
        assert_eq!(fragment("/a b/é"), "#/a%20b/%C3%A9");
        assert_eq!(fragment(""), "#");
        let fault = Fault::of_body(&"/é".repeat(1000), "");
        assert!(serde_json::to_string(&fault).unwrap().len() < 8 * MAX_TOLD);
    }
}
