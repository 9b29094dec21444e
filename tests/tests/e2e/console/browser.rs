//! A browser window.

use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::console::driver::Driver;

/// The longest wait for the page. Everything in these tests takes far less time.
const PATIENCE: Duration = Duration::from_mins(1);
/// The pause between two checks of the page.
const PAUSE: Duration = Duration::from_millis(50);
/// The keys of `WebDriver`'s actions (W3C `WebDriver`, section 17.4.2).
pub(crate) const TAB: &str = "\u{e004}";
pub(crate) const ENTER: &str = "\u{e007}";
pub(crate) const ESCAPE: &str = "\u{e00c}";
pub(crate) const DOWN: &str = "\u{e015}";
pub(crate) const UP: &str = "\u{e013}";
pub(crate) const RIGHT: &str = "\u{e014}";
pub(crate) const END: &str = "\u{e010}";

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
        self.execute("sync", script).await
    }

    /// Runs a function body in the page and returns the value that it gives to its last argument, a function.
    pub(crate) async fn run_async(&self, script: &str) -> Value {
        self.execute("async", script).await
    }

    async fn execute(&self, kind: &str, script: &str) -> Value {
        let path = format!("{}/execute/{kind}", self.session);
        self.driver.post(&path, &json!({"script": script, "args": []})).await
    }

    /// Opens a page of the console: the part of its address after `#/`.
    pub(crate) async fn show(&self, page: &str) {
        self.run(&format!("location.hash = {}", json!(format!("#/{page}")))).await;
    }

    /// Types text into the focused element.
    pub(crate) async fn write(&self, text: &str) {
        for key in text.chars() {
            self.press(&key.to_string()).await;
        }
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
        self.emulate("Emulation.setEmulatedMedia", json!({"features": features})).await;
        self.until(&format!("matchMedia('(prefers-color-scheme: {scheme})').matches")).await;
    }

    /// Changes the size of the page's viewport.
    pub(crate) async fn resize(&self, width: u32, height: u32) {
        let size = json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": false});
        self.emulate("Emulation.setDeviceMetricsOverride", size).await;
        self.until(&format!("innerWidth === {width}")).await;
    }

    /// Runs a command of the Chrome `DevTools` protocol.
    async fn emulate(&self, command: &str, parameters: Value) {
        let command = json!({"cmd": command, "params": parameters});
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
