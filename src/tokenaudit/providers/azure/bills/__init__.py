"""What Azure bills: exports of Cost Management, Cost Details reports, saved query answers. See ../README.md."""
