//! A browser window.

use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::driver::Driver;

/// Far beyond what anything here takes.
const PATIENCE: Duration = Duration::from_mins(1);
/// Between two looks.
const PAUSE: Duration = Duration::from_millis(50);
/// The keys of `WebDriver`'s actions (W3C `WebDriver`, section 17.4.2).
pub(crate) const TAB: &str = "\u{e004}";
pub(crate) const ENTER: &str = "\u{e007}";

/// A window of headless Chromium. It is closed by [`Browser::close`], or with its driver.
pub(crate) struct Browser {
    driver: Driver,
    session: String,
}

impl Browser {
    pub(crate) async fn open(url: &str) -> Self {
        let driver = Driver::start();
        // It shows a page of this very machine only; in a container, Chromium's own sandbox has nothing to stand on.
        let arguments =
            ["--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--window-size=1280,1400"];
        let capabilities = json!({"capabilities": {"alwaysMatch": {
            "browserName": "chrome",
            "goog:chromeOptions": {"args": arguments},
            "goog:loggingPrefs": {"browser": "ALL"},
        }}});
        let session = driver.post("/session", &capabilities).await;
        let session = format!("/session/{}", session["sessionId"].as_str().expect("a session"));
        driver.post(&format!("{session}/url"), &json!({"url": url})).await;
        Self { driver, session }
    }

    /// What a function body gives in the page.
    pub(crate) async fn run(&self, script: &str) -> Value {
        self.driver
            .post(&format!("{}/execute/sync", self.session), &json!({"script": script, "args": []}))
            .await
    }

    /// Waits until an expression is true in the page.
    pub(crate) async fn until(&self, expression: &str) {
        let deadline = Instant::now() + PATIENCE;
        while self.run(&format!("return Boolean({expression})")).await != json!(true) {
            let text = self.run("return document.body.innerText").await;
            assert!(Instant::now() < deadline, "{expression} is not so: {text}");
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// Presses a key.
    pub(crate) async fn press(&self, key: &str) {
        let keys = json!([{"type": "keyDown", "value": key}, {"type": "keyUp", "value": key}]);
        let actions = json!({"actions": [{"type": "key", "id": "keyboard", "actions": keys}]});
        self.driver.post(&format!("{}/actions", self.session), &actions).await;
    }

    /// Presses Tab until what has the focus matches a selector.
    pub(crate) async fn tab_to(&self, selector: &str) {
        for _ in 0..100 {
            self.press(TAB).await;
            let matches = format!("return document.activeElement.matches({})", json!(selector));
            if self.run(&matches).await == json!(true) {
                return;
            }
        }
        panic!("no Tab leads to {selector}");
    }

    /// Makes the window light or dark.
    pub(crate) async fn prefer(&self, scheme: &str) {
        let features = json!([{"name": "prefers-color-scheme", "value": scheme}]);
        let command = json!({"cmd": "Emulation.setEmulatedMedia", "params": {"features": features}});
        self.driver.post(&format!("{}/goog/cdp/execute", self.session), &command).await;
    }

    /// A picture of the window, as PNG.
    pub(crate) async fn screenshot(&self) -> Vec<u8> {
        let picture = self.driver.get(&format!("{}/screenshot", self.session)).await;
        STANDARD.decode(picture.as_str().expect("a picture")).expect("base64")
    }

    /// What the browser complained about: errors of scripts, and what the page's policy forbids.
    pub(crate) async fn complaints(&self) -> Vec<String> {
        let log = self.driver.post(&format!("{}/se/log", self.session), &json!({"type": "browser"})).await;
        let entries = log.as_array().into_iter().flatten();
        entries.map(|entry| entry["message"].as_str().unwrap_or_default().to_owned()).collect()
    }

    pub(crate) async fn close(self) {
        self.driver.delete(&self.session).await;
    }
}
