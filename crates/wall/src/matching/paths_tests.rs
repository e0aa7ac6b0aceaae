use std::collections::BTreeMap;

use super::super::fold_path;
use super::*;

/// `GET` on each path; a template after `!` is hidden.
fn paths(templates: &[&str]) -> Paths {
    let item = |text: &&str| {
        let hidden = text.starts_with('!');
        let operation = Operation {
            id: text.to_string(),
            max_body_bytes: 0,
            feature: None,
            scopes: vec![],
            bindings: vec![],
            record: None,
            callers: vec![],
            groups: vec![],
            response_headers: vec![],
            websocket: None,
            cache: None,
            lifecycle: None,
            ending_parameters: vec![],
        };
        let operations = if hidden {
            BTreeMap::new()
        } else {
            BTreeMap::from([("GET".into(), operation)])
        };
        PathItem {
            template: text.trim_start_matches('!').into(),
            hidden,
            head_hidden: false,
            operations,
        }
    };
    Paths::compile(templates.iter().map(item).collect()).unwrap()
}

/// The template that carries a request, unless it is hidden.
fn carried<'a>(paths: &'a Paths, path: &str) -> Option<&'a str> {
    paths
        .find(path, &fold_path(path))
        .filter(|path| path.operations.get("GET").is_some())
        .map(|path| &*path.template)
}

#[test]
fn the_more_concrete_template_wins_from_the_left() {
    let paths = paths(&[
        "/orders/{id}",
        "/orders/latest",
        "/orders/{id}.json",
        "/orders/{id}/items",
        "/{any}/latest/items",
        "/orders/v{n}:cancel",
        "/compare/{a}...{b}",
        "/",
    ]);
    for (request, template) in [
        ("/orders/latest", Some("/orders/latest")),
        ("/orders/42", Some("/orders/{id}")),
        ("/orders/42.json", Some("/orders/{id}.json")),
        ("/orders/v7:cancel", Some("/orders/v{n}:cancel")),
        ("/orders/v:cancel", Some("/orders/{id}")),
        ("/orders/.json", Some("/orders/{id}")),
        ("/orders/latest/items", Some("/orders/{id}/items")),
        ("/shop/latest/items", Some("/{any}/latest/items")),
        ("/compare/v1.0...v1.1", Some("/compare/{a}...{b}")),
        ("/compare/....", None),
        ("/compare/a....b", Some("/compare/{a}...{b}")),
        ("/", Some("/")),
        ("/orders", None),
        ("/orders/", None),
        ("/orders/42/", None),
        ("/orders/42/items/1", None),
        ("", None),
    ] {
        assert_eq!(carried(&paths, request), template, "{request}");
    }
}

#[test]
fn several_parameters_share_a_segment() {
    let paths = paths(&["/{owner}@{repo}:{ref}", "/{z}{x}.png"]);
    assert_eq!(
        carried(&paths, "/acme@shop:main"),
        Some("/{owner}@{repo}:{ref}")
    );
    assert_eq!(carried(&paths, "/acme@:main"), None);
    assert_eq!(carried(&paths, "/12.png"), Some("/{z}{x}.png"));
    assert_eq!(carried(&paths, "/1.png"), None);
}

#[test]
fn no_visible_template_carries_a_hidden_operations_request() {
    let paths = paths(&[
        "/orders/{id}",
        "!/orders/export",
        "!/orders/{id}:cancel",
        "/{any}/x",
        "!/Admin/X",
        "/{any}",
        "!/stats",
    ]);
    for attack in [
        "/orders/export",
        "/orders/EXPORT",
        "/orders/Export",
        "/orders/export.",
        "/orders/export%20",
        "/orders/export.json",
        "/orders/export.JSON",
        "/orders/5:cancel",
        "/orders/5%3Acancel",
        "/orders/5:CANCEL",
        "/admin/x",
        "/ADMIN/x",
        "/Admin/X",
        "/admin/x.xml",
        "/Admin/x/",
        "/%C5%BFtats",
    ] {
        assert_eq!(carried(&paths, attack), None, "{attack}");
    }
    for innocent in [
        "/orders/42",
        "/orders/exports",
        "/orders/export-1",
        "/orders/5:cancelled",
    ] {
        assert_eq!(
            carried(&paths, innocent),
            Some("/orders/{id}"),
            "{innocent}"
        );
    }
}

