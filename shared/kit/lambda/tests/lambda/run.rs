//! A function runs until it fails or its sandbox ends.

#[test]
fn the_error_of_the_function_ends_the_run() {
    let error = lambda::run("Example", async |_telemetry| Err("no settings".into())).unwrap_err();
    assert_eq!(error.to_string(), "no settings");
}
