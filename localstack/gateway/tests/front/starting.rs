//! When a front starts, and why it does not.

use stack_gateway::front::Front;

use crate::elsewhere::{created, endpoint, options, refusal};

#[tokio::test]
async fn a_stack_that_is_not_there_is_named() {
    let (address, _) = endpoint(created).await;
    let line = refusal(options(address, Some("other"))).await;
    assert!(line.starts_with(&format!("stack other at http://{address}: 400")), "{line}");
}

#[tokio::test]
async fn an_endpoint_that_is_not_there_is_named() {
    let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let line = refusal(options(address, Some("shop"))).await;
    assert!(line.starts_with(&format!("stack shop at http://{address}: ")), "{line}");
}

#[tokio::test]
async fn it_is_gone_after_its_end() {
    let (address, _) = endpoint(created).await;
    let front = Front::start(options(address, None)).await.unwrap();
    let url = front.base_url().trim_start_matches("http://").to_owned();
    assert!(std::net::TcpStream::connect(&url).is_ok());
    front.shutdown().await;
    assert!(std::net::TcpStream::connect(&url).is_err());
}
