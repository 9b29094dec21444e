//! The page's files, compiled into the binary, and the headers that restrict the page.

use axum::http::{HeaderName, HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};

/// Allows scripts and styles from this address only, nothing from other origins, and no framing (Content Security
/// Policy Level 3). Markup in stored text therefore cannot run scripts, even if the page inserted it as markup.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
    base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types";

const HTML: &str = "text/html; charset=utf-8";
const CSS: &str = "text/css; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";

/// Path, media type and content of each file.
const FILES: [(&str, &str, &str); 25] = [
    ("/", HTML, include_str!("page/index.html")),
    ("/icon.svg", "image/svg+xml", include_str!("page/icon.svg")),
    ("/colours.css", CSS, include_str!("page/colours.css")),
    ("/layout.css", CSS, include_str!("page/layout.css")),
    ("/streams.css", CSS, include_str!("page/streams.css")),
    ("/waterfall.css", CSS, include_str!("page/waterfall.css")),
    ("/map.css", CSS, include_str!("page/map.css")),
    ("/forms.css", CSS, include_str!("page/forms.css")),
    ("/main.js", SCRIPT, include_str!("page/main.js")),
    ("/address.js", SCRIPT, include_str!("page/address.js")),
    ("/api.js", SCRIPT, include_str!("page/api.js")),
    ("/bus.js", SCRIPT, include_str!("page/bus.js")),
    ("/dom.js", SCRIPT, include_str!("page/dom.js")),
    ("/edges.js", SCRIPT, include_str!("page/edges.js")),
    ("/events.js", SCRIPT, include_str!("page/events.js")),
    ("/faults.js", SCRIPT, include_str!("page/faults.js")),
    ("/filter.js", SCRIPT, include_str!("page/filter.js")),
    ("/format.js", SCRIPT, include_str!("page/format.js")),
    ("/keyboard.js", SCRIPT, include_str!("page/keyboard.js")),
    ("/letters.js", SCRIPT, include_str!("page/letters.js")),
    ("/list.js", SCRIPT, include_str!("page/list.js")),
    ("/map.js", SCRIPT, include_str!("page/map.js")),
    ("/stream.js", SCRIPT, include_str!("page/stream.js")),
    ("/views.js", SCRIPT, include_str!("page/views.js")),
    ("/waterfall.js", SCRIPT, include_str!("page/waterfall.js")),
];

/// Serves the file at a path.
pub(super) async fn file(method: Method, uri: Uri) -> Response {
    let found = FILES.iter().find(|(path, ..)| *path == uri.path());
    match found {
        Some(_) if method != Method::GET && method != Method::HEAD => {
            StatusCode::METHOD_NOT_ALLOWED.into_response()
        }
        Some((_, media_type, content)) => ([(header::CONTENT_TYPE, *media_type)], *content).into_response(),
        None => (StatusCode::NOT_FOUND, "not found\n").into_response(),
    }
}

/// Adds the security headers to a response.
pub(super) async fn protected(mut response: Response) -> Response {
    let headers = [
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::CACHE_CONTROL, "no-store"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    ];
    for (name, value) in headers {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}
