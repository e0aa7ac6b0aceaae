//! URLs in response fields: of the upstream's into the ring's, or gone.

use std::net::{IpAddr, Ipv4Addr};

use super::response::Passage;
use crate::matching::fold_path;
use crate::snapshot::{Served, Sight};
use crate::target::{normalise_host, normalise_path};

/// Ends of host names that mean "inside" by convention or by RFC 6762, 8375, 9476.
const INTERNAL_ENDS: &[&str] = &[
    ".internal",
    ".local",
    ".localhost",
    ".localdomain",
    ".lan",
    ".corp",
    ".intranet",
    ".private",
    ".home.arpa",
    ".svc",
];

/// As whom a URL is looked at.
pub struct View<'v> {
    pub served: &'v Served,
    pub sight: &'v Sight,
    /// The target the response answers, as the upstream was asked for it.
    pub target: &'v str,
}

/// A URI reference cut into the parts that matter here (RFC 3986 §4.1).
struct Reference<'u> {
    /// Lower-case host and explicit port.
    authority: Option<(String, Option<u16>)>,
    /// `https` unless the URL says `http`.
    tls: bool,
    path: &'u str,
    /// With `?` or `#`.
    tail: &'u str,
}

/// The URL as the caller may use it: a path of the ring when it means a visible operation, itself when it
/// leads elsewhere on the internet, `None` when it would tell of the inside.
pub fn rewrite_one(view: &View<'_>, url: &str) -> Option<String> {
    let url = url.trim();
    let outer = view.served.rules.ring.is_outer();
    let unresolved = (!outer).then(|| url.to_owned());
    if url.starts_with(['?', '#']) && url.bytes().all(|b| b.is_ascii_graphic()) {
        return Some(url.to_owned());
    }
    let resolved = resolved(view.target, url);
    let Some(reference) = Reference::parse(resolved.as_deref().unwrap_or(url)) else {
        return unresolved;
    };
    if let Some(public) = view.public_path(&reference) {
        return Some(format!("{public}{}", reference.tail));
    }
    match &reference.authority {
        Some((host, _)) if !view.is_inside(host) => Some(url.to_owned()),
        _ => unresolved,
    }
}

/// A path-relative reference beside the target it comes with (RFC 3986 §5.2.3 and §5.2.4); `None` for others.
fn resolved(target: &str, url: &str) -> Option<String> {
    let (path, tail) = cut_tail(url);
    let first = path.split('/').next().unwrap_or("");
    // A colon in the first segment makes it a scheme (§4.2).
    if first.is_empty() || first.contains(':') {
        return None;
    }
    let (directory, _) = cut_tail(target).0.rsplit_once('/')?;
    let mut segments: Vec<&str> = directory.split('/').collect();
    for segment in path.split('/') {
        match segment {
            "." => {}
            ".." if segments.len() > 1 => drop(segments.pop()),
            ".." => {}
            other => segments.push(other),
        }
    }
    if path.ends_with("/.") || path.ends_with("/..") || matches!(path, "." | "..") {
        segments.push("");
    }
    Some(format!("{}{tail}", segments.join("/")))
}

/// `Link` (RFC 8288): each link on its own; links about another context (`anchor`) go on outer rings.
pub fn rewrite_links(view: &View<'_>, value: &str) -> Option<String> {
    let outer = view.served.rules.ring.is_outer();
    let rewrite = |link: &str| {
        let (url, parameters) = link.trim().strip_prefix('<')?.split_once('>')?;
        let anchored = outer && parameters.to_ascii_lowercase().contains("anchor");
        Some(format!(
            "<{}>{parameters}",
            rewrite_one(view, url).filter(|_| !anchored)?
        ))
    };
    let kept: Vec<String> = split_links(value).into_iter().filter_map(rewrite).collect();
    (!kept.is_empty()).then(|| kept.join(", "))
}

/// A cookie stays with the host that sets it: the upstream does not know the ring's domain.
pub fn without_domain(value: &[u8]) -> Passage {
    let attributes = value.split(|&b| b == b';');
    let is_domain = |attribute: &[u8]| {
        let name = attribute.split(|&b| b == b'=').next().unwrap_or(attribute);
        name.trim_ascii().eq_ignore_ascii_case(b"domain")
    };
    let kept: Vec<&[u8]> = attributes
        .enumerate()
        .filter(|(index, part)| *index == 0 || !is_domain(part))
        .map(|(_, part)| part)
        .collect();
    let kept = kept.join(&b';');
    if kept == value {
        Passage::Keep
    } else {
        Passage::Replace(kept)
    }
}