#[test]
fn a_trailing_slash_does_not_reach_a_hidden_path() {
    let paths = paths(&[
        "/orders/{id}/",
        "!/orders/export",
        "/shops/{id}",
        "!/shops/export/",
    ]);
    assert_eq!(carried(&paths, "/orders/export/"), None);
    assert_eq!(carried(&paths, "/orders/7/"), Some("/orders/{id}/"));
    assert_eq!(carried(&paths, "/shops/export"), None);
    assert_eq!(carried(&paths, "/shops/7"), Some("/shops/{id}"));
}

#[test]
fn an_exact_visible_path_is_not_hidden_by_an_equal_one_in_other_letters() {
    let paths = paths(&[
        "/orders/export.json",
        "!/orders/export",
        "/a/b",
        "!/a/B",
        "/c",
        "!/c/",
    ]);
    assert_eq!(
        carried(&paths, "/orders/export.json"),
        Some("/orders/export.json")
    );
    assert_eq!(carried(&paths, "/a/b"), Some("/a/b"));
    assert_eq!(carried(&paths, "/a/B"), None);
    assert_eq!(carried(&paths, "/c"), Some("/c"));
    assert_eq!(carried(&paths, "/c/"), None);
}

#[test]
fn a_hidden_pattern_wins_over_a_visible_one_with_fewer_literals() {
    let paths = paths(&["/a/{id}.json", "!/a/X{id}.json"]);
    assert_eq!(carried(&paths, "/a/x1.json"), None);
    assert_eq!(carried(&paths, "/a/1.json"), Some("/a/{id}.json"));
}

#[test]
fn hidden_wins_over_visible_where_only_letters_tell_them_apart() {
    for order in [
        ["/a/Export", "!/a/export", "/a/{id}"],
        ["!/a/export", "/a/Export", "/a/{id}"],
    ] {
        let paths = paths(&order);
        assert_eq!(carried(&paths, "/a/EXPORT"), None);
        assert_eq!(carried(&paths, "/a/Export"), Some("/a/Export"));
    }
}

#[test]
fn templates_are_normalised_like_requests() {
    let paths = paths(&["/caf\u{e9}/a b", "/%7Euser/{id}"]);
    assert_eq!(carried(&paths, "/caf%C3%A9/a%20b"), Some("/caf\u{e9}/a b"));
    assert_eq!(carried(&paths, "/~user/1"), Some("/%7Euser/{id}"));
}

#[test]
fn templates_that_cannot_match_or_are_equal_are_refused() {
    for bad in [
        "orders", "/a//b", "/a/../b", "/{a", "/a}", "/a?b", "/a#b", "/a;b", "/a%2Fb", "/%zz",
    ] {
        assert!(Template::parse(bad).is_err(), "{bad}");
    }
    let twice = ["/a/{x}", "/a/{y}"].map(|template| PathItem {
        template: template.into(),
        hidden: false,
        head_hidden: false,
        operations: BTreeMap::new(),
    });
    assert!(Paths::compile(twice.into()).is_err());
}

#[test]
fn head_is_get_where_it_is_not_declared() {
    let paths = paths(&["/a"]);
    assert!(
        paths
            .find("/a", "a")
            .unwrap()
            .operations
            .get("HEAD")
            .is_some()
    );
    assert!(
        paths
            .find("/a", "a")
            .unwrap()
            .operations
            .get("head")
            .is_none()
    );
}

#[test]
fn the_order_of_the_document_does_not_matter() {
    let mut templates = vec!["/{a}", "/x{a}", "/{a}x", "/xx", "/{a}/b", "/x{a}/{b}"];
    let forwards = paths(&templates);
    templates.reverse();
    let backwards = paths(&templates);
    for request in [
        "/xx", "/xax", "/ax", "/xa", "/a", "/xa/b", "/a/b", "/xa/c", "/xyx",
    ] {
        assert_eq!(
            carried(&forwards, request),
            carried(&backwards, request),
            "{request}"
        );
    }
}

