//! A browser window.

use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::driver::Driver;

/// The longest wait for the page. Everything in these tests takes far less time.
const PATIENCE: Duration = Duration::from_mins(1);
/// The pause between two checks of the page.
const PAUSE: Duration = Duration::from_millis(50);
/// The keys of `WebDriver`'s actions (W3C `WebDriver`, section 17.4.2).
pub(crate) const TAB: &str = "\u{e004}";
pub(crate) const ENTER: &str = "\u{e007}";

/// A window of headless Chromium. It is closed by [`Browser::close`], or when its driver is dropped.
pub(crate) struct Browser {
    driver: Driver,
    session: String,
}

impl Browser {
    pub(crate) async fn open(url: &str) -> Self {
        let driver = Driver::start();
        // Chromium's own sandbox does not work in a container. The browser does not need the sandbox, because it opens
        // only pages of this machine.
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

    /// Runs a function body in the page and returns its value.
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
            assert!(Instant::now() < deadline, "{expression} is not true; the page shows: {text}");
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// Presses a key.
    pub(crate) async fn press(&self, key: &str) {
        let keys = json!([{"type": "keyDown", "value": key}, {"type": "keyUp", "value": key}]);
        let actions = json!({"actions": [{"type": "key", "id": "keyboard", "actions": keys}]});
        self.driver.post(&format!("{}/actions", self.session), &actions).await;
    }

    /// Presses Tab until the focused element matches a selector.
    pub(crate) async fn tab_to(&self, selector: &str) {
        for _ in 0..100 {
            self.press(TAB).await;
            let matches = format!("return document.activeElement.matches({})", json!(selector));
            if self.run(&matches).await == json!(true) {
                return;
            }
        }
        panic!("Tab does not reach {selector}");
    }

    /// Sets the preferred color scheme: `light` or `dark`.
    pub(crate) async fn prefer(&self, scheme: &str) {
        let features = json!([{"name": "prefers-color-scheme", "value": scheme}]);
        let command = json!({"cmd": "Emulation.setEmulatedMedia", "params": {"features": features}});
        self.driver.post(&format!("{}/goog/cdp/execute", self.session), &command).await;
    }

    /// Takes a screenshot of the window as PNG.
    pub(crate) async fn screenshot(&self) -> Vec<u8> {
        let picture = self.driver.get(&format!("{}/screenshot", self.session)).await;
        STANDARD.decode(picture.as_str().expect("a picture")).expect("base64")
    }

    /// The messages in the browser's log: errors of scripts and violations of the page's content security policy.
    pub(crate) async fn log_messages(&self) -> Vec<String> {
        let log = self.driver.post(&format!("{}/se/log", self.session), &json!({"type": "browser"})).await;
        let entries = log.as_array().into_iter().flatten();
        entries.map(|entry| entry["message"].as_str().unwrap_or_default().to_owned()).collect()
    }

    pub(crate) async fn close(self) {
        self.driver.delete(&self.session).await;
    }
}
