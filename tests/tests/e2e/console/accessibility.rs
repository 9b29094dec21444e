//! Checks every page of the console with axe-core: contrast, names, roles, landmarks and tables.

use serde_json::{Value, json};

use crate::console::browser::Browser;
use crate::console::shop::Shop;

/// Runs axe-core with all its rules, best practices too, and returns what each violation is about.
const RUN: &str = "const done = arguments[arguments.length - 1];
    axe.run({resultTypes: ['violations'], preload: false}).then(
        ({violations, passes}) => done([passes.length, violations.map(({id, nodes}) =>
            `${id}: ${nodes.map(node => `${node.target} ${node.failureSummary}`).join('; ')}`)]),
        error => done(String(error)));";

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs axe-core: tests/accessibility/check"]
async fn every_page_passes_the_rules_of_axe() {
    let path =
        std::env::var("AXE").expect("AXE is the path of axe.min.js; tests/accessibility/check sets it");
    let axe = std::fs::read_to_string(path).expect("axe.min.js");
    let shop = Shop::open().await;
    let browser = Browser::open(shop.stack.console_url()).await;
    browser.until("!document.querySelector('#hint').hidden").await;
    // The function's body defines `axe` as a global of the page.
    browser.run(&axe).await;
    check(&browser, "empty").await;
    shop.fill().await;
    let queue = shop.stack.template().queues[0].name.clone();
    let url = format!("{}/000000000000/{queue}", shop.stack.aws_endpoint());
    let message = json!({"QueueUrl": url, "MessageBody": r#"{"error": "no commit", "function": "f"}"#});
    shop.aws("AmazonSQS.SendMessage", &message).await;
    shop.publish("console", "OrderPlaced", "order-1").await;
    let pages = [
        ("", "document.querySelectorAll('#trace .span').length > 3"),
        ("map", "document.querySelectorAll('#lag tr').length > 3"),
        ("events", "document.querySelectorAll('#published summary').length >= 1"),
        ("dead-letters", "document.querySelectorAll('#letters .letter').length === 1"),
        ("faults", "document.querySelectorAll('#faults input').length > 3"),
    ];
    for (width, scheme) in [(1280, "light"), (1280, "dark"), (400, "light")] {
        browser.resize(width, 1000).await;
        browser.prefer(scheme).await;
        for (page, is_drawn) in pages {
            browser.show(page).await;
            browser.until(is_drawn).await;
            check(&browser, &format!("{page} {scheme} {width}")).await;
            let is_wide = browser.run("return document.documentElement.scrollWidth > innerWidth").await;
            assert_eq!(is_wide, json!(false), "{page} scrolls sideways at {width}");
        }
    }
    browser.close().await;
    shop.stack.shutdown().await;
}

async fn check(browser: &Browser, page: &str) {
    let result = browser.run_async(RUN).await;
    assert!(result[0].as_u64().is_some_and(|passes| passes > 10), "{page}: {result}");
    let violations = result[1].as_array().expect("violations");
    assert_eq!(violations, &Vec::<Value>::new(), "{page}");
}
