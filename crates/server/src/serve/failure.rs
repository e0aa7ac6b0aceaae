//! What went wrong between the wall and the upstream, in the words of the wall's table of errors.

use pingora::{Error, ErrorSource, ErrorType};
use wall::problem::Code;

use super::bodies::UNREADABLE;
use super::one_request::MalformedBody;
use super::requests::ANSWERED;
use crate::upstream::{NO_CREDENTIAL, OVERLOADED};

/// The error to answer with; `None` when the client itself is gone.
pub fn code(error: &Error) -> Option<Code> {
    match (error.etype(), error.esource()) {
        (kind, _) if *kind == ANSWERED => None,
        (ErrorType::HTTPStatus(413), _) => Some(Code::BodyTooLarge),
        (kind, _) if *kind == UNREADABLE => Some(Code::UpstreamFault),
        (kind, _) if *kind == OVERLOADED => Some(Code::UpstreamOverloaded),
        (kind, _) if *kind == NO_CREDENTIAL => Some(Code::UpstreamCredential),
        (ErrorType::HTTPStatus(408), _) | (ErrorType::ReadTimedout, ErrorSource::Downstream) => {
            Some(Code::RequestTimeout)
        }
        (kind, ErrorSource::Upstream) => Some(upstream(kind)),
        (ErrorType::ReadError, _) if MalformedBody::behind(error).is_some() => {
            Some(Code::BadRequest)
        }
        (
            ErrorType::WriteError | ErrorType::ReadError | ErrorType::ConnectionClosed,
            ErrorSource::Downstream,
        ) => None,
        (_, ErrorSource::Downstream) => Some(Code::BadRequest),
        (_, ErrorSource::Internal | ErrorSource::Unset) => Some(Code::WallFault),
    }
}

fn upstream(kind: &ErrorType) -> Code {
    use ErrorType::*;
    match kind {
        ConnectTimedout | TLSHandshakeTimedout | ReadTimedout | WriteTimedout => {
            Code::UpstreamTimeout
        }
        ConnectError | ConnectRefused | ConnectNoRoute | ConnectProxyFailure | SocketError
        | BindError | TLSHandshakeFailure | InvalidCert | HandshakeError => {
            Code::UpstreamUnreachable
        }
        _ => Code::UpstreamFault,
    }
}

/// For the log: the kind of error and where, never a path or a query.
pub fn reason(error: &Error) -> String {
    if let Some(reason) = MalformedBody::behind(error) {
        return reason.to_owned();
    }
    if let (UNREADABLE, Some(why)) = (error.etype().clone(), &error.context) {
        return why.as_str().to_owned();
    }
    format!("{} ({})", error.etype().as_str(), error.esource().as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_silent_upstream_is_504_and_an_absent_one_502() {
        let failed = |kind| code(&Error::new_up(kind)).map(Code::status);
        assert_eq!(failed(ErrorType::ReadTimedout), Some(504));
        assert_eq!(failed(ErrorType::ConnectRefused), Some(502));
        assert_eq!(failed(ErrorType::InvalidHTTPHeader), Some(502));
    }

    #[test]
    fn nobody_is_answered_who_is_gone() {
        assert_eq!(code(&Error::new_down(ErrorType::ConnectionClosed)), None);
        assert_eq!(
            code(&Error::new_down(ErrorType::ReadTimedout)).map(Code::status),
            Some(408)
        );
        assert_eq!(
            code(&Error::new(ErrorType::InternalError)).map(Code::status),
            Some(503)
        );
    }
}
