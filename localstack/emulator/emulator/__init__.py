"""LocalStack without containers: functions run as processes, and every server listens on loopback only."""