#[test]
fn a_hundred_thousand_operations_are_matched() {
    let templates: Vec<String> = (0..100_000)
        .map(|n| format!("/r{}/{{id}}/s{n}", n % 1_000))
        .collect();
    let borrowed: Vec<&str> = templates.iter().map(String::as_str).collect();
    let paths = paths(&borrowed);
    assert_eq!(carried(&paths, "/r999/x/s77999"), Some("/r999/{id}/s77999"));
    assert_eq!(carried(&paths, "/r998/x/s77999"), None);
}

#[test]
fn a_hidden_method_beside_a_visible_one_does_not_uncover_a_format_suffix() {
    let operation = |id: &str| Operation {
        id: id.into(),
        max_body_bytes: 0,
        feature: None,
        scopes: vec![],
        bindings: vec![],
        record: None,
        callers: vec![],
        groups: vec![],
        response_headers: vec![],
        websocket: None,
        cache: None,
        lifecycle: None,
        ending_parameters: vec![],
    };
    let item = |template: &str, visible: bool| PathItem {
        template: template.into(),
        // `/orders/{id}` has a hidden DELETE as well.
        hidden: true,
        head_hidden: false,
        operations: visible
            .then(|| ("GET".into(), operation(template)))
            .into_iter()
            .collect(),
    };
    let paths = Paths::compile(vec![
        item("/orders/{id}", true),
        item("/orders/export", false),
    ])
    .unwrap();
    assert_eq!(carried(&paths, "/orders/7.json"), Some("/orders/{id}"));
    for path in [
        "export",
        "export.json",
        "EXPORT.JSON",
        "export.xml",
        "export.json.",
        "export%20.json",
        "%EF%BD%85xport",      // full-width e
        "e%E2%93%A7port",      // circled x
        "export%C2%A0",        // no-break space
        "export%E2%80%A4json", // one dot leader
    ] {
        assert_eq!(carried(&paths, &format!("/orders/{path}")), None, "{path}");
    }
}

#[test]
fn a_feature_is_not_reached_through_a_parameter_in_disguise() {
    let operation = |feature: Option<&str>| Operation {
        id: "x".into(),
        max_body_bytes: 0,
        feature: feature.map(Into::into),
        scopes: vec![],
        bindings: vec![],
        record: None,
        callers: vec![],
        groups: vec![],
        response_headers: vec![],
        websocket: None,
        cache: None,
        lifecycle: None,
        ending_parameters: vec![],
    };
    let item = |template: &str, feature| PathItem {
        template: template.into(),
        hidden: false,
        head_hidden: false,
        operations: [("GET".into(), operation(feature))].into(),
    };
    let items = vec![
        item("/orders/{id}", None),
        item("/orders/bulk", Some("bulk")),
    ];
    let paths = Paths::compile(items).unwrap();
    assert_eq!(carried(&paths, "/orders/7"), Some("/orders/{id}"));
    assert_eq!(carried(&paths, "/orders/bulk"), Some("/orders/bulk"));
    for path in ["BULK", "Bulk", "bulk/", "bulk.json"] {
        assert_eq!(carried(&paths, &format!("/orders/{path}")), None, "{path}");
    }
}

#[test]
fn a_head_of_its_own_is_never_answered_as_get() {
    let operation = |feature: Option<&str>| Operation {
        id: "x".into(),
        max_body_bytes: 0,
        feature: feature.map(Into::into),
        scopes: vec![],
        bindings: vec![],
        record: None,
        callers: vec![],
        groups: vec![],
        response_headers: vec![],
        websocket: None,
        cache: None,
        lifecycle: None,
        ending_parameters: vec![],
    };
    let compiled = |methods: &[&str], head_hidden| {
        let operations = methods
            .iter()
            .map(|method| ((*method).into(), operation(None)));
        let item = PathItem {
            template: "/a".into(),
            hidden: head_hidden,
            head_hidden,
            operations: operations.collect(),
        };
        Paths::compile(vec![item]).unwrap()
    };
    let head = |paths: &Paths| {
        paths
            .find("/a", "a")
            .unwrap()
            .operations
            .get("HEAD")
            .is_some()
    };
    assert!(head(&compiled(&["GET"], false)));
    assert!(head(&compiled(&["GET", "HEAD"], false)));
    assert!(!head(&compiled(&["GET"], true)));
    assert!(!head(&compiled(&["POST"], false)));
}
