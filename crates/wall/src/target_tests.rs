use super::*;

fn path(target: &str) -> Option<String> {
    Target::normalise("GET", target.as_bytes(), Some(b"api.acme.test"))
        .ok()
        .map(|target| target.path.into_owned())
}

#[test]
fn every_known_way_to_say_another_path_is_unusable() {
    #[rustfmt::skip]
    let attacks = [
        "/orders%2Fexport", "/orders%2fexport", "/orders%5Cexport", "/orders%5cexport", "/orders\\export",
        "/orders/%00", "/orders/export%00", "/orders/%0d%0aX:1", "/orders/%7F", "/orders/\u{1}", "/orders/\u{7f}",
        "/orders/../export", "/orders/./export", "/orders/%2e%2e/export", "/orders/%2E%2e/x", "/orders/.%2e",
        "/orders/%2e", "/..", "/.", "//orders", "/orders//export", "/orders//",
        "/orders;v=1/export", "/orders/1;a=b", "/orders%3Bv=1", "/orders%3bv=1",
        "/orders%252Fexport", "/orders%252e%252e/x", "/orders%255Cx", "/orders%2500", "/orders%253Bx",
        "/orders%25252F", "/orders/%2565xport",
        "/orders/%c0%ae%c0%ae", "/orders/%c0%af", "/orders/%e0%80%af", "/orders/%ff", "/orders/%c3", "/orders/%ed%a0%80",
        "/orders/%", "/orders/%2", "/orders/%zz", "/orders/%u002f", "/orders/é",
        "/orders#x", "/orders?a#b", "/orders /x", "/orders\t", "/orders?a b", "/orders?é", "/orders?\u{0}",
        "*", "", "orders", "?a", "api.acme.test:443", "ftp://api.acme.test/", "https:/api.acme.test/",
        "https://other.test/orders", "https://user@api.acme.test/orders", "https://api.acme.test?x", "https://",
        "//api.acme.test/orders", "https://api.acme.test//orders", "https://api.acme.test#f",
    ];
    for attack in attacks {
        assert_eq!(path(attack), None, "{attack:?} must be unusable");
    }
}

#[test]
fn equal_paths_become_one_spelling() {
    for (sent, normal) in [
        ("/orders/42", "/orders/42"),
        ("/%6Frders/%34%32", "/orders/42"),
        ("/a%3ab", "/a%3Ab"),
        ("/a:b@c!$&'()*+,=", "/a:b@c!$&'()*+,="),
        ("/a%c3%a9", "/a%C3%A9"),
        ("/a|b^c", "/a%7Cb%5Ec"),
        ("/50%25", "/50%25"),
        ("/50%25off", "/50%25off"),
        ("/orders/", "/orders/"),
        ("/", "/"),
        ("/...", "/..."),
        ("/.well-known/x", "/.well-known/x"),
        ("https://api.acme.test/orders", "/orders"),
        ("HTTP://API.acme.test:8443/orders", "/orders"),
        ("https://api.acme.test", "/"),
    ] {
        assert_eq!(path(sent).as_deref(), Some(normal), "{sent:?}");
    }
}

#[test]
fn normalising_twice_changes_nothing() {
    for sent in ["/%6F%3a", "/a|b", "/50%25", "/%c3%a9/", "/~%7e"] {
        let once = path(sent).unwrap();
        assert_eq!(path(&once).as_deref(), Some(once.as_str()));
    }
}

#[test]
fn query_passes_as_sent() {
    let target = Target::normalise("GET", b"/a?x=%2f;../&y=%zz", Some(b"h")).unwrap();
    assert_eq!(target.query, Some("x=%2f;../&y=%zz"));
    assert_eq!(
        Target::normalise("GET", b"/a?", Some(b"h")).unwrap().query,
        Some("")
    );
    assert_eq!(
        Target::normalise("GET", b"/a", Some(b"h")).unwrap().query,
        None
    );
}

#[test]
fn methods_for_proxies_and_nontokens_are_unusable() {
    for method in ["CONNECT", "TRACE", "", "GE T", "GET\r\n"] {
        assert!(
            Target::normalise(method, b"/", Some(b"h")).is_err(),
            "{method:?}"
        );
    }
}

#[test]
fn a_target_has_a_bound() {
    let fits = format!("/{}", "a".repeat(MAX_TARGET_BYTES - 1));
    assert!(path(&fits).is_some());
    assert!(path(&format!("{fits}a")).is_none());
}

#[test]
fn hosts_are_lower_case_without_port_and_dot() {
    for (sent, normal) in [
        ("API.acme.test", Some("api.acme.test")),
        ("api.acme.test:8443", Some("api.acme.test")),
        ("api.acme.test.", Some("api.acme.test")),
        ("api.acme.test.:443", Some("api.acme.test")),
        ("127.0.0.1:80", Some("127.0.0.1")),
        ("[::1]:8443", Some("[::1]")),
        ("[::1]", Some("[::1]")),
        ("", None),
        (".", None),
        (":80", None),
        ("a b", None),
        ("a@b", None),
        ("a/b", None),
        ("a:b", None),
        ("a:123456", None),
        ("a:1:2", None),
        ("[::1", None),
        ("[zz]", None),
        ("[::1]x", None),
        ("a%2eb", None),
        ("é", None),
    ] {
        assert_eq!(
            normalise_host(sent.as_bytes()).ok().as_deref(),
            normal,
            "{sent:?}"
        );
    }
    assert!(
        Target::normalise("GET", b"/", None).is_err(),
        "a request without Host is nowhere"
    );
}

mod fuzz {
    //! `make fuzz` runs these for longer.

    use proptest::prelude::*;

    use super::super::*;
    use crate::matching::fold_path;

    fn nearly_a_path() -> impl Strategy<Value = Vec<u8>> {
        let part = prop_oneof![
            Just(b"/".to_vec()),
            Just(b"..".to_vec()),
            Just(b"%2e".to_vec()),
            Just(b"%2F".to_vec()),
            Just(b"%c3%a9".to_vec()),
            Just(b"%EF%BC%8F".to_vec()),
            Just(b".json".to_vec()),
            "%[0-9a-fA-F]{2}".prop_map(String::into_bytes),
            "[ -~]{0,8}".prop_map(String::into_bytes),
            proptest::collection::vec(any::<u8>(), 0..4),
        ];
        proptest::collection::vec(part, 0..10)
            .prop_map(|parts| [b"/", &parts.concat()[..]].concat())
    }

    proptest! {
        /// What is normal stays as it is: a second reader sees the same path.
        #[test]
        fn normal_paths_are_normal(path in nearly_a_path()) {
            if let Ok(normal) = normalise_path(&path) {
                let again = normalise_path(normal.as_bytes()).map(|again| again.into_owned());
                prop_assert_eq!(again, Ok(normal.clone().into_owned()));
                prop_assert!(normal.is_ascii() && !normal.contains("//"));
                let _ = fold_path(&normal);
            }
        }

        #[test]
        fn no_target_makes_it_panic(target in nearly_a_path(), host in nearly_a_path(), method in "[A-Z ]{0,8}") {
            let _ = Target::normalise(&method, &target, Some(&host));
            let _ = Target::normalise(&method, &target[1..], Some(&host[1..]));
        }
    }
}
