//! The platform's own log lines around an invocation: START, END and REPORT, in Lambda's form. Memory used is not
//! measured, so REPORT does not claim any.

use std::time::Duration;

/// The line before an invocation.
pub(super) fn start(request_id: &str) -> String {
    format!("START RequestId: {request_id} Version: $LATEST")
}

/// The lines after an invocation that took `taken`, and before it `init` to start its instance. Initialisation is
/// billed with it.
pub(super) fn end(request_id: &str, taken: Duration, memory_mb: u32, init: Option<Duration>) -> [String; 2] {
    let ms = |duration: Duration| duration.as_secs_f64() * 1000.0;
    let billed = ms(taken + init.unwrap_or_default()).ceil();
    let report = format!(
        "REPORT RequestId: {request_id}\tDuration: {:.2} ms\tBilled Duration: {billed} ms\tMemory Size: {memory_mb} MB",
        ms(taken)
    );
    let init = init.map_or_else(String::new, |init| format!("\tInit Duration: {:.2} ms", ms(init)));
    [format!("END RequestId: {request_id}"), report + &init]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cold_start_reports_and_bills_its_initialisation() {
        let [end, report] = end("r1", Duration::from_micros(1_500), 128, Some(Duration::from_millis(3)));
        assert_eq!(end, "END RequestId: r1");
        assert_eq!(
            report,
            "REPORT RequestId: r1\tDuration: 1.50 ms\tBilled Duration: 5 ms\tMemory Size: 128 MB\tInit Duration: 3.00 ms"
        );
    }

    #[test]
    fn a_warm_invocation_reports_no_initialisation() {
        let [_, report] = end("r1", Duration::from_millis(2), 128, None);
        assert!(!report.contains("Init Duration"), "{report}");
    }
}
