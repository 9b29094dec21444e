//! Tests of an API with a domain of its own.

use serde_json::{Value, json};

use crate::api::{Api, answer};

async fn api(domains: &[&str]) -> Api {
    let domains: Vec<String> = domains.iter().map(|domain| (*domain).to_owned()).collect();
    Api::under(&domains, None, || Ok(answer(json!({}).to_string()))).await
}

async fn status(api: &Api, host: &str) -> u16 {
    api.get("/queries/orders").header("host", host).send().await.unwrap().status().as_u16()
}

#[tokio::test]
async fn an_api_with_a_domain_answers_under_the_domain_and_its_own_address() {
    let api = api(&["api.example.com"]).await;
    let own = api.address.to_string();
    for host in ["api.example.com", "API.example.com", "api.example.com:443", "localhost", &own] {
        assert_eq!(status(&api, host).await, 200, "{host}");
    }
    let event = api.calls().remove(0).event;
    assert_eq!(event["requestContext"]["domainName"], "api.example.com");
    assert_eq!(event["requestContext"]["domainPrefix"], "api");
}

#[tokio::test]
async fn an_api_with_a_domain_refuses_every_other_host() {
    let api = api(&["api.example.com"]).await;
    for host in
        ["example.com", "www.api.example.com", "api.example.com.other.example", "api.example.community"]
    {
        let response = api.get("/queries/orders").header("host", host).send().await.unwrap();
        assert_eq!(response.status(), 403, "{host}");
        assert_eq!(response.json::<Value>().await.unwrap(), json!({"message": "Forbidden"}));
    }
    assert!(api.calls().is_empty());
}

#[tokio::test]
async fn an_api_without_a_domain_answers_under_every_name() {
    let api = api(&[]).await;
    assert_eq!(status(&api, "api.example.com").await, 200);
}
