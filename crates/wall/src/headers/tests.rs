use serde_json::json;

use super::*;
use crate::audience::Ring;
use crate::testkit::*;

fn passes(name: &str, value: &str) -> bool {
    reaches_upstream(name, value.as_bytes(), &[], true)
}

#[test]
fn the_upstream_sees_the_version_the_wall_judged_by() {
    let nominated = nominated(b"API-Version");
    assert!(reaches_upstream(
        "api-version",
        b"2024-01-15",
        &nominated,
        true
    ));
    for name in ["api_version", "api.version", "API_Version"] {
        assert!(!passes(name, "2030-01-01"), "{name}");
    }
}

#[test]
fn the_upstreams_allow_does_not_name_hidden_methods() {
    let (_world, policy) = policy(Ring::Public);
    assert_eq!(judged(&policy, "allow", "GET, DELETE"), None);
}

#[test]
fn nothing_a_client_says_of_itself_reaches_the_upstream() {
    for name in [
        "content_length",
        "transfer_encoding",
        "transfer.encoding",
        "keep_alive",
        "x-ringwork-consumer",
        "x-ringwork-application",
        "x-ringwork-ring",
        "x-ringwork-request-id",
        "x-ringwork",
        "x_ringwork_consumer",
        "X-Ringwork_Consumer",
        "x.ringwork.consumer",
        "x-internal-service-token",
        "x_internal_service_token",
        "x-api-key",
        "x-forwarded-for",
        "x-forwarded-host",
        "x-forwarded-client-cert",
        "client-cert",
        "client_cert_chain",
        "x-amzn-mtls-clientcert",
        "x_forwarded_for",
        "forwarded",
        "x-real-ip",
        "true-client-ip",
        "x-original-url",
        "x-rewrite-url",
        "x-original-host",
        "x-http-method-override",
        "x-http-method",
        "x-method-override",
        "x-spiffe-id",
        "x-envoy-original-path",
        "x-auth-request-user",
        "x-consumer-username",
        "proxy",
        "proxy-authorization",
        "proxy-connection",
        "remote-user",
        "x-ssl-client-cert",
        "x-amzn-oidc-identity",
        "x-ms-client-principal-id",
        "x-goog-authenticated-user-email",
        "x-webauth-user",
        "cf-connecting-ip",
        "x-override-url",
        "traceparent",
        "tracestate",
        "connection",
        "keep-alive",
        "te",
        "trailer",
        "upgrade",
    ] {
        assert!(!passes(name, "anything"), "{name}");
    }
    for name in [
        "accept",
        "content-type",
        "cookie",
        "x-request-id",
        "baggage",
        "idempotency_key",
        "content-length",
    ] {
        assert!(passes(name, "anything"), "{name}");
    }
}

#[test]
fn only_our_own_key_is_taken_out_of_authorization() {
    assert!(!passes("authorization", "Bearer rw_sandbox_x"));
    assert!(!passes("authorization", "bearer  rw_sandbox_x"));
    assert!(passes("authorization", "Bearer eyJhbGciOi"));
    assert!(passes("authorization", "Basic cnc6"));
}

#[test]
fn connection_nominates_fields_but_cannot_unframe_a_message() {
    let nominated = nominated(b"close, X-Foo ,, content-length,Transfer-Encoding, host");
    assert!(!reaches_upstream("x-foo", b"1", &nominated, true));
    for framing in ["content-length", "transfer-encoding", "host"] {
        assert!(
            reaches_upstream(framing, b"1", &nominated, true),
            "{framing}"
        );
    }
}

