//! Tests of the protection: foreign pages get no data, and the console's own page can only display data.

use reqwest::Method;
use serde_json::json;

use crate::stack::start;

#[tokio::test]
async fn a_foreign_page_gets_no_data() {
    let console = start().await;
    for path in ["/", "/api/streams", "/api/changes", "/main.js"] {
        let url = format!("{}{path}", &console.url);
        for (name, value) in [("origin", "http://evil.example"), ("host", "evil.example"), ("origin", "null")]
        {
            let answer = console.client.get(&url).header(name, value).send().await.unwrap();
            assert_eq!(answer.status(), 403, "{path} with {name}: {value}");
        }
        let own = console.client.get(&url).header("origin", &console.url).send().await.unwrap();
        assert_eq!(own.status(), 200, "{path}");
    }
}

#[tokio::test]
async fn every_response_restricts_the_page() {
    let console = start().await;
    for path in ["/", "/api/streams", "/main.js", "/no-such-file"] {
        let answer = console.get(path).await;
        let header = |name| answer.headers()[name].to_str().unwrap().to_owned();
        let policy = header("content-security-policy");
        assert!(policy.starts_with("default-src 'none';") && !policy.contains("unsafe"), "{policy}");
        assert_eq!(header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(header("cross-origin-resource-policy"), "same-origin", "{path}");
        assert!(!answer.headers().contains_key("access-control-allow-origin"), "{path}");
    }
}

#[tokio::test]
async fn everything_else_accepts_read_methods_only() {
    let console = start().await;
    for path in ["/", "/api/streams", "/main.js"] {
        for method in [Method::POST, Method::PUT, Method::DELETE] {
            let url = format!("{}{path}", &console.url);
            let answer = console.client.request(method.clone(), url).send().await.unwrap();
            assert_eq!(answer.status(), 405, "{method} {path}");
        }
    }
}

#[tokio::test]
async fn a_foreign_page_changes_nothing() {
    let console = start().await;
    let id = console.sqs.send("failures", "{}", "{}", None).unwrap();
    let faults =
        || console.client.put(format!("{}/api/faults", console.url)).json(&json!({"rates": {"kill": 1}}));
    let redrive = || console.client.post(format!("{}/api/dead-letters/failures/{id}/redrive", console.url));
    for (name, value) in [("origin", "http://evil.example"), ("host", "evil.example"), ("origin", "null")] {
        assert_eq!(faults().header(name, value).send().await.unwrap().status(), 403, "{name}: {value}");
        assert_eq!(redrive().header(name, value).send().await.unwrap().status(), 403, "{name}: {value}");
    }
    assert!(console.chaos.is_calm());
    assert_eq!(console.sqs.peek("failures", 1).unwrap()[0].receives, 0);
    assert_eq!(faults().header("origin", &console.url).send().await.unwrap().status(), 200);
    // Without a JSON content type, a form could send the body.
    let url = format!("{}/api/faults", console.url);
    assert_eq!(console.client.put(url).body(r#"{"rates": {}}"#).send().await.unwrap().status(), 415);
}

/// The page names every file that it needs, and every file that it names exists.
#[tokio::test]
async fn the_page_is_complete_and_loads_nothing_from_other_hosts() {
    let console = start().await;
    let mut open = vec!["/".to_owned()];
    let mut seen = Vec::new();
    while let Some(path) = open.pop() {
        let answer = console.get(&path).await;
        assert_eq!(answer.status(), 200, "{path}");
        let text = answer.text().await.unwrap();
        for outside in
            ["http:", "https:", "innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval("]
        {
            let text = text.replace("http://www.w3.org/2000/svg", "");
            assert!(!text.contains(outside), "{path} has {outside}");
        }
        let named = text.split('"').filter_map(|part| {
            let name = part.strip_prefix("./").or_else(|| part.strip_prefix('/'))?;
            let is_file = name.contains('.') && !name.contains(' ');
            is_file.then(|| format!("/{name}"))
        });
        let new: Vec<_> = named.filter(|name| !seen.contains(name)).collect();
        seen.extend(new.iter().cloned());
        open.extend(new);
    }
    assert!(seen.len() >= 11, "{seen:?}");
}
