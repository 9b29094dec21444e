#!/bin/sh
# The function under test. It runs the entry point `function` of the test binary.
exec "$FIXTURE" --exact function --nocapture