#[test]
fn upstreams_hear_who_calls_from_the_gateway_alone() {
    let world = World::acme();
    let key = world.key(Ring::Partner, "globex", |_| {});
    let forward = world.forward(&call(Ring::Partner, "GET", "/shop/v1/orders").key(&key));
    let expected = [
        ("x-ringwork-consumer", "globex"),
        ("x-ringwork-application", "app"),
        ("x-ringwork-ring", "partner"),
        ("x-ringwork-request-id", "r1"),
    ];
    let request_id = http::HeaderValue::from_static("r1");
    let added = added(&forward, &request_id);
    let told: Vec<_> = added
        .map(|(name, value)| (name.as_str(), value.to_str().unwrap().to_owned()))
        .collect();
    assert_eq!(told, expected.map(|(name, value)| (name, value.to_owned())));
}

/// The response policy of a call of `globex` to order 42 on an outer ring, or of a service on the internal one.
fn policy(ring: Ring) -> (World, ResponsePolicy) {
    let world = World::acme();
    let request = call(ring, "GET", "/shop/v1/orders/42");
    let request = match ring {
        Ring::Internal => request.certified(svid("billing")),
        _ => request.key(&world.key(ring, "globex", |_| {})),
    };
    let policy = world.forward(&request).response;
    (world, policy)
}

fn judged(policy: &ResponsePolicy, name: &str, value: &str) -> Option<String> {
    match policy.judge(200, name, value.as_bytes(), &[], "/svc/orders/42?q=%2f") {
        Passage::Keep => Some(value.to_owned()),
        Passage::Drop => None,
        Passage::Replace(other) => Some(String::from_utf8(other).unwrap()),
    }
}

#[test]
fn outer_rings_get_listed_and_declared_fields_only() {
    for ring in [Ring::Partner, Ring::Public] {
        let (_world, policy) = policy(ring);
        for name in [
            "content-type",
            "content-length",
            "content-encoding",
            "etag",
            "x-total-count",
        ] {
            assert!(judged(&policy, name, "1").is_some(), "{name}");
        }
        for name in [
            "server",
            "x-powered-by",
            "via",
            "x-debug-sql",
            "x-unknown",
            "set-cookie",
            "connection",
            "alt-svc",
            "x-backend-server",
            "x-ringwork-consumer",
            "upgrade",
            "proxy-authenticate",
        ] {
            assert_eq!(judged(&policy, name, "1"), None, "{name}");
        }
        assert_eq!(
            policy.judge(200, "etag", b"1", &["etag".into()], "/svc/orders/42"),
            Passage::Drop,
            "nominated by Connection"
        );
    }
}

#[test]
fn the_internal_ring_gets_all_but_the_listed_fields() {
    let (_world, policy) = policy(Ring::Internal);
    for name in ["server", "x-unknown", "set-cookie"] {
        assert!(judged(&policy, name, "1").is_some(), "{name}");
    }
    for name in ["x-secret", "connection", "keep-alive"] {
        assert_eq!(judged(&policy, name, "1"), None, "{name}");
    }
}

