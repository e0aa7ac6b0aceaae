//! Which API version a host and path mean, before any operation is looked for.

use std::sync::Arc;

use super::{CompiledBundle, HashMap};
use crate::headers::ResponseRules;
use crate::manifest::Versioning;
use crate::matching::fold_path;

/// Host, then longest prefix.
#[derive(Debug, Default)]
pub(crate) struct Routes {
    everywhere: Table,
    by_host: HashMap<Box<str>, Table>,
}

/// Routes by their folded prefix, so that a hidden API wins in any spelling an upstream may fold.
#[derive(Debug, Default)]
struct Table {
    by_prefix: HashMap<Box<str>, Vec<Entry>>,
    /// Segments of the longest prefix: how many are looked up at most.
    deepest: usize,
}

#[derive(Debug)]
struct Entry {
    prefix: Box<str>,
    /// `None`: the prefix of an API this ring must not know.
    api: Option<Arc<ServedApi>>,
}

/// One API at one prefix.
#[derive(Debug)]
pub(crate) struct ServedApi {
    pub name: Arc<str>,
    pub versioning: Versioning,
    pub default_version: Option<Box<str>>,
    pub feature: Option<Box<str>>,
    pub versions: HashMap<Box<str>, Arc<Served>>,
}

/// One version of it.
#[derive(Debug)]
pub(crate) struct Served {
    pub bundle: Arc<CompiledBundle>,
    /// What a client writes before the document's path: `/shop/v1`.
    pub public_prefix: Box<str>,
    pub rules: Arc<ResponseRules>,
}

/// Where a request leads. `rest` and `folded_rest` are what follows prefix and version.
#[derive(Debug, Default)]
pub(crate) struct Place<'w, 'p> {
    pub api: Option<&'w ServedApi>,
    pub version: VersionChoice<'w>,
    pub rest: &'p str,
    pub folded_rest: &'p str,
}

#[derive(Debug, Default)]
pub(crate) enum VersionChoice<'w> {
    Chosen(&'w Arc<Served>),
    /// `API-Version` is missing and there is no default.
    Unnamed,
    #[default]
    Unknown,
}

impl Routes {
    pub fn insert(
        &mut self,
        hosts: &[String],
        prefix: &str,
        api: Option<Arc<ServedApi>>,
    ) -> Result<(), String> {
        if hosts.is_empty() {
            return self.everywhere.insert(prefix, api);
        }
        hosts.iter().try_for_each(|host| {
            let table = self.by_host.entry(host.as_str().into()).or_default();
            table.insert(prefix, api.clone())
        })
    }

    /// Hosts named by routes only.
    pub fn hosts(&self) -> impl Iterator<Item = &str> {
        self.by_host.keys().map(|host| &**host)
    }

    /// `path` is in normal form, `folded` the same folded; `named_version` is the `API-Version` field.
    pub fn find<'w, 'p>(
        &'w self,
        host: &str,
        path: &'p str,
        folded: &'p str,
        named_version: Option<&str>,
    ) -> Place<'w, 'p> {
        let of_host = self
            .by_host
            .get(host)
            .and_then(|table| table.find(path, folded));
        let Some((entry, depth)) = of_host.or_else(|| self.everywhere.find(path, folded)) else {
            return Place::default();
        };
        let Some(api) = entry.api.as_deref() else {
            return Place::default();
        };
        let rest = &path[entry.prefix.len()..];
        api.place(rest, skip_segments(folded, depth), named_version)
    }
}

impl Table {
    fn insert(&mut self, prefix: &str, api: Option<Arc<ServedApi>>) -> Result<(), String> {
        let folded = fold_path(prefix);
        let entries = self.by_prefix.entry(folded.into()).or_default();
        if entries.iter().any(|entry| *entry.prefix == *prefix) {
            return Err(format!("prefix `{prefix}` has two owners"));
        }
        self.deepest = self.deepest.max(depth_of(prefix));
        entries.push(Entry {
            prefix: prefix.into(),
            api,
        });
        Ok(())
    }

    /// The entry of the longest prefix and its number of segments.
    fn find(&self, path: &str, folded: &str) -> Option<(&Entry, usize)> {
        (0..=self.deepest.min(depth_of(path)))
            .rev()
            .find_map(|depth| {
                let prefix = first_segments(path, depth);
                let entries = self.by_prefix.get(first_folded(folded, depth))?;
                let exact = entries.iter().find(|entry| *entry.prefix == *prefix);
                exact
                    .or_else(|| entries.iter().find(|entry| entry.api.is_none()))
                    .map(|entry| (entry, depth))
            })
    }
}

