"""LocalStack without containers: functions run as processes, and everything listens on loopback only."""