#[test]
fn urls_of_the_upstream_become_the_rings_or_go() {
    let (_world, policy) = policy(Ring::Partner);
    for (url, public) in [
        ("/svc/orders/43", Some("/shop/v1/orders/43")),
        ("/svc/orders/43?x=1#y", Some("/shop/v1/orders/43?x=1#y")),
        (
            "http://orders.internal.acme:8080/svc/orders/43",
            Some("/shop/v1/orders/43"),
        ),
        (
            "//Orders.internal.acme:8080/svc/orders/43",
            Some("/shop/v1/orders/43"),
        ),
        ("/shop/v1/orders/43", Some("/shop/v1/orders/43")),
        ("?page=2", Some("?page=2")),
        (
            "https://cdn.example.com/a.png",
            Some("https://cdn.example.com/a.png"),
        ),
        ("/svc/orders/export", None),
        ("/svc/orders/EXPORT", None),
        ("/svc/admin", None),
        ("/orders/43", None),
        ("/svc/orders/../orders/43", None),
        ("/shop/v2/orders/43", None),
        ("http://orders.internal.acme:8080/admin", None),
        ("http://orders.internal.acme:9090/svc/orders/43", None),
        ("http://crm.internal.acme:8080/svc/orders/43", None),
        ("http://10.0.0.5/x", None),
        ("http://127.0.0.1:8080/svc/orders/1", None),
        ("http://[::1]/x", None),
        ("http://[fd00::1]/x", None),
        ("http://192.168.1.1:80/x", None),
        ("http://127.1/x", None),
        ("http://0x7f.0.0.1/x", None),
        ("http://0177.0.0.01/x", None),
        ("http://10.0.0.0x5./x", None),
        ("http://2130706433/x", None),
        ("http://93.184.216.34/x", Some("http://93.184.216.34/x")),
        ("#part", Some("#part")),
        ("http://localhost/x", None),
        ("http://orders/x", None),
        ("http://orders.svc.cluster.local/x", None),
        ("http://db.corp/x", None),
        ("43", Some("/shop/v1/orders/43")),
        ("43?x=1#y", Some("/shop/v1/orders/43?x=1#y")),
        ("./43", Some("/shop/v1/orders/43")),
        ("../orders/43", Some("/shop/v1/orders/43")),
        ("../../../svc/orders", Some("/shop/v1/orders")),
        ("..", None),
        ("export", None),
        ("%2e%2e/orders/43", None),
        ("../admin", None),
        ("orders/43/none", None),
        ("http://user@cdn.example.com/x", None),
        ("javascript:alert(1)", None),
        ("https:\\\\evil", None),
        ("", None),
    ] {
        assert_eq!(judged(&policy, "location", url).as_deref(), public, "{url}");
    }
}

#[test]
fn a_url_to_what_this_caller_may_not_see_goes() {
    let (_world, partner) = policy(Ring::Partner);
    let (_world2, public) = policy(Ring::Public);
    assert!(
        judged(&partner, "location", "/svc/orders/1/refund").is_some(),
        "globex has the feature"
    );
    assert_eq!(judged(&public, "location", "/svc/orders/1/refund"), None);
}

#[test]
fn links_are_judged_one_by_one() {
    let (_world, policy) = policy(Ring::Public);
    let value = r#"</svc/orders?page=2>; rel="next", <http://orders.internal.acme:8080/admin>; rel="up", <?page=1>; title="a, b>""#;
    let expected = r#"</shop/v1/orders?page=2>; rel="next", <?page=1>; title="a, b>""#;
    assert_eq!(judged(&policy, "link", value).as_deref(), Some(expected));
    assert_eq!(judged(&policy, "link", "</svc/admin>; rel=up"), None);
    assert_eq!(
        judged(
            &policy,
            "link",
            r#"</svc/orders>; rel=x; anchor="http://orders/""#
        ),
        None
    );
    assert_eq!(judged(&policy, "link", "garbage"), None);
}

#[test]
fn a_declared_cookie_stays_with_the_host_that_sets_it() {
    let mut published = Published::acme();
    let mut declaring = bundle(Ring::Public, "orders", "v1");
    let shown = published.put(&open_projection(&["server", "set-cookie"]));
    declaring["projection"]["object"] = json!(shown);
    let hash = published.put(&declaring);
    published.manifest["rings"]["public"]["routes"][0]["api"]["versions"]["v1"] = json!(hash);
    let world = World::of(&published);
    let key = world.key(Ring::Public, "dev", |_| {});
    let policy = world
        .forward(&call(Ring::Public, "GET", "/shop/v1/orders").key(&key))
        .response;
    let cookie = "s=a=b; Domain=internal.acme; Secure; domain=x; HttpOnly";
    assert_eq!(
        judged(&policy, "set-cookie", cookie).as_deref(),
        Some("s=a=b; Secure; HttpOnly")
    );
    assert_eq!(
        judged(&policy, "set-cookie", "s=1; Secure").as_deref(),
        Some("s=1; Secure")
    );
    assert_eq!(
        judged(&policy, "server", "x"),
        None,
        "declaring does not reveal"
    );
}