impl ServedApi {
    fn place<'w, 'p>(
        &'w self,
        rest: &'p str,
        folded: &'p str,
        named: Option<&str>,
    ) -> Place<'w, 'p> {
        let chosen = |name: &str| {
            self.versions
                .get(name)
                .map_or(VersionChoice::Unknown, VersionChoice::Chosen)
        };
        let (version, rest, folded_rest) = match self.versioning {
            Versioning::Path => {
                let name = first_segments(rest, 1);
                (
                    chosen(name.strip_prefix('/').unwrap_or("")),
                    &rest[name.len()..],
                    skip_segments(folded, 1),
                )
            }
            Versioning::Header => match named.or(self.default_version.as_deref()) {
                Some(name) => (chosen(name), rest, folded),
                None => (VersionChoice::Unnamed, rest, folded),
            },
            Versioning::None => {
                let only = self.versions.values().next();
                (
                    only.map_or(VersionChoice::Unknown, VersionChoice::Chosen),
                    rest,
                    folded,
                )
            }
        };
        Place {
            api: Some(self),
            version,
            rest,
            folded_rest,
        }
    }
}

fn depth_of(path: &str) -> usize {
    path.bytes().filter(|&b| b == b'/').count()
}

/// `/a/b/c`, 2 → `/a/b`.
fn first_segments(path: &str, count: usize) -> &str {
    let mut slashes = path
        .bytes()
        .enumerate()
        .filter(|(_, b)| *b == b'/')
        .map(|(index, _)| index);
    &path[..if count == 0 {
        0
    } else {
        slashes.nth(count).unwrap_or(path.len())
    }]
}

/// `a/b/c`, 2 → `a/b`.
fn first_folded(folded: &str, count: usize) -> &str {
    let mut slashes = folded
        .bytes()
        .enumerate()
        .filter(|(_, b)| *b == b'/')
        .map(|(index, _)| index);
    &folded[..if count == 0 {
        0
    } else {
        slashes.nth(count - 1).unwrap_or(folded.len())
    }]
}

/// `a/b/c`, 2 → `c`.
fn skip_segments(folded: &str, count: usize) -> &str {
    let skipped = first_folded(folded, count);
    folded[skipped.len()..]
        .strip_prefix('/')
        .unwrap_or(&folded[skipped.len()..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefixes_are_cut_at_segments() {
        assert_eq!(first_segments("/a/b/c", 0), "");
        assert_eq!(first_segments("/a/b/c", 2), "/a/b");
        assert_eq!(first_segments("/a/b/c", 3), "/a/b/c");
        assert_eq!(first_segments("/", 1), "/");
        assert_eq!(first_segments("", 1), "");
        assert_eq!(
            (
                first_folded("a/b/c", 0),
                first_folded("a/b/c", 2),
                first_folded("a", 1)
            ),
            ("", "a/b", "a")
        );
        assert_eq!(
            (
                skip_segments("a/b/c", 2),
                skip_segments("a", 1),
                skip_segments("a/b", 0)
            ),
            ("c", "", "a/b")
        );
    }

    fn api(name: &str) -> Option<Arc<ServedApi>> {
        Some(Arc::new(ServedApi {
            name: name.into(),
            versioning: Versioning::None,
            default_version: None,
            feature: None,
            versions: HashMap::default(),
        }))
    }

    fn found(routes: &Routes, host: &str, path: &str) -> Option<(String, String)> {
        let folded = fold_path(path);
        let place = routes.find(host, path, &folded, None);
        place
            .api
            .map(|api| (api.name.to_string(), place.rest.to_owned()))
    }

    #[test]
    fn host_then_longest_prefix_and_hidden_apis_shadow() {
        let mut routes = Routes::default();
        routes.insert(&[], "", api("root")).unwrap();
        routes.insert(&[], "/shop", api("shop")).unwrap();
        routes.insert(&[], "/shop/admin", None).unwrap();
        routes
            .insert(&["crm.test".into()], "/crm", api("crm"))
            .unwrap();
        assert!(routes.insert(&[], "/shop", None).is_err());
        for (host, path, expected) in [
            ("h", "/x/y", Some(("root", "/x/y"))),
            ("h", "/shop", Some(("shop", ""))),
            ("h", "/shop/1", Some(("shop", "/1"))),
            ("h", "/shopping", Some(("root", "/shopping"))),
            ("h", "/SHOP/1", Some(("root", "/SHOP/1"))),
            ("h", "/shop/admin", None),
            ("h", "/shop/admin/x", None),
            ("h", "/shop/ADMIN/x", None),
            ("h", "/Shop/admin", None),
            ("h", "/shop/admin./", None),
            ("crm.test", "/crm/1", Some(("crm", "/1"))),
            ("crm.test", "/shop/1", Some(("shop", "/1"))),
            ("h", "/crm/1", Some(("root", "/crm/1"))),
        ] {
            let expected = expected.map(|(name, rest)| (name.to_owned(), rest.to_owned()));
            assert_eq!(found(&routes, host, path), expected, "{host}{path}");
        }
    }
}