impl View<'_> {
    /// Where the ring serves what `reference` means, if the caller sees an operation there.
    fn public_path(&self, reference: &Reference<'_>) -> Option<String> {
        let upstream = &self.served.bundle.upstream;
        let path = normalise_path(reference.path.as_bytes()).ok()?;
        let is_upstreams = reference.authority.as_ref().is_none_or(|(host, port)| {
            let default = if reference.tls { 443 } else { 80 };
            let port = port.unwrap_or(default);
            let named = *host == upstream.host.to_ascii_lowercase() && port == upstream.port;
            named || upstream.is_called(host, port)
        });
        let as_upstream = is_upstreams
            .then(|| path.strip_prefix(upstream.path.as_str()))
            .flatten();
        // Services that know where they are published answer with public paths.
        let as_public = reference
            .authority
            .is_none()
            .then(|| path.strip_prefix(&*self.served.public_prefix))
            .flatten();
        let rest = [as_upstream, as_public]
            .into_iter()
            .flatten()
            .find(|rest| self.is_visible(rest))?;
        Some(format!("{}{rest}", self.served.public_prefix))
    }

    fn is_visible(&self, rest: &str) -> bool {
        let found = self.served.bundle.paths.find(rest, &fold_path(rest));
        found.is_some_and(|path| {
            path.operations
                .iter()
                .any(|(_, operation)| self.sight.sees(operation.feature.as_deref()))
        })
    }

    fn is_inside(&self, host: &str) -> bool {
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        let single_label = !host.contains('.') && !host.starts_with('[');
        self.served.rules.upstream_hosts.contains(host)
            || single_label
            || INTERNAL_ENDS.iter().any(|end| host.ends_with(end))
            || bare.parse().is_ok_and(is_inside_address)
            || is_disguised_address(host)
    }
}

/// Hosts that browsers and resolvers take for an IPv4 address in another form (inet_aton(3), WHATWG URL §3.5): the last
/// label is a number, decimal, octal or hexadecimal. Whoever writes one so hides where it leads.
fn is_disguised_address(host: &str) -> bool {
    let last = host.rsplit('.').next().unwrap_or("");
    let hexadecimal = last
        .strip_prefix("0x")
        .is_some_and(|digits| digits.bytes().all(|b| b.is_ascii_hexdigit()));
    let number = !last.is_empty() && last.bytes().all(|b| b.is_ascii_digit());
    (number || hexadecimal) && host.parse::<Ipv4Addr>().is_err()
}

/// Addresses that are not of the internet: an address in a URL is the inside showing through.
fn is_inside_address(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(v4) => {
            let shared = v4.octets()[0] == 100 && v4.octets()[1] & 0xc0 == 64; // RFC 6598
            v4.is_private()
                || v4.is_loopback()
                || v4.is_link_local()
                || v4.is_unspecified()
                || shared
        }
        IpAddr::V6(v6) => {
            v6.is_loopback()
                || v6.is_unspecified()
                || v6.is_unique_local()
                || v6.is_unicast_link_local()
        }
    }
}

impl<'u> Reference<'u> {
    /// `None` for other schemes and whatever cannot be read.
    fn parse(url: &'u str) -> Option<Reference<'u>> {
        if !url.bytes().all(|b| b.is_ascii_graphic()) || url.contains('\\') {
            return None;
        }
        let lower = url.to_ascii_lowercase();
        let scheme = ["https://", "http://", "//"]
            .into_iter()
            .find(|scheme| lower.starts_with(scheme));
        let Some(scheme) = scheme else {
            let (path, tail) = cut_tail(url);
            return path.starts_with('/').then_some(Reference {
                authority: None,
                tls: true,
                path,
                tail,
            });
        };
        let rest = &url[scheme.len()..];
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (authority, rest) = rest.split_at(end);
        let (path, tail) = cut_tail(rest);
        let path = if path.is_empty() { "/" } else { path };
        Some(Reference {
            authority: Some(host_and_port(authority)?),
            tls: scheme != "http://",
            path,
            tail,
        })
    }
}

fn host_and_port(authority: &str) -> Option<(String, Option<u16>)> {
    let host = normalise_host(authority.as_bytes()).ok()?.into_owned();
    let after_host = authority
        .rsplit_once(']')
        .map_or(authority, |(_, after)| after);
    let port = match after_host.split_once(':') {
        Some((_, port)) => Some(port.parse().ok()?),
        None => None,
    };
    Some((host, port))
}

fn cut_tail(text: &str) -> (&str, &str) {
    text.split_at(text.find(['?', '#']).unwrap_or(text.len()))
}

/// Commas separate links outside of `<…>` and quoted strings.
fn split_links(value: &str) -> Vec<&str> {
    let (mut links, mut start, mut in_url, mut in_quotes, mut escaped) =
        (vec![], 0, false, false, false);
    for (index, byte) in value.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_quotes => escaped = true,
            b'"' if !in_url => in_quotes = !in_quotes,
            b'<' if !in_quotes => in_url = true,
            b'>' if !in_quotes => in_url = false,
            b',' if !in_url && !in_quotes => {
                links.push(&value[start..index]);
                start = index + 1;
            }
            _ => {}
        }
    }
    links.push(&value[start..]);
    links
}
