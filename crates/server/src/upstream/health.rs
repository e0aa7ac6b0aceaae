//! Active checks: every endpoint is asked now and then whether it can serve, whether anyone calls or not.

use std::net::SocketAddr;
use std::sync::{Arc, LazyLock};
use std::time::{Duration, Instant};

use pingora::Result;
use pingora::connectors::http::Connector;
use pingora::http::RequestHeader;
use pingora::protocols::http::client::HttpSession;
use pingora::upstreams::peer::HttpPeer;
use tokio::net::TcpStream;
use tokio::time::timeout;
use wall::bundle::{HealthCheck, Upstream};

use super::peer::peer;
use super::tls::Identity;

/// One for all checks: what it loads (the system's roots) is the same for every service.
static CONNECTOR: LazyLock<Connector> = LazyLock::new(|| Connector::new(None));
/// Of a check's answer, so much is read.
const MAX_BODY_BYTES: usize = 1 << 20;

/// Whether the endpoint can serve, in the rule's time.
pub async fn check(
    rule: &HealthCheck,
    upstream: &Upstream,
    address: SocketAddr,
    identity: Option<&Arc<Identity>>,
) -> bool {
    let patience = Duration::from_millis(rule.timeout_ms);
    match &rule.path {
        None => matches!(
            timeout(patience, TcpStream::connect(address)).await,
            Ok(Ok(_))
        ),
        Some(path) => {
            let asked = ask(rule, upstream, path, address, identity);
            matches!(timeout(patience, asked).await, Ok(Ok(true)))
        }
    }
}

async fn ask(
    rule: &HealthCheck,
    upstream: &Upstream,
    path: &str,
    address: SocketAddr,
    identity: Option<&Arc<Identity>>,
) -> Result<bool> {
    let mut peer = peer(upstream, address, Instant::now())?;
    if let Some(identity) = identity {
        identity.show_on(&mut peer);
    }
    let (mut session, _) = CONNECTOR.get_http_session::<HttpPeer>(&peer).await?;
    let mut request = RequestHeader::build("GET", path.as_bytes(), None)?;
    request.insert_header("host", upstream.authority())?;
    request.insert_header("user-agent", "ringwork-health")?;
    if matches!(session, HttpSession::H2(_)) {
        request.set_version(http::Version::HTTP_2);
        request.remove_header("host");
        let uri = format!("http://{}{path}", upstream.authority());
        if let Ok(uri) = uri.parse() {
            request.set_uri(uri);
        }
    }
    session.write_request_header(Box::new(request)).await?;
    session.finish_request_body().await?;
    session.set_read_timeout(peer.options.read_timeout);
    session.read_response_header().await?;
    let status = session
        .response_header()
        .map_or(0, |header| header.status.as_u16());
    drain(&mut session).await?;
    Ok(is_fine(rule, status))
}

async fn drain(session: &mut HttpSession) -> Result<()> {
    let mut read = 0;
    while let Some(bytes) = session.read_response_body().await? {
        read += bytes.len();
        if read > MAX_BODY_BYTES {
            break;
        }
    }
    Ok(())
}

fn is_fine(rule: &HealthCheck, status: u16) -> bool {
    match rule.statuses.is_empty() {
        true => (200..300).contains(&status),
        false => rule.statuses.contains(&status),
    }
}
